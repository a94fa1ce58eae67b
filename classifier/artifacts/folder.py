"""Artifacts in a folder: of one machine, or of several that share it."""

import asyncio
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from classifier.artifacts.protocol import MAX_BYTES, broken, checked, digest_of, missing, name_of
from classifier.disk import on_disk
from classifier.errors import ArtifactError, StorageError


class FolderArtifacts:
    """Artifacts as files in a folder; a thread waits for the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, content: bytes) -> str:
        """Store bytes unless they are there already; returns their digest. Broken ones there are replaced."""
        return await asyncio.to_thread(self._put, content)

    async def get(self, digest: str) -> bytes:
        """Read what was stored. Raises ArtifactError if it isn't there, or isn't what was stored."""
        return await asyncio.to_thread(self._get, digest)

    async def drop(self, digest: str) -> None:
        """Delete what was stored; nothing happens if it isn't there."""
        await asyncio.to_thread(self._drop, digest)

    def _put(self, content: bytes) -> str:
        digest = digest_of(content)
        path = self._folder / name_of(digest)
        with suppress(ArtifactError):
            self._get(digest)
            return digest
        with on_disk(path, StorageError):
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, content)
        return digest

    def _get(self, digest: str) -> bytes:
        path = self._folder / name_of(digest)
        with on_disk(path, StorageError):
            try:
                if path.stat().st_size > MAX_BYTES:
                    raise broken(digest)
                return checked(digest, path.read_bytes())
            except FileNotFoundError:
                raise missing(digest) from None

    def _drop(self, digest: str) -> None:
        path = self._folder / name_of(digest)
        with on_disk(path, StorageError):
            path.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; unlike `write_whole`, several processes can write the same one."""
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except OSError:
        with suppress(OSError):
            Path(draft).unlink(missing_ok=True)
        raise
