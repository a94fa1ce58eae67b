"""The artifact of the default network: a head, for features of the eye that all models share, and an index of the
thumbnails that it was made from. Needs no PyTorch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final, Literal

import numpy as np
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load, save

from classifier.errors import ArtifactError
from classifier.models.folder import CARD_NAME, WEIGHTS_NAME, unreadable, write_model
from classifier.models.head import Head
from classifier.models.platt import Platt
from classifier.models.thumbnail_index import ThumbnailIndex
from classifier.values import ModelInfo

INDEX_NAME: Final = "index.safetensors"

_ARRAYS = {"mean": np.float32, "spread": np.float32, "weight": np.float16, "bias": np.float32}


@dataclass(frozen=True, slots=True, eq=False)
class EyeModel:
    """A trained model: what it is, its head, the hash of the eye that it was fitted with, the training's seed, and the
    index of its thumbnails.
    """

    info: ModelInfo
    head: Head
    eye: str
    seed: int
    index: ThumbnailIndex


@dataclass(frozen=True, slots=True)
class _Card:
    """The JSON beside the weights."""

    format: Literal["thumbprint-5"]
    info: ModelInfo
    eye: str
    temperature: float
    threshold: float
    seed: int
    versions: Mapping[str, str]
    energy_weight: float = 0.0
    """None in models from before it was used."""
    platt: Platt | None = None
    """The same."""


_CARD = TypeAdapter(_Card)


def save_eye_model(model: EyeModel, folder: Path, attachments: Mapping[str, bytes] | None = None) -> None:
    """Write a model to `folder`, whole or not at all; raises what `write_model` raises."""
    card = _Card(
        format="thumbprint-5",
        info=model.info,
        eye=model.eye,
        temperature=model.head.temperature,
        threshold=model.head.threshold,
        seed=model.seed,
        versions={name: version(name) for name in ("onnxruntime", "numpy", "pillow", "safetensors")},
        energy_weight=model.head.energy_weight,
        platt=model.head.platt,
    )
    weights = save({name: getattr(model.head, name) for name in _ARRAYS})
    files = {**(attachments or {}), INDEX_NAME: bytes(model.index)}
    write_model(folder, _CARD.dump_json(card, indent=2), weights, files)


def load_eye_model(folder: Path, eye: str, features: int) -> EyeModel:
    """Read a model for the eye of this hash; an older one has no index, so it finds no thumbnails.

    Raises ArtifactError if the model is missing, broken or for another eye.
    """
    try:
        card = _CARD.validate_json((folder / CARD_NAME).read_bytes())
        arrays = load((folder / WEIGHTS_NAME).read_bytes())
        index = _read_index(folder / INDEX_NAME)
    except FileNotFoundError as error:
        raise ArtifactError("{folder} has no model. Train one first.", folder=str(folder)) from error
    except (OSError, ValidationError, SafetensorError, LookupError, ValueError) as error:
        raise unreadable(folder) from error
    rows = len(card.info.channels) + 1
    shapes = {"mean": (features,), "spread": (features,), "weight": (rows, features), "bias": (rows,)}
    fits = all(
        name in arrays and arrays[name].dtype == kind and arrays[name].shape == shapes[name]
        for name, kind in _ARRAYS.items()
    )
    if card.eye != eye or not fits or not (index.channels < len(card.info.channels)).all():
        raise unreadable(folder)
    head = Head(
        **{name: arrays[name] for name in _ARRAYS},
        temperature=card.temperature,
        threshold=card.threshold,
        energy_weight=card.energy_weight,
        platt=card.platt,
    )
    return EyeModel(card.info, head, card.eye, card.seed, index)


def _read_index(file: Path) -> ThumbnailIndex:
    """Raises OSError, SafetensorError, KeyError, ValueError."""
    return ThumbnailIndex.read(file.read_bytes()) if file.exists() else ThumbnailIndex.empty()
