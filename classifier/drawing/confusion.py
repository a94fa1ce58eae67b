"""The confusion matrix of a training."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import cos, radians, sin
from typing import Final

from PIL import ImageColor

from classifier.drawing.canvas import Canvas, length, picture_png
from classifier.drawing.names import names
from classifier.drawing.palette import BLUE, MUTED, TEXT, TRACK
from classifier.values import Channel, Metrics

_MARGIN, _HEAD, _AXIS, _GAP = 16, 48, 20, 8
_MATRIX: Final = 400
"""The matrix's side in units, as far as its cells permit."""
_LEAST, _GREATEST = 26, 64
"""A cell's side."""
_NAME, _SIZE = 150, 11
"""The greatest width of a name, and its size."""
_SLANT: Final = 40
"""The angle of the columns' names, in degrees."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the figure says: its heading, and what rows and columns are."""

    heading: str
    true: str
    predicted: str


def confusion_figure(metrics: Metrics, channels: Sequence[Channel], words: Words | None = None) -> bytes:
    """Draw the confusion matrix as a PNG: rows the true channels, columns the predicted ones; shade is the row's share.

    `channels` are in the order of the metrics' labels; without `words`, it is in English.
    """
    words = words or _english(metrics)
    cell = min(max(_MATRIX / len(channels), _LEAST), _GREATEST)
    side = cell * len(channels)
    labels = [name.fitted(_NAME, size=_SIZE) for name in names(channels, _NAME, size=_SIZE)]
    room = max(length(label, size=_SIZE) for label in labels)
    left, top = _MARGIN + _AXIS + room + _GAP, _HEAD
    below = room * sin(radians(_SLANT)) + _SIZE * cos(radians(_SLANT)) + _GAP
    width = max(left + side, _MARGIN + length(words.heading, size=14)) + _MARGIN
    canvas = Canvas(width, top + side + below + _AXIS + _MARGIN)
    canvas.write((_MARGIN, _HEAD / 2), words.heading, size=14, fill=TEXT)
    for row, column in product(range(len(channels)), repeat=2):
        _cell(canvas, left + column * cell, top + row * cell, cell, metrics.confusion[row], column)
    for place, label in enumerate(labels):
        middle = (place + 0.5) * cell
        canvas.write((left - _GAP, top + middle), label, size=_SIZE, fill=MUTED, anchor="right")
        end = (left + middle, top + side + _GAP)
        canvas.write(end, label, size=_SIZE, fill=MUTED, anchor="right", angle=_SLANT)
    beside = (_MARGIN + _SIZE / 2, top + side / 2)
    canvas.write(beside, words.true, size=_SIZE, fill=TEXT, anchor="middle", angle=90)
    under = (left + side / 2, top + side + below + _AXIS / 2)
    canvas.write(under, words.predicted, size=_SIZE, fill=TEXT, anchor="middle")
    return picture_png(canvas.image)


def _english(metrics: Metrics) -> Words:
    heading = f"Accuracy {metrics.accuracy:.1%} on {metrics.n} test thumbnails"
    return Words(heading, true="true channel", predicted="predicted channel")


def _cell(canvas: Canvas, left: float, top: float, side: float, row: Sequence[int], column: int) -> None:
    """A count of a row, shaded by its share; nothing is written for 0."""
    share = row[column] / max(sum(row), 1)
    canvas.block(left + 0.5, top + 0.5, left + side - 0.5, top + side - 0.5, _shade(share))
    if row[column]:
        size = _SIZE if side > _LEAST else _SIZE - 2
        canvas.write((left + side / 2, top + side / 2), str(row[column]), size=size, fill=TEXT, anchor="middle")


def _shade(share: float) -> str:
    """From the colour of an empty bar to blue."""
    parts = zip(ImageColor.getrgb(TRACK), ImageColor.getrgb(BLUE), strict=True)
    return "#" + "".join(f"{round(low + (high - low) * share):02x}" for low, high in parts)
