"""Honest answers: the temperature of the probabilities, and the score and threshold of "none of these channels"."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from classifier.outputs import Outputs

KNOWN_REFUSED: Final = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Turns a network's outputs into calibrated probabilities and a verdict "unknown".

    `temperature` divides the logits. The unknown score is the Mahalanobis distance of a picture's features to the
    nearest channel; above `threshold` it is called unknown. `means` [classes, d] and `precision` [d, d] describe the
    features of the training side.
    """

    temperature: float
    threshold: float
    means: NDArray[np.float64]
    precision: NDArray[np.float64]

    @classmethod
    def fit(cls, train: Outputs, train_targets: NDArray[np.int64], held: Outputs, targets: NDArray[np.int64]) -> Self:
        """Fit on the training side's features and on the outputs of the calibration side, `held`.

        Sources: Guo et al., "On Calibration of Modern Neural Networks" (2017) for the temperature; Lee et al., "A
        Simple Unified Framework for Detecting Out-of-Distribution Samples" (2018) for the distance.
        """
        classes = held.logits.shape[1]
        means = np.stack([train.features[train_targets == target].mean(axis=0) for target in range(classes)])
        spread = train.features - means[train_targets]
        covariance = spread.T @ spread / len(spread)
        ridge = np.trace(covariance) / len(covariance) + 1e-12
        precision = np.linalg.inv(covariance + ridge * np.eye(len(covariance)))
        unready = cls(_temperature(held.logits, targets), np.inf, means, precision)
        threshold = np.quantile(unready.unknown_scores(held), 1 - KNOWN_REFUSED)
        return cls(unready.temperature, float(threshold), means, precision)

    def probabilities(self, outputs: Outputs) -> NDArray[np.float64]:
        """Calibrated probabilities [n, classes]."""
        result: NDArray[np.float64] = softmax(outputs.logits / self.temperature, axis=1)
        return result

    def unknown_scores(self, outputs: Outputs) -> NDArray[np.float64]:
        """How far each picture is from every known channel [n]; more is stranger."""
        away = outputs.features[:, None, :] - self.means[None]
        distances: NDArray[np.float64] = np.einsum("nkd,de,nke->nk", away, self.precision, away, optimize=True)
        nearest: NDArray[np.float64] = np.sqrt(np.maximum(distances.min(axis=1), 0))
        return nearest


def _temperature(logits: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    """The temperature in [0.05, 20] that gives the least log loss."""

    def loss(log_temperature: float) -> float:
        scaled = log_softmax(logits / np.exp(log_temperature), axis=1)
        return float(-scaled[np.arange(len(targets)), targets].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded").x))
