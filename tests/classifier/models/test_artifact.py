"""Artifacts of networks: saved and loaded again, or rejected."""

import json
import shutil
from collections.abc import Callable
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
from classifier.models.folder import CARD_NAME, WEIGHTS_NAME, read_info
from classifier.models.network_judge import NetworkJudge
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import read_examples
from classifier.training.result import TrainingResult


@pytest.fixture
def copy(model: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may break."""
    return Path(shutil.copytree(model, tmp_path / "copy"))


def edit(card: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(card.read_bytes())
    change(content)
    card.write_text(json.dumps(content))


# Round trip


def test_a_loaded_model_gives_the_same_answers(trained: TrainingResult, model: Path, unseen: Path) -> None:
    saved, loaded = trained.artifact, artifact.load(model)
    inputs = read_examples(Dataset.open(unseen), saved.network.prepare, lambda _: None).inputs
    before, after = (NetworkJudge(each).judge(inputs) for each in (saved, loaded))
    np.testing.assert_array_equal(before.probabilities, after.probabilities)
    np.testing.assert_array_equal(before.unknown_scores, after.unknown_scores)
    assert before.threshold == after.threshold


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
    artifact.save(trained.artifact, tmp_path / "model", {"confusion.png": b"plot"})
    assert {path.name for path in (tmp_path / "model").iterdir()} == {CARD_NAME, WEIGHTS_NAME, "confusion.png"}


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


# Reading


def test_a_missing_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"nowhere has no model\. Train one first"):
        artifact.load(tmp_path / "nowhere")
    with pytest.raises(ArtifactError, match="has no model"):
        artifact.load(tmp_path)


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
