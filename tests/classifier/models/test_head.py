"""The head: compared with scikit-learn's regression, and what its threshold rejects."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from classifier.models.head import INVERSE_PENALTY, LEAST_SPREAD, Groups, Head
from classifier.models.platt import Platt

WIDTH = 120

Features = NDArray[np.float32]


def drawn(classes: int, count: int, seed: int = 0, *, distance: float = 1.2) -> tuple[Features, NDArray[np.int64]]:
    """Features [n, 120] of drawn classes around their middles, and their classes [n]. Columns differ in scale."""
    middles = np.random.default_rng(99).normal(0, distance, (20, WIDTH))
    scales = np.random.default_rng(98).uniform(0.01, 20, WIDTH)
    targets = np.arange(count) % classes
    noise = np.random.default_rng(seed).normal(0, 1, (count, WIDTH))
    return ((middles[targets] + noise) * scales + 5).astype(np.float32), targets


def drawn_unknown(count: int, seed: int = 0, *, distance: float = 1.2) -> Features:
    """Features of ten other classes than the first nine."""
    features, targets = drawn(20, 20 * count, seed, distance=distance)
    return features[targets >= 10][:count]


def nothing() -> Features:
    return np.zeros((0, WIDTH), dtype=np.float32)


def each_alone(known: Features, unknown: Features) -> Groups:
    return Groups(np.arange(len(known) + len(unknown)))


def fitted(known: Features, targets: NDArray[np.int64], unknown: Features, groups: Groups | None = None) -> Head:
    return Head.fit(known, targets, unknown, groups or each_alone(known, unknown))


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: NDArray[np.float64] = exponents / exponents.sum(axis=1, keepdims=True)
    return result


def assert_usable(head: Head, features: Features, classes: int) -> None:
    """Assert that a head answers with probabilities, and has a temperature and a threshold."""
    logits = head.logits(features)
    assert logits.shape == (len(features), classes + 1)
    probabilities = head.probabilities(logits)
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert np.isfinite(head.unknown_scores(logits)).all()
    assert np.isfinite(head.threshold)
    assert 0.05 <= head.temperature <= 20.001


# The regression


@pytest.mark.parametrize("distance", [0.05, 0.3, 1.2])
def test_the_head_is_penalised_logistic_regression(distance: float) -> None:
    """As scikit-learn solves it, on standardised features of length 1."""
    known, targets = drawn(3, 60, distance=distance)
    unknown, new = drawn_unknown(30, distance=distance), drawn(3, 40, 7, distance=distance)[0]
    head = fitted(known, targets, unknown)

    def standard(features: Features) -> NDArray[np.float64]:
        rows = (features.astype(np.float64) - head.mean) / head.spread
        result: NDArray[np.float64] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return result

    learned = np.concatenate([known, unknown])
    np.testing.assert_allclose(head.mean, learned.mean(axis=0, dtype=np.float64), rtol=1e-4)
    spread = learned.std(axis=0, dtype=np.float64)
    np.testing.assert_allclose(head.spread, spread + LEAST_SPREAD * spread.mean(), rtol=1e-3)
    peer = LogisticRegression(C=INVERSE_PENALTY, tol=1e-8, max_iter=5000)
    peer.fit(standard(learned), np.concatenate([targets, np.full(30, 3)]))
    for features in (known, unknown, new):
        expected = peer.predict_proba(standard(features))
        np.testing.assert_allclose(softmax(head.logits(features)), expected, atol=0.03)


@pytest.mark.parametrize("classes", [2, 3, 4, 5, 6])
def test_drawn_classes_are_told_apart_and_others_are_unknown(classes: int) -> None:
    known, targets = drawn(classes, 20 * classes)
    head = fitted(known, targets, drawn_unknown(60))
    assert_usable(head, known, classes)
    new, truth = drawn(classes, 20 * classes, 7)
    others = drawn_unknown(60, 7)
    logits = head.logits(new)
    assert (logits[:, :-1].argmax(axis=1) == truth).mean() > 0.9
    assert (head.unknown_scores(logits) > head.threshold).mean() < 0.4
    assert (head.unknown_scores(head.logits(others)) > head.threshold).mean() > 0.6
    assert head.probabilities(head.logits(others))[:, -1].mean() > head.probabilities(logits)[:, -1].mean()


@pytest.mark.parametrize("classes", [2, 3, 4, 5, 6])
def test_without_unknown_examples_a_head_still_works(classes: int) -> None:
    known, targets = drawn(classes, 20 * classes)
    head = fitted(known, targets, nothing())
    assert head.weight.shape == (classes + 1, WIDTH)
    new, truth = drawn(classes, 20 * classes, 7)
    assert_usable(head, new, classes)
    logits = head.logits(new)
    assert (logits[:, :-1].argmax(axis=1) == truth).mean() > 0.9
    assert head.probabilities(logits)[:, -1].mean() < 0.5


def test_parts_are_stored_in_their_precision() -> None:
    known, targets = drawn(3, 60)
    head = fitted(known.astype(np.float16), targets, drawn_unknown(20).astype(np.float16))
    assert (head.mean.dtype, head.spread.dtype, head.bias.dtype) == (np.float32, np.float32, np.float32)
    assert head.weight.dtype == np.float16
    assert (head.mean.shape, head.spread.shape) == ((WIDTH,), (WIDTH,))
    assert (head.weight.shape, head.bias.shape) == ((4, WIDTH), (4,))
    assert isinstance(head.temperature, float)
    assert isinstance(head.threshold, float)
    assert head.platt is not None


def test_only_the_direction_of_standardised_features_counts() -> None:
    known, targets = drawn(3, 60)
    head = fitted(known, targets, drawn_unknown(20))
    for scale in (0.5, 3.0):
        scaled = (head.mean + scale * (known - head.mean)).astype(np.float32)
        np.testing.assert_allclose(head.logits(scaled), head.logits(known), atol=1e-2)
    assert np.isfinite(head.logits(head.mean[None])).all()  # which has no direction


def test_the_same_examples_give_the_same_head() -> None:
    known, targets = drawn(3, 60)
    one, same = (fitted(known, targets, drawn_unknown(20)) for _ in range(2))
    for name in ("mean", "spread", "weight", "bias", "temperature", "threshold", "platt"):
        np.testing.assert_array_equal(getattr(one, name), getattr(same, name))


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_feature_that_never_varies_does_no_harm(value: float) -> None:
    known, targets = drawn(3, 60)
    unknown = drawn_unknown(20)
    known[:, 5] = unknown[:, 5] = value
    head = fitted(known, targets, unknown)
    assert_usable(head, known, 3)
    assert (head.logits(known)[:, :-1].argmax(axis=1) == targets).mean() > 0.9


def test_if_no_feature_varies_the_head_knows_nothing() -> None:
    known = np.full((20, WIDTH), 3, dtype=np.float32)
    head = fitted(known, np.arange(20) % 2, known)
    assert_usable(head, known, 2)
    assert head.probabilities(head.logits(known))[:, :2].max() < 0.6


# Probabilities


@given(
    st.lists(st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=3), min_size=1, max_size=5),
    st.floats(0.05, 20),
    st.one_of(st.none(), st.builds(Platt, slope=st.floats(-10, 0), offset=st.floats(-10, 10))),
)
def test_probabilities_sum_to_1_and_keep_the_order(
    rows: list[list[float]], temperature: float, platt: Platt | None
) -> None:
    one = np.ones(1, dtype=np.float32)
    head = Head(one, one, np.ones((3, 1), dtype=np.float16), one[:0], temperature, 0.0, 4.0, platt)
    logits = np.array(rows)
    probabilities = head.probabilities(logits)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    channels = probabilities[:, :-1]
    likeliest = logits[:, :-1].argmax(axis=1)[:, None]
    np.testing.assert_allclose(np.take_along_axis(channels, likeliest, 1)[:, 0], channels.max(axis=1))
    assert np.isfinite(head.unknown_scores(logits)).all()


def test_the_probability_of_unknown_follows_from_the_unknown_score() -> None:
    known, targets = drawn(3, 60)
    head = fitted(known, targets, drawn_unknown(20))
    assert head.platt
    logits = head.logits(np.concatenate([known, drawn_unknown(60, 7)]))
    probabilities = head.probabilities(logits)
    np.testing.assert_allclose(1 - probabilities[:, -1], head.platt.known(head.unknown_scores(logits)))
    among = probabilities[:, :-1] / probabilities[:, :-1].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(among, softmax(logits[:, :-1] / head.temperature))


@pytest.mark.parametrize("count", [60, 300])
def test_confidence_is_calibrated_where_half_of_the_pictures_are_unknown(count: int) -> None:
    """However many unknown thumbnails a head was fitted to."""
    known, targets = drawn(3, 300, distance=0.25)
    head = fitted(known, targets, drawn_unknown(count, distance=0.25))
    new, truth = drawn(3, 900, 7, distance=0.25)
    logits = head.logits(np.concatenate([new, drawn_unknown(900, 7, distance=0.25)]))
    channels = head.probabilities(logits)[:, :-1]
    right = channels.argmax(axis=1) == np.concatenate([truth, np.full(900, -1)])
    assert 0.3 < right.mean() < 0.48  # some are wrong, and no unknown one can be right
    assert channels.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.06)


def test_the_unknown_score_adds_the_energy_to_the_log_odds_of_unknown() -> None:
    known, targets = drawn(3, 60)
    head = fitted(known, targets, drawn_unknown(20))
    logits = head.logits(known)
    unknown = softmax(logits)[:, -1]
    odds, energy = np.log(unknown / (1 - unknown)), -np.log(np.exp(logits[:, :-1]).sum(axis=1))
    np.testing.assert_allclose(head.unknown_scores(logits), odds + head.energy_weight * energy, rtol=1e-6)
    assert head.energy_weight > 0


# Cross-validation


def test_the_threshold_rejects_a_few_known_thumbnails() -> None:
    """If they are hard to separate from unknown ones."""
    known, targets = drawn(3, 300, distance=0.25)
    head = fitted(known, targets, drawn_unknown(150, distance=0.25))
    seen = (head.unknown_scores(head.logits(known)) > head.threshold).mean()
    new = (head.unknown_scores(head.logits(drawn(3, 300, 7, distance=0.25)[0])) > head.threshold).mean()
    assert seen < 0.1  # it was fitted to these, and the threshold was not
    assert 0 < new < 0.2


@pytest.mark.parametrize("distance", [0.6, 1.2, 2.4])
def test_nothing_is_rejected_that_is_more_likely_known_than_not(distance: float) -> None:
    """If known and unknown ones are easily separated, no known one has to be given up."""
    known, targets = drawn(3, 300, distance=distance)
    head = fitted(known, targets, drawn_unknown(150, distance=distance))
    new, unknown = drawn(3, 300, 7, distance=distance)[0], drawn_unknown(300, 7, distance=distance)
    logits = head.logits(np.concatenate([new, unknown]))
    rejected = head.unknown_scores(logits) > head.threshold
    assert head.probabilities(logits)[rejected, -1].min() > 0.5
    if distance == 2.4:
        assert rejected.tolist() == [False] * 300 + [True] * 300


def test_thumbnails_of_a_group_are_held_out_together() -> None:
    """Of copies with labels by chance, a head that saw a copy would be sure, and one that saw none can't be."""
    random = np.random.default_rng(0)
    once = random.normal(size=(40, WIDTH)).astype(np.float32)
    known, targets = np.repeat(once, 3, axis=0), np.repeat(random.permutation(np.arange(40) % 2), 3)
    together = fitted(known, targets, nothing(), Groups(np.repeat(np.arange(40), 3)))
    alone = fitted(known, targets, nothing())
    np.testing.assert_array_equal(together.weight, alone.weight)
    assert together.temperature > 3 * alone.temperature


@given(
    numbers=st.lists(st.integers(0, 60), min_size=1, max_size=80).map(np.array),
    count=st.integers(2, 7),
)
def test_every_thumbnail_is_in_one_fold_with_its_group(numbers: NDArray[np.int64], count: int) -> None:
    folds = list(Groups(numbers).folds(count))
    assert sorted(np.concatenate(folds).tolist()) == list(range(len(numbers)))
    assert len(folds) <= count
    for one, fold in enumerate(folds):
        assert len(fold) > 0
        for other in folds[:one]:
            assert not set(numbers[fold]) & set(numbers[other])


def test_many_groups_make_folds_of_similar_size() -> None:
    sizes = [len(fold) for fold in Groups(np.arange(100)).folds(5)]
    assert sizes == [20] * 5


@settings(max_examples=15, deadline=None)
@given(
    classes=st.integers(2, 6),
    unknown=st.sampled_from([0, 1, 5]),
    groups=st.integers(1, 12),
    seed=st.integers(0, 1000),
)
def test_any_groups_give_a_usable_head(classes: int, unknown: int, groups: int, seed: int) -> None:
    """Also where a class is held out as a whole, or everything at once."""
    known, targets = drawn(classes, 3 * classes, seed)
    numbers = np.random.default_rng(seed).integers(0, groups, len(known) + unknown)
    others = drawn_unknown(unknown, seed) if unknown else nothing()
    assert_usable(fitted(known, targets, others, Groups(numbers)), known, classes)
