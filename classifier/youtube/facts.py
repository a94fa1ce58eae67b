"""Facts: which channel a video is from, and which channel has a name, according to YouTube.

Videos are looked up by the Data API, or by oEmbed, which needs no key; channels only by the Data API.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Final, Self

import aiohttp
from pydantic import BaseModel, ConfigDict, ValidationError

from classifier.errors import CrawlError, LinkError, MissingKeyError
from classifier.links import channel_ref, is_video_id
from classifier.settings import YouTubeSettings
from classifier.values import Channel, VideoFact
from classifier.youtube.data_api import DataApi, Title
from classifier.youtube.thumbnail_store import label_of

log = logging.getLogger(__name__)

CACHE_SIZE: Final = 4096
CACHE_SECONDS: Final = 3600.0
PATIENCE_SECONDS: Final = 4.0
"""Timeout of each of the two services."""
API_PAUSE_SECONDS: Final = 600.0
"""How long the Data API is not used after a failure: quota is used up for hours, and people are waiting."""

_MAX_BYTES: Final = 64 * 2**10
_UNAVAILABLE: Final = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
)
"""oEmbed's answers for videos that are private, not embeddable, or deleted."""


class Facts:
    """Asks YouTube inside `async with`, and caches up to 4096 answers for an hour.

    With a key it asks the Data API, for one unit per video. Without one, and for ten minutes after the API failed
    (quota used up, key refused, out of reach), it asks oEmbed.
    """

    def __init__(self, settings: YouTubeSettings) -> None:
        self._settings = settings
        self._open = AsyncExitStack()
        self._api: DataApi | None = None
        self._session: aiohttp.ClientSession
        self._api_paused_until = 0.0
        self._cache: OrderedDict[str, tuple[float, VideoFact | None]] = OrderedDict()

    async def __aenter__(self) -> Self:
        if self._settings.api_key.get_secret_value().strip():
            self._api = await self._open.enter_async_context(DataApi(self._settings))
        timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
        jar = aiohttp.DummyCookieJar()
        self._session = await self._open.enter_async_context(
            # No compression: a small body could unpack to any size.
            aiohttp.ClientSession(
                timeout=timeout,
                cookie_jar=jar,
                headers={"Accept-Encoding": "identity"},
                auto_decompress=False,
                trust_env=True,
            )
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def is_free(self, video_id: str) -> bool:
        """Whether looking a video up costs no quota now."""
        until, _ = self._cache.get(video_id, (0.0, None))
        return not self._asks_api() or until > time.monotonic() or not is_video_id(video_id)

    async def video(self, video_id: str, *, quota: bool = True) -> VideoFact | None:
        """The channel of a video; None if YouTube does not say (private, not embeddable, deleted) or can't be reached.

        Without `quota`, only oEmbed is asked. Never raises: an answer is complete without a fact. Takes at most 8 s.
        """
        if not is_video_id(video_id):
            return None
        until, fact = self._cache.get(video_id, (0.0, None))
        if until > time.monotonic():
            self._cache.move_to_end(video_id)
            return fact
        try:
            fact = await self._ask(video_id, quota=quota)
        except (aiohttp.ClientError, TimeoutError, ValidationError) as error:
            log.warning("oEmbed failed for video %s: %s", video_id, type(error).__name__)
            return None
        self._cache[video_id] = (time.monotonic() + CACHE_SECONDS, fact)
        self._cache.move_to_end(video_id)
        if len(self._cache) > CACHE_SIZE:
            self._cache.popitem(last=False)
        return fact

    async def channel(self, name: str) -> Channel:
        """Look up the channel that a handle, an id or a link names, for one unit; its label is a new folder's name.

        Takes up to half a minute. Raises LinkError, and CrawlError and its subclasses.
        """
        ref = channel_ref(name)
        if self._api is None:
            raise MissingKeyError("There is no YouTube API key. Set YOUTUBE_API_KEY to look channels up.")
        found = await self._api.channel(ref)
        handle = found.handle or (str(ref) if ref.kind == "handle" else None)
        return Channel(label_of(found.id, handle), found.title or str(ref), found.id, handle)

    def _asks_api(self) -> bool:
        return self._api is not None and time.monotonic() >= self._api_paused_until

    async def _ask(self, video_id: str, *, quota: bool) -> VideoFact | None:
        if quota and self._api is not None and self._asks_api():
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    return await _by_data_api(self._api, video_id)
            except (CrawlError, TimeoutError) as error:
                self._api_paused_until = time.monotonic() + API_PAUSE_SECONDS
                log.warning("the Data API failed, so oEmbed is used for a while: %s", error or "it took too long")
        return await self._by_oembed(video_id)

    async def _by_oembed(self, video_id: str) -> VideoFact | None:
        """Raises ClientError, TimeoutError, ValidationError."""
        query = {"url": f"https://www.youtube.com/watch?v={video_id}", "format": "json"}
        async with self._session.get(self._settings.oembed_url, params=query, allow_redirects=False) as response:
            if response.status in _UNAVAILABLE:
                return None
            if response.status != HTTPStatus.OK:
                raise aiohttp.ClientResponseError(response.request_info, (), status=response.status)
            answer = bytearray()
            async for chunk in response.content.iter_any():
                answer += chunk
                if len(answer) > _MAX_BYTES:
                    raise aiohttp.ClientPayloadError
        return _read(video_id, bytes(answer))


class _OEmbed(BaseModel):
    model_config = ConfigDict(frozen=True)

    title: Title = ""
    author_name: Title
    author_url: str = ""


async def _by_data_api(api: DataApi, video_id: str) -> VideoFact | None:
    """Raises CrawlErrors."""
    video = await api.video(video_id)
    if video is None:
        return None
    return VideoFact(video_id, video.channel_title, channel_id=video.channel_id, title=video.title or None)


def _read(video_id: str, answer: bytes) -> VideoFact:
    """Read oEmbed's answer, in which a channel's URL is /@handle or /channel/UC.... Raises ValidationError."""
    video = _OEmbed.model_validate_json(answer)
    try:
        channel = channel_ref(video.author_url)
    except LinkError:
        return VideoFact(video_id, video.author_name, title=video.title or None)
    return VideoFact(
        video_id,
        video.author_name,
        title=video.title or None,
        channel_id=channel.value if channel.kind == "id" else None,
        channel_handle=str(channel) if channel.kind == "handle" and "/@" in video.author_url else None,
    )
