"""The outputs of a network as plain arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """`features` [n, d] and `logits` [n, classes] of n inputs."""

    features: NDArray[np.float64]
    logits: NDArray[np.float64]


def joined(parts: Sequence[Outputs]) -> Outputs:
    """Outputs of several runs as one."""
    return Outputs(np.concatenate([part.features for part in parts]), np.concatenate([part.logits for part in parts]))
