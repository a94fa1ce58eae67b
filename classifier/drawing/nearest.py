"""The figure of the thumbnails that are most like a picture, side by side."""

from collections.abc import Sequence
from typing import Final

from PIL import Image

from classifier.drawing.canvas import SCALE, WIDTH, Canvas, picture_png
from classifier.drawing.palette import MUTED
from classifier.pictures import decoding as pictures
from classifier.pictures.thumbnail import Thumbnail

_MARGIN, _BELOW = 12, 26
_COLUMNS: Final = 3
_SIZE: Final = pictures.WIDTH / SCALE, pictures.HEIGHT / SCALE
"""A thumbnail's width and height in units."""


def nearest_figure(thumbnails: Sequence[Thumbnail]) -> bytes:
    """Draw up to three thumbnails, numbered from left to right, as a PNG 1040 pixels wide."""
    width, height = _SIZE
    gap = (WIDTH - 2 * _MARGIN - _COLUMNS * width) / (_COLUMNS - 1)
    canvas = Canvas(WIDTH, _MARGIN + height + _BELOW)
    for index, thumbnail in enumerate(thumbnails[:_COLUMNS]):
        left = _MARGIN + index * (width + gap)
        canvas.paste(Image.fromarray(thumbnail.pixels), left, _MARGIN)
        place = (left + width / 2, _MARGIN + height + _BELOW / 2)
        canvas.write(place, str(index + 1), size=13, fill=MUTED, anchor="middle")
    return picture_png(canvas.image)
