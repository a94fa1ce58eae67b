"""The figures of trainings and of the command line: PNG files of sensible size for any input."""

import io

import numpy as np
import pytest
from PIL import Image

from classifier.drawing.figures import picture_figure, training_figure
from classifier.pictures.thumbnail import Thumbnail
from classifier.values import EpochReport
from tests.classifier.drawn import COLOURS, pixels


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    assert image.format == "PNG"
    return image.convert("RGB")


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


@pytest.mark.parametrize("epochs", [1, 2, 30])
def test_a_training_history_is_drawn(epochs: int) -> None:
    history = [EpochReport(n, epochs, 1 / n, 1 - 1 / n, 0.5, 0.5, 0.6) for n in range(1, epochs + 1)]
    assert opened(training_figure(history)).size == (1440, 480)
