"""The head: a linear classifier of the eye's features with one class more, "unknown"."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from classifier.models.platt import Platt
from classifier.models.temperature import fit_temperature, softmax

INVERSE_PENALTY: Final = 30.0
"""C of the regression, on standardised features of length 1."""
FOLDS: Final = 5
ENERGY_WEIGHT: Final = 4.0
"""Of the energy beside the log odds of "unknown": the more channels a model knows, the more it helps."""
KNOWN_REJECTED: Final = 0.04
"""Share of known thumbnails above the threshold, when each is scored by a head that was fitted without it; less if some
of these are more likely of a known channel than not.
"""
LEAST_SPREAD: Final = 1e-3
"""As a share of the mean spread: a feature that hardly varies says nothing."""

_STEPS: Final = 80
_FURTHER_STEPS: Final = 25
"""Of cross-validation, which starts from the head of all thumbnails."""
MAX_STEPS: Final = _STEPS + FOLDS * _FURTHER_STEPS

_ROWS: Final = 1024
"""Of the Gram matrix, computed at a time."""

OnStep = Callable[[], None]
"""Called now and then during a fit, about MAX_STEPS times."""
OnJudged = Callable[[NDArray[np.float64]], None]
"""Gets the probabilities [n, classes + 1] of the known thumbnails, each by a head that was fitted without it."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Thumbnails that must be held out together, by number: near-duplicates, and those of one unknown channel."""

    numbers: NDArray[np.int64]

    def folds(self, count: int) -> Iterator[NDArray[np.int64]]:
        """Indices of the thumbnails of each fold; a group's fold follows from its number and the largest one."""
        order = np.random.default_rng(0).permutation(int(self.numbers.max()) + 1)
        fold = order[self.numbers] % count
        for number in range(count):
            if (fold == number).any():
                yield np.flatnonzero(fold == number)


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Multinomial logistic regression on features [d], with a calibration and a threshold.

    Features less `mean` [d], in units of their `spread` [d], are scaled to length 1; `weight` [classes + 1, d] and
    `bias` [classes + 1] give the logits, the last one that of "unknown". `temperature` divides the logits. The energy
    has `energy_weight` in the unknown score. `platt` turns that score into a probability; without it, the probability
    of "unknown" comes from the logits. Whatever has an unknown score above `threshold` is rejected as unknown.
    """

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    weight: NDArray[np.float16]
    bias: NDArray[np.float32]
    temperature: float
    threshold: float
    energy_weight: float
    platt: Platt | None

    @classmethod
    def fit(
        cls,
        known: NDArray[np.floating],
        targets: NDArray[np.int64],
        unknown: NDArray[np.floating],
        groups: Groups,
        *,
        on_step: OnStep = lambda: None,
        on_judged: OnJudged = lambda _: None,
    ) -> Self:
        """Fit to features of known thumbnails [n, d] of classes `targets` [n], and of unknown channels [m, d].

        Calibration and threshold are fitted by cross-validation: each thumbnail is scored by a head that saw neither it
        nor others of its group; `on_judged` gets their probabilities. Source of the temperature: Guo et al., "On
        Calibration of Modern Neural Networks" (2017).
        """
        classes = int(targets.max()) + 1
        mean, spread, standard = _standardised(known, unknown)
        labels = np.concatenate([targets, np.full(len(unknown), classes)])
        regression = _Regression(standard, labels, classes + 1, on_step)
        fitted = regression.fit(np.ones(len(labels), dtype=np.float32))
        logits = np.zeros((len(labels), classes + 1))
        for held_out in groups.folds(FOLDS):
            counted = np.ones(len(labels), dtype=np.float32)
            counted[held_out] = 0
            logits[held_out] = regression.logits(regression.fit(counted, start=fitted))[held_out]
        weight, bias = regression.weights(fitted)
        scores = _unknown_scores(logits, ENERGY_WEIGHT)
        platt = Platt.fit(scores[: len(known)], scores[len(known) :])
        threshold = float(np.quantile(scores[: len(known)], 1 - KNOWN_REJECTED))
        if len(unknown):
            threshold = float(np.clip(platt.even, threshold, scores.max()))
        temperature = fit_temperature(logits, labels)
        head = cls(mean, spread, weight.astype(np.float16), bias, temperature, threshold, ENERGY_WEIGHT, platt)
        on_judged(head.probabilities(logits[: len(known)]))
        return head

    def logits(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Logits [n, classes + 1] of features [n, d]; the last column is "unknown"."""
        standard = (features.astype(np.float32) - self.mean) / self.spread
        standard /= np.maximum(np.linalg.norm(standard, axis=1, keepdims=True), 1e-12)
        return (standard @ self.weight.astype(np.float32).T + self.bias).astype(np.float64)

    def probabilities(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated probabilities [n, classes + 1]; the last column is "unknown"."""
        if self.platt is None:
            return softmax(logits / self.temperature)
        known = self.platt.known(self.unknown_scores(logits))[:, None]
        return np.concatenate([softmax(logits[:, :-1] / self.temperature) * known, 1 - known], axis=1)

    def typicality(self, logits: NDArray[np.float64], channels: NDArray[np.int64]) -> NDArray[np.float64]:
        """The log odds of each picture's channel in `channels` [n], against all others and "unknown": [n]."""
        return _log_odds(logits, channels)

    def unknown_scores(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """How unlike the known channels pictures are [n]; above `threshold` a picture is rejected as unknown."""
        return _unknown_scores(logits, self.energy_weight)


def _standardised(
    known: NDArray[np.floating], unknown: NDArray[np.floating]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Mean and spread of all features [d], and the features [n + m, d] standardised and of length 1."""
    standard = np.concatenate([known, unknown]).astype(np.float32)
    mean, spread = standard.mean(axis=0), standard.std(axis=0)
    spread += np.float32(LEAST_SPREAD * spread.mean() + 1e-12)
    standard -= mean
    standard /= spread
    standard /= np.maximum(np.linalg.norm(standard, axis=1, keepdims=True), 1e-12)
    return mean, spread, standard


class _Regression:
    """Exact regularised multinomial regression in the space that the examples span.

    In the coordinates given by the Cholesky factor of their Gram matrix, the penalty is that of the weights themselves.
    """

    def __init__(self, standard: NDArray[np.float32], labels: NDArray[np.int64], classes: int, on_step: OnStep) -> None:
        from scipy.linalg import cholesky  # noqa: PLC0415 - scipy is for fitting, which answers need not load

        self._standard = standard
        self._wanted = np.eye(classes, dtype=np.float32)[labels]
        self._on_step = on_step
        gram = np.zeros((len(standard), len(standard)), dtype=np.float32)
        for start in range(0, len(standard), _ROWS):  # the lower triangle is enough
            end = start + _ROWS
            gram[start:end, :end] = standard[start:end] @ standard[:end].T
            on_step()
        gram[np.diag_indices(len(gram))] += np.float32(1e-4)
        self._factor = cholesky(gram, lower=True, overwrite_a=True, check_finite=False)

    def fit(self, counted: NDArray[np.float32], start: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Parameters fitted to the examples that count (1, not 0); a good `start` takes fewer steps."""
        from scipy.optimize import minimize  # noqa: PLC0415 - the same

        rows, classes = self._wanted.shape
        strength = (INVERSE_PENALTY * counted)[:, None]

        def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            self._on_step()
            weights, logits = self._split(parameters)
            greatest = logits.max(axis=1, keepdims=True)
            sums = greatest + np.log(np.exp(logits - greatest).sum(axis=1, keepdims=True))
            errors = strength * (np.exp(logits - sums) - self._wanted)
            losses = strength[:, 0] * (sums[:, 0] - (logits * self._wanted).sum(axis=1))
            slope = np.concatenate([(self._factor.T @ errors + weights).ravel(), errors.sum(axis=0)])
            value = float(losses.sum(dtype=np.float64)) + 0.5 * float((weights * weights).sum(dtype=np.float64))
            return value, slope.astype(np.float64)

        begin = np.zeros((rows + 1) * classes) if start is None else start
        options = {"maxiter": _STEPS if start is None else _FURTHER_STEPS, "ftol": 1e-6, "gtol": 1e-3}
        found: NDArray[np.float64] = minimize(loss, begin, jac=True, method="L-BFGS-B", options=options).x
        return found

    def logits(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logits [n, classes] of all examples."""
        return self._split(parameters)[1].astype(np.float64)

    def weights(self, parameters: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Weights [classes, d] and bias [classes]."""
        from scipy.linalg import solve_triangular  # noqa: PLC0415 - the same

        weights, _ = self._split(parameters)
        coefficients = solve_triangular(self._factor, weights, lower=True, trans="T")
        return coefficients.T @ self._standard, parameters[weights.size :].astype(np.float32)

    def _split(self, parameters: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The weights in these coordinates [n, classes], and the logits [n, classes]."""
        weights = parameters[: self._wanted.size].astype(np.float32).reshape(self._wanted.shape)
        return weights, self._factor @ weights + parameters[self._wanted.size :].astype(np.float32)


def _unknown_scores(logits: NDArray[np.float64], energy_weight: float) -> NDArray[np.float64]:
    """The log odds of "unknown" and, weighted, the energy of the known channels.

    Source of the energy: Liu et al., "Energy-based Out-of-distribution Detection" (2020).
    """
    known = logits[:, :-1]
    greatest = known.max(axis=1)
    energy: NDArray[np.float64] = -greatest - np.log(np.exp(known - greatest[:, None]).sum(axis=1))
    return logits[:, -1] + (1 + energy_weight) * energy


def _log_odds(logits: NDArray[np.float64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """The log odds [n] of one column of logits [n, classes] in each row."""
    rows = np.arange(len(logits))
    others = logits.copy()
    others[rows, columns] = -np.inf
    greatest = others.max(axis=1)
    odds: NDArray[np.float64] = (
        logits[rows, columns] - greatest - np.log(np.exp(others - greatest[:, None]).sum(axis=1))
    )
    return odds
