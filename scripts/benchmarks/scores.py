"""How often a method was right, over folds."""

from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True, slots=True)
class Score:
    """Accuracies in [0, 1] of one method: mean over folds, standard deviation, least and most; n pictures in all."""

    method: str
    n: int
    folds: int
    mean: float
    spread: float
    least: float
    most: float

    @classmethod
    def of(cls, method: str, n: int, accuracies: list[float]) -> Self:
        """Summarise the accuracies of one or more folds."""
        values = np.array(accuracies)
        return cls(method, n, len(values), *(float(value) for value in _summary(values)))


def _summary(values: np.ndarray) -> tuple[float, float, float, float]:
    return values.mean(), values.std(), values.min(), values.max()
