"""A model's folder: a card in JSON, weights in safetensors, and plots; written whole or not at all."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

from classifier.disk import on_disk, write_whole
from classifier.errors import ArtifactError
from classifier.values import Channel, ModelInfo

CARD_NAME: Final = "model.json"
WEIGHTS_NAME: Final = "model.safetensors"
GRAPH_NAME: Final = "model.onnx"
"""Only networks that PyTorch trains have one."""
CONFUSION_NAME: Final = "confusion.png"
"""The plot of the confusion matrix, with the channels' names of then."""


class _Described(BaseModel):
    """What every card says."""

    format: str
    info: ModelInfo


def write_model(folder: Path, card: bytes, weights: bytes, attachments: Mapping[str, bytes] | None = None) -> None:
    """Write a model to `folder`, whole or not at all; a model there is replaced.

    `attachments` are further files by name. Raises ArtifactError if the folder holds something else or can't
    be written.
    """
    check_place(folder)
    files = {**(attachments or {}), WEIGHTS_NAME: weights, CARD_NAME: card}
    with on_disk(folder, ArtifactError):
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            for name, content in files.items():
                (draft / name).write_bytes(content)
                _sync(draft / name)
            draft.chmod(0o755)
            _put_in_place(draft, folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def check_place(folder: Path) -> None:
    """Raise ArtifactError if `folder` holds something else than a model, which must not be replaced."""
    if folder.exists() and not _is_ours(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise ArtifactError("{folder} exists and is not a Thumbprint model. Choose another folder.", folder=str(folder))


def read_info(folder: Path) -> ModelInfo:
    """Read what a model is, without its weights. Raises ArtifactError."""
    try:
        return _Described.model_validate_json((folder / CARD_NAME).read_bytes()).info
    except FileNotFoundError as error:
        raise ArtifactError("{folder} has no model. Train one first.", folder=str(folder)) from error
    except (OSError, ValidationError) as error:
        raise unreadable(folder) from error


def rename_channels(folder: Path, names: Mapping[str, Channel]) -> None:
    """Give a model's channels the titles and handles of `names`, by id; a plot with the old ones is deleted.

    Raises ArtifactError.
    """
    file = folder / CARD_NAME
    try:
        card = json.loads(file.read_bytes())
        for channel in card["info"]["channels"]:
            if renamed := names.get(channel["id"]):
                channel |= {"title": renamed.title, "handle": renamed.handle}
        write_whole(file, json.dumps(card, indent=2).encode(), sync=True)
        (folder / CONFUSION_NAME).unlink(missing_ok=True)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise unreadable(folder) from error


def unreadable(folder: Path) -> ArtifactError:
    """The error for a model folder that is broken, or from another version."""
    return ArtifactError(
        "The model in {folder} is broken or from another version of Thumbprint. Train it again.", folder=str(folder)
    )


def _is_ours(folder: Path) -> bool:
    """Whether the folder is a Thumbprint model of any version: other programs have a `model.json` too."""
    try:
        return str(json.loads((folder / CARD_NAME).read_bytes())["format"]).startswith("thumbprint-")
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _put_in_place(draft: Path, folder: Path) -> None:
    """Swap the draft in; the previous folder is deleted last."""
    if not folder.exists():
        draft.rename(folder)
        return
    aside = draft.with_name(draft.name + ".old")
    folder.rename(aside)
    try:
        draft.rename(folder)
    except OSError:
        aside.rename(folder)
        raise
    shutil.rmtree(aside)


def _sync(file: Path) -> None:
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
