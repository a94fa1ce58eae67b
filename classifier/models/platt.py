"""Platt scaling: from an unknown score to the probability that a picture is of a known channel."""

import math
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

KNOWN_SHARE: Final = 0.5
"""Share of pictures of known channels for which the probability is calibrated, whatever the share in training."""


@dataclass(frozen=True, slots=True)
class Platt:
    """The log odds of a known channel are `slope` (0 or less) times the unknown score, plus `offset`."""

    slope: float
    offset: float

    @classmethod
    def fit(cls, known: NDArray[np.float64], unknown: NDArray[np.float64]) -> Self:
        """Fit to held-out unknown scores of known thumbnails [n], n ≥ 1, and of unknown channels' [m].

        Source: Platt, "Probabilistic Outputs for Support Vector Machines" (1999), with its targets, which leave some
        doubt however well the scores separate both. Without unknown thumbnails, only that doubt is left.
        """
        from scipy.optimize import minimize  # noqa: PLC0415 - the running bot does without scipy
        from scipy.special import expit  # noqa: PLC0415 - the same

        scores = np.concatenate([known, unknown])
        mean, spread = float(scores.mean()), float(scores.std()) + 1e-12
        standard = (scores - mean) / spread
        n, m = len(known), len(unknown)
        targets = np.repeat([(n + 1) / (n + 2), 1 / (m + 2)], [n, m])
        weights = np.repeat([KNOWN_SHARE / n, (1 - KNOWN_SHARE) / max(m, 1)], [n, m])

        def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            odds = parameters[0] * standard + parameters[1]
            errors = weights * (expit(odds) - targets)
            value = float((weights * (np.logaddexp(0, odds) - targets * odds)).sum())
            return value, np.array([float((errors * standard).sum()), float(errors.sum())])

        falling, any_offset = (None, 0), (None, None)
        found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=(falling, any_offset))
        slope, offset = found.x
        return cls(float(slope / spread), float(offset - slope * mean / spread))

    @property
    def even(self) -> float:
        """The unknown score at which a known channel is as likely as not; infinite if the score says nothing."""
        return -self.offset / self.slope if self.slope else math.inf

    def known(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probability of a known channel [n], by unknown scores [n]."""
        probabilities: NDArray[np.float64] = (1 + np.tanh((self.slope * scores + self.offset) / 2)) / 2
        return probabilities
