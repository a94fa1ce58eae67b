"""From an attachment, a link or a replied-to message to a picture's bytes. Every limit on what comes in lives here."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self

import aiohttp
import discord
import stamina
from yarl import URL

from bot.settings import Settings
from classifier.errors import LinkError, PictureError, ThumbprintError
from classifier.links import thumbnail_url, video_id

KINDS = frozenset({"jpg", "jpeg", "png", "webp", "gif"})


class FetchError(ThumbprintError):
    """A picture that its host did not hand over."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a picture lies and what is claimed of it; nothing is fetched yet.

    `size` (bytes) and `pixels` are 0 where nothing is claimed. `name` is foreign text.
    """

    name: str
    url: str
    size: int = 0
    pixels: int = 0
    video_id: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A fetched picture, still encoded and still untrusted, but within the limits."""

    content: bytes
    source: Source


def attached(attachments: Iterable[discord.Attachment]) -> tuple[Source, ...]:
    """Those attachments that call themselves pictures; whether they are shows when they are decoded."""
    return tuple(
        Source(a.filename, a.url, size=a.size, pixels=(a.width or 0) * (a.height or 0))
        for a in attachments
        if (a.content_type or "").startswith("image/") or PurePosixPath(a.filename).suffix[1:].lower() in KINDS
    )


def _distinct(sources: Iterable[Source | None]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(source for source in sources if source))


class Intake:
    """Finds and fetches pictures, within the limits of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._pictures_url = settings.youtube.thumbnails_url
        self._origins = settings.picture_origins
        self._max_bytes = settings.picture_bytes
        self._max_pixels = settings.picture_pixels
        self._timeout = aiohttp.ClientTimeout(total=settings.picture_timeout)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # Identity only: a small compressed body could unpack to any size.
        self._session = aiohttp.ClientSession(
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def link(self, text: str) -> Source:
        """The picture of the video that a link names.

        Raises LinkError.
        """
        return self._video(video_id(text))

    def message(self, message: discord.Message) -> tuple[Source, ...]:
        """Every picture of a message: attachments, else embeds, else links in its text."""
        return (
            attached(message.attachments)
            or _distinct(self._embed(embed) for embed in message.embeds)
            or _distinct(self._linked(word) for word in message.content.split())
        )

    def _video(self, video: str) -> Source:
        return Source(f"youtu.be/{video}", thumbnail_url(self._pictures_url, video), video_id=video)

    def _linked(self, text: str | None) -> Source | None:
        try:
            return self.link(text) if text else None
        except LinkError:
            return None

    def _embed(self, embed: discord.Embed) -> Source | None:
        for address in (embed.url, embed.image.url, embed.thumbnail.url):
            if source := self._linked(address):
                return source
        media = embed.image if embed.image.url else embed.thumbnail
        url = media.proxy_url or media.url
        return Source(embed.title or "picture", url, pixels=(media.width or 0) * (media.height or 0)) if url else None

    async def fetch(self, source: Source) -> Picture:
        """Fetch a picture, trying twice.

        Raises PictureError (beyond a limit), LinkError (no such video), FetchError (its host did not hand it over).
        """
        if source.size > self._max_bytes:
            raise self._too_large()
        if source.pixels > self._max_pixels:
            raise PictureError(
                f"That picture has more than {self._max_pixels / 1e6:.0f} million pixels. Send a smaller one."
            )
        try:
            return Picture(await self._read(source, self._address(source)), source)
        except TimeoutError as error:
            raise FetchError("That picture took too long to arrive. Try again in a moment.") from error
        except aiohttp.ClientError as error:
            raise FetchError("That picture could not be fetched. Try again in a moment.") from error

    def _address(self, source: Source) -> URL:
        with suppress(ValueError):
            url = URL(source.url)
            if url.user is None and url.origin() in self._origins:
                return url
        raise PictureError("I fetch pictures from Discord and YouTube alone. Upload the picture here instead.")

    @stamina.retry(on=(aiohttp.ClientError, TimeoutError), attempts=2, wait_initial=0.2)
    async def _read(self, source: Source, url: URL) -> bytes:
        if self._session is None:
            raise RuntimeError("enter the intake first")
        async with self._session.get(url, allow_redirects=False) as response:
            if response.status == 404 and source.video_id:
                # The body is a grey placeholder, a valid picture of nothing.
                raise LinkError("YouTube has no such video, or it is private or deleted. Check the link.")
            if response.status >= 500:
                response.raise_for_status()
            if response.status != 200:
                raise FetchError(f"The picture's host answered {response.status}. Upload the picture here instead.")
            if (response.content_length or 0) > self._max_bytes:
                raise self._too_large()
            content = bytearray()
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > self._max_bytes:
                    raise self._too_large()
            return bytes(content)

    def _too_large(self) -> PictureError:
        return PictureError(f"That picture is larger than {self._max_bytes / 2**20:.0f} MiB. Send a smaller one.")
