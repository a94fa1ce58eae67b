"""Platt scaling: compared with scikit-learn's regression, and what it says of drawn scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from classifier.models.platt import Platt

SCORES = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=20).map(np.array)
NONE = np.zeros(0)


def drawn(middle: float, count: int, seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(middle, 2, count)


def test_it_is_logistic_regression_with_both_kinds_counted_alike() -> None:
    known, unknown = drawn(-2, 30_000, 0), drawn(1, 3_000, 1)
    fitted = Platt.fit(known, unknown)
    peer = LogisticRegression(C=1e9, class_weight="balanced")
    peer.fit(np.concatenate([known, unknown])[:, None], np.repeat([1, 0], [30_000, 3_000]))
    assert fitted.slope == pytest.approx(peer.coef_[0, 0], rel=0.02)
    assert fitted.offset == pytest.approx(peer.intercept_[0], abs=0.02)


@pytest.mark.parametrize("unknown", [1_000, 20_000])
def test_a_probability_is_the_share_of_known_ones_where_half_are_known(unknown: int) -> None:
    """Whatever their shares were in training."""
    fitted = Platt.fit(drawn(-1, 5_000, 0), drawn(1, unknown, 1))
    scores = np.concatenate([drawn(-1, 20_000, 2), drawn(1, 20_000, 3)])
    known = np.repeat([True, False], 20_000)
    probabilities = fitted.known(scores)
    for least in (0.1, 0.3, 0.5, 0.7):
        some = (probabilities >= least) & (probabilities < least + 0.2)
        assert known[some].mean() == pytest.approx(probabilities[some].mean(), abs=0.05)


@pytest.mark.parametrize("count", [10, 1000])
def test_however_well_the_scores_separate_both_some_doubt_is_left(count: int) -> None:
    fitted = Platt.fit(np.linspace(-9, -8, count), np.linspace(8, 9, count))
    known, unknown = fitted.known(np.array([-8.5, 8.5]))
    assert 1 - known == pytest.approx(1 / (count + 2), rel=0.3)
    assert unknown == pytest.approx(1 / (count + 2), rel=0.3)


def test_without_unknown_scores_everything_is_known_but_for_some_doubt() -> None:
    fitted = Platt.fit(drawn(0, 98, 0), NONE)
    np.testing.assert_allclose(fitted.known(np.array([-9.0, 0.0, 9.0])), 0.99, atol=2e-3)


def test_an_even_score_is_as_likely_known_as_not() -> None:
    fitted = Platt.fit(drawn(-1, 500, 0), drawn(2, 500, 1))
    assert fitted.known(np.array([fitted.even]))[0] == pytest.approx(0.5)
    assert Platt(slope=0.0, offset=1.0).even == np.inf


@given(SCORES, st.one_of(SCORES, st.just(NONE)), SCORES)
def test_a_probability_never_rises_with_the_unknown_score(
    known: NDArray[np.float64], unknown: NDArray[np.float64], scores: NDArray[np.float64]
) -> None:
    probabilities = Platt.fit(known, unknown).known(np.sort(scores))
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert (np.diff(probabilities) <= 1e-12).all()
