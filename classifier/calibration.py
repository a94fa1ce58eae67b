"""Honest answers: the temperature of the probabilities, and the threshold of "none of these channels"."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from classifier.outputs import Outputs
from classifier.strangeness import Boundary, Unfamiliarity


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Turns a network's outputs into calibrated probabilities and a verdict "unknown".

    `temperature` divides the logits. A picture whose `strangeness` is above `threshold` is called unknown.
    """

    temperature: float
    threshold: float
    strangeness: Unfamiliarity | Boundary

    @classmethod
    def fit(
        cls,
        train: Outputs,
        train_targets: NDArray[np.int64],
        *,
        held: Outputs,
        targets: NDArray[np.int64],
        others: Outputs | None = None,
    ) -> Self:
        """Fit on what the network says of the training side, of the calibration side, `held`, and of `others`.

        `others` are other channels' pictures, if there are any. Source of the temperature: Guo et al., "On Calibration
        of Modern Neural Networks" (2017).
        """
        alone = Unfamiliarity.fit(train, train_targets, held)
        strangeness = alone if others is None else Boundary.fit(alone, train, others, held)
        threshold = np.quantile(strangeness.scores(held), 1 - strangeness.refused)
        return cls(_temperature(held.logits, targets), float(threshold), strangeness)

    def probabilities(self, outputs: Outputs) -> NDArray[np.float64]:
        """Calibrated probabilities [n, classes]."""
        result: NDArray[np.float64] = softmax(outputs.logits / self.temperature, axis=1)
        return result

    def unknown_scores(self, outputs: Outputs) -> NDArray[np.float64]:
        """How strange each picture is [n]; above `threshold` it is unknown."""
        return self.strangeness.scores(outputs)


def _temperature(logits: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    """The temperature in [0.05, 20] that gives the least log loss.

    The targets leave 1 in n + 2 to the other classes (Platt, 1999): n right answers in a row do not prove certainty.
    """
    count, classes = logits.shape
    doubt = 1 / (count + 2)
    wanted = np.full((count, classes), doubt / (classes - 1))
    wanted[np.arange(count), targets] = 1 - doubt

    def loss(log_temperature: float) -> float:
        scaled = log_softmax(logits / np.exp(log_temperature), axis=1)
        return float(-(wanted * scaled).sum(axis=1).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded").x))
