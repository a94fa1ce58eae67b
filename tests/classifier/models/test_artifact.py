"""Artifacts of networks: saved and loaded again, or rejected."""

import hashlib
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
from safetensors.numpy import load_file, save_file

from classifier.errors import ArtifactError
from classifier.models import artifact
from classifier.models.folder import CARD_NAME, GRAPH_NAME, WEIGHTS_NAME, read_info
from classifier.models.judges import NetworkJudge
from classifier.models.predictor import Predictor
from classifier.networks.export import export
from classifier.networks.registry import build
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import read_examples
from classifier.pictures.thumbnail import Thumbnail
from classifier.training.result import TrainingResult

FILES = (CARD_NAME, WEIGHTS_NAME, GRAPH_NAME)
BROKEN = r"broken or from another version of Thumbprint\. Train it again"


@pytest.fixture
def copy(model: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may break."""
    return Path(shutil.copytree(model, tmp_path / "copy"))


def edit(card: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(card.read_bytes())
    change(content)
    card.write_text(json.dumps(content))


def replace_graph(copy: Path, graph: bytes) -> None:
    """Replace the graph, as somebody does who knows that the card has its hash."""
    (copy / GRAPH_NAME).write_bytes(graph)
    edit(copy / CARD_NAME, lambda card: card.update(network=hashlib.sha256(graph).hexdigest()))


# Round trip


def test_a_loaded_model_gives_the_same_answers(trained: TrainingResult, model: Path, unseen: Path) -> None:
    saved, loaded = trained.artifact, artifact.load(model)
    inputs = read_examples(Dataset.open(unseen), saved.network.preprocessing.prepare, lambda _: None).inputs
    before, after = (NetworkJudge(each).judge(inputs) for each in (saved, loaded))
    np.testing.assert_array_equal(before.probabilities, after.probabilities)
    np.testing.assert_array_equal(before.unknown_scores, after.unknown_scores)
    assert before.threshold == after.threshold


def test_a_loaded_model_has_the_same_description(trained: TrainingResult, model: Path) -> None:
    saved, loaded = trained.artifact, artifact.load(model)
    assert loaded.info == saved.info == read_info(model)
    assert loaded.seed == saved.seed
    assert loaded.network.preprocessing == saved.network.preprocessing


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux lists a process's files there")
def test_a_loaded_model_keeps_no_file_open(model: Path) -> None:
    loaded = artifact.load(model)
    assert loaded.info == read_info(model)
    assert str(model / WEIGHTS_NAME) not in Path("/proc/self/maps").read_text()


def test_the_folder_contains_only_the_model_and_plots(trained: TrainingResult, tmp_path: Path) -> None:
    artifact.save(trained.artifact, tmp_path / "model", {"confusion.png": b"plot"})
    assert {path.name for path in (tmp_path / "model").iterdir()} == {*FILES, "confusion.png"}


def test_the_card_contains_everything_else(model: Path) -> None:
    card = json.loads((model / CARD_NAME).read_bytes())
    assert set(card) == {"format", "info", "network", "preprocessing", "temperature", "threshold", "seed", "versions"}
    assert set(card["versions"]) == {"torch", "onnxruntime", "numpy", "pillow", "safetensors"}
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


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_an_error(name: str, copy: Path) -> None:
    (copy / name).unlink()
    with pytest.raises(ArtifactError):
        artifact.load(copy)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.999])
def test_a_truncated_file_is_an_error(name: str, share: float, copy: Path) -> None:
    whole = (copy / name).read_bytes()
    (copy / name).write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ArtifactError, match=BROKEN):
        artifact.load(copy)


@pytest.mark.parametrize(
    "change",
    [
        lambda card: card.update(format="thumbprint-99"),
        lambda card: card.pop("temperature"),
        lambda card: card.update(threshold="high"),
        lambda card: card.pop("network"),  # as before networks were exported
        lambda card: card.update(network="0" * 64),
        lambda card: card["info"]["channels"].pop(),
        lambda card: card["info"].update(trained_at="yesterday"),
        lambda card: card["preprocessing"].update(input_shape=[3, 128, 10**9]),
        lambda card: card["preprocessing"].update(input_shape=[3, 128, 224]),
        lambda card: card["preprocessing"].update(input_shape=[]),
        lambda card: card["preprocessing"].update(resampling="ROT13"),
    ],
)
def test_an_invalid_card_is_an_error(change: Callable[[dict[str, Any]], object], copy: Path) -> None:
    edit(copy / CARD_NAME, change)
    with pytest.raises(ArtifactError, match=BROKEN):
        Predictor.load(copy)


def test_a_graph_that_onnx_runtime_cannot_read_is_an_error(copy: Path) -> None:
    whole = (copy / GRAPH_NAME).read_bytes()
    for graph in (b"", b"not a graph", whole[:-100], whole[:1000]):
        replace_graph(copy, graph)
        with pytest.raises(ArtifactError, match=BROKEN):
            Predictor.load(copy)


@pytest.mark.parametrize(("name", "classes"), [("kernel", 3), ("net", 4), ("mobilenet_v3_small", 3)])
def test_the_graph_of_another_network_is_an_error(name: str, classes: int, copy: Path) -> None:
    with torch.random.fork_rng():
        other = build(name, classes)
    blank = other.prepare(Thumbnail(np.zeros((180, 320, 3), dtype=np.uint8)))
    replace_graph(copy, export(other, np.stack([blank])).onnx)
    with pytest.raises(ArtifactError, match=BROKEN):
        Predictor.load(copy)


@pytest.mark.parametrize("name", ["weights", "plain.examples", "whitened.count", "whitening.axes"])
def test_a_broken_calibration_is_an_error(name: str, copy: Path) -> None:
    whole = load_file(copy / WEIGHTS_NAME)
    for arrays in (
        whole | {name: np.zeros((3, 5), dtype=np.float32)},
        {other: value for other, value in whole.items() if other != name},
    ):
        save_file(arrays, copy / WEIGHTS_NAME)
        with pytest.raises(ArtifactError, match=BROKEN):
            Predictor.load(copy)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_rejected(copy: Path, data: bytes) -> None:
    for name in FILES:
        whole = (copy / name).read_bytes()
        (copy / name).write_bytes(data)
        with pytest.raises(ArtifactError):
            artifact.load(copy)
        (copy / name).write_bytes(whole)
