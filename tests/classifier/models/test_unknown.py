"""The unknown score: by features, as they are and whitened within channels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from classifier.models.unknown import AXES, SHRINKAGE, Neighbours, NeighbourScore, Whitening
from classifier.networks.outputs import Outputs

WIDTH = 60
VARIABLE, STABLE = slice(0, 30), slice(30, 60)
"""Columns of features: within channels, the first half varies together, the second hardly at all."""
SIGNS = np.random.default_rng(99).choice([-1.0, 1.0], (2, WIDTH))


def examples(count: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Features [n, 60] and targets [n] of two channels."""
    random = np.random.default_rng(seed)
    targets = np.arange(count) % 2
    features = random.normal(0, 1, (count, WIDTH))
    features[:, VARIABLE] += random.normal(0, 3, (count, 1))
    features[:, STABLE] += 1.5 * (2 * targets - 1)[:, None] * SIGNS[0, STABLE]
    return features, targets


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
    features, targets = examples(400, seed=1)
    whitening = Whitening.fit(features, targets)
    standard = (features - whitening.mean) / whitening.spread

    def within(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        means = np.stack([vectors[targets == target].mean(axis=0) for target in (0, 1)])
        return np.asarray((vectors - means[targets]).std(axis=0), dtype=np.float64)

    reduced = within(whitening.apply(features)) / within(standard)
    assert reduced[VARIABLE].max() < 0.8
    assert reduced[STABLE].min() > 0.9


def test_whitening_matches_the_shrunk_covariances() -> None:
    features, targets = examples(400, seed=2)  # fewer columns than axes: the whitening is exact
    assert features.shape[1] < AXES
    whitening = Whitening.fit(features, targets)
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    within = standard - np.stack([standard[targets == target].mean(axis=0) for target in (0, 1)])[targets]
    covariances = np.cov(within.T)
    least = SHRINKAGE * np.trace(covariances) / len(covariances)
    values, axes = np.linalg.eigh(covariances)
    exact = standard @ (axes * np.sqrt(least / (values + least))) @ axes.T
    np.testing.assert_allclose(whitening.apply(features), exact, atol=0.01)


def test_what_varies_within_channels_is_known_and_a_new_direction_is_not() -> None:
    (features, targets), (held_out, _), (fresh, _) = (
        examples(count, seed) for seed, count in ((3, 400), (4, 200), (5, 100))
    )

    def outputs(features: NDArray[np.float64]) -> Outputs:
        return Outputs(features, np.zeros((len(features), 2)))

    score = NeighbourScore.fit(outputs(features), targets, outputs(held_out))
    moved, unknown = fresh.copy(), fresh.copy()
    moved[:, VARIABLE] += 4
    unknown[:, STABLE] += 4 * SIGNS[1, STABLE]  # a direction of neither channel
    limit = np.quantile(score.scores(outputs(fresh)), 0.95)
    assert (score.scores(outputs(moved)) > limit).mean() < 0.3
    assert (score.scores(outputs(unknown)) > limit).mean() > 0.9


def test_constant_columns_are_not_amplified() -> None:
    features, targets = examples(200, seed=6)
    features[:, 7] = 2.0
    whitening = Whitening.fit(features, targets)
    moved = features.copy()
    moved[:, 7] += 0.01
    assert np.abs(whitening.apply(moved) - whitening.apply(features)).max() < 1
