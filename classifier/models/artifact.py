"""The artifact of a network that PyTorch trains: its weights and its calibration."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as serialized
from torch import Tensor

from classifier.errors import ArtifactError
from classifier.models.calibration import Calibration
from classifier.models.folder import CARD_NAME, WEIGHTS_NAME, check_place, unreadable, write_model
from classifier.models.unknown import Neighbours, NeighbourScore, RegressionScore, Whitening
from classifier.networks.network import Network
from classifier.networks.registry import build
from classifier.pictures.thumbnail import Preprocessing
from classifier.values import ModelInfo

_NETWORK = "network."
_CALIBRATION = "calibration."


@dataclass(frozen=True, slots=True, eq=False)
class Artifact:
    """A trained model: what it is, its network and calibration, and the seed of its training."""

    info: ModelInfo
    network: Network
    calibration: Calibration
    seed: int


@dataclass(frozen=True, slots=True)
class _Card:
    """The JSON beside the weights."""

    format: Literal["thumbprint-5"]
    info: ModelInfo
    preprocessing: Preprocessing
    temperature: float
    threshold: float
    seed: int
    versions: Mapping[str, str]


_CARD = TypeAdapter(_Card)


def save(artifact: Artifact, folder: Path, attachments: Mapping[str, bytes] | None = None) -> None:
    """Write an artifact to `folder`, whole or not at all; an artifact there is replaced.

    `attachments` are further files by name (plots). Raises ArtifactError if the folder holds something else or can't
    be written.
    """
    check_place(folder)
    card = _Card(
        format="thumbprint-5",
        info=artifact.info,
        preprocessing=artifact.network.preprocessing(),
        temperature=artifact.calibration.temperature,
        threshold=artifact.calibration.threshold,
        seed=artifact.seed,
        versions={name: version(name) for name in ("torch", "numpy", "pillow", "safetensors")},
    )
    tensors = {_NETWORK + name: tensor.contiguous().cpu() for name, tensor in artifact.network.state_dict().items()}
    for name, value in _tensors(artifact.calibration.unknown).items():
        tensors[_CALIBRATION + name] = torch.as_tensor(value).contiguous()
    write_model(folder, _CARD.dump_json(card, indent=2), serialized(tensors), attachments)


def load(folder: Path) -> Artifact:
    """Read an artifact. Raises ArtifactError if it is missing, broken or of another version."""
    try:
        card = _CARD.validate_json((folder / CARD_NAME).read_bytes())
        tensors = load_file(folder / WEIGHTS_NAME)
    except FileNotFoundError as error:
        raise ArtifactError(f"{folder} has no model. Train one first.") from error
    except (OSError, ValidationError, SafetensorError) as error:
        raise unreadable(folder) from error
    network = build(card.info.network, len(card.info.channels))
    if card.preprocessing != network.preprocessing():
        raise ArtifactError(f"The model in {folder} was trained with different preprocessing. Train it again.")
    try:
        network.load_state_dict(_part(tensors, _NETWORK))
        calibration = Calibration(card.temperature, card.threshold, _unknown(_part(tensors, _CALIBRATION)))
    except (RuntimeError, KeyError) as error:
        raise ArtifactError(f"The weights in {folder} don't match its {CARD_NAME}. Train it again.") from error
    network.eval()
    return Artifact(card.info, network, calibration, card.seed)


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with a prefix, under the rest of their names."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _tensors(part: object) -> dict[str, object]:
    """The fields of an unknown score by name, those of its parts as `part.field`; neighbours' examples as float16."""
    if not dataclasses.is_dataclass(part):
        raise TypeError
    tensors: dict[str, object] = {}
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if dataclasses.is_dataclass(value):
            tensors |= {f"{field.name}.{name}": inner for name, inner in _tensors(value).items()}
        else:
            tensors[field.name] = value.astype(np.float16) if field.name == "examples" else value
    return tensors


def _unknown(tensors: Mapping[str, Tensor]) -> NeighbourScore | RegressionScore:
    """Whichever of the two unknown scores was saved. Raises KeyError if it was neither."""
    if "weight" not in tensors:
        return _neighbour_score(tensors)
    neighbours = _neighbour_score(_part(tensors, "neighbours."))
    return RegressionScore(
        neighbours, _own(tensors["weight"]), float(tensors["bias"]), float(tensors["neighbour_weight"])
    )


def _neighbour_score(tensors: Mapping[str, Tensor]) -> NeighbourScore:
    whitening = (_own(tensors[f"whitening.{field.name}"]) for field in dataclasses.fields(Whitening))
    content, style = (
        Neighbours(tensors[f"{name}.examples"].float().numpy(), int(tensors[f"{name}.count"]))
        for name in ("content", "style")
    )
    return NeighbourScore(content, style, Whitening(*whitening), _own(tensors["weights"]))


def _own(tensor: Tensor) -> NDArray[Any]:
    """A copy: a view would hold the whole file in memory."""
    copy: NDArray[Any] = tensor.numpy().copy()
    return copy
