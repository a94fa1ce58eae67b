"""The figures of trainings and of the command line: PNG files of sensible size for any input."""

import io

import numpy as np
import pytest
from PIL import Image

from classifier.drawing.figures import confusion_figure, picture_figure, training_figure
from classifier.models.metrics import measure
from classifier.pictures.thumbnail import Thumbnail
from classifier.values import EpochReport, Metrics
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


@pytest.mark.parametrize("constant", [False, True])
def test_any_picture_is_drawn(constant: bool) -> None:
    picture = np.full((180, 320, 3), 90, dtype=np.uint8) if constant else pixels(COLOURS["amber"], "figure")
    assert opened(picture_figure(Thumbnail(picture))).size == (960, 585)


def test_the_picture_figure_contains_the_picture() -> None:
    image = np.asarray(opened(picture_figure(Thumbnail(np.full((180, 320, 3), (10, 120, 230), dtype=np.uint8)))))
    assert ((image == (10, 120, 230)).all(axis=2)).mean() > 0.5


def test_the_same_picture_gives_the_same_figure() -> None:
    thumbnail = Thumbnail(pixels(COLOURS["fern"], "same"))
    assert picture_figure(thumbnail) == picture_figure(thumbnail)


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
