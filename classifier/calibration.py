"""Honest answers: the temperature of the probabilities, and the score and threshold of "none of these channels"."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from classifier.outputs import Outputs

NEIGHBOURS: Final = 0.5
"""How many of the examples are asked, as a share of what a channel has on the mean."""
FREEDOM: Final = 0.1
"""C of the logistic regression of known against strange; from 0.01 to 1 it hardly matters."""
TRUST: Final = 0.5
"""How much the neighbours' word counts beside the odds, both in units of their spread."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Strangeness where only known channels were seen: 1 less the mean cosine to the `asked` nearest examples.

    `examples` float32 [n, d] are the training side's features, each of length 1. They are exact to float16, as which
    models keep them; an answer would wait longer for the conversion than for the neighbours. Source: Sun et al.,
    "Out-of-Distribution Detection with Deep Nearest Neighbors" (2022), which takes the distance to one neighbour.
    """

    refused: ClassVar[float] = 0.05
    """Share of known pictures that the threshold may refuse."""

    examples: NDArray[np.float32]
    asked: int

    @classmethod
    def fit(cls, features: NDArray[np.float64], targets: NDArray[np.int64]) -> Self:
        """Remember `features` [n, d] of channels `targets` [n]."""
        asked = round(NEIGHBOURS * len(features) / len(np.unique(targets)))
        return cls(_directions(features).astype(np.float16).astype(np.float32), max(1, asked))

    def scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """How strange features [n, d] are [n], in [0, 2]."""
        cosines = _directions(features) @ self.examples.T
        nearest = np.partition(cosines, -self.asked, axis=1)[:, -self.asked :]
        scores: NDArray[np.float64] = 1 - nearest.mean(axis=1, dtype=np.float64)
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class Boundary:
    """Strangeness where other channels' pictures were seen too: the log odds of being one, and the neighbours' word.

    The odds, `weight` float64 [d] and `bias` float64 [], come from a logistic regression in which either side weighs
    the same, in units of their spread on known pictures; strangers unlike those seen are left to `neighbours`, whose
    word counts times `trust`.
    """

    refused: ClassVar[float] = 0.03
    """Less than 5 %: a threshold from few pictures is uncertain, and where the sides lie far apart, care is cheap."""

    neighbours: Neighbours
    weight: NDArray[np.float64]
    bias: float
    trust: float

    @classmethod
    def fit(cls, neighbours: Neighbours, known: Outputs, others: Outputs, held: Outputs) -> Self:
        """Part `known` channels from `others`; `held` are known too, and tell how far scores spread."""
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - a second of import, for training only

        mean, spread = known.features.mean(axis=0), known.features.std(axis=0) + 1e-6
        standard = (np.concatenate([known.features, others.features]) - mean) / spread
        strange = np.repeat([0, 1], [len(known.features), len(others.features)])
        parted = LogisticRegression(C=FREEDOM, class_weight="balanced", max_iter=1000).fit(standard, strange)
        weight = parted.coef_[0] / spread
        weight /= (held.features @ weight).std() + 1e-12
        trust = TRUST / (neighbours.scores(held.features).std() + 1e-12)
        return cls(neighbours, weight, float(-(weight @ mean)), float(trust))

    def scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """How strange features [n, d] are [n], from -∞ to ∞."""
        scores: NDArray[np.float64] = features @ self.weight + self.bias + self.trust * self.neighbours.scores(features)
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Turns a network's outputs into calibrated probabilities and a verdict "unknown".

    `temperature` divides the logits. A picture whose `strangeness` is above `threshold` is called unknown.
    """

    temperature: float
    threshold: float
    strangeness: Neighbours | Boundary

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
        neighbours = Neighbours.fit(train.features, train_targets)
        strangeness = neighbours if others is None else Boundary.fit(neighbours, train, others, held)
        threshold = np.quantile(strangeness.scores(held.features), 1 - strangeness.refused)
        return cls(_temperature(held.logits, targets), float(threshold), strangeness)

    def probabilities(self, outputs: Outputs) -> NDArray[np.float64]:
        """Calibrated probabilities [n, classes]."""
        result: NDArray[np.float64] = softmax(outputs.logits / self.temperature, axis=1)
        return result

    def unknown_scores(self, outputs: Outputs) -> NDArray[np.float64]:
        """How strange each picture is [n]; above `threshold` it is unknown."""
        return self.strangeness.scores(outputs.features)


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
