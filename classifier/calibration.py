"""Honest answers: the temperature of the probabilities, and the score and threshold of "none of these channels"."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from classifier.outputs import Outputs

KNOWN_REFUSED: Final = 0.05
NEIGHBOURS: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Turns a network's outputs into calibrated probabilities and a verdict "unknown".

    `temperature` divides the logits. The unknown score is how far a picture's features are from the nearest ones of
    the training side, `examples` (float32 [n, d], each of length 1); above `threshold` it is called unknown.
    """

    temperature: float
    threshold: float
    examples: NDArray[np.float32]

    @classmethod
    def fit(cls, train: Outputs, held: Outputs, targets: NDArray[np.int64]) -> Self:
        """Fit on the training side's features, and on the outputs and targets of the calibration side, `held`.

        Sources: Guo et al., "On Calibration of Modern Neural Networks" (2017) for the temperature; Sun et al.,
        "Out-of-Distribution Detection with Deep Nearest Neighbors" (2022) for the score.
        """
        unready = cls(_temperature(held.logits, targets), np.inf, _directions(train.features))
        threshold = np.quantile(unready.unknown_scores(held), 1 - KNOWN_REFUSED)
        return cls(unready.temperature, float(threshold), unready.examples)

    def probabilities(self, outputs: Outputs) -> NDArray[np.float64]:
        """Calibrated probabilities [n, classes]."""
        result: NDArray[np.float64] = softmax(outputs.logits / self.temperature, axis=1)
        return result

    def unknown_scores(self, outputs: Outputs) -> NDArray[np.float64]:
        """How strange each picture is [n], in [0, 2]: 1 less the mean cosine to its five nearest examples."""
        cosines = _directions(outputs.features) @ self.examples.T
        nearest = np.partition(cosines, -min(NEIGHBOURS, cosines.shape[1]), axis=1)[:, -NEIGHBOURS:]
        strangeness: NDArray[np.float64] = 1 - nearest.mean(axis=1, dtype=np.float64)
        return strangeness


def _directions(features: NDArray[np.float64]) -> NDArray[np.float32]:
    """Features scaled to length 1."""
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    directions: NDArray[np.float32] = (features / np.maximum(lengths, 1e-12)).astype(np.float32)
    return directions


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
