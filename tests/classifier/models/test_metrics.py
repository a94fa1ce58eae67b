"""Metrics, against hand-counted values and scikit-learn's own."""

import warnings
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from classifier.models.metrics import calibration_error, is_worse, measure, with_unknown

LABELS = ("a", "b", "c")


def certain(*predicted: int) -> np.ndarray:
    """Probabilities that are nearly sure of a class."""
    return np.eye(3)[list(predicted)] * 0.97 + 0.01


def test_hand_counted() -> None:
    targets = np.array([0, 0, 0, 1, 1, 2])
    metrics = measure(certain(0, 0, 1, 1, 1, 0), targets, LABELS)
    assert metrics.n == 6
    assert metrics.labels == LABELS
    assert metrics.accuracy == pytest.approx(4 / 6)
    assert metrics.precision == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert metrics.recall == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert metrics.f1 == pytest.approx((2 / 3 + 4 / 5 + 0) / 3)
    assert metrics.log_loss == pytest.approx(-(4 * log(0.98) + 2 * log(0.01)) / 6)
    assert metrics.confusion == ((2, 1, 0), (0, 2, 0), (1, 0, 0))
    assert (metrics.auroc_unknown, metrics.unknown_rejected, metrics.known_rejected) == (None, None, None)


@given(st.integers(0, 2**32), st.integers(1, 60))
def test_scikit_learn_agrees(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(3), n)
    targets = np.concatenate([np.arange(3), random.integers(0, 3, n)])
    probabilities = np.concatenate([random.dirichlet(np.ones(3), 3), probabilities])
    metrics, predicted = measure(probabilities, targets, LABELS), probabilities.argmax(axis=1)
    assert metrics.accuracy == pytest.approx(sk.accuracy_score(targets, predicted))
    assert metrics.precision == pytest.approx(sk.precision_score(targets, predicted, average="macro", zero_division=0))
    assert metrics.recall == pytest.approx(sk.recall_score(targets, predicted, average="macro", zero_division=0))
    assert metrics.f1 == pytest.approx(sk.f1_score(targets, predicted, average="macro", zero_division=0))
    assert metrics.log_loss == pytest.approx(sk.log_loss(targets, probabilities, labels=[0, 1, 2]))
    assert np.array(metrics.confusion).tolist() == sk.confusion_matrix(targets, predicted, labels=[0, 1, 2]).tolist()


def test_classes_that_do_not_occur_do_not_count() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metrics = measure(certain(0, 2), np.array([0, 0]), LABELS)
    assert metrics.precision == 1
    assert metrics.recall == 0.5
    assert metrics.confusion == ((1, 0, 1), (0, 0, 0), (0, 0, 0))


def test_a_certain_mistake_has_a_finite_loss() -> None:
    metrics = measure(np.eye(3)[[1]], np.array([0]), LABELS)
    assert metrics.log_loss == pytest.approx(-log(1e-15))
    assert metrics.ece == 1


def test_calibration_error_of_the_perfectly_honest_is_0() -> None:
    probabilities = np.tile([0.75, 0.25], (40, 1))
    assert calibration_error(probabilities, np.array([0, 0, 0, 1] * 10), bins=10) == pytest.approx(0)


def test_calibration_error_of_the_overconfident_is_what_they_overstate() -> None:
    probabilities = np.tile([0.95, 0.05], (40, 1))
    assert calibration_error(probabilities, np.array([0, 0, 0, 1] * 10), bins=10) == pytest.approx(0.2)


def test_calibration_error_does_not_let_opposites_cancel() -> None:
    """One half is 0.9 sure and always wrong, the other 0.6 sure and always right: 0.9 and 0.4 off, 0.65 in the mean."""
    probabilities = np.array([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 10)
    targets = np.array([1] * 10 + [0] * 10)
    assert calibration_error(probabilities, targets, bins=2) == pytest.approx(0.65)


@given(st.integers(0, 2**32), st.integers(1, 40))
def test_calibration_error_is_a_share(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    assert 0 <= calibration_error(random.dirichlet(np.ones(4), n), random.integers(0, 4, n)) <= 1


@pytest.mark.parametrize(
    ("lost", "won", "worse"),
    [(0, 0, False), (1, 0, False), (4, 0, False), (5, 0, True), (9, 2, True), (8, 2, False), (2, 9, False)],
)
def test_worse_is_worse_beyond_chance(lost: int, won: int, worse: bool) -> None:
    """One-sided binomial tails: 5 of 5 is 1/32, 4 of 4 is 1/16, 9 of 11 is 67/2048, 8 of 10 is 56/1024."""
    assert is_worse(lost=lost, won=won) is worse


def test_unknown_is_counted_at_the_threshold() -> None:
    metrics = measure(certain(0, 1), np.array([0, 1]), LABELS)
    told = with_unknown(metrics, np.array([1.0, 2.0, 3.0, 9.0]), np.array([5.0, 6.0, 2.5, 7.0]), threshold=5.0)
    assert told.unknown_rejected == 0.5
    assert told.known_rejected == 0.25
    assert told.auroc_unknown == pytest.approx(11 / 16)
    assert told.accuracy == metrics.accuracy
