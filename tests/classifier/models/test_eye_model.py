"""The default network's artifacts: saved and loaded again, or rejected."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import load, save

from classifier.errors import ArtifactError
from classifier.models.eye_model import INDEX_NAME, EyeModel, load_eye_model, save_eye_model
from classifier.models.folder import CARD_NAME, WEIGHTS_NAME, read_info
from classifier.models.head import Head
from classifier.networks.eye import Eye
from classifier.training.result import TrainingResult
from classifier.values import Channel

BROKEN = r"is broken or from another version of Thumbprint\. Train it again\."

Arrays = dict[str, NDArray[Any]]


@pytest.fixture
def saved(eye_trained: TrainingResult) -> EyeModel:
    assert isinstance(eye_trained.artifact, EyeModel)
    return eye_trained.artifact


@pytest.fixture
def copy(eye_model: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may break."""
    return Path(shutil.copytree(eye_model, tmp_path / "copy"))


def edit(card: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(card.read_bytes())
    change(content)
    card.write_text(json.dumps(content))


def assert_broken(folder: Path, eye: Eye) -> None:
    with pytest.raises(ArtifactError, match=BROKEN):
        load_eye_model(folder, eye.hash, eye.features)


# Round trip


def test_a_loaded_model_is_the_same(saved: EyeModel, eye_model: Path, eye: Eye) -> None:
    loaded = load_eye_model(eye_model, eye.hash, eye.features)
    assert loaded.info == saved.info == read_info(eye_model)
    assert (loaded.eye, loaded.seed) == (saved.eye, saved.seed) == (eye.hash, 0)
    assert (loaded.head.temperature, loaded.head.threshold) == (saved.head.temperature, saved.head.threshold)
    assert loaded.head.platt == saved.head.platt
    features = np.random.default_rng(0).normal(size=(4, eye.features)).astype(np.float32)
    np.testing.assert_array_equal(loaded.head.logits(features), saved.head.logits(features))


def test_the_card_contains_everything_else(eye_model: Path, eye: Eye) -> None:
    card = json.loads((eye_model / CARD_NAME).read_bytes())
    numbers = {"temperature", "threshold", "energy_weight", "platt", "seed"}
    assert set(card) == {"format", "info", "eye", "versions"} | numbers
    assert set(card["versions"]) == {"onnxruntime", "numpy", "pillow", "safetensors"}
    assert (card["eye"], card["info"]["network"]) == (eye.hash, "eye")
    assert [channel["label"] for channel in card["info"]["channels"]] == ["amber", "cobalt", "fern"]


def test_a_model_of_five_channels_takes_less_than_a_mebibyte(saved: EyeModel, eye: Eye, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    head = Head(
        *(random.normal(size=eye.features).astype(np.float32) for _ in range(2)),
        weight=random.normal(size=(6, eye.features)).astype(np.float16),
        bias=np.zeros(6, dtype=np.float32),
        temperature=1.0,
        threshold=0.0,
        energy_weight=4.0,
        platt=None,
    )
    info = replace(saved.info, channels=tuple(Channel(name, name) for name in "abcde"))
    save_eye_model(replace(saved, info=info, head=head), tmp_path / "model")
    assert sum(file.stat().st_size for file in (tmp_path / "model").iterdir()) < 2**20
    assert load_eye_model(tmp_path / "model", eye.hash, eye.features).info == info


def test_a_model_from_before_the_energy_was_used_scores_without_it(copy: Path, eye: Eye) -> None:
    edit(copy / CARD_NAME, lambda card: card.pop("energy_weight"))
    head = load_eye_model(copy, eye.hash, eye.features).head
    logits = np.array([[3.0, 1.0, 0.0, 2.0]])
    np.testing.assert_allclose(head.unknown_scores(logits), 2 - np.log(np.exp(logits[0, :3]).sum()))


def test_a_model_from_before_platt_scaling_has_the_probability_of_unknown_from_its_logits(copy: Path, eye: Eye) -> None:
    edit(copy / CARD_NAME, lambda card: card.pop("platt"))
    head = load_eye_model(copy, eye.hash, eye.features).head
    scaled = np.exp(np.array([3.0, 1.0, 0.0, 2.0]) / head.temperature)
    np.testing.assert_allclose(head.probabilities(np.array([[3.0, 1.0, 0.0, 2.0]]))[0], scaled / scaled.sum())


# Errors


def test_a_missing_model_is_an_error(copy: Path, eye: Eye) -> None:
    with pytest.raises(ArtifactError, match=r"nowhere has no model\. Train one first"):
        load_eye_model(copy / "nowhere", eye.hash, eye.features)
    (copy / WEIGHTS_NAME).unlink()
    with pytest.raises(ArtifactError, match="has no model"):
        load_eye_model(copy, eye.hash, eye.features)


def test_a_model_of_another_eye_is_an_error(copy: Path, eye: Eye) -> None:
    for other in (("0" * 16, eye.features), (eye.hash, eye.features + 1)):
        with pytest.raises(ArtifactError, match=BROKEN):
            load_eye_model(copy, *other)
    edit(copy / CARD_NAME, lambda card: card.update(eye="0" * 16))
    assert_broken(copy, eye)


def test_a_model_of_another_network_is_an_error(model: Path, eye: Eye) -> None:
    assert_broken(model, eye)


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays: arrays.clear(),
        lambda arrays: arrays.pop("bias"),
        lambda arrays: arrays.update(weight=arrays["weight"][:-1]),
        lambda arrays: arrays.update(weight=arrays["weight"][:, 1:].copy()),
        lambda arrays: arrays.update(weight=arrays["weight"].T.copy()),
        lambda arrays: arrays.update(mean=arrays["mean"][None]),
        lambda arrays: arrays.update(spread=arrays["spread"][:-1]),
        lambda arrays: arrays.update(bias=arrays["bias"][:0]),
        lambda arrays: arrays.update(weight=arrays["weight"].astype(np.float32)),
        lambda arrays: arrays.update(mean=arrays["mean"].astype(np.float64)),
        lambda arrays: arrays.update(bias=arrays["bias"].astype(np.int32)),
    ],
)
def test_other_arrays_are_an_error(change: Callable[[Arrays], object], copy: Path, eye: Eye) -> None:
    arrays = load((copy / WEIGHTS_NAME).read_bytes())
    change(arrays)
    (copy / WEIGHTS_NAME).write_bytes(save(arrays))
    assert_broken(copy, eye)


@pytest.mark.parametrize("kind", ["BF16", "F8_E4M3", "F8_E5M2", "F4", "I4", "BOOL"])
def test_arrays_of_other_kinds_of_numbers_are_an_error(kind: str, copy: Path, eye: Eye) -> None:
    """Also kinds that numpy does not have."""
    content = (copy / WEIGHTS_NAME).read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    width = {"BF16": 2}.get(kind, 1)
    begin, end = header["bias"]["data_offsets"]
    header["bias"].update(dtype=kind, shape=[(end - begin) // width])
    changed = json.dumps(header).encode()
    (copy / WEIGHTS_NAME).write_bytes(len(changed).to_bytes(8, "little") + changed + content[8 + length :])
    assert_broken(copy, eye)


@pytest.mark.parametrize("name", [CARD_NAME, WEIGHTS_NAME])
@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.999])
def test_a_truncated_file_is_an_error(name: str, share: float, copy: Path, eye: Eye) -> None:
    whole = (copy / name).read_bytes()
    (copy / name).write_bytes(whole[: int(len(whole) * share)])
    assert_broken(copy, eye)


@pytest.mark.parametrize(
    "change",
    [
        lambda card: card.update(format="thumbprint-4"),
        lambda card: card.pop("eye"),
        lambda card: card.pop("temperature"),
        lambda card: card["platt"].pop("slope"),
        lambda card: card.update(threshold="high"),
        lambda card: card["info"]["channels"].pop(),
        lambda card: card["info"].update(trained_at="yesterday"),
    ],
)
def test_an_invalid_card_is_an_error(change: Callable[[dict[str, Any]], object], copy: Path, eye: Eye) -> None:
    edit(copy / CARD_NAME, change)
    assert_broken(copy, eye)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_rejected(copy: Path, eye: Eye, data: bytes) -> None:
    (copy / WEIGHTS_NAME).write_bytes(data)
    assert_broken(copy, eye)


def test_a_broken_index_makes_a_model_unreadable(copy: Path, eye: Eye) -> None:
    index = load_eye_model(copy, eye.hash, eye.features).index
    foreign = replace(index, channels=index.channels + 1)  # channels that the model does not have
    for content in (b"", bytes(index)[:-1], bytes(foreign)):
        (copy / INDEX_NAME).write_bytes(content)
        assert_broken(copy, eye)
