"""The canvas: sharp blocks, one line of any text, round numbers, and PNG files in our colours."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageColor

from classifier.drawing.canvas import Anchor, Canvas, chart_png, length, picture_png, ticks
from classifier.drawing.palette import BLUE, GREEN, GREY, LIGHT_BLUE, MUTED, RED, TEXT, TRACK


def inked(canvas: Canvas) -> tuple[int, int, int, int]:
    """Where something is drawn, in pixels: left, top, right and bottom, the last two exclusive."""
    pixels = np.asarray(canvas.image)
    rows, columns = np.nonzero((pixels != pixels[-1, -1]).any(axis=2))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_a_block_has_sharp_edges() -> None:
    canvas = Canvas(40, 30)
    canvas.block(3, 4, 10.5, 20, GREEN)
    assert canvas.image.size == (80, 60)
    assert inked(canvas) == (6, 8, 21, 40)
    assert (np.asarray(canvas.image)[8:40, 6:21] == ImageColor.getrgb(GREEN)).all()


@pytest.mark.parametrize(("right", "bottom"), [(3, 20), (10, 4), (2, 20), (10, 3)])
def test_a_block_without_area_is_not_drawn(right: float, bottom: float) -> None:
    canvas = Canvas(40, 30)
    canvas.block(3, 4, right, bottom, GREEN)
    assert np.ptp(np.asarray(canvas.image), axis=(0, 1)).max() == 0


@pytest.mark.parametrize("text", ["share of pixels", "x", ""])
def test_upward_text_is_turned_and_centred(text: str) -> None:
    canvas = Canvas(100, 200)
    canvas.write((50, 100), text, size=11, fill=TEXT, anchor="middle", angle=90)
    if text:
        left, top, right, bottom = inked(canvas)
        assert (top + bottom) / 2 == pytest.approx(200, abs=4)
        assert (left + right) / 2 == pytest.approx(100, abs=6)
        assert bottom - top == pytest.approx(2 * length(text, size=11), abs=5)


@pytest.mark.parametrize(("anchor", "left", "right"), [("left", 100, 200), ("middle", 50, 150), ("right", 0, 100)])
@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_text_is_turned_about_its_anchor(anchor: Anchor, left: int, right: int, angle: int) -> None:
    """A line as long as 50 units, from a place in the middle."""
    canvas, size = Canvas(100, 100), 10
    text = "I" * round(50 / length("I", size=size))
    canvas.write((50, 50), text, size=size, fill=TEXT, anchor=anchor, angle=angle)
    ends = {0: (left, right), 180: (200 - right, 200 - left), 90: (200 - right, 200 - left), 270: (left, right)}[angle]
    box = inked(canvas)
    along, across = (box[0], box[2]), (box[1], box[3])
    if angle in {90, 270}:
        along, across = across, along
    assert along == pytest.approx(ends, abs=8)
    assert sum(across) / 2 == pytest.approx(100, abs=4)


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0, 1, 5, [0, 1]),
        (-1, 1, 5, [-1, 0, 1]),
        (0, 37, 5, [0, 10, 20, 30]),
        (-3, 22, 5, [0, 5, 10, 15, 20]),
        (0, 255, 6, [0, 50, 100, 150, 200, 250]),
        (89.5, 90.5, 6, [90]),
        (30, 61, 6, [30, 40, 50, 60]),
        (0, 1_643_000, 6, [0, 500_000, 1_000_000, 1_500_000]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, most: int, expected: list[int]) -> None:
    assert list(ticks(low, high, most)) == expected


@given(st.integers(-(10**12), 0), st.integers(1, 10**12), st.integers(2, 8))
def test_ticks_include_zero_and_are_at_most_as_many_as_asked_for(low: int, high: int, most: int) -> None:
    scale = list(ticks(low, high, most))
    assert 0 in scale
    assert len(scale) <= most
    assert low <= scale[0] <= scale[-1] <= high


@pytest.mark.parametrize("colour", [GREEN, BLUE, RED, GREY, TRACK, LIGHT_BLUE, TEXT, MUTED])
def test_a_charts_colours_are_exact(colour: str) -> None:
    canvas = Canvas(20, 20)
    canvas.block(5, 5, 15, 15, colour)
    with Image.open(io.BytesIO(chart_png(canvas.image))) as image:
        assert (image.format, image.mode) == ("PNG", "P")
        assert np.array_equal(np.asarray(image.convert("RGB")), np.asarray(canvas.image))


def test_a_pictures_colours_are_exact() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (30, 50, 3), dtype=np.uint8)
    with Image.open(io.BytesIO(picture_png(Image.fromarray(noise)))) as image:
        assert image.format == "PNG"
        assert np.array_equal(np.asarray(image), noise)
