"""The unknown score: by features, and by a style that is whitened within channels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from classifier.models.unknown import AXES, SHRINKAGE, Neighbours, NeighbourScore, Whitening
from classifier.networks.outputs import Outputs

WIDTH = 60
VARIABLE, STABLE = slice(0, 30), slice(30, 60)
"""Columns of style: within channels, the first half varies together, the second hardly at all."""
SIGNS = np.random.default_rng(99).choice([-1.0, 1.0], (2, WIDTH))


def styled(count: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Style [n, 60] and targets [n] of two channels."""
    random = np.random.default_rng(seed)
    targets = np.arange(count) % 2
    style = random.normal(0, 1, (count, WIDTH))
    style[:, VARIABLE] += random.normal(0, 3, (count, 1))
    style[:, STABLE] += 1.5 * (2 * targets - 1)[:, None] * SIGNS[0, STABLE]
    return style.astype(np.float32), targets


def test_neighbours_score_1_less_the_mean_cosine_of_the_nearest() -> None:
    examples = np.array([[1.0, 0], [0, 2], [-3, 0]])
    scores = Neighbours.of(examples, 2).scores(np.array([[5.0, 0], [1, 1]]))
    np.testing.assert_allclose(scores, [1 - 1 / 2, 1 - np.sqrt(0.5)], atol=1e-3)


@given(wanted=st.integers(-3, 50), count=st.integers(1, 8))
def test_neighbours_are_never_more_than_the_examples(wanted: int, count: int) -> None:
    vectors = np.random.default_rng(0).normal(size=(count, 3))
    neighbours = Neighbours.of(vectors, wanted)
    assert 1 <= neighbours.count <= count
    assert ((neighbours.scores(vectors) >= -1e-3) & (neighbours.scores(vectors) <= 2)).all()


def test_whitening_reduces_what_varies_within_channels_and_keeps_what_separates_them() -> None:
    style, targets = styled(400, seed=1)
    whitening = Whitening.fit(style, targets)
    standard = (style - whitening.mean) / whitening.spread

    def within(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        means = np.stack([vectors[targets == target].mean(axis=0) for target in (0, 1)])
        return np.asarray((vectors - means[targets]).std(axis=0), dtype=np.float64)

    reduced = within(whitening.apply(style)) / within(standard)
    assert reduced[VARIABLE].max() < 0.8
    assert reduced[STABLE].min() > 0.9


def test_whitening_matches_the_shrunk_covariances() -> None:
    style, targets = styled(400, seed=2)  # fewer columns than axes: the whitening is exact
    assert style.shape[1] < AXES
    whitening = Whitening.fit(style, targets)
    standard = (style - style.mean(axis=0)) / style.std(axis=0)
    within = standard - np.stack([standard[targets == target].mean(axis=0) for target in (0, 1)])[targets]
    covariances = np.cov(within.T)
    least = SHRINKAGE * np.trace(covariances) / len(covariances)
    values, axes = np.linalg.eigh(covariances)
    exact = standard @ (axes * np.sqrt(least / (values + least))) @ axes.T
    np.testing.assert_allclose(whitening.apply(style), exact, atol=0.01)


def test_a_new_style_is_unknown_even_if_features_are_the_same() -> None:
    (style, targets), (held_out, _), (fresh, _) = (
        styled(count, seed) for seed, count in ((3, 400), (4, 200), (5, 100))
    )
    features = np.eye(3)[:2] * 5

    def outputs(style: NDArray[np.float32]) -> Outputs:
        count = len(style)
        return Outputs(features[np.arange(count) % 2], style, np.zeros((count, 2)))

    score = NeighbourScore.fit(outputs(style), targets, outputs(held_out))
    known = score.scores(outputs(fresh))
    moved, unknown = fresh.copy(), fresh.copy()
    moved[:, VARIABLE] += 4
    unknown[:, STABLE] += 4 * SIGNS[1, STABLE]  # a style of neither channel
    limit = np.quantile(known, 0.95)
    assert (score.scores(outputs(moved)) > limit).mean() < 0.3
    assert (score.scores(outputs(unknown)) > limit).mean() > 0.9


def test_constant_columns_are_not_amplified() -> None:
    style, targets = styled(200, seed=6)
    style[:, 7] = 2.0
    whitening = Whitening.fit(style, targets)
    moved = style.copy()
    moved[:, 7] += 0.01
    assert np.abs(whitening.apply(moved) - whitening.apply(style)).max() < 1
