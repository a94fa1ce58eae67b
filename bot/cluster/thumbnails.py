"""Thumbnails of a cluster: what one worker has crawled, the others fetch instead of crawling it again."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from bot.store.archives import Archive, ArchiveStore
from classifier.artifacts.archive import pack, unpack
from classifier.artifacts.protocol import Artifacts
from classifier.errors import ThumbprintError
from classifier.values import KEEP, Channel

log = logging.getLogger(__name__)

_FETCHED: Final = ".archive"
"""A file in a channel's folder: the digest of the archive that it was fetched from, or that was made of it."""


class SharedThumbnails:
    """The channels' folders in `folder`, and their archives. What YouTube may have deleted since expires."""

    def __init__(self, archives: ArchiveStore, artifacts: Artifacts, folder: Path) -> None:
        self._archives = archives
        self._artifacts = artifacts
        self._folder = folder.absolute()

    async def share(self, channels: Sequence[Channel]) -> None:
        """Put the thumbnails of channels where others find them, if there are new ones.

        Raises StoreError, StorageError, ArtifactError.
        """
        known = await self._archives.find([it.id for it in channels if it.id])
        for channel in channels:
            folder = self._folder / channel.label
            if channel.id is None or not await asyncio.to_thread(folder.is_dir):
                continue
            content = await asyncio.to_thread(_content, folder)
            before = known.get(channel.id)
            if before is not None and before.content == content:
                continue
            digest = await self._artifacts.put(await asyncio.to_thread(pack, folder))
            await self._archives.put(Archive(channel.id, channel.label, channel.handle, digest, content))
            await asyncio.to_thread(_mark, folder, digest)
            if before is not None and before.digest != digest:
                await self._artifacts.drop(before.digest)

    async def fetch(self, channels: Sequence[str]) -> None:
        """Fetch the thumbnails of channels (ids or handles) that others have crawled; what fails is logged."""
        try:
            for archive in (await self._archives.find(channels)).values():
                folder = self._folder / archive.label
                if await asyncio.to_thread(_marked, folder) != archive.digest:
                    await asyncio.to_thread(unpack, await self._artifacts.get(archive.digest), folder)
                    await asyncio.to_thread(_mark, folder, archive.digest)
        except (ThumbprintError, OSError) as error:
            log.warning("thumbnails that others have crawled can't be fetched: %s", error)

    async def expire(self) -> None:
        """Delete archives that are older than YouTube's policies allow; what fails is logged, and tried again."""
        try:
            for digest in await self._archives.expire(KEEP):
                await self._artifacts.drop(digest)
        except ThumbprintError as error:
            log.warning("old archives of thumbnails can't be deleted: %s", error)


def _content(folder: Path) -> str:
    """The fingerprint of a channel's thumbnails: their names and sizes. Blocks on the disk."""
    found = sorted((path.name, path.stat().st_size) for path in folder.glob("*.jpg"))
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _marked(folder: Path) -> str | None:
    with suppress(OSError):
        return (folder / _FETCHED).read_text()
    return None


def _mark(folder: Path, digest: str) -> None:
    (folder / _FETCHED).write_text(digest)
