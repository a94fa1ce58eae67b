"""The figure of a comparison: how typical a picture is of a channel, and the colours of both."""

from collections.abc import Sequence
from typing import Final

from classifier.drawing.canvas import WIDTH, Canvas, picture_png
from classifier.drawing.confidence import percent
from classifier.drawing.names import names
from classifier.drawing.palette import BLUE, GREEN, MUTED, TEXT, TRACK
from classifier.values import Channel, MainColour

_MARGIN, _HEAD = 24, 28
_SCALE_TOP, _THICKNESS, _MARK = 52, 8, 18
_STRIPS_TOP, _STRIP, _STRIP_STEP = 112, 34, 72
_EDGE: Final = 1
"""Around a strip, so that dark colours stand out from the background."""
_ROOM: Final = WIDTH - 2 * _MARGIN


def resemblance_figure(
    channel: Channel, percentile: float, own: Sequence[MainColour], channels: Sequence[MainColour]
) -> bytes:
    """Draw a percentile in [0, 1] on a scale and, below it, the main colours of the picture and of the channel, each as
    wide as its share; as a PNG 1040 pixels wide.
    """
    (name,) = names([channel], _ROOM, size=13)
    both = (("This picture", own), (name.fitted(_ROOM, size=13), channels))
    strips = [(title, colours) for title, colours in both if colours]
    canvas = Canvas(WIDTH, _STRIPS_TOP + _STRIP_STEP * len(strips) - 4)
    canvas.write((_MARGIN, _HEAD), "How typical of the channel", size=13, fill=TEXT, bold=True)
    canvas.write((WIDTH - _MARGIN, _HEAD), percent(percentile), size=13, fill=TEXT, bold=True, anchor="right")
    _scale(canvas, percentile)
    for number, (title, colours) in enumerate(strips):
        top = _STRIPS_TOP + _STRIP_STEP * number
        canvas.write((_MARGIN, top), title, size=13, fill=TEXT)
        _strip(canvas, top + 14, colours)
    return picture_png(canvas.image)


def _scale(canvas: Canvas, percentile: float) -> None:
    left, right, top = _MARGIN, WIDTH - _MARGIN, _SCALE_TOP
    middle, below = top + _THICKNESS / 2, top + _THICKNESS + 16
    place = left + _MARK / 2 + percentile * (right - left - _MARK)
    canvas.pill(left, top, right, top + _THICKNESS, TRACK)
    canvas.pill(left, top, place, top + _THICKNESS, BLUE)
    canvas.pill(place - _MARK / 2, middle - _MARK / 2, place + _MARK / 2, middle + _MARK / 2, GREEN)
    canvas.write((left, below), "least", size=11, fill=MUTED)
    canvas.write((right, below), "most", size=11, fill=MUTED, anchor="right")


def _strip(canvas: Canvas, top: float, colours: Sequence[MainColour]) -> None:
    left, total = float(_MARGIN), sum(colour.share for colour in colours)
    canvas.block(left - _EDGE, top - _EDGE, left + _ROOM + _EDGE, top + _STRIP + _EDGE, TRACK)
    for colour in colours:
        right = left + colour.share / total * _ROOM
        canvas.block(left, top, right, top + _STRIP, f"#{colour.red:02x}{colour.green:02x}{colour.blue:02x}")
        left = right
