"""Unusual answers of the Data API, sent over a real socket."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from classifier.errors import CrawlError, QuotaExceededError, WrongKeyError
from classifier.links import ChannelRef
from classifier.settings import YouTubeSettings
from classifier.youtube.data_api import DataApi
from tests.classifier.test_titles import TITLES

pytestmark = pytest.mark.usefixtures("no_backoff")

Serve = Callable[..., Awaitable[DataApi]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a Data API that gives the same answer to every request, and a client for it."""
    runners: list[web.AppRunner] = []

    async def start(answer: Any, status: int = 200) -> DataApi:
        async def reply(_: web.Request) -> web.Response:
            return web.Response(status=status, text=answer if isinstance(answer, str) else json.dumps(answer))

        app = web.Application()
        app.router.add_get("/{path:.*}", reply)
        runner = web.AppRunner(app)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/youtube/v3"
        return DataApi(YouTubeSettings(api_key=SecretStr("key"), api_url=url))

    yield start
    for runner in runners:
        await runner.cleanup()


def refusal(reason: str, code: int) -> dict[str, Any]:
    return {"error": {"code": code, "message": "No", "errors": [{"reason": reason, "domain": "x", "message": "No"}]}}


@pytest.mark.parametrize(
    ("status", "answer", "kind", "units"),
    [
        (403, refusal("quotaExceeded", 403), QuotaExceededError, 1),
        (403, refusal("dailyLimitExceeded", 403), QuotaExceededError, 1),
        (403, refusal("accessNotConfigured", 403), WrongKeyError, 1),
        (401, {"error": {"code": 401, "message": "No"}}, WrongKeyError, 1),
        (400, refusal("keyInvalid", 400), WrongKeyError, 1),
        (
            400,
            {"error": {"code": 400, "message": "No", "status": "X", "details": [{"reason": "API_KEY_INVALID"}]}},
            WrongKeyError,
            1,
        ),
        (400, refusal("invalidValue", 400), CrawlError, 1),
        (400, {"error": "error message"}, CrawlError, 1),
        (400, {"error": {}}, CrawlError, 1),
        (400, {"error": {"code": 400, "message": "No", "errors": "odd"}}, CrawlError, 1),
        (403, refusal("rateLimitExceeded", 403), CrawlError, 4),
        (429, refusal("other", 429), CrawlError, 4),
        (500, refusal("backendError", 500), CrawlError, 4),
        (503, "<!DOCTYPE html>", CrawlError, 4),
        (200, "", CrawlError, 4),
        (200, [], CrawlError, 1),
        (200, 7, CrawlError, 1),
        (200, {"items": [{"id": "../../etc"}]}, CrawlError, 1),
        (200, {"items": "odd"}, CrawlError, 1),
    ],
)
async def test_every_refusal_becomes_one_of_our_errors(
    status: int, answer: object, kind: type[CrawlError], units: int, serve: Serve
) -> None:
    async with await serve(answer, status) as api:
        with pytest.raises(CrawlError) as caught:
            await api.channel(ChannelRef("handle", "jawed"))
        if kind is CrawlError:
            assert not isinstance(caught.value, QuotaExceededError | WrongKeyError)
        assert isinstance(caught.value, kind)
        assert str(caught.value).endswith("everything downloaded so far is kept.")
        assert api.units == units


async def test_a_missing_list_is_empty(serve: Serve) -> None:
    async with await serve(refusal("playlistNotFound", 404), 404) as api:
        page = await api.uploads("UUx", None)
    assert (page.uploads, page.next_token) == ((), None)


async def test_a_page_without_items_is_empty(serve: Serve) -> None:
    async with await serve({"pageInfo": {"totalResults": 0}}) as api:
        assert (await api.uploads("UUx", None)).uploads == ()


async def test_a_channel_may_lack_most_fields(serve: Serve) -> None:
    async with await serve({"items": [{"id": "UC" + "a" * 22, "snippet": {"customUrl": "oldname"}}]}) as api:
        channel = await api.channel(ChannelRef("username", "x"))
    assert (channel.title, channel.handle, channel.uploads) == ("", None, "")


@pytest.mark.parametrize("what", TITLES)
async def test_a_title_keeps_its_joiners(serve: Serve, what: str) -> None:
    async with await serve({"items": [{"id": "UC" + "a" * 22, "snippet": {"title": f"{TITLES[what]}\u202e"}}]}) as api:
        channel = await api.channel(ChannelRef("username", "x"))
    assert channel.title == TITLES[what]


VIDEO = {"id": "v" * 11, "snippet": {"channelId": "UC" + "a" * 22, "title": "A\nvideo", "channelTitle": "A"}}


async def test_a_video_and_its_channel(serve: Serve) -> None:
    async with await serve({"items": [VIDEO]}) as api:
        video = await api.video("v" * 11)
    assert video is not None
    assert (video.id, video.title, video.channel_id, video.channel_title) == ("v" * 11, "A video", "UC" + "a" * 22, "A")
    assert api.units == 1


async def test_a_missing_video_is_none(serve: Serve) -> None:
    async with await serve({"items": []}) as api:
        assert await api.video("v" * 11) is None


@pytest.mark.parametrize(
    "odd", [{"id": "../../etc/x"}, {"snippet": {"channelId": "../../etc/x"}}, {"snippet": {}}, {"snippet": None}]
)
async def test_invalid_ids_are_rejected(odd: dict[str, Any], serve: Serve) -> None:
    async with await serve({"items": [VIDEO | odd]}) as api:
        with pytest.raises(CrawlError, match="can't be read"):
            await api.video("v" * 11)
        with pytest.raises(CrawlError, match="can't be read"):
            await api.popular("US", None)


@pytest.mark.parametrize("status", [400, 404])
async def test_a_missing_chart_is_empty(status: int, serve: Serve) -> None:
    async with await serve(refusal("videoChartNotFound", status), status) as api:
        assert await api.popular("US", "27") == ()
    assert api.units == 1


def item(video: str, title: str, privacy: str | None, *, thumbnail: bool) -> dict[str, Any]:
    snippet = {"title": title, "thumbnails": {"medium": {}} if thumbnail else {}, "resourceId": {"videoId": video}}
    return {"snippet": snippet} | ({"status": {"privacyStatus": privacy}} if privacy else {})


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (item("a" * 11, "A video", "public", thumbnail=True), None),
        (item("a" * 11, "A video", None, thumbnail=True), None),
        (item("a" * 11, "A video", "unlisted", thumbnail=True), None),
        (item("a" * 11, "Private video", "public", thumbnail=True), None),
        (item("a" * 11, "Private video", None, thumbnail=False), "private"),
        (item("a" * 11, "A video", "private", thumbnail=True), "private"),
        (item("a" * 11, "Deleted video", "privacyStatusUnspecified", thumbnail=False), "deleted"),
        (item("../../etc/x", "A video", "public", thumbnail=True), "failed"),
        ({"snippet": {"thumbnails": {"medium": {}}}}, "failed"),
    ],
)
async def test_why_an_upload_has_no_thumbnail(entry: dict[str, Any], reason: str | None, serve: Serve) -> None:
    async with await serve({"items": [entry], "nextPageToken": "t"}) as api:
        page = await api.uploads("UUx", None)
    assert page.uploads[0].left_out == reason
    assert page.next_token == "t"
