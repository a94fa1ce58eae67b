"""The confidence plot of an answer, drawn with Pillow, which is fast enough for every picture."""

import io
from bisect import bisect
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from PIL import Image, ImageColor, ImageDraw, ImageFont

from classifier.drawing.palette import BACKGROUND, BLUE, GREEN, GREY, MUTED, TEXT, TRACK
from classifier.values import Prediction

MAX_ROWS: Final = 8

_SCALE: Final = 2  # pixels per unit below, for crisp screens
_WIDTH, _MARGIN, _HEAD, _ROW = 520, 24, 56, 40
_SHADES: Final = 24


def confidence_plot(*predictions: Prediction) -> bytes:
    """Draw one prediction or more as a PNG: one bar per channel, eight at most, with the rest combined in the last.

    1040 pixels wide for one; several are numbered and drawn in two columns.
    """
    if len(predictions) == 1:
        return _png(_drawn(predictions[0]))
    drawn = [_drawn(prediction, f"{number} · ") for number, prediction in enumerate(predictions, 1)]
    width, height = drawn[0].width, max(image.height for image in drawn)
    grid = Image.new("RGB", (2 * width, height * -(-len(drawn) // 2)), BACKGROUND)
    for place, image in enumerate(drawn):
        grid.paste(image, (place % 2 * width, place // 2 * height))
    return _png(grid)


def _drawn(prediction: Prediction, number: str = "") -> Image.Image:
    rows = _rows(prediction)
    height = _HEAD + _ROW * len(rows) + _MARGIN
    image = Image.new("RGB", (_WIDTH * _SCALE, height * _SCALE), BACKGROUND)
    draw = ImageDraw.Draw(image)
    heading = number + ("None of the known channels" if prediction.unknown else prediction.channel.title)
    _write(draw, (_MARGIN, _HEAD / 2 + 2), heading, size=17, fill=TEXT, bold=True, width=_WIDTH - 2 * _MARGIN)
    for index, (title, probability) in enumerate(rows):
        named = GREEN if index == 0 else BLUE
        colour = GREY if prediction.unknown else named
        _bar(draw, _HEAD + _ROW * index, title, probability, colour, fill=TEXT if index == 0 else MUTED)
    return image


def _png(image: Image.Image) -> bytes:
    """The file, with a palette: that takes a fifth of the time of full colour."""
    file = io.BytesIO()
    image.quantize(palette=_palette(), dither=Image.Dither.NONE).save(file, "PNG", compress_level=3)
    return file.getvalue()


@cache
def _palette() -> Image.Image:
    """The colours of bars, and the shades between background and text in smooth letters."""
    dark = ImageColor.getrgb(BACKGROUND)
    edges = (
        round(low + (high - low) * step / _SHADES)
        for bright in (TEXT, MUTED)
        for step in range(_SHADES + 1)
        for low, high in zip(dark, ImageColor.getrgb(bright), strict=True)
    )
    solid = (part for colour in (GREEN, BLUE, GREY, TRACK) for part in ImageColor.getrgb(colour))
    palette = Image.new("P", (1, 1))
    palette.putpalette([*solid, *edges])
    return palette


def percent(probability: float) -> str:
    """A probability for people, never rounded up to certainty or down to impossibility."""
    if probability >= 0.995:
        return ">99%"
    if probability <= 0.005:
        return "<1%"
    return f"{probability:.0%}"


def _rows(prediction: Prediction) -> Sequence[tuple[str, float]]:
    rows = [(guess.channel.title, guess.probability) for guess in prediction.guesses]
    if len(rows) <= MAX_ROWS:
        return rows
    shown, rest = rows[: MAX_ROWS - 1], rows[MAX_ROWS - 1 :]
    return [*shown, (f"{len(rest)} others", sum(probability for _, probability in rest))]


def _bar(draw: ImageDraw.ImageDraw, top: float, title: str, probability: float, colour: str, fill: str) -> None:
    number_width = 54
    _write(draw, (_MARGIN, top + 11), title, size=13, fill=fill, width=_WIDTH - 2 * _MARGIN - number_width)
    _write(draw, (_WIDTH - _MARGIN, top + 11), percent(probability), size=13, fill=fill, bold=True, anchor="rm")
    left, right, y, thickness = _MARGIN, _WIDTH - _MARGIN, top + 24, 8
    _pill(draw, left, right, y, thickness, TRACK)
    if probability > 0:
        _pill(draw, left, left + max(thickness, (right - left) * probability), y, thickness, colour)


def _pill(draw: ImageDraw.ImageDraw, left: float, right: float, top: float, thickness: float, fill: str) -> None:
    box = [edge * _SCALE for edge in (left, top, right, top + thickness)]
    draw.rounded_rectangle((box[0], box[1], box[2], box[3]), radius=thickness * _SCALE / 2, fill=fill)


def _write(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    *,
    size: int,
    fill: str,
    bold: bool = False,
    width: float | None = None,
    anchor: str = "lm",
) -> None:
    """Write one line of untrusted text, cut with an ellipsis if it is wider than `width`."""
    font = _font(size * _SCALE, bold=bold)
    line = " ".join(text.split())
    if width is not None and draw.textlength(line, font) > width * _SCALE:
        fitting = bisect(range(len(line)), width * _SCALE, key=lambda end: draw.textlength(line[:end] + "…", font))
        line = line[: fitting - 1] + "…"
    draw.text((place[0] * _SCALE, place[1] * _SCALE), line, font=font, fill=fill, anchor=anchor)


@cache
def _font(size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, as shipped with matplotlib, found without importing matplotlib."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("matplotlib, which ships the font, is not installed")
    fonts = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    return ImageFont.truetype(fonts / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"), size)
