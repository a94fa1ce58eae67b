"""The unknown score of a picture: how unlike the known channels it looks, and how like unknown ones."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from classifier.networks.outputs import Outputs

PLAIN_NEIGHBOURS: Final = 0.5
"""How many neighbours count by features, as a share of a channel's mean number of examples."""
WHITENED_NEIGHBOURS: Final = 5
"""How many neighbours count by whitened features; from 3 to 10 it hardly matters."""
AXES: Final = 64
"""Directions that whitening treats one by one; all 1,500 that 1,500 thumbnails span do no better."""
SHRINKAGE: Final = 10.0
"""Added to all variances, in units of their mean: few thumbnails give no exact variances."""
LEAST_SPREAD: Final = 0.01
"""As a share of the mean spread: what hardly varies on known thumbnails says nothing about others."""
INVERSE_PENALTY: Final = 0.1
"""C of the logistic regression of known against unknown; from 0.01 to 1 it hardly matters."""
NEIGHBOUR_WEIGHT: Final = 0.5
"""Weight of the neighbour score beside the log odds, both in units of their spread."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """1 less the mean cosine to the `count` nearest examples.

    `examples` float32 [n, d] are those of the training split, each of length 1. They are exact to float16, the
    precision in which artifacts store them: converting them at each answer would take longer than the search. Source:
    Sun et al., "Out-of-Distribution Detection with Deep Nearest Neighbors" (2022), which takes the distance to one
    neighbour.
    """

    examples: NDArray[np.float32]
    count: int

    @classmethod
    def of(cls, vectors: NDArray[np.floating], count: int) -> Self:
        """Remember `vectors` [n, d], n ≥ 1."""
        return cls(_directions(vectors).astype(np.float16).astype(np.float32), min(max(1, count), len(vectors)))

    def scores(self, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """The distance of vectors [n, d] from their neighbours: [n], in [0, 2]."""
        cosines = _directions(vectors) @ self.examples.T
        nearest = np.partition(cosines, -self.count, axis=1)[:, -self.count :]
        scores: NDArray[np.float64] = 1 - nearest.mean(axis=1, dtype=np.float64)
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """Reduces what varies within channels, so that what none of them does stands out.

    Vectors less `mean` [d], each number in units of its `spread` [d]; then the component along each of the `axes`
    [r, d], of length 1, is multiplied by its gain (`gains` [r]). All are float32.
    """

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    axes: NDArray[np.float32]
    gains: NDArray[np.float32]

    @classmethod
    def fit(cls, vectors: NDArray[np.floating], targets: NDArray[np.int64]) -> Self:
        """Fit to `vectors` [n, d] of channels `targets` [n]."""
        from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415 - a second of import, for training only

        mean, spread = vectors.mean(axis=0), vectors.std(axis=0)
        spread = np.maximum(spread, LEAST_SPREAD * spread.mean() + 1e-12)
        within = (vectors - mean) / spread
        for target in np.unique(targets):
            within[targets == target] -= within[targets == target].mean(axis=0)
        least = SHRINKAGE * within.var(axis=0).mean() + 1e-12
        _, lengths, axes = randomized_svd(within, min(AXES, *within.shape), random_state=0)
        gains = np.sqrt(least / (lengths**2 / len(within) + least))
        return cls(*(part.astype(np.float32) for part in (mean, spread, axes, gains)))

    def apply(self, vectors: NDArray[np.floating]) -> NDArray[np.float32]:
        """Vectors [n, d], whitened [n, d]."""
        standard = ((vectors - self.mean) / self.spread).astype(np.float32)
        excess = ((standard @ self.axes.T) * (self.gains - 1)) @ self.axes
        return (standard + excess).astype(np.float32, copy=False)


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourScore:
    """The unknown score without examples of unknown channels: the distance from known ones, by features twice.

    As they are, features capture what distinguishes the channels; whitened within them, what they never do. Each counts
    in units of its spread on known thumbnails: `weights` float64 [2].
    """

    rejected: ClassVar[float] = 0.05
    """Share of the calibration split above the threshold."""

    plain: Neighbours
    whitened: Neighbours
    whitening: Whitening
    weights: NDArray[np.float64]

    @classmethod
    def fit(cls, training: Outputs, targets: NDArray[np.int64], calibration: Outputs) -> Self:
        """Remember the `training` outputs of channels `targets` [n]; `calibration` shows how far scores spread."""
        whitening = Whitening.fit(training.features, targets)
        plain = Neighbours.of(training.features, round(PLAIN_NEIGHBOURS * len(targets) / len(np.unique(targets))))
        whitened = Neighbours.of(whitening.apply(training.features), WHITENED_NEIGHBOURS)
        both = plain.scores(calibration.features), whitened.scores(whitening.apply(calibration.features))
        return cls(plain, whitened, whitening, np.array([1 / (scores.std() + 1e-6) for scores in both]))

    def scores(self, outputs: Outputs) -> NDArray[np.float64]:
        """Unknown scores [n], at least 0."""
        plain, whitened = self.weights
        scores: NDArray[np.float64] = plain * self.plain.scores(outputs.features) + whitened * self.whitened.scores(
            self.whitening.apply(outputs.features)
        )
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class RegressionScore:
    """The unknown score with examples of unknown channels: the log odds of being one, and the neighbour score.

    The odds, `weight` float64 [d] and `bias`, come from a logistic regression in which both classes weigh the same, in
    units of their spread on known thumbnails; unknown channels unlike all examples are left to `neighbours`, whose
    score is multiplied by `neighbour_weight`.
    """

    rejected: ClassVar[float] = 0.03
    """Less than 5 %: a threshold from few thumbnails is uncertain, and with the classes far apart it costs little."""

    neighbours: NeighbourScore
    weight: NDArray[np.float64]
    bias: float
    neighbour_weight: float

    @classmethod
    def fit(cls, neighbours: NeighbourScore, training: Outputs, unknown: Outputs, calibration: Outputs) -> Self:
        """Separate `training` outputs from those of `unknown` channels; `calibration` shows how far scores spread."""
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - a second of import, for training only

        mean, spread = training.features.mean(axis=0), training.features.std(axis=0) + 1e-6
        standard = (np.concatenate([training.features, unknown.features]) - mean) / spread
        is_unknown = np.repeat([0, 1], [len(training.features), len(unknown.features)])
        separated = LogisticRegression(C=INVERSE_PENALTY, class_weight="balanced", max_iter=1000)
        weight = separated.fit(standard, is_unknown).coef_[0] / spread
        weight /= (calibration.features @ weight).std() + 1e-12
        neighbour_weight = NEIGHBOUR_WEIGHT / (neighbours.scores(calibration).std() + 1e-12)
        return cls(neighbours, weight, float(-(weight @ mean)), float(neighbour_weight))

    def scores(self, outputs: Outputs) -> NDArray[np.float64]:
        """Unknown scores [n], from -∞ to ∞."""
        odds: NDArray[np.float64] = outputs.features @ self.weight + self.bias
        return odds + self.neighbour_weight * self.neighbours.scores(outputs)


def _directions(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Vectors scaled to length 1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions: NDArray[np.float32] = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return directions
