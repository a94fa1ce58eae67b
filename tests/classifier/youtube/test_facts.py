"""Whose video it really is, asked over real sockets."""

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

pytestmark = pytest.mark.usefixtures("no_backoff")


@pytest.fixture
async def youtube(small_channels: Path) -> AsyncIterator[LocalYouTube]:
    private, deleted = video_name("beta", 0), video_name("beta", 1)
    hidden = {private: "private", deleted: "deleted"}
    async with LocalYouTube(small_channels, hidden=hidden, api_key=KEY) as youtube:
        yield youtube


class OEmbed:
    """An oEmbed that gives one answer to everything and counts how often it was asked; there is no key."""

    def __init__(self) -> None:
        self.asked = 0
        self._runner: web.AppRunner | None = None

    async def serve(self, answer: Any, status: int = 200, **headers: str) -> YouTubeSettings:
        async def reply(_: web.Request) -> web.Response:
            self.asked += 1
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
    told = {"title": "A video", "author_name": "Somebody", "author_url": "https://www.youtube.com/@somebody"}
    return told | changes


def paths(youtube: LocalYouTube) -> list[str]:
    return [path.rpartition("/")[2] for path in youtube.requests]


async def test_with_a_key_the_api_tells_for_one_unit(youtube: LocalYouTube) -> None:
    beta = youtube.library.by_handle["@beta"]
    async with Facts(youtube.settings) as facts:
        fact = await facts.of(VIDEO)
    assert fact == VideoFact(VIDEO, "Beta #5", "Beta", channel_id=beta.id)
    assert (youtube.units, paths(youtube)) == (1, ["videos"])


async def test_without_a_key_oembed_tells(youtube: LocalYouTube) -> None:
    async with Facts(keyless(youtube)) as facts:
        fact = await facts.of(VIDEO)
    assert fact == VideoFact(VIDEO, "Beta #5", "Beta", channel_handle="@beta")
    assert (youtube.units, paths(youtube)) == (0, ["oembed"])


@pytest.mark.parametrize("with_key", [True, False])
async def test_what_is_hidden_has_no_fact(with_key: bool, youtube: LocalYouTube) -> None:
    async with Facts(youtube.settings if with_key else keyless(youtube)) as facts:
        for video in (video_name("beta", 0), video_name("beta", 1), "aaaaaaaaaaa"):
            assert await facts.of(video) is None


async def test_what_is_no_id_is_not_asked_for(youtube: LocalYouTube) -> None:
    async with Facts(youtube.settings) as facts:
        for text in ("", f"{VIDEO},{VIDEO}", "../../../etc"):
            assert await facts.of(text) is None
    assert not youtube.requests


async def test_answers_are_remembered_and_forgotten(youtube: LocalYouTube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    names = [video_name("alpha", index) for index in range(3)]
    async with Facts(youtube.settings) as facts:
        for video in (names[0], names[1], "aaaaaaaaaaa", "aaaaaaaaaaa", names[1], names[2], names[1]):
            await facts.of(video)
        assert youtube.units == 4
        await facts.of(names[0])
        assert youtube.units == 5, "the oldest was forgotten for the newest"
        monkeypatch.setattr(module, "KEPT_SECONDS", -1.0)
        for _ in range(2):
            await facts.of(names[2])
        assert youtube.units == 7, "what is too old is asked again"


@pytest.mark.parametrize("trouble", ["quota", "key", "unavailable", "slow"])
async def test_oembed_stands_in_for_the_api(
    trouble: str, youtube: LocalYouTube, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = youtube.settings
    if trouble == "quota":
        youtube.faults.quota = 0
    elif trouble == "key":
        settings = settings.model_copy(update={"api_key": SecretStr(KEY + "x")})
    elif trouble == "unavailable":
        youtube.faults.api.unavailable = 1000
    else:
        youtube.faults.api.delay = 1
        monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.2)
    async with Facts(settings) as facts:
        fact = await facts.of(VIDEO)
        assert fact == VideoFact(VIDEO, "Beta #5", "Beta", channel_handle="@beta")
        youtube.requests.clear()
        assert await facts.of(video_name("beta", 3)) is not None
        assert paths(youtube) == ["oembed"], "the API rests for a while"
    text = "".join(str(vars(record)) + record.getMessage() for record in caplog.records)
    assert "Facts come from oEmbed for a while" in text
    for secret in (KEY, "that must", "that+must", "that%20must"):
        assert secret not in text


async def test_the_api_is_asked_again_after_a_rest(youtube: LocalYouTube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "API_REST_SECONDS", 0.0)
    youtube.faults.quota = 0
    async with Facts(youtube.settings) as facts:
        await facts.of(VIDEO)
        youtube.faults.quota = None
        await facts.of(video_name("beta", 3))
    assert paths(youtube) == ["videos", "oembed", "videos"]


async def test_a_network_that_is_away_is_no_fact_and_not_remembered(youtube: LocalYouTube) -> None:
    async with Facts(keyless(youtube)) as facts:
        youtube.faults.oembed.unavailable = 1
        assert await facts.of(VIDEO) is None
        assert await facts.of(VIDEO) is not None
    async with Facts(YouTubeSettings(oembed_url="http://127.0.0.1:9/oembed", api_key=SecretStr(""))) as facts:
        assert await facts.of(VIDEO) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_oembeds_refusals_are_remembered(status: int, oembed: OEmbed) -> None:
    async with Facts(await oembed.serve("Unauthorized", status)) as facts:
        for _ in range(2):
            assert await facts.of(VIDEO) is None
    assert oembed.asked == 1


@pytest.mark.parametrize(
    ("odd", "status", "headers"),
    [
        ("Forbidden", 200, {}),  # as YouTube gave it for private videos once
        ("", 200, {}),
        ([], 200, {}),
        ({"title": "Only a title"}, 200, {}),
        (answer(title=7), 200, {}),
        (answer(title="long" * 2**15), 200, {}),
        (answer(), 302, {"Location": "/oembed?again"}),
        (answer(), 429, {}),
        (answer(), 500, {}),
    ],
)
async def test_odd_answers_of_oembed_are_no_facts(
    odd: object, status: int, headers: dict[str, str], oembed: OEmbed
) -> None:
    async with Facts(await oembed.serve(odd, status, **headers)) as facts:
        for _ in range(2):
            assert await facts.of(VIDEO) is None
    assert oembed.asked == 2, "neither remembered nor redirected"


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
async def test_the_channels_address_tells_its_handle_or_its_id(
    url: str, channel_id: str | None, handle: str | None, oembed: OEmbed
) -> None:
    async with Facts(await oembed.serve(answer(author_url=url, author_name="Some\n body\x00"))) as facts:
        assert await facts.of(VIDEO) == VideoFact(VIDEO, "A video", "Some body", channel_id, handle)


@pytest.mark.parametrize(
    ("channel_id", "handle", "channel", "named"),
    [
        ("UCa", None, Channel("a", "A", id="UCa", handle="@a"), True),
        ("UCa", "@a", Channel("a", "A", id="UCb", handle="@a"), False),
        (None, "@A", Channel("a", "A", id="UCa", handle="@a"), True),
        (None, "@STRASSE", Channel("a", "A", handle="@straße"), True),
        (None, "@b", Channel("a", "A", handle="@a"), False),
        ("UCa", None, Channel("a", "A", handle="@a"), None),
        (None, "@a", Channel("a", "A", id="UCa"), None),
        (None, None, Channel("a", "A"), None),
        ("UCa", "@a", Channel("a", "A"), None),
    ],
)
def test_a_fact_names_a_channel(
    channel_id: str | None, handle: str | None, channel: Channel, named: bool | None
) -> None:
    assert VideoFact(VIDEO, "A video", "A", channel_id, handle).names(channel) is named


@pytest.mark.parametrize("form", ["@BETA", "beta", "{id}", "https://www.youtube.com/channel/{id}"])
async def test_a_channel_is_looked_up_by_any_name(form: str, youtube: LocalYouTube) -> None:
    beta = youtube.library.by_handle["@beta"]
    async with Facts(youtube.settings) as facts:
        found = await facts.channel(form.format(id=beta.id))
    assert found == Channel("beta", "Beta", beta.id, "@beta")
    assert youtube.units == 1


async def test_a_channel_gets_the_label_that_its_crawl_gives_it(youtube: LocalYouTube, tmp_path: Path) -> None:
    async with Facts(youtube.settings) as facts:
        found = await facts.channel("@beta")
    report = await YouTubeCrawler(youtube.settings, tmp_path).crawl("@beta", 1)
    assert report.channel == found


@pytest.mark.parametrize(
    ("trouble", "error", "words"),
    [
        ("none", UnknownChannelError, "knows no channel @nobody"),
        ("quota", QuotaExceededError, "for today"),
        ("key", WrongKeyError, "refused the API key"),
        ("no key", WrongKeyError, "My owner can set YOUTUBE_API_KEY"),
        ("unavailable", CrawlError, "Try again later"),
        ("no network", NoNetworkError, "can't be reached"),
    ],
)
async def test_a_channel_that_can_not_be_looked_up_is_an_error(
    trouble: str, error: type[CrawlError], words: str, youtube: LocalYouTube
) -> None:
    settings = youtube.settings
    changes: dict[str, Any] = {
        "key": {"api_key": SecretStr(KEY + "x")},
        "no key": {"api_key": SecretStr("")},
        "no network": {"api_url": "http://127.0.0.1:9/"},
    }
    if trouble == "quota":
        youtube.faults.quota = 0
    elif trouble == "unavailable":
        youtube.faults.api.unavailable = 1000
    async with Facts(settings.model_copy(update=changes.get(trouble, {}))) as facts:
        with pytest.raises(error, match=words):
            await facts.channel("@nobody")


async def test_what_names_no_channel_is_not_looked_up(youtube: LocalYouTube) -> None:
    async with Facts(youtube.settings) as facts:
        with pytest.raises(LinkError):
            await facts.channel("https://example.com/@beta")
    assert not youtube.requests
