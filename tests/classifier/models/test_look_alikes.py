"""Look-alikes: which pairs of channels are named as often mixed up."""

from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from classifier.models.look_alikes import FALSELY_NAMED, TOLERATED, find_look_alikes
from classifier.pictures.dataset import Dataset
from classifier.training.train import train
from classifier.values import LookAlikes, Metrics
from tests.classifier.conftest import QUICK
from tests.classifier.drawn import COLOURS, draw_channel


def metrics(*confusion: tuple[int, ...]) -> Metrics:
    """Metrics of channels a, b, c, …"""
    labels = tuple("abcdefghijklmnopqrstuvwxyz"[: len(confusion)])
    n = sum(map(sum, confusion))
    return Metrics(n, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, confusion=confusion, labels=labels)


def of(confusion: NDArray[np.int64]) -> Metrics:
    return metrics(*(tuple(int(count) for count in row) for row in confusion))


def test_a_pair_is_named_with_its_mistakes_in_both_directions() -> None:
    (pair,) = find_look_alikes(metrics((33, 7, 0), (5, 35, 0), (1, 0, 39)))
    assert pair == LookAlikes("a", "b", count=12, n=80)


def test_the_pair_that_is_mixed_up_most_often_comes_first() -> None:
    pairs = find_look_alikes(metrics((100, 20, 0, 0), (20, 100, 0, 0), (0, 0, 20, 20), (0, 0, 20, 20)))
    assert [(pair.one, pair.other, pair.count / pair.n) for pair in pairs] == [("c", "d", 0.5), ("a", "b", 40 / 240)]


def test_a_few_mistakes_in_a_small_test_set_prove_nothing() -> None:
    assert find_look_alikes(metrics((9, 1), (0, 10))) == ()
    assert find_look_alikes(metrics((90, 10), (0, 100))) != ()


def test_nothing_is_named_without_mistakes_or_without_thumbnails() -> None:
    assert find_look_alikes(metrics((9, 0), (0, 9))) == ()
    assert find_look_alikes(metrics((0, 0, 0), (0, 9, 0), (0, 0, 9))) == ()


@settings(deadline=None)  # the machine can be busy
@given(count=st.integers(0, 60), n=st.integers(60, 200), channels=st.integers(2, 12))
def test_a_pair_is_named_if_so_many_mistakes_are_too_unlikely_for_any_of_the_pairs(
    count: int, n: int, channels: int
) -> None:
    confusion = np.diag([10] * channels)
    confusion[:2, :2] = (n - count, count), (0, 0)
    likely = sum(comb(n, i) * TOLERATED**i * (1 - TOLERATED) ** (n - i) for i in range(count, n + 1))
    pairs = comb(channels, 2)
    found = find_look_alikes(of(confusion))
    assert [pair.count for pair in found] == ([count] if likely < FALSELY_NAMED / pairs else [])


def test_among_many_channels_that_are_not_mixed_up_often_hardly_any_pair_is_named() -> None:
    """Even if each pair is mixed up as often as is tolerated."""
    random, channels, n, runs = np.random.default_rng(0), 8, 100, 400
    wrongly = 0
    for _ in range(runs):
        confusion = np.triu(random.binomial(2 * n, TOLERATED, (channels, channels)), 1)
        np.fill_diagonal(confusion, n - confusion.sum(axis=1))
        assert (confusion >= 0).all()
        wrongly += bool(find_look_alikes(of(confusion)))
    assert 0 < wrongly / runs < FALSELY_NAMED


def test_a_group_of_look_alikes_is_named_as_a_whole() -> None:
    """The more pairs of many are mixed up, the less likely is each of them to be named by chance."""
    group = list(combinations("abcd", 2))
    for mixed_up in (group[:1], group):
        confusion = np.zeros((10, 10), dtype=np.int64)
        for one, other in mixed_up:
            confusion["abcd".index(one), "abcd".index(other)] = 7
        np.fill_diagonal(confusion, 40 - confusion.sum(axis=1))
        found = {(pair.one, pair.other) for pair in find_look_alikes(of(confusion))}
        assert found == (set(group) if mixed_up == group else set())


def test_a_training_names_channels_that_look_the_same(tmp_path: Path) -> None:
    for name, colour in (("amber", "amber"), ("honey", "amber"), ("cobalt", "cobalt")):
        draw_channel(tmp_path / name, 100, COLOURS[colour])
    (pair,) = train(Dataset.open(tmp_path), QUICK).artifact.info.look_alikes
    assert (pair.one, pair.other) == ("amber", "honey")
    assert pair.count / pair.n > TOLERATED
