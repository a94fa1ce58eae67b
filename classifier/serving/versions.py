"""Versions: one owner's models, a folder per version, and the record of which one is in use."""

import logging
import re
import shutil
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Final

from classifier.disk import on_disk, sync, write_whole
from classifier.errors import ArtifactError, NoVersionError
from classifier.models.folder import read_info
from classifier.values import ModelInfo, Version

log = logging.getLogger(__name__)

KEPT_MODELS: Final = 5
"""Versions kept per owner, including the one in use."""

_RECORD: Final = "serving"
_LEARNED: Final = "learned.sha256"
_NAME: Final = re.compile(r"\w[\w-]*")


class Versions:
    """The versions in an owner's folder, each named by its sub-folder.

    The file `serving` lists the versions that have been in use, one per line; the last one is now. It is replaced
    whole, after everything that it names is in place: whatever interrupts a change, the previous version stays in use.
    Every method blocks on the disk: call it in a thread. All raise ArtifactError if the disk fails.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def serving(self) -> ModelInfo | None:
        """The version in use, if any. Raises ArtifactError if it or its record is broken."""
        history = self._history()
        return _read(self.folder / history[-1]) if history else None

    def read(self, name: str) -> ModelInfo:
        """Describe a version. Raises NoVersionError if there is none of this name, ArtifactError if it is broken."""
        if name not in self.names():
            raise NoVersionError("There is no such version of the model. Choose one that still exists.")
        return _read(self.folder / name)

    def all(self) -> tuple[Version, ...]:
        """Every version that can be read, newest first."""
        serving = self._history()[-1:]
        found = []
        for name in self.names():
            try:
                found.append(Version(_read(self.folder / name), serving=[name] == serving))
            except ArtifactError as error:
                log.warning("%s", error)
        return tuple(found)

    def names(self) -> list[str]:
        """All versions, newest first, also those that can't be read."""
        with _on_disk(self.folder):
            if not self.folder.is_dir():
                return []
            return sorted(
                (path.name for path in self.folder.iterdir() if path.is_dir() and _NAME.fullmatch(path.name)),
                reverse=True,
            )

    def draft(self) -> Path:
        """Where to write the next version; deletes what interrupted training runs left."""
        with _on_disk(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            for left in self.folder.glob(".*"):
                _remove(left)
        return self.folder / ".draft"

    def keep(self, draft: Path, name: str, learned: str) -> None:
        """Make a draft a version that is not in use yet; `learned` is the fingerprint of what it was trained on."""
        with _on_disk(self.folder):
            (draft / _LEARNED).write_text(learned)
            draft.rename(self.folder / name)
            sync(self.folder)

    def learned(self) -> str | None:
        """The fingerprint of what the newest version was trained on; None if there is none."""
        newest = self.names()[:1]
        record = self.folder.joinpath(*newest, _LEARNED)
        with _on_disk(self.folder):
            return record.read_text(errors="replace") if newest and record.is_file() else None

    def serve(self, name: str) -> None:
        """Use a version from now on."""
        try:
            history = self._history()
        except ArtifactError as error:  # start a new record
            log.warning("%s", error)
            history = []
        history = [*history[: history.index(name)], name] if name in history else [*history, name]
        with _on_disk(self.folder):
            write_whole(self.folder / _RECORD, "".join(f"{name}\n" for name in history).encode(), sync=True)
            sync(self.folder)

    def before(self) -> str:
        """The version used before the current one. Raises NoVersionError if there is none."""
        earlier = [name for name in self._history()[:-1] if name in self.names()]
        if not earlier:
            raise NoVersionError("There is no earlier version to go back to.")
        return earlier[-1]

    def prune(self) -> None:
        """Delete the oldest versions, except for the one in use, so that KEPT_MODELS are left."""
        serving = self._history()[-1:]
        with _on_disk(self.folder):
            for name in [name for name in self.names() if [name] != serving][KEPT_MODELS - len(serving) :]:
                _remove(self.folder / name)

    def remove(self, name: str) -> None:
        """Delete a version."""
        with _on_disk(self.folder):
            _remove(self.folder / name)

    def delete(self) -> None:
        """Delete everything."""
        with _on_disk(self.folder):
            if self.folder.exists():
                _remove(self.folder)

    def take_over(self, models: Path) -> None:
        """Move here what an older Thumbprint left in `models`: a folder per version, and the record beside them."""
        record = models / _RECORD
        with _on_disk(models):
            if not record.is_file():
                return
            self.folder.mkdir(parents=True, exist_ok=True)
            for card in sorted(models.glob("*/model.json")):
                card.parent.rename(self.folder / card.parent.name)
            record.replace(self.folder / _RECORD)
            sync(self.folder)

    def _history(self) -> list[str]:
        """The versions in the order in which they came into use."""
        record = self.folder / _RECORD
        with _on_disk(record):
            history = record.read_text(errors="replace").split() if record.exists() else []
        if not all(_NAME.fullmatch(name) for name in history):
            raise ArtifactError("{file} doesn't name a model. Train again.", file=str(record))
        return history


def _read(folder: Path) -> ModelInfo:
    return replace(read_info(folder), version=folder.name)


def _remove(path: Path) -> None:
    """Delete a file or folder; a folder under a hidden name, so that half of one does not look like a version."""
    if not path.is_dir():
        path.unlink()
        return
    hidden = path.with_name(f".{path.name.lstrip('.')}.gone")
    shutil.rmtree(hidden, ignore_errors=True)
    shutil.rmtree(path.rename(hidden))


def _on_disk(path: Path) -> AbstractContextManager[None]:
    return on_disk(path, ArtifactError, note="The current model stays in use.")
