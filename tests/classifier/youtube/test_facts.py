"""Which channel a video is from, asked over real sockets."""

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.sandbox.youtube import LocalYouTube
from classifier.errors import (
    CrawlError,
    LinkError,
    MissingKeyError,
    NoNetworkError,
    QuotaExceededError,
    UnknownChannelError,
    WrongKeyError,
)
from classifier.settings import YouTubeSettings
from classifier.values import Channel, VideoFact
from classifier.youtube import facts as module
from classifier.youtube.crawler import YouTubeCrawler
from classifier.youtube.facts import Facts
from tests.pictures import video_name

KEY = "AIza-a-key/that must+never-show"
VIDEO = video_name("beta", 2)
TITLE = "Beta #5"

pytestmark = pytest.mark.usefixtures("no_backoff")


@pytest.fixture
async def youtube(small_channels: Path) -> AsyncIterator[LocalYouTube]:
    private, deleted = video_name("beta", 0), video_name("beta", 1)
    hidden = {private: "private", deleted: "deleted"}
    async with LocalYouTube(small_channels, hidden=hidden, api_key=KEY) as youtube:
        yield youtube


class OEmbed:
    """An oEmbed endpoint that gives the same answer to every request, and counts them; there is no key."""

    def __init__(self) -> None:
        self.requests = 0
        self._runner: web.AppRunner | None = None

    async def serve(self, answer: Any, status: int = 200, **headers: str) -> YouTubeSettings:
        async def reply(_: web.Request) -> web.Response:
            self.requests += 1
            text = answer if isinstance(answer, str) else json.dumps(answer)
            return web.Response(status=status, text=text, headers=headers)

        app = web.Application()
        app.router.add_get("/{path:.*}", reply)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/oembed"
        return YouTubeSettings(oembed_url=url, api_key=SecretStr(""))

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


@pytest.fixture
async def oembed() -> AsyncIterator[OEmbed]:
    oembed = OEmbed()
    yield oembed
    await oembed.close()


def keyless(youtube: LocalYouTube) -> YouTubeSettings:
    return youtube.settings.model_copy(update={"api_key": SecretStr(" ")})


def answer(**changes: str) -> dict[str, str]:
    usual = {"title": "A video", "author_name": "Somebody", "author_url": "https://www.youtube.com/@somebody"}
    return usual | changes


def paths(youtube: LocalYouTube) -> list[str]:
    return [path.rpartition("/")[2] for path in youtube.requests]


async def test_with_a_key_the_api_is_asked_for_one_unit(youtube: LocalYouTube) -> None:
    beta = youtube.library.by_handle["@beta"]
    async with Facts(youtube.settings) as facts:
        fact = await facts.video(VIDEO)
    assert fact == VideoFact(VIDEO, "Beta", channel_id=beta.id, title=TITLE)
    assert (youtube.units, paths(youtube)) == (1, ["videos"])


async def test_without_a_key_oembed_is_asked(youtube: LocalYouTube) -> None:
    async with Facts(keyless(youtube)) as facts:
        fact = await facts.video(VIDEO)
    assert fact == VideoFact(VIDEO, "Beta", channel_handle="@beta", title=TITLE)
    assert (youtube.units, paths(youtube)) == (0, ["oembed"])


@pytest.mark.parametrize("with_key", [True, False])
async def test_hidden_videos_have_no_fact(with_key: bool, youtube: LocalYouTube) -> None:
    async with Facts(youtube.settings if with_key else keyless(youtube)) as facts:
        for video in (video_name("beta", 0), video_name("beta", 1), "aaaaaaaaaaa"):
            assert await facts.video(video) is None


async def test_invalid_ids_are_not_looked_up(youtube: LocalYouTube) -> None:
    async with Facts(youtube.settings) as facts:
        for text in ("", f"{VIDEO},{VIDEO}", "../../../etc"):
            assert await facts.video(text) is None
    assert not youtube.requests


async def test_answers_are_cached_up_to_a_number_and_an_age(
    youtube: LocalYouTube, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CACHE_SIZE", 2)
    names = [video_name("alpha", index) for index in range(3)]
    async with Facts(youtube.settings) as facts:
        for video in (names[0], names[1], "aaaaaaaaaaa", "aaaaaaaaaaa", names[1], names[2], names[1]):
            await facts.video(video)
        assert youtube.units == 4
        await facts.video(names[0])
        assert youtube.units == 5, "the least recently used one was dropped"
        monkeypatch.setattr(module, "CACHE_SECONDS", -1.0)
        for _ in range(2):
            await facts.video(names[2])
        assert youtube.units == 7, "expired answers are asked for again"


@pytest.mark.parametrize("fault", ["quota", "key", "unavailable", "slow"])
async def test_oembed_is_used_if_the_api_fails(
    fault: str, youtube: LocalYouTube, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = youtube.settings
    if fault == "quota":
        youtube.faults.quota = 0
    elif fault == "key":
        settings = settings.model_copy(update={"api_key": SecretStr(KEY + "x")})
    elif fault == "unavailable":
        youtube.faults.api.unavailable = 1000
    else:
        youtube.faults.api.delay = 1
        monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.2)
    async with Facts(settings) as facts:
        fact = await facts.video(VIDEO)
        assert fact == VideoFact(VIDEO, "Beta", channel_handle="@beta", title=TITLE)
        youtube.requests.clear()
        assert await facts.video(video_name("beta", 3)) is not None
        assert paths(youtube) == ["oembed"], "the API is not used for a while"
    text = "".join(str(vars(record)) + record.getMessage() for record in caplog.records)
    assert "oEmbed is used for a while" in text
    for secret in (KEY, "that must", "that+must", "that%20must"):
        assert secret not in text


async def test_the_api_is_asked_again_after_a_pause(youtube: LocalYouTube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "API_PAUSE_SECONDS", 0.0)
    youtube.faults.quota = 0
    async with Facts(youtube.settings) as facts:
        await facts.video(VIDEO)
        youtube.faults.quota = None
        await facts.video(video_name("beta", 3))
    assert paths(youtube) == ["videos", "oembed", "videos"]


async def test_a_network_failure_gives_no_fact_and_is_not_cached(youtube: LocalYouTube) -> None:
    async with Facts(keyless(youtube)) as facts:
        youtube.faults.oembed.unavailable = 1
        assert await facts.video(VIDEO) is None
        assert await facts.video(VIDEO) is not None
    async with Facts(YouTubeSettings(oembed_url="http://127.0.0.1:9/oembed", api_key=SecretStr(""))) as facts:
        assert await facts.video(VIDEO) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_refusals_of_oembed_are_cached(status: int, oembed: OEmbed) -> None:
    async with Facts(await oembed.serve("Unauthorized", status)) as facts:
        for _ in range(2):
            assert await facts.video(VIDEO) is None
    assert oembed.requests == 1


@pytest.mark.parametrize(
    ("odd", "status", "headers"),
    [
        ("Forbidden", 200, {}),  # YouTube's answer for private videos, once
        ("", 200, {}),
        ([], 200, {}),
        ({"title": "Only a title"}, 200, {}),
        (answer() | {"author_name": 7}, 200, {}),
        (answer(title="long" * 2**15), 200, {}),
        (answer(), 302, {"Location": "/oembed?again"}),
        (answer(), 429, {}),
        (answer(), 500, {}),
    ],
)
async def test_invalid_answers_of_oembed_give_no_fact(
    odd: object, status: int, headers: dict[str, str], oembed: OEmbed
) -> None:
    async with Facts(await oembed.serve(odd, status, **headers)) as facts:
        for _ in range(2):
            assert await facts.video(VIDEO) is None
    assert oembed.requests == 2, "neither cached nor redirected"


@pytest.mark.parametrize(
    ("url", "channel_id", "handle"),
    [
        ("https://www.youtube.com/@SomeBody", None, "@SomeBody"),
        ("https://www.youtube.com/@%E3%83%8A%E3%83%BC%E3%83%89", None, "@ナード"),
        ("https://www.youtube.com/channel/UC" + "a" * 22, "UC" + "a" * 22, None),
        ("https://www.youtube.com/user/somebody", None, None),
        ("https://www.youtube.com/c/somebody", None, None),
        ("https://evil.example/@somebody", None, None),
        ("", None, None),
    ],
)
async def test_the_handle_or_id_is_read_from_the_channels_url(
    url: str, channel_id: str | None, handle: str | None, oembed: OEmbed
) -> None:
    async with Facts(await oembed.serve(answer(author_url=url, author_name="Some\n body\x00"))) as facts:
        assert await facts.video(VIDEO) == VideoFact(VIDEO, "Some body", channel_id, handle, "A video")


@pytest.mark.parametrize("form", ["@BETA", "beta", "{id}", "https://www.youtube.com/channel/{id}"])
async def test_a_channel_is_looked_up_by_any_name(form: str, youtube: LocalYouTube) -> None:
    beta = youtube.library.by_handle["@beta"]
    async with Facts(youtube.settings) as facts:
        found = await facts.channel(form.format(id=beta.id))
    assert found == Channel("beta", "Beta", beta.id, "@beta")
    assert youtube.units == 1


async def test_a_looked_up_channel_has_the_label_that_a_crawl_gives_it(youtube: LocalYouTube, tmp_path: Path) -> None:
    async with Facts(youtube.settings) as facts:
        found = await facts.channel("@beta")
    report = await YouTubeCrawler(youtube.settings, tmp_path).crawl("@beta", 1)
    assert report.channel == found


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("none", UnknownChannelError, "has no channel @nobody"),
        ("quota", QuotaExceededError, "for today"),
        ("key", WrongKeyError, "refused the API key"),
        ("no key", MissingKeyError, "Set YOUTUBE_API_KEY"),
        ("unavailable", CrawlError, "Try again later"),
        ("no network", NoNetworkError, "can't be reached"),
    ],
)
async def test_a_failed_look_up_of_a_channel_is_an_error(
    fault: str, error: type[CrawlError], words: str, youtube: LocalYouTube
) -> None:
    settings = youtube.settings
    changes: dict[str, Any] = {
        "key": {"api_key": SecretStr(KEY + "x")},
        "no key": {"api_key": SecretStr("")},
        "no network": {"api_url": "http://127.0.0.1:9/"},
    }
    if fault == "quota":
        youtube.faults.quota = 0
    elif fault == "unavailable":
        youtube.faults.api.unavailable = 1000
    async with Facts(settings.model_copy(update=changes.get(fault, {}))) as facts:
        with pytest.raises(error, match=words):
            await facts.channel("@nobody")


async def test_invalid_names_of_channels_are_not_looked_up(youtube: LocalYouTube) -> None:
    async with Facts(youtube.settings) as facts:
        with pytest.raises(LinkError):
            await facts.channel("https://example.com/@beta")
    assert not youtube.requests
