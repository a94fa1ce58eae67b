"""A model's folder: written whole or not at all, and never in place of anything else."""

import json
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from classifier.errors import ArtifactError
from classifier.models.folder import CARD_NAME, WEIGHTS_NAME, check_place, read_info, write_model
from classifier.training.result import TrainingResult
from classifier.values import ModelInfo

PLOTS = {"confusion.png": b"plot"}
WEIGHTS = b"weights" * 1000
OLD = "20980101-000000"


@pytest.fixture(scope="module")
def info(trained: TrainingResult) -> ModelInfo:
    return trained.artifact.info


@pytest.fixture(scope="module")
def card(info: ModelInfo) -> bytes:
    """A card with no more than every card has."""
    described = {"format": "thumbprint-5", "info": TypeAdapter(ModelInfo).dump_python(info, mode="json")}
    return json.dumps(described).encode()


@pytest.fixture
def folder(info: ModelInfo, card: bytes, tmp_path: Path) -> Path:
    """The folder of an older model."""
    write_model(tmp_path / "model", card.replace(info.version.encode(), OLD.encode()), b"old weights", PLOTS)
    return tmp_path / "model"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@contextmanager
def limited_file_size(size: int) -> Iterator[None]:
    """Writing more than `size` bytes to a file fails, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def edit(card: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(card.read_bytes())
    change(content)
    card.write_text(json.dumps(content))


# Writing


def test_a_folder_has_exactly_what_is_written(card: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "model"
    write_model(folder, card, WEIGHTS, PLOTS)
    assert contents(folder) == {CARD_NAME: card, WEIGHTS_NAME: WEIGHTS, **PLOTS}
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    assert folder.stat().st_mode & 0o777 == 0o755


def test_a_model_is_replaced(info: ModelInfo, card: bytes, folder: Path) -> None:
    (folder / "old.png").write_bytes(b"")
    assert read_info(folder).version == OLD
    write_model(folder, card, WEIGHTS)
    assert contents(folder) == {CARD_NAME: card, WEIGHTS_NAME: WEIGHTS}
    assert read_info(folder) == info
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_a_model_in_an_older_format_is_replaced(info: ModelInfo, card: bytes, folder: Path) -> None:
    (folder / CARD_NAME).write_text('{"format": "thumbprint-0"}')
    write_model(folder, card, WEIGHTS)
    assert read_info(folder) == info


def test_an_empty_folder_is_filled(info: ModelInfo, card: bytes, tmp_path: Path) -> None:
    write_model(tmp_path, card, WEIGHTS)
    assert read_info(tmp_path) == info


@pytest.mark.parametrize(
    "files", [{"notes.txt": "precious"}, {CARD_NAME: "{"}, {CARD_NAME: '{"format": "layers-model"}'}, {CARD_NAME: "[]"}]
)
def test_anything_else_is_never_replaced(files: dict[str, str], card: bytes, tmp_path: Path) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    before = contents(tmp_path)
    for attempt in (lambda: check_place(tmp_path), lambda: write_model(tmp_path, card, WEIGHTS)):
        with pytest.raises(ArtifactError, match=r"exists and is not a Thumbprint model\. Choose another folder"):
            attempt()
    assert contents(tmp_path) == before


def test_a_file_is_never_replaced(card: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(ArtifactError, match="not a Thumbprint model"):
        write_model(tmp_path / "file", card, WEIGHTS)
    with pytest.raises(ArtifactError, match="can't be used"):
        write_model(tmp_path / "file" / "model", card, WEIGHTS)
    assert contents(tmp_path) == {"file": b"precious"}


def test_a_new_an_empty_and_a_models_folder_are_fine(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    before = contents(folder)
    for place in (tmp_path / "new", tmp_path / "empty", folder):
        check_place(place)
    assert contents(folder) == before
    assert not (tmp_path / "new").exists()


def test_a_full_disk_leaves_the_old_model(card: bytes, folder: Path) -> None:
    before = contents(folder)
    with limited_file_size(1000), pytest.raises(ArtifactError, match=r"can't be used: File too large\."):
        write_model(folder, card, WEIGHTS)
    assert contents(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_a_full_disk_leaves_no_new_folder(card: bytes, tmp_path: Path) -> None:
    with limited_file_size(1000), pytest.raises(ArtifactError):
        write_model(tmp_path / "model", card, WEIGHTS)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_swap_leaves_the_old_model(card: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, rename = contents(folder), Path.rename

    def fail(self: Path, target: Path) -> Path:
        if target == folder and not self.name.endswith(".old"):
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(ArtifactError, match="permission denied"):
        write_model(folder, card, WEIGHTS)
    assert contents(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


# What a model is


def test_no_model_is_an_error(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ArtifactError, match=rf"{folder.name} has no model\. Train one first"):
            read_info(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda card: card.pop("format"),
        lambda card: card.pop("info"),
        lambda card: card["info"].update(trained_at="yesterday"),
        lambda card: card["info"].pop("version"),
        lambda card: card["info"].update(channels="all"),
    ],
)
def test_an_invalid_card_is_an_error(change: Callable[[dict[str, Any]], object], folder: Path) -> None:
    edit(folder / CARD_NAME, change)
    with pytest.raises(ArtifactError, match=r"broken or from another version of Thumbprint\. Train it again"):
        read_info(folder)


def test_a_folder_in_the_cards_place_is_an_error(folder: Path) -> None:
    (folder / CARD_NAME).unlink()
    (folder / CARD_NAME).mkdir()
    with pytest.raises(ArtifactError, match="is broken"):
        read_info(folder)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_no_card(tmp_path: Path, data: bytes) -> None:
    (tmp_path / CARD_NAME).write_bytes(data)
    with pytest.raises(ArtifactError):
        read_info(tmp_path)
