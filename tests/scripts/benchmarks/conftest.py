"""Folds of the drawn channels, and models of them."""

from pathlib import Path

import pytest

from classifier.models.predictor import Predictor
from scripts.benchmarks import folds
from scripts.benchmarks.folds import Fold, Model
from tests.classifier.conftest import model
from tests.classifier.drawn import draw_channel
from tests.pictures import video_name

__all__ = ["model"]

MAGENTA, OLIVE = (200, 60, 190), (120, 120, 40)


@pytest.fixture(scope="session")
def data(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder: five drawn channels, two of them look-alikes, and twelve further ones to teach "unknown"."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "thumbnails").symlink_to(drawn)
    (folder / "channels").mkdir()
    for channel in drawn.iterdir():
        (folder / "channels" / channel.name).symlink_to(channel)
    draw_channel(folder / "channels" / "gawrgura", 24, MAGENTA)
    draw_channel(folder / "channels" / "moricalliope", 24, (180, 80, 200))
    for number in range(12):
        name = f"UC{number:022}"
        (file,) = draw_channel(folder / "drawn" / name, 1, OLIVE).iterdir()
        (folder / "varied").mkdir(exist_ok=True)
        file.rename(folder / "varied" / f"{name}_{video_name(name, 0)}.jpg")
    return folder


@pytest.fixture(scope="module")
def five_folds(data: Path) -> list[Fold]:
    return folds.split_folds(data, 5)


@pytest.fixture(scope="module")
def models(five_folds: list[Fold], model: Path) -> list[Model]:
    """Two folds, as if both had given the model of the drawn channels."""
    return [Model(fold, "net", model, Predictor.load(model), 2.0, 3.0) for fold in five_folds[:2]]
