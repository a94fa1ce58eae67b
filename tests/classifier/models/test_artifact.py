"""The model folder: written whole or not at all, read whole or rejected."""

import json
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save as serialized

from classifier.errors import ArtifactError
from classifier.models import artifact
from classifier.models.artifact import CARD_NAME, WEIGHTS_NAME, Artifact
from classifier.models.predictor import Predictor
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import read_examples
from classifier.training.result import TrainingResult

PLOTS = {"confusion.png": b"plot"}


@pytest.fixture
def copy(model: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may break."""
    return Path(shutil.copytree(model, tmp_path / "copy"))


def newer(trained: TrainingResult) -> Artifact:
    """The same model under another version."""
    return replace(trained.artifact, info=replace(trained.artifact.info, version="newer"))


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


# Round trip


def test_a_loaded_model_gives_the_same_answers(trained: TrainingResult, model: Path, unseen: Path) -> None:
    saved, loaded = trained.artifact, artifact.load(model)
    inputs = read_examples(Dataset.open(unseen), saved.network.prepare, lambda _: None).inputs
    for before, after in zip(*(judged(each, inputs) for each in (saved, loaded)), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_loaded_model_has_the_same_description(trained: TrainingResult, model: Path) -> None:
    saved, loaded = trained.artifact, artifact.load(model)
    assert loaded.info == saved.info == read_info(model)
    assert loaded.seed == saved.seed
    assert not loaded.network.training


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux lists a process's files there")
def test_a_loaded_model_keeps_no_file_open(model: Path) -> None:
    loaded = artifact.load(model)
    assert loaded.info == read_info(model)
    assert str(model / WEIGHTS_NAME) not in Path("/proc/self/maps").read_text()


def test_the_folder_contains_only_weights_json_and_plots(trained: TrainingResult, tmp_path: Path) -> None:
    artifact.save(trained.artifact, tmp_path / "new" / "model", PLOTS)
    folder = tmp_path / "new" / "model"
    assert set(contents(folder)) == {CARD_NAME, WEIGHTS_NAME, "confusion.png"}
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    assert folder.stat().st_mode & 0o777 == 0o755


def test_the_card_contains_everything_else(model: Path) -> None:
    card = json.loads((model / CARD_NAME).read_bytes())
    assert set(card) == {"format", "info", "preprocessing", "temperature", "threshold", "seed", "versions"}
    assert set(card["versions"]) == {"torch", "numpy", "pillow", "safetensors"}
    assert [channel["label"] for channel in card["info"]["channels"]] == ["amber", "cobalt", "fern"]
    assert card["info"]["metrics"]["accuracy"] > 0.9


def test_a_model_with_other_preprocessing_is_rejected(copy: Path) -> None:
    edit(copy / CARD_NAME, lambda card: card["preprocessing"].update(bins=32))
    with pytest.raises(ArtifactError, match="different preprocessing"):
        artifact.load(copy)


# Writing


def test_a_thumbprint_model_is_replaced(trained: TrainingResult, copy: Path) -> None:
    (copy / "old.png").write_bytes(b"")
    artifact.save(newer(trained), copy, PLOTS)
    assert read_info(copy).version == "newer"
    assert set(contents(copy)) == {CARD_NAME, WEIGHTS_NAME, "confusion.png"}
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


def test_a_model_in_an_older_format_is_replaced(trained: TrainingResult, copy: Path) -> None:
    edit(copy / CARD_NAME, lambda card: card.update(format="thumbprint-0"))
    artifact.save(newer(trained), copy)
    assert read_info(copy).version == "newer"


def test_an_empty_folder_is_filled(trained: TrainingResult, tmp_path: Path) -> None:
    artifact.save(trained.artifact, tmp_path)
    assert read_info(tmp_path) == trained.artifact.info


@pytest.mark.parametrize(
    "files", [{"notes.txt": "precious"}, {CARD_NAME: "{"}, {CARD_NAME: '{"format": "layers-model"}'}, {CARD_NAME: "[]"}]
)
def test_anything_else_is_never_replaced(files: dict[str, str], trained: TrainingResult, tmp_path: Path) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    before = contents(tmp_path)
    with pytest.raises(ArtifactError, match=r"exists and is not a Thumbprint model\. Choose another folder"):
        artifact.save(trained.artifact, tmp_path)
    assert contents(tmp_path) == before


def test_a_file_is_never_replaced(trained: TrainingResult, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(ArtifactError, match="not a Thumbprint model"):
        artifact.save(trained.artifact, tmp_path / "file")
    with pytest.raises(ArtifactError, match="can't be written"):
        artifact.save(trained.artifact, tmp_path / "file" / "model")
    assert contents(tmp_path) == {"file": b"precious"}


@pytest.mark.parametrize("size", [0, 1000, 1_000_000])
def test_a_full_disk_leaves_the_old_model_intact(size: int, trained: TrainingResult, copy: Path) -> None:
    before = contents(copy)
    with limited_file_size(size), pytest.raises(ArtifactError, match=r"can't be written to .*: File too large"):
        artifact.save(newer(trained), copy)
    assert contents(copy) == before
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


def test_a_full_disk_leaves_no_new_folder(trained: TrainingResult, tmp_path: Path) -> None:
    with limited_file_size(1000), pytest.raises(ArtifactError):
        artifact.save(trained.artifact, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_swap_leaves_the_old_model(
    trained: TrainingResult, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, rename = contents(copy), Path.rename

    def fail(self: Path, target: Path) -> Path:
        if target == copy and not self.name.endswith(".old"):
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(ArtifactError, match="Permission denied"):
        artifact.save(newer(trained), copy)
    assert contents(copy) == before
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


# Reading


def test_a_missing_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"nowhere has no model\. Train one first"):
        artifact.load(tmp_path / "nowhere")
    with pytest.raises(ArtifactError, match="has no model"):
        artifact.load(tmp_path)
    with pytest.raises(ArtifactError):
        read_info(tmp_path)


@pytest.mark.parametrize("name", [CARD_NAME, WEIGHTS_NAME])
def test_a_missing_file_is_an_error(name: str, copy: Path) -> None:
    (copy / name).unlink()
    with pytest.raises(ArtifactError):
        artifact.load(copy)


@pytest.mark.parametrize("name", [CARD_NAME, WEIGHTS_NAME])
@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.999])
def test_a_truncated_file_is_an_error(name: str, share: float, copy: Path) -> None:
    whole = (copy / name).read_bytes()
    (copy / name).write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ArtifactError, match=r"broken or from another version of Thumbprint\. Train it again"):
        artifact.load(copy)


@pytest.mark.parametrize(
    "change",
    [
        lambda card: card.update(format="thumbprint-99"),
        lambda card: card.pop("temperature"),
        lambda card: card.update(threshold="high"),
        lambda card: card["info"].update(network="vgg"),
        lambda card: card["info"].update(network="residual"),
        lambda card: card["info"]["channels"].pop(),
        lambda card: card["info"].update(trained_at="yesterday"),
    ],
)
def test_an_invalid_card_is_an_error(change: Callable[[dict[str, Any]], object], copy: Path) -> None:
    edit(copy / CARD_NAME, change)
    with pytest.raises(ArtifactError):
        artifact.load(copy)


def test_the_weights_of_another_model_are_an_error(copy: Path) -> None:
    (copy / WEIGHTS_NAME).write_bytes(serialized({"network.head.weight": torch.zeros(3, 10)}))
    with pytest.raises(ArtifactError, match="don't match"):
        artifact.load(copy)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_rejected(copy: Path, data: bytes) -> None:
    (copy / WEIGHTS_NAME).write_bytes(data)
    with pytest.raises(ArtifactError):
        artifact.load(copy)
    (copy / CARD_NAME).write_bytes(data)
    with pytest.raises(ArtifactError):
        artifact.load(copy)
