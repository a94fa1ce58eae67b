"""Downloads: thumbnails from YouTube to a store, many at a time."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final, Protocol, Self

import aiohttp
import stamina

from classifier.errors import CrawlError, NoNetworkError, PictureError, RefusedError
from classifier.links import thumbnail_url
from classifier.pictures.decoding import is_vertical, open_upright
from classifier.youtube.etags import learn_etags

SIZE: Final = "mqdefault"
"""320×180 without bars, and available for nearly every video."""

MAX_BYTES: Final = 2 * 2**20
_CONCURRENCY: Final = 64  # small files of a content network; a browser requests up to 100 at a time
_GIVE_UP_AFTER: Final = 8  # failed downloads in a row, each after its retries
TIMEOUT: Final = aiohttp.ClientTimeout(total=30, sock_connect=5, sock_read=10)
PLACEHOLDER_SIZE: Final = (120, 90)

_NOT_REACHED: Final = (
    "YouTube's thumbnails can't be reached. Check the network and try again; everything downloaded so far is kept."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A video whose thumbnail is wanted under a name, or why it is not (`left_out`).

    If it may be a Short, its picture decides.
    """

    video: str
    name: str
    left_out: str | None = None
    may_be_short: bool = True


class Store(Protocol):
    """Where thumbnails are stored."""

    @property
    def folder(self) -> Path:
        """The folder of their files, which has their ETags, too."""

    def __contains__(self, name: str) -> bool: ...

    def add(self, name: str, thumbnail: bytes) -> None:
        """Store a thumbnail; called in a thread."""


@dataclass(frozen=True, slots=True)
class _Downloaded:
    """A thumbnail's file as the host gave it, and what the host calls this version; "" if it does not say."""

    content: bytes
    etag: str


class _LeftOutError(Exception):
    """A video without a thumbnail, and the reason to count it under."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _TransientError(Exception):
    """A download that may succeed on another try."""


class _RefusedError(Exception):
    """A download that something between us and the thumbnail refused, such as a proxy, a firewall or a login page."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Downloads:
    """Fills a store, inside `async with`.

    `kept` counts the wanted thumbnails in the store, `new` those downloaded now, and `left_out` those without one, by
    reason (placeholder, private, deleted, unreadable, failed, short). `shorts` are the names of those whose pictures
    are Shorts'. `problem` is why the last download failed, None if it succeeded. `on_step` is called after each video.
    """

    def __init__(self, thumbnails_url: str, store: Store, on_step: Callable[[int], None]) -> None:
        self.kept = 0
        self.new = 0
        self.problem: NoNetworkError | None = None
        self.left_out: Counter[str] = Counter()
        self.shorts: set[str] = set()
        self._thumbnails_url = thumbnails_url
        self._store = store
        self._on_step = on_step
        self._failed_in_a_row = 0
        self._etags: dict[str, str] = {}
        self._slots = asyncio.Semaphore(_CONCURRENCY)
        self._retry = stamina.AsyncRetryingCaller(attempts=4, timeout=30.0).on(_TransientError)
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        await asyncio.to_thread(learn_etags, self._store.folder, self._etags)

    async def fill(self, listing: AsyncGenerator[Wanted, None], count: int) -> None:
        """Go through a listing until `count` thumbnails are kept or it ends; listing and downloads run side by side.

        Raises CrawlErrors, also the listing's, once everything listed before has been downloaded; and what the store
        raises.
        """
        while self.kept < count and await self._round(listing, count - self.kept):
            pass

    async def _round(self, listing: AsyncGenerator[Wanted, None], most: int) -> bool:
        """Take the next `most` of a listing; False if it has ended."""
        problem: Exception | None = None
        wanted: Wanted | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                try:
                    for _ in range(most):
                        wanted = await anext(listing, None)
                        if wanted is None:
                            break
                        tasks.create_task(self._keep(wanted))
                except CrawlError as error:
                    problem = error
        except ExceptionGroup as errors:
            problem = errors.exceptions[0]
        if problem:
            raise problem
        return wanted is not None

    async def _keep(self, wanted: Wanted) -> None:
        """Make sure that a thumbnail is in the store, or count why it is not."""
        reason = wanted.left_out
        try:
            if reason is None and wanted.name not in self._store:
                await self._fetch(wanted)
        except _LeftOutError as error:
            reason = error.reason
        if reason is None:
            self.kept += 1
        else:
            self.left_out[reason] += 1
        self._on_step(self.kept)

    async def _fetch(self, wanted: Wanted) -> None:
        """Download a thumbnail into the store. Raises _LeftOutError, NoNetworkError."""
        async with self._slots:
            downloaded = await self._reach(thumbnail_url(self._thumbnails_url, wanted.video, SIZE))
        await asyncio.to_thread(self._check_and_add, wanted, downloaded.content)
        self._etags[wanted.name] = downloaded.etag
        self.new += 1

    def _check_and_add(self, wanted: Wanted, thumbnail: bytes) -> None:
        """Add a thumbnail to the store, unless it is broken, a placeholder or a Short's. Raises _LeftOutError."""
        try:
            picture = open_upright(thumbnail)
        except PictureError as error:
            raise _LeftOutError("unreadable") from error
        if picture.size == PLACEHOLDER_SIZE:
            raise _LeftOutError("placeholder")
        if wanted.may_be_short and is_vertical(picture):
            self.shorts.add(wanted.name)
            raise _LeftOutError("short")
        self._store.add(wanted.name, thumbnail)

    async def _reach(self, url: str) -> _Downloaded:
        """Download a thumbnail, with retries. Raises _LeftOutError, and NoNetworkError once too many have failed."""
        try:
            downloaded = await self._retry(self._download, url)
        except _TransientError:
            self.problem = NoNetworkError(_NOT_REACHED)
        except _RefusedError as error:
            self.problem = _refused(error.status)
        else:
            self.problem, self._failed_in_a_row = None, 0
            return downloaded
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= _GIVE_UP_AFTER:
            raise self.problem
        raise _LeftOutError("failed")

    async def _download(self, url: str) -> _Downloaded:
        """Download a thumbnail once. Raises _LeftOutError, _TransientError, _RefusedError."""
        try:
            async with self._session.get(url, allow_redirects=False) as response:
                if response.status == HTTPStatus.NOT_FOUND:
                    raise _LeftOutError("placeholder")
                if (
                    response.status == HTTPStatus.TOO_MANY_REQUESTS
                    or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
                ):
                    raise _TransientError
                if response.status != HTTPStatus.OK or response.content_type.startswith("text/"):
                    raise _RefusedError(response.status)
                thumbnail = bytearray()
                async for chunk in response.content.iter_any():
                    thumbnail += chunk
                    if len(thumbnail) > MAX_BYTES:
                        raise _LeftOutError("unreadable")
                return _Downloaded(bytes(thumbnail), response.headers.get("ETag", ""))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _TransientError from error


def _refused(status: int) -> RefusedError:
    if status == HTTPStatus.OK:
        return RefusedError(
            "YouTube's thumbnails can't be reached: the picture host answered with a web page. A proxy, a firewall "
            "or a login page may be in the way. Check the network and try again; everything downloaded so far is kept."
        )
    return RefusedError(
        "YouTube's thumbnails can't be reached: the picture host answered {answered}. A proxy, a firewall or a login "
        "page may be in the way. Check the network and try again; everything downloaded so far is kept.",
        answered=str(status),
    )
