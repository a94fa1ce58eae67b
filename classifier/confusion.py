"""What a confusion matrix tells of each channel, and of the two that are taken for each other most."""

from dataclasses import dataclass

from classifier.values import Metrics


@dataclass(frozen=True, slots=True)
class ChannelScores:
    """How good a model is on one channel, on `pictures` of it: all in [0, 1], and 0 where there is nothing to share."""

    label: str
    pictures: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Confused:
    """`count` of the `pictures` of the channel `label` are taken for the channel `taken_for`."""

    label: str
    taken_for: str
    count: int
    pictures: int


def per_channel(metrics: Metrics) -> tuple[ChannelScores, ...]:
    """The scores of every channel, in the order of the labels."""
    found = []
    for n, (label, row) in enumerate(zip(metrics.labels, metrics.confusion, strict=True)):
        right, pictures = row[n], sum(row)
        called = sum(other[n] for other in metrics.confusion)
        found.append(
            ChannelScores(
                label, pictures, _share(right, called), _share(right, pictures), _share(2 * right, called + pictures)
            )
        )
    return tuple(found)


def most_confused(metrics: Metrics) -> Confused | None:
    """The channel whose pictures are most often taken for another, by count; None where no picture is."""
    pairs = [
        Confused(label, metrics.labels[column], count, sum(row))
        for n, (label, row) in enumerate(zip(metrics.labels, metrics.confusion, strict=True))
        for column, count in enumerate(row)
        if column != n and count
    ]
    return max(pairs, key=lambda pair: pair.count, default=None)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
