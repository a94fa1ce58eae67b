"""The model folder: written whole or not at all, read whole or refused."""

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
from classifier.training.train import TrainingResult

PLOTS = {"confusion.png": b"plot"}


@pytest.fixture
def copy(model: Path, tmp_path: Path) -> Path:
    """A copy of the model, to be spoilt."""
    return Path(shutil.copytree(model, tmp_path / "copy"))


def newer(trained: TrainingResult) -> Artifact:
    """The same model with another version."""
    return replace(trained.artifact, info=replace(trained.artifact.info, version="newer"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Writing more to one file fails, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def edited(card: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(card.read_bytes())
    change(content)
    card.write_text(json.dumps(content))


# Round trip


def test_what_is_loaded_answers_as_what_was_saved(trained: TrainingResult, model: Path, unseen: Path) -> None:
    made, loaded = trained.artifact, artifact.load(model)
    inputs = read_examples(Dataset.open(unseen), made.network.prepare, lambda _: None).inputs
    saved, read = (Predictor(each.network, each.calibration, each.info.channels) for each in (made, loaded))
    for mine, theirs in zip(saved.judge(inputs), read.judge(inputs), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_what_is_loaded_says_what_was_saved(trained: TrainingResult, model: Path) -> None:
    made, loaded = trained.artifact, artifact.load(model)
    assert loaded.info == made.info == artifact.read_info(model)
    assert loaded.history == made.history
    assert (loaded.data_hash, loaded.seed) == (made.data_hash, made.seed)
    assert not loaded.network.training


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="Linux tells there which files a process holds")
def test_what_is_loaded_holds_no_file(model: Path) -> None:
    loaded = artifact.load(model)
    assert loaded.info == artifact.read_info(model)
    assert str(model / WEIGHTS_NAME) not in Path("/proc/self/maps").read_text()


def test_the_folder_holds_weights_json_and_plots_alone(trained: TrainingResult, tmp_path: Path) -> None:
    artifact.save(trained.artifact, tmp_path / "new" / "model", PLOTS)
    folder = tmp_path / "new" / "model"
    assert set(contents(folder)) == {CARD_NAME, WEIGHTS_NAME, "confusion.png"}
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    assert folder.stat().st_mode & 0o777 == 0o755


def test_the_card_says_all_that_it_takes(model: Path) -> None:
    card = json.loads((model / CARD_NAME).read_bytes())
    assert {"preprocessing", "temperature", "threshold", "data_hash", "versions", "history", "seed"} <= set(card)
    assert set(card["versions"]) == {"torch", "numpy", "pillow", "safetensors"}
    assert [channel["label"] for channel in card["info"]["channels"]] == ["amber", "cobalt", "fern"]
    assert card["info"]["metrics"]["accuracy"] > 0.9


def test_a_model_of_other_preprocessing_is_refused(copy: Path) -> None:
    edited(copy / CARD_NAME, lambda card: card["preprocessing"].update(bins=32))
    with pytest.raises(ArtifactError, match="prepared in another way"):
        artifact.load(copy)


# Writing


def test_a_model_of_ours_is_replaced(trained: TrainingResult, copy: Path) -> None:
    (copy / "old.png").write_bytes(b"")
    artifact.save(newer(trained), copy, PLOTS)
    assert artifact.read_info(copy).version == "newer"
    assert set(contents(copy)) == {CARD_NAME, WEIGHTS_NAME, "confusion.png"}
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


def test_a_model_of_an_older_kind_is_replaced(trained: TrainingResult, copy: Path) -> None:
    edited(copy / CARD_NAME, lambda card: card.update(format="thumbprint-0"))
    artifact.save(newer(trained), copy)
    assert artifact.read_info(copy).version == "newer"


def test_an_empty_folder_is_filled(trained: TrainingResult, tmp_path: Path) -> None:
    artifact.save(trained.artifact, tmp_path)
    assert artifact.read_info(tmp_path) == trained.artifact.info


@pytest.mark.parametrize(
    "files", [{"notes.txt": "precious"}, {CARD_NAME: "{"}, {CARD_NAME: '{"format": "layers-model"}'}, {CARD_NAME: "[]"}]
)
def test_what_is_not_ours_is_never_replaced(files: dict[str, str], trained: TrainingResult, tmp_path: Path) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    before = contents(tmp_path)
    with pytest.raises(ArtifactError, match="exists and is no model of ours; choose another folder"):
        artifact.save(trained.artifact, tmp_path)
    assert contents(tmp_path) == before


def test_a_file_is_never_replaced(trained: TrainingResult, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(ArtifactError, match="no model of ours"):
        artifact.save(trained.artifact, tmp_path / "file")
    with pytest.raises(ArtifactError, match="can't be written"):
        artifact.save(trained.artifact, tmp_path / "file" / "model")
    assert contents(tmp_path) == {"file": b"precious"}


@pytest.mark.parametrize("size", [0, 1000, 1_000_000])
def test_a_full_disk_leaves_the_old_model_whole(size: int, trained: TrainingResult, copy: Path) -> None:
    before = contents(copy)
    with files_of_at_most(size), pytest.raises(ArtifactError, match=r"can't be written to .*: File too large"):
        artifact.save(newer(trained), copy)
    assert contents(copy) == before
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


def test_a_full_disk_leaves_nothing_where_nothing_was(trained: TrainingResult, tmp_path: Path) -> None:
    with files_of_at_most(1000), pytest.raises(ArtifactError):
        artifact.save(trained.artifact, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_swap_that_fails_leaves_the_old_model(
    trained: TrainingResult, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, rename = contents(copy), Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if target == copy and not self.name.endswith(".old"):
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(ArtifactError, match="Permission denied"):
        artifact.save(newer(trained), copy)
    assert contents(copy) == before
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


# Reading


def test_no_model_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"nowhere holds no model; train one first"):
        artifact.load(tmp_path / "nowhere")
    with pytest.raises(ArtifactError, match="holds no model"):
        artifact.load(tmp_path)
    with pytest.raises(ArtifactError):
        artifact.read_info(tmp_path)


@pytest.mark.parametrize("name", [CARD_NAME, WEIGHTS_NAME])
def test_a_missing_file_is_an_error(name: str, copy: Path) -> None:
    (copy / name).unlink()
    with pytest.raises(ArtifactError):
        artifact.load(copy)


@pytest.mark.parametrize("name", [CARD_NAME, WEIGHTS_NAME])
@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.999])
def test_a_cut_file_is_an_error(name: str, share: float, copy: Path) -> None:
    whole = (copy / name).read_bytes()
    (copy / name).write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ArtifactError, match="broken or of another version; train it again"):
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
def test_a_card_that_does_not_fit_is_an_error(change: Callable[[dict[str, Any]], object], copy: Path) -> None:
    edited(copy / CARD_NAME, change)
    with pytest.raises(ArtifactError):
        artifact.load(copy)


def test_weights_of_another_model_are_an_error(copy: Path) -> None:
    (copy / WEIGHTS_NAME).write_bytes(serialized({"network.head.weight": torch.zeros(3, 10)}))
    with pytest.raises(ArtifactError, match="don't fit"):
        artifact.load(copy)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(copy: Path, data: bytes) -> None:
    (copy / WEIGHTS_NAME).write_bytes(data)
    with pytest.raises(ArtifactError):
        artifact.load(copy)
    (copy / CARD_NAME).write_bytes(data)
    with pytest.raises(ArtifactError):
        artifact.load(copy)
