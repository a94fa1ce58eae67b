"""How strange a picture is to a model: how unlike the known channels' pictures, and how like other channels' ones."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from classifier.outputs import Outputs

CONTENT_NEIGHBOURS: Final = 0.5
"""How many examples are asked by features, as a share of what a channel has on the mean."""
STYLE_NEIGHBOURS: Final = 5
"""How many examples are asked by style: of 3 to 10 it hardly matters."""
AXES: Final = 64
"""Directions that whitening knows by name; all 1,500 that 1,500 pictures span do no better."""
SHRINKAGE: Final = 10.0
"""What is added to all variances, in units of their mean: so few pictures don't tell them exactly."""
LEAST_SPREAD: Final = 0.01
"""Of the mean spread: what hardly varies on known pictures is no measure for others."""
FREEDOM: Final = 0.1
"""C of the logistic regression of known against strange; from 0.01 to 1 it hardly matters."""
TRUST: Final = 0.5
"""How much unfamiliarity counts beside the odds, both in units of their spread."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Strangeness as 1 less the mean cosine to the `asked` nearest examples.

    `examples` float32 [n, d] are the training side's, each of length 1. They are exact to float16, as which models keep
    them; an answer would wait longer for the conversion than for the neighbours. Source: Sun et al.,
    "Out-of-Distribution Detection with Deep Nearest Neighbors" (2022), which takes the distance to one neighbour.
    """

    examples: NDArray[np.float32]
    asked: int

    @classmethod
    def of(cls, vectors: NDArray[np.floating], asked: int) -> Self:
        """Remember `vectors` [n, d], n ≥ 1."""
        return cls(_directions(vectors).astype(np.float16).astype(np.float32), min(max(1, asked), len(vectors)))

    def scores(self, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """How strange vectors [n, d] are [n], in [0, 2]."""
        cosines = _directions(vectors) @ self.examples.T
        nearest = np.partition(cosines, -self.asked, axis=1)[:, -self.asked :]
        scores: NDArray[np.float64] = 1 - nearest.mean(axis=1, dtype=np.float64)
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """Makes small what varies within channels, so that what none of them does stands out.

    Vectors less `mean` [d], each number in units of its `spread` [d]; then what lies along `axes` [r, d], each of
    length 1, is multiplied by `gains` [r]. All are float32.
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
class Unfamiliarity:
    """Strangeness where only known channels were seen: how far the nearest examples are, by features and by style.

    Features know what tells the channels apart; style, whitened within them, knows what they never do. Each counts in
    units of its spread on known pictures: `weights` float64 [2].
    """

    refused: ClassVar[float] = 0.05
    """Share of known pictures that the threshold may refuse."""

    content: Neighbours
    style: Neighbours
    whitening: Whitening
    weights: NDArray[np.float64]

    @classmethod
    def fit(cls, known: Outputs, targets: NDArray[np.int64], held: Outputs) -> Self:
        """Remember `known` pictures of channels `targets` [n]; `held` are known too, and tell how far scores spread."""
        whitening = Whitening.fit(known.style, targets)
        content = Neighbours.of(known.features, round(CONTENT_NEIGHBOURS * len(targets) / len(np.unique(targets))))
        style = Neighbours.of(whitening.apply(known.style), STYLE_NEIGHBOURS)
        both = content.scores(held.features), style.scores(whitening.apply(held.style))
        return cls(content, style, whitening, np.array([1 / (scores.std() + 1e-6) for scores in both]))

    def scores(self, outputs: Outputs) -> NDArray[np.float64]:
        """How strange pictures are [n], at least 0."""
        content, style = self.weights
        by_content, by_style = (
            self.content.scores(outputs.features),
            self.style.scores(self.whitening.apply(outputs.style)),
        )
        scores: NDArray[np.float64] = content * by_content + style * by_style
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class Boundary:
    """Strangeness where other channels' pictures were seen too: the log odds of being one, and unfamiliarity.

    The odds, `weight` float64 [d] and `bias` float64 [], come from a logistic regression in which either side weighs
    the same, in units of their spread on known pictures; strangers unlike those seen are left to `unfamiliarity`,
    which counts times `trust`.
    """

    refused: ClassVar[float] = 0.03
    """Less than 5 %: a threshold from few pictures is uncertain, and where the sides lie far apart, care is cheap."""

    unfamiliarity: Unfamiliarity
    weight: NDArray[np.float64]
    bias: float
    trust: float

    @classmethod
    def fit(cls, unfamiliarity: Unfamiliarity, known: Outputs, others: Outputs, held: Outputs) -> Self:
        """Part `known` channels from `others`; `held` are known too, and tell how far scores spread."""
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - a second of import, for training only

        mean, spread = known.features.mean(axis=0), known.features.std(axis=0) + 1e-6
        standard = (np.concatenate([known.features, others.features]) - mean) / spread
        strange = np.repeat([0, 1], [len(known.features), len(others.features)])
        parted = LogisticRegression(C=FREEDOM, class_weight="balanced", max_iter=1000).fit(standard, strange)
        weight = parted.coef_[0] / spread
        weight /= (held.features @ weight).std() + 1e-12
        trust = TRUST / (unfamiliarity.scores(held).std() + 1e-12)
        return cls(unfamiliarity, weight, float(-(weight @ mean)), float(trust))

    def scores(self, outputs: Outputs) -> NDArray[np.float64]:
        """How strange pictures are [n], from -∞ to ∞."""
        odds: NDArray[np.float64] = outputs.features @ self.weight + self.bias
        return odds + self.trust * self.unfamiliarity.scores(outputs)


def _directions(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Vectors scaled to length 1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions: NDArray[np.float32] = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return directions
