"""The confidence plot of an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

from classifier.drawing.canvas import Canvas, chart_png
from classifier.drawing.names import Name, names
from classifier.drawing.palette import BLUE, GREEN, GREY, MUTED, TEXT, TRACK
from classifier.values import Prediction

WIDTH: Final = 340
"""In units: less than other drawings, because answers are read on phones."""
MAX_ROWS: Final = 8
MAX_ROWS_OF_SEVERAL: Final = 3
ANOTHER: Final = "Another channel"
"""The bar of all channels that the model does not know."""

_MARGIN, _GUTTER, _GAP, _NUMBER, _SIZE = 18, 26, 14, 50, 14
_ROW, _ROW_OF_SEVERAL, _BAR_BELOW, _BAR = 40, 36, 22, 8


@dataclass(frozen=True, slots=True)
class _Row:
    """A bar: its name, its probability, and its colour if the picture is from a known channel."""

    name: Name
    probability: float
    colour: str


def confidence_plot(*predictions: Prediction, numbers: Sequence[int] = ()) -> bytes:
    """Draw one prediction or more as a PNG, 680 pixels wide, with a bar for all channels that the model does not know
    if it says how probable they are.

    One has a bar per channel, eight at most, with the rest combined in the last. Several are below each other, each
    with its three highest bars and its number, counted from 1 if there are no `numbers`; with a number, so is one.
    There is no heading, because the answer above the plot says which channel it is.
    """
    return chart_png(_drawn(*predictions, numbers=numbers))


def percent(probability: float) -> str:
    """A probability for people, never rounded up to certainty or down to impossibility."""
    if probability >= 0.995:
        return ">99%"
    if probability <= 0.005:
        return "<1%"
    return f"{probability:.0%}"


def _drawn(*predictions: Prediction, numbers: Sequence[int] = ()) -> Image.Image:
    several = len(predictions) > 1 or bool(numbers)
    left, step = (_MARGIN + _GUTTER, _ROW_OF_SEVERAL) if several else (_MARGIN, _ROW)
    blocks = [(_highest if several else _all)(prediction, WIDTH - _MARGIN - left) for prediction in predictions]
    heights = [step * (len(rows) - 1) + _BAR_BELOW + _BAR for rows in blocks]
    canvas = Canvas(WIDTH, 2 * _MARGIN + sum(heights) + 2 * _GAP * (len(blocks) - 1))
    top: float = _MARGIN
    for index, (prediction, rows) in enumerate(zip(predictions, blocks, strict=True)):
        if index:
            canvas.block(_MARGIN, top + _GAP - 0.5, WIDTH - _MARGIN, top + _GAP + 0.5, TRACK)
            top += 2 * _GAP
        if several:
            number = numbers[index] if numbers else index + 1
            canvas.write((_MARGIN, top + _SIZE / 2), str(number), size=17, fill=TEXT, bold=True)
        for place, row in enumerate(rows):
            colour = GREY if prediction.unknown else row.colour
            _bar(canvas, (left, top + step * place), row, colour, fill=TEXT if place == 0 else MUTED)
        top += heights[index]
    return canvas.image


def _all(prediction: Prediction, width: float) -> Sequence[_Row]:
    guesses = prediction.guesses
    kept = len(guesses) if len(guesses) <= MAX_ROWS else MAX_ROWS - 1
    others = f"{len(guesses) - kept} others"
    rows = _named(prediction, width, others)
    rest = [_Row(Name(others), sum(guess.probability for guess in guesses[kept:]), BLUE)] if guesses[kept:] else []
    return (*rows[:kept], *rest, *_another(prediction))


def _highest(prediction: Prediction, width: float) -> Sequence[_Row]:
    first, *others = (*_named(prediction, width), *_another(prediction))
    by_height = sorted(others, key=lambda row: -row.probability)
    return (first, *by_height[: MAX_ROWS_OF_SEVERAL - 1])


def _named(prediction: Prediction, width: float, *taken: str) -> Sequence[_Row]:
    """The bars of all channels, most probable first."""
    named = names([guess.channel for guess in prediction.guesses], width - _NUMBER, size=_SIZE, taken=(ANOTHER, *taken))
    return [
        _Row(name, guess.probability, BLUE if place else GREEN)
        for place, (name, guess) in enumerate(zip(named, prediction.guesses, strict=True))
    ]


def _another(prediction: Prediction) -> Sequence[_Row]:
    share = prediction.unknown_probability
    return [_Row(Name(ANOTHER), share, GREY)] if share else []


def _bar(canvas: Canvas, place: tuple[float, float], row: _Row, colour: str, fill: str) -> None:
    left, top = place
    right = WIDTH - _MARGIN
    room = right - left - _NUMBER
    canvas.write((left, top + _SIZE / 2), row.name.fitted(room, size=_SIZE), size=_SIZE, fill=fill)
    share = percent(row.probability)
    canvas.write((right, top + _SIZE / 2), share, size=_SIZE, fill=fill, bold=True, anchor="right")
    y = top + _BAR_BELOW
    canvas.pill(left, y, right, y + _BAR, TRACK)
    if row.probability > 0:
        canvas.pill(left, y, left + max(_BAR, (right - left) * row.probability), y + _BAR, colour)
