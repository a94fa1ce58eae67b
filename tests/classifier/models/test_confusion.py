"""What a confusion matrix tells."""

import numpy as np
import pytest
from classifier.models.confusion import ChannelScores, Confused, most_confused, per_channel
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from classifier.models.metrics import measure
from classifier.values import Metrics


def metrics(*confusion: tuple[int, ...]) -> Metrics:
    """Metrics of which only the confusion matrix matters."""
    labels = tuple("abcdef"[: len(confusion)])
    return Metrics(sum(map(sum, confusion)), 0, 0, 0, 0, 0, 0, confusion=confusion, labels=labels)


def test_hand_counted() -> None:
    told = per_channel(metrics((8, 2, 0), (2, 6, 0), (0, 0, 0)))
    assert told == (
        ChannelScores("a", 10, precision=0.8, recall=0.8, f1=0.8),
        ChannelScores("b", 8, precision=0.75, recall=0.75, f1=0.75),
        ChannelScores("c", 0, precision=0, recall=0, f1=0),
    )


def test_the_most_confused_pair_is_the_one_of_most_pictures() -> None:
    assert most_confused(metrics((8, 1, 1), (0, 6, 3), (2, 0, 5))) == Confused("b", "c", 3, pictures=9)
    assert most_confused(metrics((8, 0), (0, 3))) is None


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_scikit_learn_agrees(pairs: list[tuple[int, int]]) -> None:
    targets, predicted = np.array(pairs).T
    told = per_channel(measure(np.eye(3)[predicted], targets, ("a", "b", "c")))
    expected = precision_recall_fscore_support(targets, predicted, labels=[0, 1, 2], zero_division=0)
    assert [(it.precision, it.recall, it.f1, it.pictures) for it in told] == [
        pytest.approx(row) for row in zip(*expected, strict=True)
    ]
