"""Intake: from an attachment, a link or a message to a picture's bytes, within every limit on untrusted input."""

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
    """A picture that its host did not deliver."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a picture is and what Discord says about it; nothing is fetched yet.

    `size` (bytes) and `pixels` are 0 if they are not known. `name` is untrusted text.
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
    """The attachments that claim to be images; decoding shows whether they are."""
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
        self._thumbnails_url = settings.youtube.thumbnails_url
        self._origins = settings.picture_origins
        self._max_bytes = settings.picture_bytes
        self._max_pixels = settings.picture_pixels
        self._timeout = aiohttp.ClientTimeout(total=settings.picture_timeout)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # No compression: a small body could unpack to any size.
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
        """The thumbnail of the video that a link names. Raises LinkError."""
        return self._video(video_id(text))

    def message(self, message: discord.Message) -> tuple[Source, ...]:
        """All pictures of a message: attachments, else embeds, else links in its text."""
        return (
            attached(message.attachments)
            or _distinct(self._embed(embed) for embed in message.embeds)
            or _distinct(self._link_in(word) for word in message.content.split())
        )

    def _video(self, video: str) -> Source:
        return Source(f"youtu.be/{video}", thumbnail_url(self._thumbnails_url, video), video_id=video)

    def _link_in(self, text: str | None) -> Source | None:
        try:
            return self.link(text) if text else None
        except LinkError:
            return None

    def _embed(self, embed: discord.Embed) -> Source | None:
        for address in (embed.url, embed.image.url, embed.thumbnail.url):
            if source := self._link_in(address):
                return source
        media = embed.image if embed.image.url else embed.thumbnail
        url = media.proxy_url or media.url
        return Source(embed.title or "picture", url, pixels=(media.width or 0) * (media.height or 0)) if url else None

    async def fetch(self, source: Source) -> Picture:
        """Fetch a picture, trying twice.

        Raises PictureError (beyond a limit), LinkError (no such video), FetchError (its host did not deliver it).
        """
        if source.size > self._max_bytes:
            raise self._too_large()
        if source.pixels > self._max_pixels:
            raise PictureError(f"That image has more than {self._max_pixels / 1e6:.0f} megapixels. Send a smaller one.")
        try:
            return Picture(await self._read(source, self._address(source)), source)
        except TimeoutError as error:
            raise FetchError("That image took too long to load. Try again in a moment.") from error
        except aiohttp.ClientError as error:
            raise FetchError("I couldn't load that image. Try again in a moment.") from error

    def _address(self, source: Source) -> URL:
        with suppress(ValueError):
            url = URL(source.url)
            if url.user is None and url.origin() in self._origins:
                return url
        raise PictureError("I only fetch pictures from Discord and YouTube. Upload the picture here instead.")

    @stamina.retry(on=(aiohttp.ClientError, TimeoutError), attempts=2, wait_initial=0.2)
    async def _read(self, source: Source, url: URL) -> bytes:
        if self._session is None:
            raise RuntimeError("enter the intake first")
        async with self._session.get(url, allow_redirects=False) as response:
            if response.status == 404 and source.video_id:
                # The body is a grey placeholder, a valid image of nothing.
                raise LinkError("That video doesn't exist, or it is private or deleted. Check the link.")
            if response.status >= 500:
                response.raise_for_status()
            if response.status != 200:
                raise FetchError(
                    f"That image's host returned error {response.status}. Upload the picture here instead."
                )
            if (response.content_length or 0) > self._max_bytes:
                raise self._too_large()
            content = bytearray()
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > self._max_bytes:
                    raise self._too_large()
            return bytes(content)

    def _too_large(self) -> PictureError:
        return PictureError(f"That image is larger than {self._max_bytes / 2**20:.0f} MiB. Send a smaller one.")
