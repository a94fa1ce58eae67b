"""The figures that explain an answer, of any picture, title and heat."""

import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from classifier.drawing.canvas import WIDTH, length
from classifier.drawing.explanations import (
    ENGLISH,
    Words,
    _caption,
    _ramp,
    heatmap_figure,
    histograms_figure,
    planes_figure,
)
from classifier.pictures.thumbnail import Thumbnail
from classifier.values import Channel, Guess, Heatmap, Prediction
from tests.classifier.drawn import COLOURS, pixels

PICTURE = (slice(64, 64 + 558), slice(24, 24 + 992))
"""Where a heatmap shows the picture: rows and columns."""
PLOT = slice(64, 64 + 260)
"""The rows of the histograms' bars."""
RED, GREEN, LIGHT_BLUE = (229, 104, 109), (76, 195, 138), (111, 140, 240)


def opened(png: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def constant(value: int) -> Thumbnail:
    return Thumbnail(np.full((180, 320, 3), value, dtype=np.uint8))


@pytest.mark.parametrize(("draw", "height"), [(planes_figure, 268), (histograms_figure, 412)])
@pytest.mark.parametrize(
    "thumbnail", [constant(0), constant(90), constant(255), Thumbnail(pixels(COLOURS["amber"], "figure"))]
)
def test_the_tutorials_figures_are_drawn(draw: Callable[[Thumbnail], bytes], height: int, thumbnail: Thumbnail) -> None:
    assert opened(draw(thumbnail)).shape == (height, 1040, 3)


def test_the_same_picture_gives_the_same_figure() -> None:
    thumbnail = Thumbnail(pixels(COLOURS["fern"], "same"))
    assert histograms_figure(thumbnail) == histograms_figure(thumbnail)


def test_the_planes_are_the_pictures_pixels_in_their_own_colours() -> None:
    picture = pixels(COLOURS["fern"], "planes")
    image = opened(planes_figure(Thumbnail(picture)))
    for plane, left in enumerate((24, 360, 696)):
        shown = image[64 : 64 + 180, left : left + 320]
        assert np.array_equal(shown[..., plane], picture[..., plane])
        assert not np.delete(shown, plane, axis=2).any()


def bars(image: NDArray[np.uint8], colour: tuple[int, int, int], left: int) -> NDArray[np.int64]:
    """The heights in pixels of a histogram's 25 bars."""
    plot = (image[PLOT, left : left + 275] == colour).all(axis=2).sum(axis=0)
    return plot.reshape(25, 11)[:, 5]


def test_the_bars_of_all_histograms_have_one_scale() -> None:
    thumbnail = Thumbnail(pixels(COLOURS["amber"], "bars"))
    image, shares = opened(histograms_figure(thumbnail)), thumbnail.histograms()[:3]
    assert shares.max(axis=1).min() < shares.max()
    for row, colour, left in zip(shares, (RED, GREEN, LIGHT_BLUE), (120, 425, 730), strict=True):
        assert bars(image, colour, left) == pytest.approx(row / shares.max() * 260, abs=1.01)


def test_a_plane_of_one_value_has_one_bar() -> None:
    image = opened(histograms_figure(constant(90)))
    for colour, left in ((RED, 120), (GREEN, 425), (LIGHT_BLUE, 730)):
        assert bars(image, colour, left).tolist() == [0] * 12 + [260] + [0] * 12


def heatmap(heat: NDArray[np.float32], title: str = "Fern", *, unknown: bool = False) -> Heatmap:
    return Heatmap(Prediction((Guess(Channel("fern", title), 1.0),), unknown, version="20260102-030405"), heat)


def one_hot_cell(row: int, column: int) -> NDArray[np.float32]:
    heat = np.zeros((6, 10), dtype=np.float32)
    heat[row, column] = 1
    return heat


def colourfulness(png: bytes) -> NDArray[np.int64]:
    """The range of red, green and blue in each pixel, over the part of the figure that shows the picture."""
    return np.ptp(opened(png).astype(np.int64)[PICTURE], axis=2)


def test_a_heatmap_is_coloured_only_where_it_is_hot() -> None:
    thumbnail = Thumbnail(pixels(COLOURS["fern"], "why"))
    assert colourfulness(heatmap_figure(thumbnail, heatmap(np.zeros((6, 10), dtype=np.float32)))).max() == 0
    for row, column in ((0, 0), (2, 4), (5, 9)):
        vivid = colourfulness(heatmap_figure(thumbnail, heatmap(one_hot_cell(row, column)))) > 100
        down, right = np.argwhere(vivid).mean(axis=0) / vivid.shape
        assert right == pytest.approx((column + 0.5) / 10, abs=0.03)
        assert down == pytest.approx((row + 0.5) / 6, abs=0.03)
        assert 0 < vivid.mean() < 0.05


def test_a_heatmap_shows_the_picture_dimmed() -> None:
    image = opened(heatmap_figure(constant(200), heatmap(np.zeros((6, 10), dtype=np.float32))))
    assert (image[PICTURE] == 140).all()


def test_stronger_evidence_is_brighter() -> None:
    luminance = _ramp().astype(float) @ (0.299, 0.587, 0.114)
    assert (np.diff(luminance) >= -0.6).all()
    assert luminance[0] < 25
    assert luminance[-1] > 230


def test_the_scale_of_a_heatmap_shows_all_its_colours() -> None:
    image = opened(heatmap_figure(constant(0), heatmap(one_hot_cell(2, 2))))
    scale = image[64 + 558 + 16 + 8, 24 : 24 + 992].astype(int)
    expected = _ramp()[np.linspace(0, 255, 992).round().astype(int)]
    assert np.abs(scale[8:-8] - expected[8:-8]).max() == 0


def test_the_caption_of_a_heatmap_says_if_the_channel_is_unknown() -> None:
    thumbnail, heat = Thumbnail(pixels(COLOURS["fern"], "why")), one_hot_cell(2, 2)
    known = heatmap(heat)
    assert _caption(known.prediction, ENGLISH) == "\u2068Fern\u2069 (>99%)"
    assert _caption(heatmap(heat, unknown=True).prediction, ENGLISH) == (
        "None of the known channels; closest match: \u2068Fern\u2069 (>99%)"
    )
    assert heatmap_figure(thumbnail, known) != heatmap_figure(thumbnail, heatmap(heat, unknown=True))


def test_figures_can_speak_another_language() -> None:
    thumbnail, heat = Thumbnail(pixels(COLOURS["fern"], "why")), heatmap(one_hot_cell(2, 2), unknown=True)
    words = Words("Fora: {channel}, talvez", "nada", "tudo", ("Vermelho", "Verde", "Azul"), "parcela", "valor")
    assert _caption(heat.prediction, words) == "Fora: \u2068Fern\u2069, talvez (>99%)"
    assert heatmap_figure(thumbnail, heat) != heatmap_figure(thumbnail, heat, words)
    assert planes_figure(thumbnail) != planes_figure(thumbnail, words)
    for part in (replace(words, value=ENGLISH.value), replace(words, share=ENGLISH.share)):
        assert histograms_figure(thumbnail, words) != histograms_figure(thumbnail, part)


@pytest.mark.parametrize("unknown", [False, True])
def test_a_long_title_leaves_room_for_the_percentage(unknown: bool) -> None:
    caption = _caption(heatmap(one_hot_cell(2, 2), "W" * 400, unknown=unknown).prediction, ENGLISH)
    assert caption.endswith("W…\u2069 (>99%)")
    assert WIDTH - 60 < length(caption, size=14) <= WIDTH - 24


@pytest.mark.parametrize(
    "title", ["$x_", "日本語チャンネル", "a" * 300, "", "a\nb\tc", "\x00\x07", "\ud800", "🎬👩‍👩‍👧", "عربى"]
)
def test_a_heatmap_can_have_any_title(title: str) -> None:
    drawn = heatmap_figure(Thumbnail(pixels(COLOURS["fern"], "why")), heatmap(one_hot_cell(2, 2), title))
    assert opened(drawn).shape == (702, 1040, 3)


def test_explanations_do_not_import_matplotlib() -> None:
    code = """
import sys
import numpy as np
from classifier.drawing.explanations import heatmap_figure, histograms_figure, planes_figure
from classifier.pictures.thumbnail import Thumbnail
from classifier.values import Channel, Guess, Heatmap, Prediction

thumbnail = Thumbnail(np.zeros((180, 320, 3), dtype=np.uint8))
prediction = Prediction((Guess(Channel("fern", "Fern"), 1.0),), False, version="20260102-030405")
heatmap_figure(thumbnail, Heatmap(prediction, np.ones((6, 10), dtype=np.float32)))
planes_figure(thumbnail)
histograms_figure(thumbnail)
sys.exit("matplotlib" in sys.modules)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert (result.returncode, result.stderr) == (0, "")
