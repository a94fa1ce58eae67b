"""YouTubeCrawler: a channel's newest thumbnails, from YouTube to the data folder."""

import asyncio
import io
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from pathlib import Path
from typing import Final

import aiohttp
import stamina
from PIL import Image

from classifier.data_api import ApiChannel, DataApi, Upload
from classifier.errors import CrawlError, NoNetworkError, PictureError
from classifier.settings import YouTubeSettings
from classifier.shelf import Shelf
from classifier.thumbnail import FORMATS, Thumbnail
from classifier.values import CrawlReport, OnProgress, Progress
from classifier.youtube import ChannelRef, channel_ref, picture_url

_MAX_BYTES: Final = 2 * 2**20
_CONCURRENCY: Final = 64  # small files of a content network; a browser asks for up to 100 at a time
_GIVE_UP_AFTER: Final = 8  # downloads in a row that did not get through, each after its retries
_SAVE_EVERY: Final = 50
_PER_PAGE: Final = 50
_TIMEOUT: Final = aiohttp.ClientTimeout(total=30, sock_connect=5, sock_read=10)
_PLACEHOLDER_SIZE: Final = (120, 90)
_NO_PICTURES_REACHED: Final = (
    "YouTube's thumbnails could not be reached; check the network and crawl again; what has been fetched is kept."
)


class _LeftOutError(Exception):
    """A video that gives no picture, and the reason to count it under."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _TransientError(Exception):
    """A download that may succeed when tried again."""


class YouTubeCrawler:
    """Fetches thumbnails into `data`, one folder a channel. Needs a YouTube API key.

    400 thumbnails cost 9 units of quota: 1 to look the channel up, and 1 for every 50 of its videos.
    """

    SIZE: Final = "mqdefault"
    """320×180 without bars, and there for nearly every video."""

    def __init__(self, settings: YouTubeSettings, data: Path) -> None:
        self._settings = settings
        self._data = data

    async def crawl(self, channel: str, count: int = 400, on_progress: OnProgress = lambda _: None) -> CrawlReport:
        """Fetch the thumbnails of the channel's `count` newest videos that are not in its folder yet.

        `channel` is a handle, an id or a link. Whatever ends a crawl, what it fetched is kept, and the next one goes on
        from there. Raises LinkError, DatasetError, and CrawlError with its kin.
        """
        ref = channel_ref(channel)
        session = aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True)
        async with session, DataApi(self._settings) as api:
            found = await api.channel(ref)
            shelf = await asyncio.to_thread(Shelf, self._data, found.id, _handle(found, ref), _title(found, ref))
            crawl = _Crawl(self._settings.pictures_url, api, session, shelf, count=count, on_progress=on_progress)
            try:
                await crawl.run(found.uploads or "UU" + found.id[2:])
            finally:
                await asyncio.to_thread(shelf.save)
        return CrawlReport(shelf.channel, len(shelf), crawl.new, api.units, dict(crawl.left_out))


class _Crawl:
    """One crawl of one channel: pages are read and pictures fetched side by side."""

    def __init__(
        self,
        pictures_url: str,
        api: DataApi,
        session: aiohttp.ClientSession,
        shelf: Shelf,
        *,
        count: int,
        on_progress: OnProgress,
    ) -> None:
        self.new = 0
        self.left_out: Counter[str] = Counter()
        self._pictures_url = pictures_url
        self._api = api
        self._session = session
        self._shelf = shelf
        self._count = count
        self._total = count
        self._kept = 0
        self._unreached = 0
        self._on_progress = on_progress
        self._slots = asyncio.Semaphore(_CONCURRENCY)
        self._retry = stamina.AsyncRetryingCaller(attempts=4, timeout=30.0).on(_TransientError)

    async def run(self, uploads: str) -> None:
        """Go through the uploads, newest first, until `count` pictures are kept or there are no more."""
        async with aclosing(self._listing(uploads)) as listing:
            while self._kept < self._count and await self._round(listing, self._count - self._kept):
                pass
        if not len(self._shelf):
            if self._unreached:
                raise NoNetworkError(_NO_PICTURES_REACHED)
            raise CrawlError(f"{self._shelf.channel.title} has no public videos; choose another channel.")

    async def _round(self, listing: AsyncGenerator[Upload, None], wanted: int) -> bool:
        """Take the next `wanted` uploads; False where there are no more. Those listed before an error are fetched."""
        problem: Exception | None = None
        upload: Upload | None = None
        try:
            async with asyncio.TaskGroup() as downloads:
                try:
                    for _ in range(wanted):
                        upload = await anext(listing, None)
                        if upload is None:
                            break
                        downloads.create_task(self._keep(upload))
                except CrawlError as error:
                    problem = error
        except ExceptionGroup as errors:
            problem = errors.exceptions[0]
        if problem:
            raise problem
        return upload is not None

    async def _listing(self, uploads: str) -> AsyncGenerator[Upload, None]:
        """Every upload once; of a channel full of hidden videos no more than twice the pages that `count` needs."""
        token: str | None = None
        seen: set[str] = set()
        for _ in range(2 * -(-self._count // _PER_PAGE)):
            page = await self._api.uploads(uploads, token)
            self._total = min(self._count, page.total)
            for upload in page.uploads:
                if upload.video_id not in seen:
                    seen.add(upload.video_id)
                    yield upload
            token = page.next_token
            if token is None:
                return

    async def _keep(self, upload: Upload) -> None:
        """See to it that an upload's picture is on the shelf, or count why it is not."""
        try:
            if upload.left_out is None and upload.video_id not in self._shelf:
                await self._fetch(upload.video_id)
            reason = upload.left_out
        except _LeftOutError as error:
            reason = error.reason
        if reason is None:
            self._kept += 1
        else:
            self.left_out[reason] += 1
        self._on_progress(Progress("crawl", self._kept, self._total, self._shelf.channel.title))

    async def _fetch(self, video: str) -> None:
        """Put a video's picture on the shelf. Raises _LeftOutError, NoNetworkError."""
        async with self._slots:
            picture = await self._reach(picture_url(self._pictures_url, video, YouTubeCrawler.SIZE))
        await asyncio.to_thread(self._shelve, video, picture)
        self.new += 1
        if self.new % _SAVE_EVERY == 0:
            await asyncio.to_thread(self._shelf.save)

    def _shelve(self, video: str, picture: bytes) -> None:
        """Check a picture and put it on the shelf. Raises _LeftOutError."""
        _check(picture)
        self._shelf.add(video, picture)

    async def _reach(self, url: str) -> bytes:
        """Download a picture, trying again where that may help. Raises _LeftOutError, NoNetworkError."""
        try:
            picture = await self._retry(self._download, url)
        except _TransientError:
            self._unreached += 1
            if self._unreached >= _GIVE_UP_AFTER:
                raise NoNetworkError(_NO_PICTURES_REACHED) from None
            raise _LeftOutError("failed") from None
        self._unreached = 0
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


def _check(picture: bytes) -> None:
    """Make sure that bytes are a thumbnail. Raises _LeftOutError."""
    try:
        Thumbnail.decode(picture)
    except PictureError as error:
        raise _LeftOutError("unreadable") from error
    with Image.open(io.BytesIO(picture), formats=FORMATS) as image:
        if image.size == _PLACEHOLDER_SIZE:
            raise _LeftOutError("placeholder")


def _handle(found: ApiChannel, ref: ChannelRef) -> str | None:
    return found.handle or (str(ref) if ref.kind == "handle" else None)


def _title(found: ApiChannel, ref: ChannelRef) -> str:
    """The title on one line without control characters, or what the channel was asked for by."""
    words = "".join(letter if letter.isprintable() else " " for letter in found.title).split()
    return " ".join(words)[:100] or str(ref)
