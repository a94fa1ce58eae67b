"""LocalYouTube: the server, which counts the used quota."""

import asyncio
import hashlib
import secrets
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from aiohttp import web
from pydantic import SecretStr

from bot.sandbox.youtube import responses, thumbnails
from bot.sandbox.youtube.faults import Faults, ServiceFaults
from bot.sandbox.youtube.library import Library, Privacy, StoredChannel
from bot.sandbox.youtube.responses import ApiError
from classifier.errors import LinkError
from classifier.links import video_id
from classifier.settings import YouTubeSettings

_API_PATH = "/youtube/v3/"


class LocalYouTube:
    """Serves a folder of channels (one sub-folder of thumbnails each) on 127.0.0.1, inside `async with`.

    The oldest `hold_back` videos of each channel are not in its uploads list: a crawl can't find them, but their
    thumbnail, video and oEmbed exist. `hidden` contains the ids of private and deleted videos. `unknown` is a folder of
    more channels, which fill the charts. `faults` can be changed at any time; `units` is the quota used so far,
    `requests` the requested paths, newest last; `not_modified` counts the thumbnails that a client had already.
    """

    def __init__(
        self,
        folder: Path,
        *,
        hold_back: int = 0,
        hidden: Mapping[str, Privacy] | None = None,
        unknown: Path | None = None,
        api_key: str = "local-youtube-key",
        port: int = 0,
    ) -> None:
        self.api_key = api_key
        self.faults = Faults()
        self.units = 0
        self.not_modified = 0
        self.requests: deque[str] = deque(maxlen=10_000)
        self._folder = folder
        self._hold_back = hold_back
        self._hidden = hidden
        self._unknown = unknown
        self._port = port
        self._executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="local-youtube")
        self._runner: web.AppRunner | None = None
        self._library: Library | None = None
        self._placeholder = b""

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        source = (self._folder, self._hold_back, self._hidden, self._unknown)
        self._library = await loop.run_in_executor(self._executor, Library.read, *source)
        self._placeholder = await loop.run_in_executor(self._executor, thumbnails.placeholder)
        app = web.Application()
        app.add_routes(
            [
                web.get(_API_PATH + "{resource}", self._serve_api),
                web.get("/oembed", self._serve_oembed),
                web.get("/vi/{video}/{name}.jpg", self._serve_thumbnail),
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
            raise RuntimeError("the local YouTube only serves inside `async with`")
        return self._library

    @property
    def thumbnails_url(self) -> str:
        """The thumbnail host's URL."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """The Data API's URL."""
        return self.thumbnails_url + _API_PATH

    @property
    def oembed_url(self) -> str:
        """The oEmbed endpoint's URL."""
        return self.thumbnails_url + "/oembed"

    @property
    def settings(self) -> YouTubeSettings:
        """Settings with this server's URLs and key."""
        return YouTubeSettings(
            api_key=SecretStr(self.api_key),
            api_url=self.api_url,
            thumbnails_url=self.thumbnails_url,
            oembed_url=self.oembed_url,
        )

    async def _serve_api(self, request: web.Request) -> web.Response:
        if failure := await self._apply_faults(request, self.faults.api):
            return failure
        try:
            return web.json_response(self._call(request.match_info["resource"], request.query))
        except ApiError as error:
            return web.json_response(error.body, status=error.code)

    def _call(self, resource: str, query: Mapping[str, str]) -> responses.Json:
        """The response to one call of the Data API. Raises ApiError."""
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

    def _channels(self, query: Mapping[str, str], parts: frozenset[str]) -> responses.Json:
        found: list[StoredChannel | None]
        if "id" in query:
            found = [self.library.by_id.get(name) for name in query["id"].split(",")[:50]]
        elif "forHandle" in query:
            found = [self.library.by_handle.get("@" + query["forHandle"].removeprefix("@").lower())]
        elif "forUsername" in query:
            found = [self.library.by_handle.get("@" + query["forUsername"].lower())]
        else:
            raise ApiError(400, "missingRequiredParameter", "No filter selected.")
        return responses.channel_list([channel for channel in found if channel], parts, self.thumbnails_url)

    def _playlist_items(self, query: Mapping[str, str], parts: frozenset[str]) -> responses.Json:
        playlist = query.get("playlistId", "")
        channel = self.library.by_playlist.get(playlist)
        if channel is None or playlist.removesuffix(channel.id[2:]) in self.faults.missing_lists:
            message = "The playlist identified with the request's playlistId parameter cannot be found."
            raise ApiError(404, "playlistNotFound", message, "youtube.playlistItem")
        start, limit = _window(query)
        return responses.playlist_item_list(channel, playlist, parts, self.thumbnails_url, start, limit)

    def _videos(self, query: Mapping[str, str], parts: frozenset[str]) -> responses.Json:
        if "id" in query and "chart" in query:
            raise ApiError(400, "incompatibleParameters", "Incompatible parameters specified in the request.")
        if "chart" in query:
            return self._chart(query, parts)
        if "id" not in query:
            raise ApiError(400, "missingRequiredParameter", "No filter selected.")
        found = [self.library.videos[name] for name in query["id"].split(",")[:50] if name in self.library.videos]
        public = [(channel, video) for channel, video in found if video.privacy == "public"]
        return responses.video_list(public, parts, self.thumbnails_url)

    def _chart(self, query: Mapping[str, str], parts: frozenset[str]) -> responses.Json:
        region, category = query.get("regionCode", "US"), query.get("videoCategoryId", "0")
        if not (region.isascii() and region.isalpha() and len(region) == 2):
            raise ApiError(400, "invalidRegionCode", "The regionCode parameter specifies an invalid region code.")
        videos = self.library.chart(region.upper(), None if category == "0" else category)
        if query["chart"] != "mostPopular" or not videos:
            message = "The requested video chart is not supported or is not available."
            raise ApiError(404, "videoChartNotFound", message, "youtube.video")
        start, limit = _window(query)
        return responses.video_chart(videos, parts, self.thumbnails_url, start, limit)

    async def _serve_oembed(self, request: web.Request) -> web.Response:
        if failure := await self._apply_faults(request, self.faults.oembed):
            return failure
        try:
            channel, video = self.library.videos[video_id(request.query.get("url", ""))]
        except (LinkError, KeyError):
            return web.Response(status=404, text="Not Found")
        if video.privacy == "deleted":
            return web.Response(status=404, text="Not Found")
        if video.privacy == "private":
            return web.Response(status=401, text="Unauthorized")
        return web.json_response(responses.oembed(channel, video, self.thumbnails_url))

    async def _serve_thumbnail(self, request: web.Request) -> web.Response:
        if failure := await self._apply_faults(request, self.faults.thumbnails):
            return failure
        name = request.match_info["name"]
        _, video = self.library.videos.get(request.match_info["video"], (None, None))
        if video is None or video.privacy != "public" or name not in thumbnails.SIZES:
            return web.Response(status=404, body=self._placeholder, content_type="image/jpeg")
        if video.id in self.faults.missing_thumbnails:
            status = self.faults.placeholder_status
            return web.Response(status=status, body=self._placeholder, content_type="image/jpeg")
        loop = asyncio.get_running_loop()
        body = await loop.run_in_executor(self._executor, thumbnails.render, video.thumbnail, name)
        etag = hashlib.sha256(body).hexdigest()[:16]
        if any(it.value == etag for it in request.if_none_match or ()):
            self.not_modified += 1
            return web.Response(status=304, headers={"ETag": f'"{etag}"'})
        return web.Response(body=body, content_type="image/jpeg", headers={"ETag": f'"{etag}"'})

    async def _apply_faults(self, request: web.Request, faults: ServiceFaults) -> web.Response | None:
        self.requests.append(request.path)
        return await faults.apply(request)


def _window(query: Mapping[str, str]) -> tuple[int, int]:
    """The start and the length of the requested page. Raises ApiError."""
    limit = query.get("maxResults", "5")
    if not (limit.isascii() and limit.isdigit() and 0 < int(limit) <= 50):
        raise ApiError(400, "invalidValue", "Invalid value for maxResults: it must be within 1 and 50.")
    return responses.position_of(query["pageToken"]) if "pageToken" in query else 0, int(limit)
