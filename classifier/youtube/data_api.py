"""The YouTube Data API: the few calls that are needed, with retries, quota counting and clear errors."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal, Self, TypeVar
from urllib.parse import quote_plus

import pyyoutube
import requests
import stamina
from pydantic import AfterValidator, AliasPath, BaseModel, ConfigDict, Field, ValidationError

from classifier.errors import (
    CrawlError,
    MissingKeyError,
    NoNetworkError,
    QuotaExceededError,
    UnavailableError,
    UnknownChannelError,
    WrongKeyError,
)
from classifier.links import ChannelRef, is_video_id
from classifier.settings import YouTubeSettings
from classifier.titles import clip, one_line

_PAGE = 50  # the most entries for one quota unit
_TIMEOUT = 4  # seconds to connect, and to wait for bytes; it bounds shutdown too, because a call can't be stopped
_FILTERS = {"id": "channel_id", "handle": "for_handle", "username": "for_username"}

_KEPT = "everything downloaded so far is kept"
_KEYS_PAGE = "https://console.cloud.google.com/apis/credentials"
_NO_KEY = (
    f"There is no YouTube API key. Create one for the YouTube Data API v3 at {_KEYS_PAGE} and set YOUTUBE_API_KEY."
)
_WRONG_KEY = f"YouTube refused the API key. Check YOUTUBE_API_KEY at {_KEYS_PAGE}; {_KEPT}."
_NO_QUOTA = f"The YouTube key has used up its quota for today. Try again after midnight Pacific time; {_KEPT}."
_NO_NETWORK = f"YouTube can't be reached. Check the network and try again; {_KEPT}."
_BUSY = f"YouTube is temporarily unavailable. Try again later; {_KEPT}."
_ODD_ANSWER = f"YouTube's answer can't be read. Try again later; {_KEPT}."

_QUOTA_REASONS = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_BUSY_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "backendError"})
_KEY_REASONS = frozenset({"keyInvalid", "keyExpired", "API_KEY_INVALID"})
_MISSING_REASONS = frozenset({"videoChartNotFound"})  # with 404, or with 400 as documented

Kind = Literal["videos", "streams", "shorts"]
_PREFIXES: Final[dict[Kind, str]] = {"videos": "UULF", "streams": "UULV", "shorts": "UUSH"}

_CHANNEL_ID = r"^UC[0-9A-Za-z_-]{22}$"
_VIDEO_ID = r"^[0-9A-Za-z_-]{11}$"


class _NotFoundError(CrawlError):
    """YouTube has no such list."""


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


Title = Annotated[str, AfterValidator(lambda title: clip(one_line(title), 100))]
"""An untrusted title: one line of visible text, at most 100 characters long."""


class ApiChannel(_Answer):
    """A channel in the API; `uploads` is the id of its uploads list, `videos` counts its public videos of all kinds."""

    id: str = Field(pattern=_CHANNEL_ID)
    title: Title = Field("", validation_alias=AliasPath("snippet", "title"))
    custom_url: str = Field("", validation_alias=AliasPath("snippet", "customUrl"))
    uploads: str = Field("", validation_alias=AliasPath("contentDetails", "relatedPlaylists", "uploads"))
    videos: int = Field(0, validation_alias=AliasPath("statistics", "videoCount"))

    @property
    def handle(self) -> str | None:
        """Its @handle; None if it has only a legacy custom URL."""
        return self.custom_url if self.custom_url.startswith("@") else None

    def playlist(self, kind: Kind) -> str:
        """The id of the list of its uploads of one kind, which YouTube has if there are any."""
        return _PREFIXES[kind] + self.id[2:]


class ApiVideo(_Answer):
    """A video in the API, and its channel."""

    id: str = Field(pattern=_VIDEO_ID)
    title: Title = Field("", validation_alias=AliasPath("snippet", "title"))
    channel_id: str = Field(pattern=_CHANNEL_ID, validation_alias=AliasPath("snippet", "channelId"))
    channel_title: Title = Field("", validation_alias=AliasPath("snippet", "channelTitle"))


class Upload(_Answer):
    """An entry of an uploads list."""

    video_id: str = Field("", validation_alias=AliasPath("snippet", "resourceId", "videoId"))
    title: Title = Field("", validation_alias=AliasPath("snippet", "title"))
    thumbnails: dict[str, Any] = Field({}, validation_alias=AliasPath("snippet", "thumbnails"))
    privacy: str = Field("", validation_alias=AliasPath("status", "privacyStatus"))

    @property
    def left_out(self) -> str | None:
        """Why it has no thumbnail: private, deleted or failed; None if it has one."""
        if self.privacy == "private":
            return "private"
        if not self.thumbnails:
            return "private" if self.title == "Private video" else "deleted"
        return None if is_video_id(self.video_id) else "failed"


class UploadsPage(_Answer):
    """One page of an uploads list, the list's length, and the token of the next page."""

    uploads: tuple[Upload, ...] = Field((), validation_alias="items")
    total: int = Field(0, validation_alias=AliasPath("pageInfo", "totalResults"))
    next_token: str | None = Field(None, validation_alias="nextPageToken")


class _ChannelPage(_Answer):
    channels: tuple[ApiChannel, ...] | None = Field(None, validation_alias="items")


class _VideoPage(_Answer):
    videos: tuple[ApiVideo, ...] = Field((), validation_alias="items")


class _Reason(_Answer):
    reason: str = ""


class _ErrorBody(_Answer):
    errors: tuple[_Reason, ...] = Field((), validation_alias=AliasPath("error", "errors"))
    details: tuple[_Reason, ...] = Field((), validation_alias=AliasPath("error", "details"))


_AnswerT = TypeVar("_AnswerT", bound=_Answer)


class DataApi:
    """The YouTube Data API inside `async with`; `units` is the quota used so far.

    python-youtube blocks and is not known to be thread-safe, so its client has a thread of its own. The key is part of
    the URLs: nothing that contains one is raised, chained or logged.
    """

    def __init__(self, settings: YouTubeSettings) -> None:
        key = settings.api_key.get_secret_value().strip()
        if not key:
            raise MissingKeyError(_NO_KEY)
        self.units = 0
        self._secrets = (key, quote_plus(key))
        self._client = pyyoutube.Client(api_key=key, timeout=_TIMEOUT)
        self._client.BASE_URL = settings.api_url.rstrip("/") + "/"
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="youtube-api")
        self._retry = stamina.AsyncRetryingCaller(attempts=4, timeout=30.0).on((UnavailableError, NoNetworkError))

    async def __aenter__(self) -> Self:
        logging.getLogger("urllib3.connectionpool").addFilter(self._redact)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._executor.submit(self._client.session.close)
        self._executor.shutdown(wait=False)
        logging.getLogger("urllib3.connectionpool").removeFilter(self._redact)

    async def channel(self, ref: ChannelRef) -> ApiChannel:
        """Look a channel up, for one unit. Raises UnknownChannelError and all other CrawlErrors."""
        look_up = partial(self._client.channels.list, parts="snippet,contentDetails,statistics", return_json=True)
        page = await self._retry(self._ask, partial(look_up, **{_FILTERS[ref.kind]: ref.value}), _ChannelPage)
        if not page.channels:
            raise UnknownChannelError(
                f"YouTube has no channel {ref}. Check its @handle, or use its channel id.", channel=str(ref)
            )
        return page.channels[0]

    async def channels(self, ids: Sequence[str]) -> tuple[ApiChannel, ...]:
        """Look up to 50 channels up by their ids, for one unit; those that are gone are missing. Raises CrawlErrors."""
        look_up = partial(self._client.channels.list, parts="snippet", max_results=_PAGE, return_json=True)
        return (await self._retry(self._ask, partial(look_up, channel_id=",".join(ids)), _ChannelPage)).channels or ()

    async def uploads(self, playlist: str, token: str | None) -> UploadsPage:
        """Read one page of an uploads list, newest first, for one unit; empty if there is none. Raises CrawlErrors."""
        read = partial(self._client.playlistItems.list, parts="snippet,status", max_results=_PAGE, return_json=True)
        try:
            return await self._retry(self._ask, partial(read, playlist_id=playlist, page_token=token), UploadsPage)
        except _NotFoundError:  # a channel without videos has no such list
            return UploadsPage.model_validate({})

    async def video(self, video: str) -> ApiVideo | None:
        """Look a video up by its id, for one unit; None if it is private or deleted. Raises CrawlErrors."""
        look_up = partial(self._client.videos.list, parts="snippet", video_id=video, return_json=True)
        page = await self._retry(self._ask, look_up, _VideoPage)
        return page.videos[0] if page.videos else None

    async def popular(self, region: str, category: str | None) -> tuple[ApiVideo, ...]:
        """Read the 50 most popular videos of a region (US) and category (20), for one unit; none if there is no such
        chart. Raises CrawlErrors.
        """
        read = partial(self._client.videos.list, parts="snippet", chart="mostPopular", max_results=_PAGE)
        chart = partial(read, region_code=region, video_category_id=category, return_json=True)
        try:
            return (await self._retry(self._ask, chart, _VideoPage)).videos
        except _NotFoundError:
            return ()

    async def _ask(self, call: Callable[[], object], shape: type[_AnswerT]) -> _AnswerT:
        self.units += 1
        return await asyncio.get_running_loop().run_in_executor(self._executor, _answer, call, shape)

    def _redact(self, record: logging.LogRecord) -> bool:
        """Redact the key in the URLs that urllib3 logs at DEBUG."""
        message = record.getMessage()
        for secret in self._secrets:
            message = message.replace(secret, "***")
        record.msg, record.args = message, ()
        return True


def _answer(call: Callable[[], object], shape: type[_AnswerT]) -> _AnswerT:
    """Make a call and read its answer. Errors are raised outside of `except`: a chained one could contain the key."""
    failure: CrawlError
    try:
        return shape.model_validate(call())
    except pyyoutube.PyYouTubeException as error:
        failure = _explained(error)
    except requests.JSONDecodeError:  # an HTML page, when a back end is down
        failure = UnavailableError(_BUSY)
    except requests.RequestException:
        failure = NoNetworkError(_NO_NETWORK)
    except (ValidationError, KeyError, TypeError):  # python-youtube raises the latter two on unexpected error bodies
        failure = CrawlError(_ODD_ANSWER)
    raise failure


def _explained(error: pyyoutube.PyYouTubeException) -> CrawlError:
    """Our error for one of YouTube's."""
    if not isinstance(error.response, requests.Response):
        return CrawlError(_ODD_ANSWER)
    status = error.response.status_code
    try:
        body = _ErrorBody.model_validate_json(error.response.content)
        reasons = {reason.reason for reason in body.errors + body.details}
    except ValidationError:
        reasons = set()
    if reasons & _QUOTA_REASONS:
        return QuotaExceededError(_NO_QUOTA)
    if reasons & _BUSY_REASONS or status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UnavailableError(_BUSY)
    if reasons & _KEY_REASONS or status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return WrongKeyError(_WRONG_KEY)
    if reasons & _MISSING_REASONS or status == HTTPStatus.NOT_FOUND:
        return _NotFoundError(_ODD_ANSWER)
    return CrawlError(f"YouTube refused the request (HTTP {status}). Try again later; {_KEPT}.")
