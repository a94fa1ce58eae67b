"""Drawn channels, and small models of them: one that most tests use, and one of the default network."""

import colorsys
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from classifier.models import artifact
from classifier.models.eye_model import EyeModel, save_eye_model
from classifier.models.folder import read_info
from classifier.models.predictor import Predictor
from classifier.networks.eye import Eye
from classifier.pictures.dataset import Dataset
from classifier.pictures.thumbnail import Thumbnail
from classifier.pictures.unknown import unknown_thumbnails
from classifier.serving.decoder_pool import DecoderPool
from classifier.serving.worker import Worker
from classifier.training.config import TrainingConfig
from classifier.training.result import TrainingResult
from classifier.training.train import train
from classifier.training.train_head import train_head
from tests.classifier.drawn import COLOURS, draw_channel, draw_channels
from tests.classifier.engines import FakeWorker

QUICK = TrainingConfig(network="net", epochs=12, batch_size=8)
"""Enough to learn the drawn channels in a second or two."""


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """One thread: with tensors this small, more threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with 24 thumbnails of each drawn channel; tests must not change it."""
    return draw_channels(tmp_path_factory.mktemp("drawn"), 24)


@pytest.fixture(scope="session")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with 8 more thumbnails of each drawn channel; tests must not change it."""
    folder = tmp_path_factory.mktemp("unseen")
    for name in COLOURS:
        draw_channel(folder / name, 8, start=1000)
    return folder


@pytest.fixture(scope="session")
def trained(drawn: Path) -> TrainingResult:
    """The result of a quick training on the drawn channels."""
    return train(Dataset.open(drawn), QUICK)


@pytest.fixture(scope="session")
def model(trained: TrainingResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder of that training; tests must not change it."""
    folder = tmp_path_factory.mktemp("models") / "drawn"
    artifact.save(trained.artifact, folder)
    return folder


@pytest.fixture(scope="session")
def eye() -> Eye:
    """The eye, on one thread."""
    return Eye()


@pytest.fixture(scope="session")
def drawn_unknown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 12 unknown channels with 3 thumbnails each; tests must not change it."""
    folder = tmp_path_factory.mktemp("unknown")
    for index in range(12):
        red, green, blue = colorsys.hsv_to_rgb(0.45 + index / 24, 0.8, 0.8)
        draw_channel(folder / f"{index:02}un", 3, (int(255 * red), int(255 * blue), int(255 * green)))
    return folder


@pytest.fixture(scope="session")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the eye's features of drawn thumbnails are kept for all tests."""
    return tmp_path_factory.mktemp("features")


@pytest.fixture(scope="session")
def eye_trained(drawn: Path, drawn_unknown: Path, features: Path) -> TrainingResult:
    """The result of training the default network on the drawn channels."""
    known = Dataset.open(drawn)
    return train_head(known, unknown=unknown_thumbnails([drawn_unknown], known), features=features)


@pytest.fixture(scope="session")
def eye_model(eye_trained: TrainingResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder of that training; tests must not change it."""
    folder = tmp_path_factory.mktemp("models") / "eye"
    assert isinstance(eye_trained.artifact, EyeModel)
    save_eye_model(eye_trained.artifact, folder, {"confusion.png": b"plot"})
    return folder


@pytest.fixture(scope="session")
def predictor(model: Path) -> Predictor:
    """The model of the drawn channels, loaded."""
    return Predictor.load(model)


def make_home(folder: Path, model: Path) -> Path:
    """Make an engine's data folder with a model as the default one in use."""
    version = read_info(model).version
    shutil.copytree(model, folder / "models" / "default" / version)
    (folder / "models" / "default" / "serving").write_text(version)
    return folder


@pytest.fixture
def home(model: Path, tmp_path: Path) -> Path:
    """An engine's data folder with a default model in use."""
    return make_home(tmp_path / "home", model)


@pytest.fixture
def eye_home(eye_model: Path, tmp_path: Path) -> Path:
    """An engine's data folder with a default model of the default network in use."""
    return make_home(tmp_path / "eye home", eye_model)


@pytest.fixture
def decoded_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are decoded in this process, as soon as they are asked for."""

    async def decode(_: DecoderPool, picture: bytes) -> Thumbnail:
        return Thumbnail.decode(picture)

    monkeypatch.setattr(DecoderPool, "decode", decode)


@pytest.fixture
async def fake_worker(monkeypatch: pytest.MonkeyPatch, model: Path, trained: TrainingResult) -> FakeWorker:
    """A fake worker, for tests that need a fixed training result."""
    fake = FakeWorker(model, trained)
    for name in ("crawl", "fetch", "train"):
        monkeypatch.setattr(Worker, name, getattr(fake, name))
    return fake
