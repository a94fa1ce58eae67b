"""Versions: one owner's models, a folder a version, and the note of which one serves."""

import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from classifier.errors import ArtifactError, NoModelError
from classifier.values import ModelInfo, Version

log = logging.getLogger(__name__)

KEPT_MODELS: Final = 5
"""Versions that an owner keeps, the serving one among them."""

_NOTE: Final = "serving"
_NAME: Final = re.compile(r"\w[\w-]*")


class Versions:
    """The versions in an owner's folder, each named by its sub-folder.

    The note `serving` names, a line each, the versions that have come to serve, in that order; the last one serves. It
    is replaced whole, after all that it names is there: whatever ends a change early, the version before it serves.
    Every method works on the disk: call it in a thread. All raise ArtifactError where the disk refuses.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def serving(self) -> ModelInfo | None:
        """The version that serves, if any. Raises ArtifactError where it or the note of it is broken."""
        history = self._history()
        return _read(self.folder / history[-1]) if history else None

    def read(self, name: str) -> ModelInfo:
        """What a version is. Raises NoModelError where there is none of this name, ArtifactError where it is broken."""
        if name not in self._names():
            raise NoModelError("There is no such version of the model; choose one of those that are kept.")
        return _read(self.folder / name)

    def all(self) -> tuple[Version, ...]:
        """Every version that can be read, newest first."""
        serving = self._history()[-1:]
        found = []
        for name in self._names():
            try:
                found.append(Version(_read(self.folder / name), serves=[name] == serving))
            except ArtifactError as error:
                log.warning("%s", error)
        return tuple(found)

    def draft(self) -> Path:
        """Where the next version may be written; what earlier trainings left half done is gone."""
        with _on_disk(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            for left in self.folder.glob(".*"):
                _remove(left)
        return self.folder / ".draft"

    def keep(self, draft: Path, name: str) -> None:
        """Make a draft a version, which does not serve yet."""
        with _on_disk(self.folder):
            draft.rename(self.folder / name)
            _sync(self.folder)

    def serve(self, name: str) -> None:
        """Let a version serve."""
        try:
            history = self._history()
        except ArtifactError as error:  # then it starts anew
            log.warning("%s", error)
            history = []
        history = [*history[: history.index(name)], name] if name in history else [*history, name]
        with _on_disk(self.folder):
            draft = self.folder / f".{_NOTE}.part"
            draft.write_text("".join(f"{name}\n" for name in history))
            _sync(draft)
            draft.replace(self.folder / _NOTE)
            _sync(self.folder)

    def before(self) -> str:
        """The version that served before the one that does now. Raises NoModelError where there is none."""
        earlier = [name for name in self._history()[:-1] if name in self._names()]
        if not earlier:
            raise NoModelError("No version served before this one; choose one of those that are kept.")
        return earlier[-1]

    def prune(self) -> None:
        """Delete the oldest versions but for the serving one, so that KEPT_MODELS are left."""
        serving = self._history()[-1:]
        with _on_disk(self.folder):
            for name in [name for name in self._names() if [name] != serving][KEPT_MODELS - len(serving) :]:
                _remove(self.folder / name)

    def delete(self) -> None:
        """Delete everything."""
        with _on_disk(self.folder):
            if self.folder.exists():
                _remove(self.folder)

    def take_over(self, models: Path) -> None:
        """Move here what an older Thumbprint left in `models`: a folder a version, and the note beside them."""
        note = models / _NOTE
        with _on_disk(models):
            if not note.is_file():
                return
            self.folder.mkdir(parents=True, exist_ok=True)
            for card in sorted(models.glob("*/model.json")):
                card.parent.rename(self.folder / card.parent.name)
            note.replace(self.folder / _NOTE)
            _sync(self.folder)

    def _names(self) -> list[str]:
        """All versions, newest first."""
        with _on_disk(self.folder):
            if not self.folder.is_dir():
                return []
            return sorted(
                (path.name for path in self.folder.iterdir() if path.is_dir() and _NAME.fullmatch(path.name)),
                reverse=True,
            )

    def _history(self) -> list[str]:
        """The versions in the order in which they came to serve."""
        note = self.folder / _NOTE
        with _on_disk(note):
            history = note.read_text(errors="replace").split() if note.exists() else []
        if not all(_NAME.fullmatch(name) for name in history):
            raise ArtifactError(f"{note} names no model; train again.")
        return history


def _read(folder: Path) -> ModelInfo:
    from classifier import artifact  # noqa: PLC0415 - imports torch, which takes seconds

    return replace(artifact.read_info(folder), version=folder.name)


def _remove(path: Path) -> None:
    """Delete a file or folder; a folder under a hidden name, so that none half deleted is taken for a version."""
    if not path.is_dir():
        path.unlink()
        return
    hidden = path.with_name(f".{path.name.lstrip('.')}.gone")
    shutil.rmtree(hidden, ignore_errors=True)
    shutil.rmtree(path.rename(hidden))


def _sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _on_disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArtifactError(f"{path} can't be used: {error.strerror}; the model in use goes on.") from error
