"""Calibration: the temperature of the probabilities, and the threshold of the unknown score."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from classifier.models.temperature import fit_temperature, softmax
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
        """Fit to a network's outputs on the training and calibration splits and, if there are any, unknown channels."""
        neighbours = NeighbourScore.fit(training, training_targets, calibration)
        score = neighbours if unknown is None else RegressionScore.fit(neighbours, training, unknown, calibration)
        threshold = np.quantile(score.scores(calibration), 1 - score.rejected)
        return cls(fit_temperature(calibration.logits, calibration_targets), float(threshold), score)

    def probabilities(self, outputs: Outputs) -> NDArray[np.float64]:
        """Calibrated probabilities [n, classes]."""
        return softmax(outputs.logits / self.temperature)

    def unknown_scores(self, outputs: Outputs) -> NDArray[np.float64]:
        """The unknown score of each picture [n]; above `threshold` it is unknown."""
        return self.unknown.scores(outputs)
