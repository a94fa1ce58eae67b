"""Calibration: the temperature of the probabilities, and the threshold of the unknown score."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from classifier.models.unknown import NeighbourScore, RegressionScore
from classifier.networks.outputs import Outputs


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Turns a network's outputs into calibrated probabilities and a verdict "unknown".

    `temperature` divides the logits. A picture whose unknown score is above `threshold` is rejected as unknown.
    """

    temperature: float
    threshold: float
    unknown: NeighbourScore | RegressionScore

    @classmethod
    def fit(
        cls,
        training: Outputs,
        training_targets: NDArray[np.int64],
        *,
        calibration: Outputs,
        calibration_targets: NDArray[np.int64],
        unknown: Outputs | None = None,
    ) -> Self:
        """Fit to a network's outputs on the training and calibration splits and, if there are any, unknown channels.

        Source of the temperature: Guo et al., "On Calibration of Modern Neural Networks" (2017).
        """
        neighbours = NeighbourScore.fit(training, training_targets, calibration)
        score = neighbours if unknown is None else RegressionScore.fit(neighbours, training, unknown, calibration)
        threshold = np.quantile(score.scores(calibration), 1 - score.rejected)
        return cls(_temperature(calibration.logits, calibration_targets), float(threshold), score)

    def probabilities(self, outputs: Outputs) -> NDArray[np.float64]:
        """Calibrated probabilities [n, classes]."""
        result: NDArray[np.float64] = softmax(outputs.logits / self.temperature, axis=1)
        return result

    def unknown_scores(self, outputs: Outputs) -> NDArray[np.float64]:
        """The unknown score of each picture [n]; above `threshold` it is unknown."""
        return self.unknown.scores(outputs)


def _temperature(logits: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    """The temperature in [0.05, 20] of least log loss.

    The targets leave 1 in n + 2 to the other classes (Platt, 1999): n right answers in a row do not prove certainty.
    """
    count, classes = logits.shape
    doubt = 1 / (count + 2)
    smoothed = np.full((count, classes), doubt / (classes - 1))
    smoothed[np.arange(count), targets] = 1 - doubt

    def loss(log_temperature: float) -> float:
        scaled = log_softmax(logits / np.exp(log_temperature), axis=1)
        return float(-(smoothed * scaled).sum(axis=1).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded").x))
