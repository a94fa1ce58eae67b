"""Metrics, compared with hand-counted values and scikit-learn's."""

import warnings
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from classifier.models.judges import Judgement
from classifier.models.metrics import calibration_error, is_worse, measure, with_unknown

LABELS = ("a", "b", "c")


def certain(*predicted: int) -> np.ndarray:
    """Probabilities close to 1 for the given classes."""
    return np.eye(3)[list(predicted)] * 0.97 + 0.01


def test_metrics_match_hand_counted_values() -> None:
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
def test_metrics_match_scikit_learn(seed: int, n: int) -> None:
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


def test_classes_that_do_not_occur_are_not_counted() -> None:
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


def test_calibration_error_of_perfect_calibration_is_0() -> None:
    probabilities = np.tile([0.75, 0.25], (40, 1))
    assert calibration_error(probabilities, np.array([0, 0, 0, 1] * 10), bins=10) == pytest.approx(0)


def test_calibration_error_of_overconfidence_is_the_difference() -> None:
    probabilities = np.tile([0.95, 0.05], (40, 1))
    assert calibration_error(probabilities, np.array([0, 0, 0, 1] * 10), bins=10) == pytest.approx(0.2)


def test_opposite_calibration_errors_do_not_cancel_out() -> None:
    """Confidence 0.9 and always wrong, and 0.6 and always right: off by 0.9 and 0.4, 0.65 on average."""
    probabilities = np.array([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 10)
    targets = np.array([1] * 10 + [0] * 10)
    assert calibration_error(probabilities, targets, bins=2) == pytest.approx(0.65)


@given(st.integers(0, 2**32), st.integers(1, 40))
def test_calibration_error_is_between_0_and_1(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    assert 0 <= calibration_error(random.dirichlet(np.ones(4), n), random.integers(0, 4, n)) <= 1


@pytest.mark.parametrize(
    ("lost", "won", "worse"),
    [(0, 0, False), (1, 0, False), (4, 0, False), (5, 0, True), (9, 2, True), (8, 2, False), (2, 9, False)],
)
def test_worse_means_significantly_worse(lost: int, won: int, worse: bool) -> None:
    """One-sided binomial tails: 5 of 5 is 1/32, 4 of 4 is 1/16, 9 of 11 is 67/2048, 8 of 10 is 56/1024."""
    assert is_worse(lost=lost, won=won) is worse


def test_weights_are_as_good_as_repetitions() -> None:
    random = np.random.default_rng(0)
    probabilities, targets = random.dirichlet(np.ones(3), 15), random.integers(0, 3, 15)
    repeated = np.repeat(np.arange(15), [1, 2, 3] * 5)
    weighted = calibration_error(probabilities, targets, np.array([1.0, 2.0, 3.0] * 5), bins=1)
    assert weighted == pytest.approx(calibration_error(probabilities[repeated], targets[repeated], bins=1))


def test_bins_have_equal_weight() -> None:
    """One heavy thumbnail fills the first of two bins, and ten light ones fill the second."""
    probabilities = np.array([[0.6, 0.4]] + [[0.8, 0.2]] * 10)
    targets = np.array([1] + [0] * 10)
    assert calibration_error(probabilities, targets, np.array([10.0] + [1.0] * 10), bins=2) == pytest.approx(
        (0.6 + 0.2) / 2
    )


def test_unknown_metrics_use_the_threshold() -> None:
    targets = np.array([0, 1, 0, 1])
    known = Judgement(certain(0, 1, 1, 1), np.array([1.0, 2.0, 3.0, 9.0]), threshold=5.0)
    unknown = Judgement(certain(0, 1, 2, 2), np.array([5.0, 6.0, 2.5, 7.0]), threshold=5.0)
    metrics = measure(known.probabilities, targets, LABELS)
    extended = with_unknown(metrics, known, targets, unknown)
    assert extended.unknown_rejected == 0.5
    assert extended.known_rejected == 0.25
    assert extended.auroc_unknown == pytest.approx(11 / 16)
    assert extended.accuracy == metrics.accuracy


def test_naming_an_unknown_thumbnail_counts_as_much_as_naming_a_known_one() -> None:
    """However many there are; each half of them is named, with a confidence of 0.98."""
    targets = np.array([0, 1, 0, 1])
    known = Judgement(certain(0, 1, 0, 1), np.array([1.0, 2.0, 9.0, 9.0]), threshold=5.0)
    for count in (2, 20):
        unknown = Judgement(certain(*[0] * count), np.array([1.0, 9.0] * (count // 2)), threshold=5.0)
        extended = with_unknown(measure(known.probabilities, targets, LABELS), known, targets, unknown)
        assert extended.ece == pytest.approx((0.02 + 0.98) / 2)


def test_if_everything_is_rejected_the_calibration_error_is_that_of_known_thumbnails() -> None:
    targets = np.array([0, 1])
    rejected = Judgement(certain(0, 1), np.array([9.0, 9.0]), threshold=5.0)
    metrics = measure(rejected.probabilities, targets, LABELS)
    assert with_unknown(metrics, rejected, targets, rejected).ece == metrics.ece == pytest.approx(0.02)
