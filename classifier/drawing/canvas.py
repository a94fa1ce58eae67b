"""Canvas: text, bars and pictures on a dark background, drawn with Pillow, which is fast and soon imported.

Lengths are in units: a unit is two pixels, for crisp screens.
"""

import io
from collections.abc import Sequence
from functools import cache
from itertools import count
from math import ceil, cos, floor, radians, sin
from typing import Final, Literal

from PIL import Image, ImageColor, ImageDraw

from classifier.drawing import typesetting
from classifier.drawing.palette import BACKGROUND, BLUE, GREEN, GREY, LIGHT_BLUE, MUTED, RED, TEXT, TRACK

SCALE: Final = 2
"""Pixels per unit."""
WIDTH: Final = 520
"""Of everything drawn for Discord, in units."""

Anchor = Literal["left", "middle", "right"]
_MIDDLE: Final = 0.35
"""How far above the baseline a line's middle is, in font sizes."""

_SOLID: Final = (GREEN, BLUE, RED, GREY, TRACK)
_WRITTEN: Final = (TEXT, MUTED, GREEN, RED, LIGHT_BLUE)
_SHADES: Final = 24


class Canvas:
    """An image of a size in units; `image` is RGB."""

    def __init__(self, width: float, height: float) -> None:
        self.image = Image.new("RGB", (_pixels(width), _pixels(height)), BACKGROUND)
        self._draw = ImageDraw.Draw(self.image)

    def block(self, left: float, top: float, right: float, bottom: float, fill: str) -> None:
        """Fill a rectangle with sharp edges; one without area is not drawn."""
        box = (_pixels(left), _pixels(top), _pixels(right) - 1, _pixels(bottom) - 1)
        if box[0] <= box[2] and box[1] <= box[3]:
            self._draw.rectangle(box, fill=fill)

    def pill(self, left: float, top: float, right: float, bottom: float, fill: str) -> None:
        """Fill a bar with round ends."""
        box = (left * SCALE, top * SCALE, right * SCALE, bottom * SCALE)
        self._draw.rounded_rectangle(box, radius=(bottom - top) * SCALE / 2, fill=fill)

    def write(
        self,
        place: tuple[float, float],
        text: str,
        *,
        size: int,
        fill: str,
        bold: bool = False,
        anchor: Anchor = "left",
        angle: float = 0,
    ) -> None:
        """Write one line, turned to the left by an `angle` in degrees.

        The anchor says which point of the line is at `place`: the left end, the middle or the right end, each in the
        middle of small letters' height.
        """
        shape = typesetting.shape(text, size * SCALE, bold=bold)
        margin = size * SCALE
        before = {"left": margin, "middle": shape.width / 2, "right": shape.width - margin}[anchor]
        right = shape.width / 2 - before
        down = shape.height / 2 - (typesetting.ABOVE - _MIDDLE) * size * SCALE
        if angle:
            shape = shape.rotate(angle, Image.Resampling.BICUBIC, expand=True)
            turn = radians(angle)
            right, down = right * cos(turn) + down * sin(turn), down * cos(turn) - right * sin(turn)
        corner = (place[0] * SCALE + right - shape.width / 2, place[1] * SCALE + down - shape.height / 2)
        self.image.paste(fill, (round(corner[0]), round(corner[1])), shape)

    def paste(self, picture: Image.Image, left: float, top: float, mask: Image.Image | None = None) -> None:
        """Put a picture, pixel by pixel, with its upper left corner at a place."""
        self.image.paste(picture, (_pixels(left), _pixels(top)), mask)


def length(text: str, *, size: int, bold: bool = False) -> float:
    """The width of one line of text, in units."""
    return typesetting.length(text, size * SCALE, bold=bold) / SCALE


def cut(text: str, width: float, *, size: int, bold: bool = False) -> str:
    """Foreign text as one line, cut with an ellipsis if it is longer than `width` units."""
    return typesetting.cut(text, width * SCALE, size * SCALE, bold=bold)


def ticks(low: float, high: float, most: int) -> Sequence[int]:
    """Round whole numbers from `low` to `high`, evenly spaced: as many as possible, but not more than `most`."""
    steps = (digit * 10**power for power in count() for digit in (1, 2, 5))
    scales = (range(ceil(low / step) * step, floor(high) + 1, step) for step in steps)
    return next(scale for scale in scales if len(scale) <= most)


def chart_png(image: Image.Image) -> bytes:
    """A PNG with a palette, for text and bars in our colours: that takes a fifth of the time of full colour."""
    file = io.BytesIO()
    image.quantize(palette=_palette(), dither=Image.Dither.NONE).save(file, "PNG", compress_level=3)
    return file.getvalue()


def picture_png(image: Image.Image) -> bytes:
    """A PNG in full colour."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=3)
    return file.getvalue()


def _pixels(units: float) -> int:
    return round(units * SCALE)


@cache
def _palette() -> Image.Image:
    """The colours of bars, and the shades between background and text in smooth letters."""
    dark = ImageColor.getrgb(BACKGROUND)
    edges = (
        round(low + (high - low) * step / _SHADES)
        for bright in _WRITTEN
        for step in range(_SHADES + 1)
        for low, high in zip(dark, ImageColor.getrgb(bright), strict=True)
    )
    solid = (part for colour in _SOLID for part in ImageColor.getrgb(colour))
    palette = Image.new("P", (1, 1))
    palette.putpalette([*solid, *edges])
    return palette
