"""The artifact of a network that PyTorch trained: the network as an ONNX graph, and its calibration."""

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as deserialized
from safetensors.numpy import save as serialized

from classifier.errors import ArtifactError
from classifier.models.calibration import Calibration
from classifier.models.folder import CARD_NAME, GRAPH_NAME, WEIGHTS_NAME, unreadable, write_model
from classifier.models.unknown import Neighbours, NeighbourScore, RegressionScore, Whitening
from classifier.networks.exported import Exported
from classifier.pictures.thumbnail import Preprocessing
from classifier.values import ModelInfo

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Artifact:
    """A trained model: what it is, its network and calibration, and the seed of its training."""

    info: ModelInfo
    network: Exported
    calibration: Calibration
    seed: int


@dataclass(frozen=True, slots=True)
class _Card:
    """The JSON beside the graph and the calibration."""

    format: Literal["thumbprint-5"]
    info: ModelInfo
    network: str
    """The sha256 of the graph."""
    preprocessing: Preprocessing
    temperature: float
    threshold: float
    seed: int
    versions: Mapping[str, str]


_CARD = TypeAdapter(_Card)


def save(artifact: Artifact, folder: Path, attachments: Mapping[str, bytes] | None = None) -> None:
    """Write an artifact to `folder`, whole or not at all; raises what `write_model` raises.

    `attachments` are further files by name.
    """
    card = _Card(
        format="thumbprint-5",
        info=artifact.info,
        network=hashlib.sha256(artifact.network.onnx).hexdigest(),
        preprocessing=artifact.network.preprocessing,
        temperature=artifact.calibration.temperature,
        threshold=artifact.calibration.threshold,
        seed=artifact.seed,
        versions={name: version(name) for name in ("torch", "onnxruntime", "numpy", "pillow", "safetensors")},
    )
    weights = serialized(_arrays(artifact.calibration.unknown))
    files = {**(attachments or {}), GRAPH_NAME: artifact.network.onnx}
    write_model(folder, _CARD.dump_json(card, indent=2), weights, files)


def load(folder: Path) -> Artifact:
    """Read an artifact. Raises ArtifactError if it is missing, broken or of another version."""
    try:
        card = _CARD.validate_json((folder / CARD_NAME).read_bytes())
        graph = (folder / GRAPH_NAME).read_bytes()
        unknown = _unknown(deserialized((folder / WEIGHTS_NAME).read_bytes()))
    except FileNotFoundError as error:
        raise ArtifactError(f"{folder} has no model. Train one first.") from error
    except (OSError, ValidationError, SafetensorError, LookupError, TypeError, ValueError) as error:
        raise unreadable(folder) from error
    if hashlib.sha256(graph).hexdigest() != card.network:
        raise unreadable(folder)
    if card.preprocessing != dataclasses.replace(
        Preprocessing(card.preprocessing.input_shape), resampling=card.preprocessing.resampling
    ):
        raise ArtifactError(f"The model in {folder} was trained with different preprocessing. Train it again.")
    calibration = Calibration(card.temperature, card.threshold, unknown)
    return Artifact(card.info, Exported(graph, card.preprocessing), calibration, card.seed)


def _arrays(part: object) -> dict[str, NDArray[Any]]:
    """The fields of an unknown score by name, those of its parts as `part.field`; neighbours' examples as float16."""
    if not dataclasses.is_dataclass(part):
        raise TypeError
    arrays: dict[str, NDArray[Any]] = {}
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if dataclasses.is_dataclass(value):
            arrays |= {f"{field.name}.{name}": inner for name, inner in _arrays(value).items()}
        else:
            arrays[field.name] = np.array(value, np.float16 if field.name == "examples" else None, order="C")
    return arrays


def _unknown(arrays: Arrays) -> NeighbourScore | RegressionScore:
    """Whichever of the two unknown scores was saved. Raises KeyError if it was neither."""
    if "weight" not in arrays:
        return _neighbour_score(arrays)
    inner = "neighbours."
    neighbours = {name.removeprefix(inner): value for name, value in arrays.items() if name.startswith(inner)}
    return RegressionScore(
        _neighbour_score(neighbours), arrays["weight"], float(arrays["bias"]), float(arrays["neighbour_weight"])
    )


def _neighbour_score(arrays: Arrays) -> NeighbourScore:
    whitening = (arrays[f"whitening.{field.name}"] for field in dataclasses.fields(Whitening))
    plain, whitened = (
        Neighbours(arrays[f"{name}.examples"].astype(np.float32), int(arrays[f"{name}.count"]))
        for name in ("plain", "whitened")
    )
    return NeighbourScore(plain, whitened, Whitening(*whitening), arrays["weights"])
