"""Revalidation: whether stored thumbnails are still those that YouTube shows, by conditional requests."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final, Literal

import aiohttp

from classifier.disk import on_disk, write_whole
from classifier.errors import DatasetError, PictureError
from classifier.links import thumbnail_url
from classifier.pictures.decoding import is_vertical, open_upright
from classifier.youtube.downloads import MAX_BYTES, PLACEHOLDER_SIZE, SIZE, TIMEOUT
from classifier.youtube.etags import is_usable, load_etags, save_etags

CONCURRENCY: Final = 8
GIVE_UP_AFTER: Final = 8
"""Failed requests in a row."""

Outcome = Literal["same", "changed", "gone", "failed"]


@dataclass(frozen=True, slots=True)
class StoredThumbnail:
    """A thumbnail's file, its video, and when it was last seen at YouTube."""

    file: Path
    video: str
    seen_at: datetime


async def revalidate(
    thumbnails_url: str, thumbnails: Sequence[StoredThumbnail], now: datetime
) -> Mapping[StoredThumbnail, Outcome]:
    """Ask the thumbnail host about each; changed ones are replaced, and those that are gone deleted.

    What has been seen gets the time `now`. Gone is also what has become a placeholder or a Short's. If the host fails
    several times in a row, the rest counts as failed. Raises DatasetError.
    """
    folders = {it.file.parent for it in thumbnails}
    etags = {folder: await asyncio.to_thread(load_etags, folder) for folder in folders}
    work = _Revalidation(thumbnails_url, etags, now)
    try:
        async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True) as work.session, asyncio.TaskGroup() as tasks:
            for it in thumbnails:
                tasks.create_task(work.check(it))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    finally:
        for folder, tags in etags.items():
            save_etags(folder, tags)
    return work.outcomes


class _Revalidation:
    def __init__(self, thumbnails_url: str, etags: Mapping[Path, dict[str, str]], now: datetime) -> None:
        self.session: aiohttp.ClientSession
        self.outcomes: dict[StoredThumbnail, Outcome] = {}
        self._thumbnails_url = thumbnails_url
        self._etags = etags
        self._now = now
        self._slots = asyncio.Semaphore(CONCURRENCY)
        self._failed_in_a_row = 0

    async def check(self, stored: StoredThumbnail) -> None:
        """Bring one thumbnail up to date."""
        async with self._slots:
            outcome: Outcome = "failed"
            if self._failed_in_a_row < GIVE_UP_AFTER:
                outcome = await self._ask(stored)
                self._failed_in_a_row = self._failed_in_a_row + 1 if outcome == "failed" else 0
            self.outcomes[stored] = outcome

    async def _ask(self, stored: StoredThumbnail) -> Outcome:
        tags, name = self._etags[stored.file.parent], stored.file.stem
        headers = {"If-None-Match": tags[name]} if name in tags else {}
        url = thumbnail_url(self._thumbnails_url, stored.video, SIZE)
        try:
            async with self.session.get(url, headers=headers, allow_redirects=False) as response:
                status, tag = response.status, response.headers.get("ETag", "")
                picture = response.content_type.startswith("image/")
                content = await _content(response) if status == HTTPStatus.OK and picture else b""
        except (aiohttp.ClientError, TimeoutError):
            return "failed"
        outcome = await asyncio.to_thread(_settle, stored, status, content, self._now.timestamp())
        if outcome == "gone" or (outcome == "changed" and not is_usable(tag)):
            tags.pop(name, None)
        elif outcome == "changed" or (outcome == "same" and content and is_usable(tag)):
            tags[name] = tag
        return outcome


async def _content(response: aiohttp.ClientResponse) -> bytes:
    """The body; empty if it is too large."""
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > MAX_BYTES:
            return b""
    return bytes(content)


def _settle(stored: StoredThumbnail, status: int, content: bytes, now: float) -> Outcome:
    """Do to the file what the host's answer says."""
    with on_disk(stored.file, DatasetError):
        if status == HTTPStatus.NOT_FOUND or (content and not _is_thumbnail(content)):
            stored.file.unlink(missing_ok=True)
            return "gone"
        if status != HTTPStatus.NOT_MODIFIED and not content:
            return "failed"
        if not stored.file.exists():
            return "gone"
        changed = bool(content) and stored.file.read_bytes() != content
        if changed:
            write_whole(stored.file, content)
        os.utime(stored.file, (now, now))
    return "changed" if changed else "same"


def _is_thumbnail(content: bytes) -> bool:
    """Whether a picture is a long video's thumbnail: neither broken, nor a placeholder, nor a Short's."""
    try:
        picture = open_upright(content)
    except PictureError:
        return False
    return picture.size != PLACEHOLDER_SIZE and not is_vertical(picture)
