"""The rare figures: PNG files of sensible size, whatever they show."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from classifier.drawing.figures import (
    _caption,
    confusion_figure,
    explanation_figure,
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
def test_the_tutorials_figures(draw: Callable[[Thumbnail], bytes], size: tuple[int, int], constant: bool) -> None:
    shown = np.full((180, 320, 3), 90, dtype=np.uint8) if constant else pixels(COLOURS["amber"], "figure")
    assert opened(draw(Thumbnail(shown))).size == size


def test_the_planes_have_their_own_colours() -> None:
    image = np.asarray(opened(planes_figure(Thumbnail(np.full((180, 320, 3), 200, dtype=np.uint8)))))
    for third, colour in enumerate([(200, 0, 0), (0, 200, 0), (0, 0, 200)]):
        assert tuple(image[200, 240 + 480 * third]) == colour


def test_the_picture_is_in_its_figure() -> None:
    image = np.asarray(opened(picture_figure(Thumbnail(np.full((180, 320, 3), (10, 120, 230), dtype=np.uint8)))))
    assert ((image == (10, 120, 230)).all(axis=2)).mean() > 0.5


def test_the_same_is_drawn_the_same() -> None:
    thumbnail = Thumbnail(pixels(COLOURS["fern"], "same"))
    assert histograms_figure(thumbnail) == histograms_figure(thumbnail)


def explanation(heat: NDArray[np.float32], title: str = "Fern", *, unknown: bool = False) -> Heatmap:
    return Heatmap(Prediction((Guess(Channel("fern", title), 1.0),), unknown), heat)


def one_hot_cell(row: int, column: int) -> NDArray[np.float32]:
    heat = np.zeros((6, 10), dtype=np.float32)
    heat[row, column] = 1
    return heat


def colourfulness(png: bytes) -> NDArray[np.int64]:
    """Greatest less least of red, green and blue, over the part of the figure that shows the picture."""
    image = np.asarray(opened(png)).astype(np.int64)
    lines = slice(60, 500)
    return np.ptp(image[lines], axis=2)


def test_why_is_grey_but_where_it_is_hot() -> None:
    thumbnail = Thumbnail(pixels(COLOURS["fern"], "why"))
    assert colourfulness(explanation_figure(thumbnail, explanation(np.zeros((6, 10), dtype=np.float32)))).max() < 10
    for row, column in ((0, 0), (2, 4), (5, 9)):
        vivid = colourfulness(explanation_figure(thumbnail, explanation(one_hot_cell(row, column)))) > 100
        down, right = np.argwhere(vivid).mean(axis=0) / vivid.shape
        assert right == pytest.approx((column + 0.5) / 10, abs=0.06)
        assert down == pytest.approx((row + 0.5) / 6, abs=0.15)
        assert vivid.mean() < 0.05


def test_why_says_when_the_channel_is_unknown() -> None:
    thumbnail, heat = Thumbnail(pixels(COLOURS["fern"], "why")), one_hot_cell(2, 2)
    known = explanation(heat)
    assert _caption(known.prediction) == "Fern (>99%)"
    assert _caption(explanation(heat, unknown=True).prediction) == (
        "None of the channels I know; nearest is Fern (>99%)"
    )
    assert explanation_figure(thumbnail, known) != explanation_figure(thumbnail, explanation(heat, unknown=True))


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font:UserWarning")
@pytest.mark.parametrize("title", ["$x_", "日本語チャンネル", "a" * 300, "", "a\nb\tc", "\x00\x07"])
def test_why_draws_foreign_titles_somehow(title: str) -> None:
    drawn = explanation_figure(Thumbnail(pixels(COLOURS["fern"], "why")), explanation(one_hot_cell(2, 2), title))
    assert opened(drawn).size == (960, 630)


@pytest.mark.parametrize("classes", [2, 3, 12, 40])
def test_confusion_grows_with_its_channels_within_limits(classes: int) -> None:
    numbers = metrics(classes)
    image = opened(confusion_figure(numbers, numbers.labels))
    assert 300 < image.width <= 2300
    assert 300 < image.height <= 2300
    assert np.asarray(image).std() > 5


@pytest.mark.parametrize("titles", [["$x_", "\\frac{"], ["a" * 300, ""], ["<b>&amp;", "50 % _of_ ^it^ {}"]])
def test_foreign_titles_are_drawn_as_they_are(titles: list[str]) -> None:
    opened(confusion_figure(metrics(2), titles))


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font:UserWarning")
@pytest.mark.parametrize("title", ["日本語チャンネル", "🎬🔥", "عربى", "a\nb\tc", "\x00\x07"])
def test_titles_beyond_the_font_are_drawn_somehow(title: str) -> None:
    opened(confusion_figure(metrics(2), [title, title]))


@pytest.mark.parametrize("epochs", [1, 2, 30])
def test_how_a_training_went(epochs: int) -> None:
    history = [EpochReport(n, epochs, 1 / n, 1 - 1 / n, 0.5, 0.5, 0.6) for n in range(1, epochs + 1)]
    assert opened(training_figure(history)).size == (1440, 480)
