"""Intake: from an attachment, a link or a message to a picture's bytes, within every limit on untrusted input."""

from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
import discord
import stamina
from yarl import URL

from bot.settings import Settings
from bot.sources import Finder, Source
from classifier.errors import LinkError, PictureError, ThumbprintError


class FetchError(ThumbprintError):
    """A picture that its host did not deliver."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A fetched picture, still encoded and still untrusted, but within the limits."""

    content: bytes
    source: Source


class Intake:
    """Finds and fetches pictures, within the limits of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._finder = Finder(settings.youtube.thumbnails_url)
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
        """The thumbnail of the video that a link names, hidden if the link is. Raises LinkError."""
        return self._finder.link(text)

    def message(self, message: discord.Message, me: int | None = None) -> tuple[Source, ...]:
        """The pictures of a message that somebody asks about; `me` is the bot's own id."""
        return self._finder.asked(message, me)

    def posted(self, message: discord.Message, me: int | None = None) -> tuple[Source, ...]:
        """The pictures that a message posts."""
        return self._finder.posted(message, me)

    async def fetch(self, source: Source) -> Picture:
        """Fetch a picture, trying twice.

        Raises PictureError (beyond a limit), LinkError (no such video), FetchError (its host did not deliver it).
        """
        if source.size > self._max_bytes:
            raise self._too_large()
        if source.pixels > self._max_pixels:
            raise PictureError(
                "That image has more than {limit} megapixels. Send a smaller one.", limit=round(self._max_pixels / 1e6)
            )
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
                    "That image's host returned error {status}. Upload the picture here instead.",
                    status=response.status,
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
        return PictureError(
            "That image is larger than {limit} MiB. Send a smaller one.", limit=round(self._max_bytes / 2**20)
        )
