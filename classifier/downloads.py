"""Downloads: thumbnails from YouTube's picture host to a shelf, many at a time."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Protocol, Self

import aiohttp
import stamina

from classifier.errors import CrawlError, NoNetworkError, PictureError
from classifier.thumbnail import open_upright
from classifier.youtube import picture_url

SIZE: Final = "mqdefault"
"""320×180 without bars, and there for nearly every video."""
NOT_REACHED: Final = (
    "YouTube's thumbnails could not be reached; check the network and crawl again; what has been fetched is kept."
)

_MAX_BYTES: Final = 2 * 2**20
_CONCURRENCY: Final = 64  # small files of a content network; a browser asks for up to 100 at a time
_GIVE_UP_AFTER: Final = 8  # downloads in a row that did not get through, each after its retries
_TIMEOUT: Final = aiohttp.ClientTimeout(total=30, sock_connect=5, sock_read=10)
_PLACEHOLDER_SIZE: Final = (120, 90)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A video whose picture is wanted under a name, or why it has none (`left_out`)."""

    video: str
    name: str
    left_out: str | None = None


class Keeper(Protocol):
    """Where pictures are put."""

    def __contains__(self, name: str) -> bool: ...

    def add(self, name: str, picture: bytes) -> None:
        """Keep a picture; called in a thread."""


class _LeftOutError(Exception):
    """A video that gives no picture, and the reason to count it under."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _TransientError(Exception):
    """A download that may succeed when tried again."""


class Downloads:
    """Fills a shelf, inside `async with`.

    `kept` counts the wanted pictures that are on the shelf, `new` those of them that were not before, `left_out` by
    reason (placeholder, private, deleted, unreadable, failed) the videos without one. `unreached` of the last downloads
    in a row did not get through. `on_step` is called after each video.
    """

    def __init__(self, pictures_url: str, shelf: Keeper, on_step: Callable[[int], None]) -> None:
        self.kept = 0
        self.new = 0
        self.unreached = 0
        self.left_out: Counter[str] = Counter()
        self._pictures_url = pictures_url
        self._shelf = shelf
        self._on_step = on_step
        self._slots = asyncio.Semaphore(_CONCURRENCY)
        self._retry = stamina.AsyncRetryingCaller(attempts=4, timeout=30.0).on(_TransientError)
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def fill(self, listing: AsyncGenerator[Wanted, None], count: int) -> None:
        """Go through a listing until `count` pictures are kept or it ends; it is read while pictures are fetched.

        Raises CrawlErrors, the listing's among them, after all that was listed before has been fetched; and what the
        shelf raises.
        """
        while self.kept < count and await self._round(listing, count - self.kept):
            pass

    async def _round(self, listing: AsyncGenerator[Wanted, None], most: int) -> bool:
        """Take the next `most` of a listing; False where there are no more."""
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
        """See to it that a picture is on the shelf, or count why it is not."""
        reason = wanted.left_out
        try:
            if reason is None and wanted.name not in self._shelf:
                await self._fetch(wanted)
        except _LeftOutError as error:
            reason = error.reason
        if reason is None:
            self.kept += 1
        else:
            self.left_out[reason] += 1
        self._on_step(self.kept)

    async def _fetch(self, wanted: Wanted) -> None:
        """Put a picture on the shelf. Raises _LeftOutError, NoNetworkError."""
        async with self._slots:
            picture = await self._reach(picture_url(self._pictures_url, wanted.video, SIZE))
        await asyncio.to_thread(self._shelve, wanted.name, picture)
        self.new += 1

    def _shelve(self, name: str, picture: bytes) -> None:
        """Check a picture and put it on the shelf. Raises _LeftOutError."""
        try:
            size = open_upright(picture).size
        except PictureError as error:
            raise _LeftOutError("unreadable") from error
        if size == _PLACEHOLDER_SIZE:
            raise _LeftOutError("placeholder")
        self._shelf.add(name, picture)

    async def _reach(self, url: str) -> bytes:
        """Download a picture, trying again where that may help. Raises _LeftOutError, NoNetworkError."""
        try:
            picture = await self._retry(self._download, url)
        except _TransientError:
            self.unreached += 1
            if self.unreached >= _GIVE_UP_AFTER:
                raise NoNetworkError(NOT_REACHED) from None
            raise _LeftOutError("failed") from None
        self.unreached = 0
        return picture

    async def _download(self, url: str) -> bytes:
        """Get a picture's bytes. Raises _LeftOutError, _TransientError."""
        try:
            async with self._session.get(url, allow_redirects=False) as response:
                if response.status == HTTPStatus.NOT_FOUND:
                    raise _LeftOutError("placeholder")
                if (
                    response.status == HTTPStatus.TOO_MANY_REQUESTS
                    or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
                ):
                    raise _TransientError
                if response.status != HTTPStatus.OK:
                    raise _LeftOutError("failed")
                picture = bytearray()
                async for chunk in response.content.iter_any():
                    picture += chunk
                    if len(picture) > _MAX_BYTES:
                        raise _LeftOutError("unreadable")
                return bytes(picture)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _TransientError from error
