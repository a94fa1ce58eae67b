"""Honest answers: the temperature of the probabilities, and the score and threshold of "none of these channels"."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from classifier.outputs import Outputs

KNOWN_REFUSED: Final = 0.05
NEIGHBOURS: Final = 5
COMPONENTS: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Turns a network's outputs into calibrated probabilities and a verdict "unknown".

    `temperature` divides the logits. The unknown score is how far a picture's features are from the nearest ones of
    the training side, `examples` (float32 [n, k], each of length 1), less how far they are from the nearest `strangers`
    (float32 [m, k]; m is 0 where no other channels' pictures were at hand). Above `threshold` it is called unknown.
    Distances are measured after `projection` (float32 [d, k]) of features less their `centre` (float32 [d]).
    """

    temperature: float
    threshold: float
    centre: NDArray[np.float32]
    projection: NDArray[np.float32]
    examples: NDArray[np.float32]
    strangers: NDArray[np.float32]

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

        `others` are other channels' pictures that it was shown. Sources: Guo et al., "On Calibration of
        Modern Neural Networks" (2017) for the temperature; Sun et al., "Out-of-Distribution Detection with Deep Nearest
        Neighbors" (2022) for the score.
        """
        centre, projection = _whitening(train.features, train_targets)
        examples = _directions((train.features - centre) @ projection)
        strangers = examples[:0] if others is None else _directions((others.features - centre) @ projection)
        unready = cls(_temperature(held.logits, targets), np.inf, centre, projection, examples, strangers)
        threshold = np.quantile(unready.unknown_scores(held), 1 - KNOWN_REFUSED)
        return replace(unready, threshold=float(threshold))

    def probabilities(self, outputs: Outputs) -> NDArray[np.float64]:
        """Calibrated probabilities [n, classes]."""
        result: NDArray[np.float64] = softmax(outputs.logits / self.temperature, axis=1)
        return result

    def unknown_scores(self, outputs: Outputs) -> NDArray[np.float64]:
        """How strange each picture is [n], in [-1, 3]: what it lacks of likeness to examples, and has to strangers.

        Likeness is the mean cosine to the five nearest.
        """
        places = _directions((outputs.features - self.centre) @ self.projection)
        strangeness = 1 - _likeness(places, self.examples)
        return strangeness + _likeness(places, self.strangers) if len(self.strangers) else strangeness


def _likeness(places: NDArray[np.float32], examples: NDArray[np.float32]) -> NDArray[np.float64]:
    cosines = places @ examples.T
    nearest = np.partition(cosines, -min(NEIGHBOURS, cosines.shape[1]), axis=1)[:, -NEIGHBOURS:]
    likeness: NDArray[np.float64] = nearest.mean(axis=1, dtype=np.float64)
    return likeness


def _whitening(
    features: NDArray[np.float64], targets: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Centre [d] and projection [d, k] after which each channel's pictures vary alike in every direction.

    The k ≤ 64 main components of `features` [n, d], whitened by the covariance within channels (shrunk: Ledoit and
    Wolf, 2004): what varies among pictures of one channel says little of whether another is strange.
    """
    from sklearn.covariance import LedoitWolf  # noqa: PLC0415 - a second of import, for training only
    from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415

    centre = features.mean(axis=0)
    _, _, components = randomized_svd(features - centre, min(COMPONENTS, *features.shape), random_state=0)
    parts = (features - centre) @ components.T
    means = np.stack([parts[targets == target].mean(axis=0) for target in range(targets.max() + 1)])
    within = LedoitWolf(assume_centered=True).fit(parts - means[targets])
    values, vectors = np.linalg.eigh(within.covariance_)
    whiten = vectors / np.sqrt(np.maximum(values, 1e-12 * values.max() + 1e-30))
    return centre.astype(np.float32), (components.T @ whiten).astype(np.float32)


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
