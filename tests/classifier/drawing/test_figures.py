"""The less frequent figures: PNG files of sensible size for any input."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from classifier.drawing.figures import (
    _caption,
    confusion_figure,
    heatmap_figure,
    histograms_figure,
    picture_figure,
    planes_figure,
    training_figure,
)
from classifier.models.metrics import measure
from classifier.pictures.thumbnail import Thumbnail
from classifier.values import Channel, EpochReport, Guess, Heatmap, Metrics, Prediction
from tests.classifier.drawn import COLOURS, pixels


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    assert image.format == "PNG"
    return image.convert("RGB")


def metrics(classes: int) -> Metrics:
    random = np.random.default_rng(classes)
    targets = np.tile(np.arange(classes), 5)
    labels = tuple(f"channel-{index}" for index in range(classes))
    return measure(random.dirichlet(np.ones(classes), len(targets)), targets, labels)


@pytest.mark.parametrize(
    ("draw", "size"),
    [(picture_figure, (960, 585)), (planes_figure, (1440, 312)), (histograms_figure, (1440, 420))],
)
@pytest.mark.parametrize("constant", [False, True])
def test_the_tutorials_figures_are_drawn(
    draw: Callable[[Thumbnail], bytes], size: tuple[int, int], constant: bool
) -> None:
    picture = np.full((180, 320, 3), 90, dtype=np.uint8) if constant else pixels(COLOURS["amber"], "figure")
    assert opened(draw(Thumbnail(picture))).size == size


def test_the_planes_have_their_own_colours() -> None:
    image = np.asarray(opened(planes_figure(Thumbnail(np.full((180, 320, 3), 200, dtype=np.uint8)))))
    for third, colour in enumerate([(200, 0, 0), (0, 200, 0), (0, 0, 200)]):
        assert tuple(image[200, 240 + 480 * third]) == colour


def test_the_picture_figure_contains_the_picture() -> None:
    image = np.asarray(opened(picture_figure(Thumbnail(np.full((180, 320, 3), (10, 120, 230), dtype=np.uint8)))))
    assert ((image == (10, 120, 230)).all(axis=2)).mean() > 0.5


def test_the_same_picture_gives_the_same_figure() -> None:
    thumbnail = Thumbnail(pixels(COLOURS["fern"], "same"))
    assert histograms_figure(thumbnail) == histograms_figure(thumbnail)


def heatmap(heat: NDArray[np.float32], title: str = "Fern", *, unknown: bool = False) -> Heatmap:
    return Heatmap(Prediction((Guess(Channel("fern", title), 1.0),), unknown, version="20260102-030405"), heat)


def one_hot_cell(row: int, column: int) -> NDArray[np.float32]:
    heat = np.zeros((6, 10), dtype=np.float32)
    heat[row, column] = 1
    return heat


def colourfulness(png: bytes) -> NDArray[np.int64]:
    """The range of red, green and blue in each pixel, over the part of the figure that shows the picture."""
    image = np.asarray(opened(png)).astype(np.int64)
    lines = slice(60, 500)
    return np.ptp(image[lines], axis=2)


def test_a_heatmap_is_coloured_only_where_it_is_hot() -> None:
    thumbnail = Thumbnail(pixels(COLOURS["fern"], "why"))
    assert colourfulness(heatmap_figure(thumbnail, heatmap(np.zeros((6, 10), dtype=np.float32)))).max() < 10
    for row, column in ((0, 0), (2, 4), (5, 9)):
        vivid = colourfulness(heatmap_figure(thumbnail, heatmap(one_hot_cell(row, column)))) > 100
        down, right = np.argwhere(vivid).mean(axis=0) / vivid.shape
        assert right == pytest.approx((column + 0.5) / 10, abs=0.06)
        assert down == pytest.approx((row + 0.5) / 6, abs=0.15)
        assert vivid.mean() < 0.05


def test_the_caption_of_a_heatmap_says_if_the_channel_is_unknown() -> None:
    thumbnail, heat = Thumbnail(pixels(COLOURS["fern"], "why")), one_hot_cell(2, 2)
    known = heatmap(heat)
    assert _caption(known.prediction) == "Fern (>99%)"
    assert _caption(heatmap(heat, unknown=True).prediction) == (
        "None of the known channels; closest match: Fern (>99%)"
    )
    assert heatmap_figure(thumbnail, known) != heatmap_figure(thumbnail, heatmap(heat, unknown=True))


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font:UserWarning")
@pytest.mark.parametrize("title", ["$x_", "日本語チャンネル", "a" * 300, "", "a\nb\tc", "\x00\x07"])
def test_a_heatmap_can_have_any_title(title: str) -> None:
    drawn = heatmap_figure(Thumbnail(pixels(COLOURS["fern"], "why")), heatmap(one_hot_cell(2, 2), title))
    assert opened(drawn).size == (960, 630)


@pytest.mark.parametrize("classes", [2, 3, 12, 40])
def test_a_confusion_matrix_grows_with_its_channels_up_to_a_limit(classes: int) -> None:
    numbers = metrics(classes)
    image = opened(confusion_figure(numbers, numbers.labels))
    assert 300 < image.width <= 2300
    assert 300 < image.height <= 2300
    assert np.asarray(image).std() > 5


@pytest.mark.parametrize("titles", [["$x_", "\\frac{"], ["a" * 300, ""], ["<b>&amp;", "50 % _of_ ^it^ {}"]])
def test_markup_in_titles_is_drawn_literally(titles: list[str]) -> None:
    opened(confusion_figure(metrics(2), titles))


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font:UserWarning")
@pytest.mark.parametrize("title", ["日本語チャンネル", "🎬🔥", "عربى", "a\nb\tc", "\x00\x07"])
def test_titles_outside_the_fonts_characters_can_be_drawn(title: str) -> None:
    opened(confusion_figure(metrics(2), [title, title]))


@pytest.mark.parametrize("epochs", [1, 2, 30])
def test_a_training_history_is_drawn(epochs: int) -> None:
    history = [EpochReport(n, epochs, 1 / n, 1 - 1 / n, 0.5, 0.5, 0.6) for n in range(1, epochs + 1)]
    assert opened(training_figure(history)).size == (1440, 480)
