"""The same picture or another one: copies are recognised, and neighbours in a series are not."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from classifier.pictures.same_picture import likeness
from classifier.pictures.thumbnail import Thumbnail
from tests.classifier.drawn import COLOURS, draw_series, pixels

ORIGINAL = Image.fromarray(pixels(COLOURS["fern"], "same"))


def posted(image: Image.Image, kind: str = "JPEG", **options: int) -> Thumbnail:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return Thumbnail.decode(file.getvalue())


def cut(left: float, top: float, right: float, bottom: float) -> Image.Image:
    """The original, cropped by shares of its size."""
    width, height = ORIGINAL.size
    box = (left * width, top * height, (1 - right) * width, (1 - bottom) * height)
    return ORIGINAL.crop(tuple(round(edge) for edge in box))


REPOSTS: dict[str, Callable[[], Thumbnail]] = {
    "JPEG 30": lambda: posted(ORIGINAL, quality=30),
    "small": lambda: posted(ORIGINAL.resize((160, 90)), quality=90),
    "large": lambda: posted(ORIGINAL.resize((1280, 720)), quality=90),
    "WebP": lambda: posted(ORIGINAL, "WEBP"),
    "letterbox": lambda: posted(ImageOps.pad(ORIGINAL, (320, 240)), quality=90),
    "pillarbox": lambda: posted(ImageOps.pad(ORIGINAL, (480, 180)), quality=90),
    "crop": lambda: posted(cut(0.05, 0.05, 0.05, 0.05), quality=90),
    "crop of two sides": lambda: posted(cut(0.05, 0, 0, 0.05), quality=90),
    "small crop": lambda: posted(cut(0.05, 0.05, 0.05, 0.05).resize((160, 90)), quality=50),
    "bars that are not black": lambda: posted(ImageOps.pad(ORIGINAL, (320, 240), color=(60, 60, 60)), quality=90),
}


@pytest.mark.parametrize("name", REPOSTS)
def test_a_copy_is_the_same_picture(name: str) -> None:
    alike = likeness(REPOSTS[name](), posted(ORIGINAL, "PNG"))
    assert alike is not None
    assert alike <= 0


def test_an_equal_picture_is_more_alike_than_a_copy() -> None:
    whole = posted(ORIGINAL, "PNG")
    assert likeness(whole, whole) == 0 > (likeness(posted(ORIGINAL, quality=30), whole) or 0)


def test_other_pictures_of_the_channel_are_others() -> None:
    known = [Thumbnail(pixels(COLOURS["fern"], number)) for number in range(12)]
    assert all(likeness(one, other) is None for one in known for other in known if one is not other)


def test_neighbours_in_a_series_are_others(tmp_path: Path) -> None:
    """They differ by a number and a portrait."""
    draw_series(tmp_path, 4, portrait=True)
    cards = [Thumbnail.decode(file.read_bytes()) for file in sorted(tmp_path.iterdir())]
    assert all((likeness(one, other) is not None) == (one is other) for one in cards for other in cards)


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_pictures_of_one_colour_are_nothing(shade: int) -> None:
    """There is nothing in them by which they could be recognised."""
    even = Thumbnail(np.full((180, 320, 3), shade, dtype=np.uint8))
    assert likeness(even, even) is None
    assert likeness(even, Thumbnail(pixels(COLOURS["fern"], "same"))) is None
