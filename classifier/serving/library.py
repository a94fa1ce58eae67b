"""Library: which versions of models there are, and which ones are in use; of one machine, in its data folder."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from classifier.disk import on_disk
from classifier.errors import ArtifactError
from classifier.serving.versions import Versions
from classifier.values import ModelInfo, Version

log = logging.getLogger(__name__)

DEFAULT: Final = "default"
"""Folder of the default model."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A model that has been trained: its folder, its description, and the fingerprint of what it learned from.

    `swap`: it should be used, if the version in use is still `before` (None: there was none).
    """

    folder: Path
    model: ModelInfo
    learned: str
    swap: bool
    before: str | None


Publish = Callable[[Finished], Awaitable[bool]]
"""Puts a finished model where everybody finds it; returns whether it is in use now."""


class Library(Protocol):
    """The models of all owners, each by the name of the owner's folder. All methods raise ArtifactError if one can't be
    used.
    """

    async def serving(self, *owners: str) -> Mapping[str, ModelInfo]:
        """The models in use by some owners, or by all; a broken model is logged and left out."""

    async def all(self, owner: str) -> tuple[Version, ...]:
        """Every version that can be read, newest first."""

    async def read(self, owner: str, version: str) -> ModelInfo:
        """Describe a version. Raises NoVersionError if there is none of this name."""

    async def before(self, owner: str) -> str:
        """The version used before the current one. Raises NoVersionError if there is none."""

    async def learned(self, owner: str) -> str | None:
        """The fingerprint of what the newest version was trained on; None if there is none."""

    async def folder(self, owner: str, version: str) -> Path:
        """The folder of a version, on this machine."""

    async def serve(self, owner: str, version: str) -> None:
        """Use a version from now on."""

    async def delete(self, owner: str) -> None:
        """Delete everything of an owner."""


class FolderLibrary:
    """The models in a data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._models = data / "models"

    async def serving(self, *owners: str) -> Mapping[str, ModelInfo]:
        """The models in use by some owners, or by all; a broken model is logged and left out."""
        found = await asyncio.to_thread(_find_serving, self._data)
        return {owner: info for owner, info in found.items() if not owners or owner in owners}

    async def all(self, owner: str) -> tuple[Version, ...]:
        """Every version that can be read, newest first."""
        return await asyncio.to_thread(self._versions(owner).all)

    async def read(self, owner: str, version: str) -> ModelInfo:
        """Describe a version. Raises NoVersionError if there is none of this name."""
        return await asyncio.to_thread(self._versions(owner).read, version)

    async def before(self, owner: str) -> str:
        """The version used before the current one. Raises NoVersionError if there is none."""
        return await asyncio.to_thread(self._versions(owner).before)

    async def learned(self, owner: str) -> str | None:
        """The fingerprint of what the newest version was trained on; None if there is none."""
        return await asyncio.to_thread(self._versions(owner).learned)

    async def folder(self, owner: str, version: str) -> Path:
        """The folder of a version."""
        return self._models / owner / version

    async def serve(self, owner: str, version: str) -> None:
        """Use a version from now on."""
        await asyncio.to_thread(self._versions(owner).serve, version)

    async def delete(self, owner: str) -> None:
        """Delete everything of an owner."""
        await asyncio.to_thread(self._versions(owner).delete)

    def _versions(self, owner: str) -> Versions:
        return Versions(self._models / owner)


def _find_serving(data: Path) -> dict[str, ModelInfo]:
    """Each owner's model in use, by folder; a broken model is logged and left out."""
    found: dict[str, ModelInfo] = {}
    models = data / "models"
    try:
        Versions(models / DEFAULT).take_over(models)
        _rename_unknown(data)
    except ArtifactError as error:
        log.error("%s", error)  # noqa: TRY400 - the sentence says it all
    for folder in models.iterdir() if models.is_dir() else ():
        if folder.name == DEFAULT or folder.name.isdecimal():
            try:
                info = Versions(folder).serving()
            except ArtifactError as error:
                log.error("%s", error)  # noqa: TRY400
            else:
                found |= {folder.name: info} if info else {}
    return found


def _rename_unknown(data: Path) -> None:
    """Rename the folder `strangers`, as version 0.1 called it, to `unknown`. Raises ArtifactError."""
    old, new = data / "strangers", data / "unknown"
    with on_disk(old, ArtifactError):
        if old.is_dir() and not new.exists():
            old.rename(new)
