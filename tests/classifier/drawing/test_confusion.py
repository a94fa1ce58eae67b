"""The confusion matrix of any channels: its cells, its names, its size."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageColor

from classifier.drawing.confusion import Words, confusion_figure
from classifier.drawing.palette import BLUE, TRACK
from classifier.models.metrics import measure
from classifier.values import Channel, Metrics
from tests.classifier.drawing.scripts import NAMES, TIBETAN


def opened(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def channels(*titles: str) -> list[Channel]:
    return [Channel(f"c{number:02}", title) for number, title in enumerate(titles)]


def metrics(confusion: np.ndarray) -> Metrics:
    """Metrics of a model that made these predictions."""
    truth, predicted = (np.repeat(indices.ravel(), confusion.ravel()) for indices in np.indices(confusion.shape))
    return measure(np.eye(len(confusion))[predicted], truth, tuple(f"c{n:02}" for n in range(len(confusion))))


@pytest.mark.parametrize("classes", [2, 3, 5, 20, 50])
def test_a_matrix_grows_with_its_channels_up_to_a_limit(classes: int) -> None:
    titles = [f"Channel number {number}" for number in range(classes)]
    image = opened(confusion_figure(metrics(np.full((classes, classes), 1)), channels(*titles)))
    assert 500 < image.shape[1] <= 3100
    assert 500 < image.shape[0] <= 3100


def test_cells_are_shaded_by_the_share_of_their_row() -> None:
    image = opened(confusion_figure(metrics(np.array([[4, 0], [1, 1]])), channels("a", "b")))
    empty, full = (np.array(ImageColor.getrgb(colour)) for colour in (TRACK, BLUE))
    filled = [int((np.abs(image - shade).max(axis=2) <= 1).sum()) for shade in (full, empty, (full + empty) / 2)]
    cell = 126 * 126
    assert filled[1] == pytest.approx(cell, abs=20)
    assert 0.9 * cell < filled[0] < cell
    assert 1.8 * cell < filled[2] < 2 * cell


def test_a_matrix_can_speak_another_language() -> None:
    drawn = metrics(np.array([[4, 0], [1, 1]])), channels("a", "b")
    words = Words("Acertos", "canal verdadeiro", "canal previsto")
    assert confusion_figure(*drawn) != confusion_figure(*drawn, words)
    assert confusion_figure(*drawn, words) != confusion_figure(*drawn, replace(words, true="true channel"))


@pytest.mark.parametrize("script", NAMES)
def test_different_names_look_different(script: str) -> None:
    one, other = (
        opened(confusion_figure(metrics(np.eye(2, dtype=int)), channels(name, "b"))) for name in NAMES[script]
    )
    assert one.shape != other.shape or (one != other).any()


@pytest.mark.parametrize(
    "titles", [["$x_", "\\frac{"], ["a" * 300, ""], ["<b>&amp;", "%s {}"], [TIBETAN, "\x00\ud800"], ["same", "same"]]
)
def test_any_titles_can_be_drawn(titles: list[str]) -> None:
    image = opened(confusion_figure(metrics(np.eye(2, dtype=int)), channels(*titles)))
    assert image.shape[1] < 1100


def test_a_channel_without_test_thumbnails_has_an_empty_row() -> None:
    opened(confusion_figure(metrics(np.array([[1, 0], [0, 0]])), channels("a", "b")))
