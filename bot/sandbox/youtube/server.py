"""LocalYouTube: the server, which counts the quota that it is asked for."""

import asyncio
import secrets
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from aiohttp import web
from pydantic import SecretStr

from bot.sandbox.youtube import answers, pictures
from bot.sandbox.youtube.answers import ApiError
from bot.sandbox.youtube.faults import Faults, Trouble
from bot.sandbox.youtube.library import Library, Privacy, StoredChannel
from classifier.errors import LinkError
from classifier.links import video_id
from classifier.settings import YouTubeSettings

_API = "/youtube/v3/"


class LocalYouTube:
    """Serves a folder of channels (one sub-folder of pictures each) at 127.0.0.1, inside `async with`.

    The oldest `hold_back` pictures of each channel stay out of its uploads list: a crawl can't find them, yet they have
    pictures, videos and oEmbed. `hidden` says by video id what is private or deleted. `strangers` is a folder of more
    channels, whose videos are in the charts beside the others'. `faults` may be set at any time; `units` is the quota
    used so far, `requests` the paths asked for, newest last.
    """

    def __init__(
        self,
        folder: Path,
        *,
        hold_back: int = 0,
        hidden: Mapping[str, Privacy] | None = None,
        strangers: Path | None = None,
        api_key: str = "local-youtube-key",
        port: int = 0,
    ) -> None:
        self.api_key = api_key
        self.faults = Faults()
        self.units = 0
        self.requests: deque[str] = deque(maxlen=10_000)
        self._folder = folder
        self._hold_back = hold_back
        self._hidden = hidden
        self._strangers = strangers
        self._port = port
        self._executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="local-youtube")
        self._runner: web.AppRunner | None = None
        self._library: Library | None = None
        self._placeholder = b""

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        asked = (self._folder, self._hold_back, self._hidden, self._strangers)
        self._library = await loop.run_in_executor(self._executor, Library.read, *asked)
        self._placeholder = await loop.run_in_executor(self._executor, pictures.placeholder)
        app = web.Application()
        app.add_routes(
            [
                web.get(_API + "{resource}", self._answer_api),
                web.get("/oembed", self._answer_oembed),
                web.get("/vi/{video}/{name}.jpg", self._answer_picture),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        self._executor.shutdown(cancel_futures=True)

    @property
    def library(self) -> Library:
        """The channels and videos it serves."""
        if self._library is None:
            raise RuntimeError("the local YouTube serves inside `async with` alone")
        return self._library

    @property
    def thumbnails_url(self) -> str:
        """The picture host's address."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """The Data API's address."""
        return self.thumbnails_url + _API

    @property
    def oembed_url(self) -> str:
        """The oEmbed endpoint's address."""
        return self.thumbnails_url + "/oembed"

    @property
    def settings(self) -> YouTubeSettings:
        """Settings that point to this server, with its key."""
        return YouTubeSettings(
            api_key=SecretStr(self.api_key),
            api_url=self.api_url,
            thumbnails_url=self.thumbnails_url,
            oembed_url=self.oembed_url,
        )

    async def _answer_api(self, request: web.Request) -> web.Response:
        if trouble := await self._trouble(request, self.faults.api):
            return trouble
        try:
            return web.json_response(self._ask(request.match_info["resource"], request.query))
        except ApiError as error:
            return web.json_response(error.body, status=error.code)

    def _ask(self, resource: str, query: Mapping[str, str]) -> answers.Json:
        """Answer one call of the Data API. Raises ApiError."""
        if "key" not in query:
            raise ApiError(403, "forbidden", "The request is missing a valid API key.", "global")
        if not secrets.compare_digest(query["key"].encode(), self.api_key.encode()):
            raise ApiError(400, "keyInvalid", "Bad Request", "usageLimits")
        if self.faults.quota is not None and self.units >= self.faults.quota:
            message = "The request cannot be completed because you have exceeded your quota."
            raise ApiError(403, "quotaExceeded", message, "youtube.quota")
        self.units += 1
        methods = {"channels": self._channels, "playlistItems": self._playlist_items, "videos": self._videos}
        if resource not in methods:
            raise ApiError(404, "notFound", "Not Found", "global")
        if not query.get("part"):
            raise ApiError(400, "missingRequiredParameter", "No part selected.")
        return methods[resource](query, frozenset(part.strip() for part in query["part"].split(",")))

    def _channels(self, query: Mapping[str, str], parts: frozenset[str]) -> answers.Json:
        found: list[StoredChannel | None]
        if "id" in query:
            found = [self.library.by_id.get(name) for name in query["id"].split(",")[:50]]
        elif "forHandle" in query:
            found = [self.library.by_handle.get("@" + query["forHandle"].removeprefix("@").lower())]
        elif "forUsername" in query:
            found = [self.library.by_handle.get("@" + query["forUsername"].lower())]
        else:
            raise ApiError(400, "missingRequiredParameter", "No filter selected.")
        return answers.channel_list([channel for channel in found if channel], parts, self.thumbnails_url)

    def _playlist_items(self, query: Mapping[str, str], parts: frozenset[str]) -> answers.Json:
        channel = self.library.by_uploads.get(query.get("playlistId", ""))
        if channel is None:
            message = "The playlist identified with the request's playlistId parameter cannot be found."
            raise ApiError(404, "playlistNotFound", message, "youtube.playlistItem")
        start, limit = _window(query)
        return answers.playlist_item_list(channel, parts, self.thumbnails_url, start, limit)

    def _videos(self, query: Mapping[str, str], parts: frozenset[str]) -> answers.Json:
        if "id" in query and "chart" in query:
            raise ApiError(400, "incompatibleParameters", "Incompatible parameters specified in the request.")
        if "chart" in query:
            return self._chart(query, parts)
        if "id" not in query:
            raise ApiError(400, "missingRequiredParameter", "No filter selected.")
        found = [self.library.videos[name] for name in query["id"].split(",")[:50] if name in self.library.videos]
        public = [(channel, video) for channel, video in found if video.privacy == "public"]
        return answers.video_list(public, parts, self.thumbnails_url)

    def _chart(self, query: Mapping[str, str], parts: frozenset[str]) -> answers.Json:
        region, category = query.get("regionCode", "US"), query.get("videoCategoryId", "0")
        if not (region.isascii() and region.isalpha() and len(region) == 2):
            raise ApiError(400, "invalidRegionCode", "The regionCode parameter specifies an invalid region code.")
        videos = self.library.chart(region.upper(), None if category == "0" else category)
        if query["chart"] != "mostPopular" or not videos:
            message = "The requested video chart is not supported or is not available."
            raise ApiError(404, "videoChartNotFound", message, "youtube.video")
        start, limit = _window(query)
        return answers.video_chart(videos, parts, self.thumbnails_url, start, limit)

    async def _answer_oembed(self, request: web.Request) -> web.Response:
        if trouble := await self._trouble(request, self.faults.oembed):
            return trouble
        try:
            channel, video = self.library.videos[video_id(request.query.get("url", ""))]
        except (LinkError, KeyError):
            return web.Response(status=404, text="Not Found")
        if video.privacy == "deleted":
            return web.Response(status=404, text="Not Found")
        if video.privacy == "private":
            return web.Response(status=401, text="Unauthorized")
        return web.json_response(answers.oembed(channel, video, self.thumbnails_url))

    async def _answer_picture(self, request: web.Request) -> web.Response:
        if trouble := await self._trouble(request, self.faults.pictures):
            return trouble
        name = request.match_info["name"]
        _, video = self.library.videos.get(request.match_info["video"], (None, None))
        if video is None or video.privacy != "public" or name not in pictures.SIZES:
            return web.Response(status=404, body=self._placeholder, content_type="image/jpeg")
        if video.id in self.faults.missing_pictures:
            status = self.faults.placeholder_status
            return web.Response(status=status, body=self._placeholder, content_type="image/jpeg")
        loop = asyncio.get_running_loop()
        body = await loop.run_in_executor(self._executor, pictures.render, video.picture, name)
        return web.Response(body=body, content_type="image/jpeg")

    async def _trouble(self, request: web.Request, trouble: Trouble) -> web.Response | None:
        self.requests.append(request.path)
        return await trouble.befall(request)


def _window(query: Mapping[str, str]) -> tuple[int, int]:
    """Where the asked page of a list starts, and how many items it holds at most. Raises ApiError."""
    limit = query.get("maxResults", "5")
    if not (limit.isascii() and limit.isdigit() and 0 < int(limit) <= 50):
        raise ApiError(400, "invalidValue", "Invalid value for maxResults: it must be within 1 and 50.")
    return answers.position_of(query["pageToken"]) if "pageToken" in query else 0, int(limit)
