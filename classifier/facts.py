"""Facts: whose video is this really, and which channel has this name? YouTube's own answers.

Videos by the Data API, or by oEmbed, which needs no key; channels by the Data API alone.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from contextlib import AsyncExitStack
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Self

import aiohttp
from pydantic import BaseModel, ConfigDict, ValidationError

from classifier.data_api import DataApi, Title
from classifier.errors import (
    CrawlError,
    LinkError,
    NoNetworkError,
    QuotaExceededError,
    UnknownChannelError,
    WrongKeyError,
)
from classifier.settings import YouTubeSettings
from classifier.shelf import label_of
from classifier.values import Channel
from classifier.youtube import channel_ref, is_video_id

log = logging.getLogger(__name__)

KEPT: Final = 4096
KEPT_SECONDS: Final = 3600.0
PATIENCE_SECONDS: Final = 4.0
"""The longest that each of the two may take."""
API_REST_SECONDS: Final = 600.0
"""How long the Data API is not asked after it failed: its quota ends for hours, and people wait for an answer."""

_MAX_BYTES: Final = 64 * 2**10
_UNTOLD: Final = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
)
"""oEmbed's answers for videos that are private, may not be embedded, or are not there."""

_NO_KEY: Final = "I have no YouTube API key to look channels up with. My owner can set YOUTUBE_API_KEY."
_NO_QUOTA: Final = "My YouTube key has used up its quota for today. Try again after midnight Pacific time."
_NO_NETWORK: Final = "YouTube can't be reached at the moment. Try again in a few minutes."
_NO_ANSWER: Final = "YouTube gave no answer that I can read. Try again later."


@dataclass(frozen=True, slots=True)
class VideoFact:
    """A video and its channel as YouTube names them. Titles are foreign text, on one line of 100 characters at most.

    The Data API tells the channel's id, oEmbed its `channel_handle` (with @) or its id; what is not told is None.
    """

    video_id: str
    video_title: str
    channel_title: str
    channel_id: str | None = None
    channel_handle: str | None = None

    def names(self, channel: Channel) -> bool | None:
        """Whether the video is a channel's: by id, else by handle; None where the two can't be compared."""
        if self.channel_id and channel.id:
            return self.channel_id == channel.id
        if self.channel_handle and channel.handle:
            return self.channel_handle.casefold() == channel.handle.casefold()
        return None


class Facts:
    """Asks YouTube inside `async with`, and remembers up to 4096 answers for an hour.

    The Data API is asked where there is a key, one unit a video. Where there is none, or for ten minutes after the API
    failed (its quota is used up, the key is refused, it can't be reached), oEmbed is asked.
    """

    def __init__(self, settings: YouTubeSettings) -> None:
        self._settings = settings
        self._open = AsyncExitStack()
        self._api: DataApi | None = None
        self._session: aiohttp.ClientSession
        self._api_rests_until = 0.0
        self._kept: OrderedDict[str, tuple[float, VideoFact | None]] = OrderedDict()

    async def __aenter__(self) -> Self:
        if self._settings.api_key.get_secret_value().strip():
            self._api = await self._open.enter_async_context(DataApi(self._settings))
        timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
        jar = aiohttp.DummyCookieJar()
        self._session = await self._open.enter_async_context(
            # Identity only: a small compressed body could unpack to any size.
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

    async def of(self, video_id: str) -> VideoFact | None:
        """Whose video it is; None where YouTube does not tell (private, not to be embedded, gone) or can't be reached.

        Never raises: a fact is an extra beside a guess, which stands without it. Takes no longer than 8 s.
        """
        if not is_video_id(video_id):
            return None
        until, fact = self._kept.get(video_id, (0.0, None))
        if until > time.monotonic():
            self._kept.move_to_end(video_id)
            return fact
        try:
            fact = await self._ask(video_id)
        except (aiohttp.ClientError, TimeoutError, ValidationError) as error:
            log.warning("oEmbed did not tell whose video %s is: %s", video_id, type(error).__name__)
            return None
        self._kept[video_id] = (time.monotonic() + KEPT_SECONDS, fact)
        self._kept.move_to_end(video_id)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return fact

    async def channel(self, name: str) -> Channel:
        """Look up the channel that a handle, an id or a link names, for one unit; its label is a new folder's name.

        Takes up to half a minute. Raises LinkError, and CrawlError with its kin.
        """
        ref = channel_ref(name)
        if self._api is None:
            raise WrongKeyError(_NO_KEY)
        try:
            found = await self._api.channel(ref)
        except QuotaExceededError:
            raise QuotaExceededError(_NO_QUOTA) from None
        except NoNetworkError:
            raise NoNetworkError(_NO_NETWORK) from None
        except (UnknownChannelError, WrongKeyError):
            raise
        except CrawlError:
            raise CrawlError(_NO_ANSWER) from None
        handle = found.handle or (str(ref) if ref.kind == "handle" else None)
        return Channel(label_of(found.id, handle), found.title or str(ref), found.id, handle)

    async def _ask(self, video_id: str) -> VideoFact | None:
        if self._api is not None and time.monotonic() >= self._api_rests_until:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    return await _by_data_api(self._api, video_id)
            except (CrawlError, TimeoutError) as error:
                self._api_rests_until = time.monotonic() + API_REST_SECONDS
                log.warning("Facts come from oEmbed for a while: %s", error or "the Data API took too long.")
        return await self._by_oembed(video_id)

    async def _by_oembed(self, video_id: str) -> VideoFact | None:
        """Raises ClientError, TimeoutError, ValidationError."""
        query = {"url": f"https://www.youtube.com/watch?v={video_id}", "format": "json"}
        async with self._session.get(self._settings.oembed_url, params=query, allow_redirects=False) as response:
            if response.status in _UNTOLD:
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

    title: Title
    author_name: Title
    author_url: str = ""


async def _by_data_api(api: DataApi, video_id: str) -> VideoFact | None:
    """Raises CrawlErrors."""
    video = await api.video(video_id)
    return VideoFact(video_id, video.title, video.channel_title, channel_id=video.channel_id) if video else None


def _read(video_id: str, answer: bytes) -> VideoFact:
    """Read oEmbed's answer, where the channel's address is /@handle or /channel/UC.... Raises ValidationError."""
    told = _OEmbed.model_validate_json(answer)
    try:
        channel = channel_ref(told.author_url)
    except LinkError:
        return VideoFact(video_id, told.title, told.author_name)
    return VideoFact(
        video_id,
        told.title,
        told.author_name,
        channel_id=channel.value if channel.kind == "id" else None,
        channel_handle=str(channel) if channel.kind == "handle" and "/@" in told.author_url else None,
    )
