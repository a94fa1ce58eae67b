"""The confidence plot of an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

from classifier.drawing.canvas import WIDTH, Canvas, chart_png, length
from classifier.drawing.names import Name, names
from classifier.drawing.palette import BACKGROUND, BLUE, GREEN, GREY, MUTED, TEXT, TRACK
from classifier.values import Prediction

MAX_ROWS: Final = 8
ANOTHER: Final = "Another channel"
"""The bar of all channels that the model does not know."""
NONE: Final = "None of the known channels"

_MARGIN, _HEAD, _ROW, _NUMBER = 24, 56, 40, 54
_NAME: Final = WIDTH - 2 * _MARGIN - _NUMBER
"""The width of a row's name."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A bar: its name, its probability, and its colour if the picture is from a known channel."""

    name: Name
    probability: float
    colour: str


def confidence_plot(*predictions: Prediction) -> bytes:
    """Draw one prediction or more as a PNG: one bar per channel, eight at most, with the rest combined in the last, and
    one for all other channels if the model knows how probable they are.

    1040 pixels wide for one; several are numbered and drawn in two columns, without exact matches, which are no
    predictions: at least one must be left.
    """
    if len(predictions) == 1:
        return chart_png(_drawn(predictions[0]))
    numbered = [(number, prediction) for number, prediction in enumerate(predictions, 1) if prediction.exact is None]
    drawn = [_drawn(prediction, f"{number} · ") for number, prediction in numbered]
    if len(drawn) == 1:
        return chart_png(drawn[0])
    width, height = drawn[0].width, max(image.height for image in drawn)
    grid = Image.new("RGB", (2 * width, height * -(-len(drawn) // 2)), BACKGROUND)
    for place, image in enumerate(drawn):
        grid.paste(image, (place % 2 * width, place // 2 * height))
    return chart_png(grid)


def _drawn(prediction: Prediction, number: str = "") -> Image.Image:
    rows = _rows(prediction)
    canvas = Canvas(WIDTH, _HEAD + _ROW * len(rows) + _MARGIN)
    room = WIDTH - 2 * _MARGIN - length(number, size=17, bold=True)
    heading = Name(NONE) if prediction.unknown else rows[0].name
    line = number + heading.fitted(room, size=17, bold=True)
    canvas.write((_MARGIN, _HEAD / 2 + 2), line, size=17, fill=TEXT, bold=True)
    for index, row in enumerate(rows):
        colour = GREY if prediction.unknown else row.colour
        _bar(canvas, _HEAD + _ROW * index, row, colour, fill=TEXT if index == 0 else MUTED)
    return canvas.image


def percent(probability: float) -> str:
    """A probability for people, never rounded up to certainty or down to impossibility."""
    if probability >= 0.995:
        return ">99%"
    if probability <= 0.005:
        return "<1%"
    return f"{probability:.0%}"


def _rows(prediction: Prediction) -> Sequence[_Row]:
    guesses = prediction.guesses
    kept = len(guesses) if len(guesses) <= MAX_ROWS else MAX_ROWS - 1
    others = f"{len(guesses) - kept} others"
    named = names([guess.channel for guess in guesses], _NAME, size=13, taken=(ANOTHER, others))
    shown = zip(named[:kept], guesses[:kept], strict=True)
    rows = [_Row(name, guess.probability, GREEN if place == 0 else BLUE) for place, (name, guess) in enumerate(shown)]
    if rest := guesses[kept:]:
        rows.append(_Row(Name(others), sum(guess.probability for guess in rest), BLUE))
    if prediction.unknown_probability:
        rows.append(_Row(Name(ANOTHER), prediction.unknown_probability, GREY))
    return rows


def _bar(canvas: Canvas, top: float, row: _Row, colour: str, fill: str) -> None:
    canvas.write((_MARGIN, top + 11), row.name.fitted(_NAME, size=13), size=13, fill=fill)
    right_end = (WIDTH - _MARGIN, top + 11)
    canvas.write(right_end, percent(row.probability), size=13, fill=fill, bold=True, anchor="right")
    left, right, y, thickness = _MARGIN, WIDTH - _MARGIN, top + 24, 8
    canvas.pill(left, y, right, y + thickness, TRACK)
    if row.probability > 0:
        canvas.pill(left, y, left + max(thickness, (right - left) * row.probability), y + thickness, colour)
