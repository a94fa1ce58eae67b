"""The confidence plot of an answer."""

from collections.abc import Sequence
from typing import Final

from PIL import Image

from classifier.drawing.canvas import WIDTH, Canvas, chart_png
from classifier.drawing.palette import BACKGROUND, BLUE, GREEN, GREY, MUTED, TEXT, TRACK
from classifier.values import Prediction

MAX_ROWS: Final = 8
ANOTHER: Final = "Another channel"
"""The bar of all channels that the model does not know."""

_MARGIN, _HEAD, _ROW = 24, 56, 40


def confidence_plot(*predictions: Prediction) -> bytes:
    """Draw one prediction or more as a PNG: one bar per channel, eight at most, with the rest combined in the last, and
    one for all other channels if the model knows how probable they are.

    1040 pixels wide for one; several are numbered and drawn in two columns.
    """
    if len(predictions) == 1:
        return chart_png(_drawn(predictions[0]))
    drawn = [_drawn(prediction, f"{number} · ") for number, prediction in enumerate(predictions, 1)]
    width, height = drawn[0].width, max(image.height for image in drawn)
    grid = Image.new("RGB", (2 * width, height * -(-len(drawn) // 2)), BACKGROUND)
    for place, image in enumerate(drawn):
        grid.paste(image, (place % 2 * width, place // 2 * height))
    return chart_png(grid)


def _drawn(prediction: Prediction, number: str = "") -> Image.Image:
    rows = _rows(prediction)
    canvas = Canvas(WIDTH, _HEAD + _ROW * len(rows) + _MARGIN)
    heading = number + ("None of the known channels" if prediction.unknown else prediction.channel.title)
    canvas.write((_MARGIN, _HEAD / 2 + 2), heading, size=17, fill=TEXT, bold=True, width=WIDTH - 2 * _MARGIN)
    for index, (title, probability) in enumerate(rows):
        named = GREEN if index == 0 else BLUE
        colour = GREY if prediction.unknown or title == ANOTHER else named
        _bar(canvas, _HEAD + _ROW * index, title, probability, colour, fill=TEXT if index == 0 else MUTED)
    return canvas.image


def percent(probability: float) -> str:
    """A probability for people, never rounded up to certainty or down to impossibility."""
    if probability >= 0.995:
        return ">99%"
    if probability <= 0.005:
        return "<1%"
    return f"{probability:.0%}"


def _rows(prediction: Prediction) -> Sequence[tuple[str, float]]:
    rows = [(guess.channel.title, guess.probability) for guess in prediction.guesses]
    unknown = [(ANOTHER, prediction.unknown_probability)] if prediction.unknown_probability else []
    if len(rows) <= MAX_ROWS:
        return rows + unknown
    shown, rest = rows[: MAX_ROWS - 1], rows[MAX_ROWS - 1 :]
    return [*shown, (f"{len(rest)} others", sum(probability for _, probability in rest)), *unknown]


def _bar(canvas: Canvas, top: float, title: str, probability: float, colour: str, fill: str) -> None:
    number_width = 54
    canvas.write((_MARGIN, top + 11), title, size=13, fill=fill, width=WIDTH - 2 * _MARGIN - number_width)
    canvas.write((WIDTH - _MARGIN, top + 11), percent(probability), size=13, fill=fill, bold=True, anchor="rm")
    left, right, y, thickness = _MARGIN, WIDTH - _MARGIN, top + 24, 8
    canvas.pill(left, y, right, y + thickness, TRACK)
    if probability > 0:
        canvas.pill(left, y, left + max(thickness, (right - left) * probability), y + thickness, colour)
