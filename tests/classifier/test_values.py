"""Values validate what they are given, and compute what follows from it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_fscore_support

from classifier.models.metrics import measure
from classifier.values import Channel, ChannelScores, Confusion, Guess, Heatmap, Metrics, Prediction, VideoFact

VERSION = "20260102-030405"


def guesses(*probabilities: float) -> tuple[Guess, ...]:
    return tuple(Guess(Channel(f"c{index}", "title"), share) for index, share in enumerate(probabilities))


def test_the_first_guess_is_the_predicted_channel() -> None:
    prediction = Prediction(guesses(0.7, 0.2, 0.1), unknown=False, version=VERSION)
    assert prediction.channel.label == "c0"
    assert prediction.confidence == 0.7


@pytest.mark.parametrize("probabilities", [(), (0.5, 0.4), (0.6, 0.6), (float("nan"), 0.5), (0.3, 0.7)])
def test_an_impossible_prediction_is_rejected(probabilities: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="must"):
        Prediction(guesses(*probabilities), unknown=False, version=VERSION)


def test_a_heatmap_is_for_the_first_guess() -> None:
    prediction = Prediction(guesses(0.6, 0.4), unknown=True, version=VERSION)
    assert Heatmap(prediction, np.zeros((2, 3), dtype=np.float32)).channel.label == "c0"


@pytest.mark.parametrize("heat", [np.array([0.5]), np.array([[0.0, 1.1]]), np.array([[-0.1, 1]]), np.array([[np.nan]])])
def test_impossible_heat_is_rejected(heat: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match="must"):
        Heatmap(Prediction(guesses(0.6, 0.4), unknown=False, version=VERSION), heat.astype(np.float32))


@pytest.mark.parametrize(
    ("channel_id", "handle", "channel", "expected"),
    [
        ("UCa", None, Channel("a", "A", id="UCa", handle="@a"), True),
        ("UCa", "@a", Channel("a", "A", id="UCb", handle="@a"), False),
        (None, "@A", Channel("a", "A", id="UCa", handle="@a"), True),
        (None, "@STRASSE", Channel("a", "A", handle="@straße"), True),
        (None, "@b", Channel("a", "A", handle="@a"), False),
        ("UCa", None, Channel("a", "A", handle="@a"), None),
        (None, "@a", Channel("a", "A", id="UCa"), None),
        (None, None, Channel("a", "A"), None),
        ("UCa", "@a", Channel("a", "A"), None),
    ],
)
def test_a_fact_is_compared_with_a_channel_by_id_else_by_handle(
    channel_id: str | None, handle: str | None, channel: Channel, expected: bool | None
) -> None:
    assert VideoFact("aaaaaaaaaaa", "A", channel_id, handle).is_from(channel) is expected


# What follows from a confusion matrix


def metrics(*confusion: tuple[int, ...]) -> Metrics:
    """Metrics of which only the confusion matrix matters."""
    labels = tuple("abcdef"[: len(confusion)])
    return Metrics(sum(map(sum, confusion)), 0, 0, 0, 0, 0, 0, confusion=confusion, labels=labels)


def test_scores_per_channel_match_hand_counted_values() -> None:
    assert metrics((8, 2, 0), (2, 6, 0), (0, 0, 0)).per_channel() == (
        ChannelScores("a", 10, precision=0.8, recall=0.8, f1=0.8),
        ChannelScores("b", 8, precision=0.75, recall=0.75, f1=0.75),
        ChannelScores("c", 0, precision=0, recall=0, f1=0),
    )


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_scores_per_channel_match_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    targets, predicted = np.array(pairs).T
    scores = measure(np.eye(3)[predicted], targets, ("a", "b", "c")).per_channel()
    expected = precision_recall_fscore_support(targets, predicted, labels=[0, 1, 2], zero_division=0)
    assert [(it.precision, it.recall, it.f1, it.n) for it in scores] == [
        pytest.approx(row) for row in zip(*expected, strict=True)
    ]


def test_the_most_confused_pair_has_the_highest_count() -> None:
    assert metrics((8, 1, 1), (0, 6, 3), (2, 0, 5)).most_confused() == Confusion("b", "c", 3, n=9)
    assert metrics((8, 0), (0, 3)).most_confused() is None
