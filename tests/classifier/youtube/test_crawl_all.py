"""Crawls of several channels: one that can't be crawled does not stop the others."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.sandbox.youtube import LocalYouTube
from classifier.errors import (
    CrawlError,
    NoNetworkError,
    QuotaExceededError,
    RefusedError,
    UnavailableError,
    WrongKeyError,
)
from classifier.values import Channel, LeftOut
from classifier.youtube.crawler import YouTubeCrawler
from classifier.youtube.data_api import DataApi
from tests.classifier.youtube.folders import videos_in
from tests.pictures import draw_channel, video_name

pytestmark = pytest.mark.usefixtures("no_backoff")

GONE = "YouTube has no such channel. It may have been renamed or closed."
SHUT_ID = "UC" + "x" * 22


@pytest.fixture
async def youtube(tmp_path: Path) -> AsyncIterator[LocalYouTube]:
    """A local YouTube with two good channels, and one whose videos are all private."""
    for name in ("alpha", "beta", "quiet"):
        draw_channel(tmp_path / "served" / name, 9)
    hidden = {video_name("quiet", index): "private" for index in range(9)}
    async with LocalYouTube(tmp_path / "served", hidden=hidden) as youtube:
        yield youtube


@pytest.fixture
def crawler(youtube: LocalYouTube, tmp_path: Path) -> YouTubeCrawler:
    return YouTubeCrawler(youtube.settings, tmp_path / "data")


def unavailable(monkeypatch: pytest.MonkeyPatch, method: str, name: str) -> None:
    """Make one call of the API fail for one channel: one whose id or handle contains the name."""
    call = getattr(DataApi, method)

    async def failing(self: DataApi, which: object, *rest: object) -> object:
        if name in str(which):
            raise UnavailableError("YouTube is temporarily unavailable.")
        return await call(self, which, *rest)

    monkeypatch.setattr(DataApi, method, failing)


async def test_channels_that_are_gone_or_empty_are_left_out_and_named(
    crawler: YouTubeCrawler, youtube: LocalYouTube, tmp_path: Path
) -> None:
    channels = ["@alpha", "@renamed", SHUT_ID, "@quiet", "https://example.com/x", "@beta"]
    summary = await crawler.crawl_all(channels, 9)
    assert [report.channel.handle for report in summary.channels] == ["@alpha", "@beta"]
    assert summary.units == youtube.units == 2 + 1 + 1 + 2 + 2
    renamed, shut, quiet, odd = summary.left_out
    assert renamed == LeftOut(Channel("renamed", "@renamed", None, "@renamed"), GONE, gone=True)
    assert shut == LeftOut(Channel(SHUT_ID, SHUT_ID, SHUT_ID), GONE, gone=True)
    assert (quiet.channel.title, quiet.channel.handle) == ("Quiet", "@quiet")
    assert (quiet.reason, quiet.gone) == ("It has no public videos.", True)
    assert odd.reason.startswith("That isn't a YouTube channel.")
    assert [it.handle for it in summary.asked_for] == ["@alpha", "@beta", "@renamed", None, "@quiet", None]
    assert len(videos_in(tmp_path / "data" / "beta")) == 9


@pytest.mark.parametrize("by", ["handle", "id"])
async def test_a_channel_that_was_crawled_before_is_named_by_its_title_and_handle(
    by: str, crawler: YouTubeCrawler, youtube: LocalYouTube, tmp_path: Path
) -> None:
    name = "@beta" if by == "handle" else youtube.library.by_handle["@beta"].id
    await crawler.crawl(name)
    (tmp_path / "data" / "other").mkdir()
    (tmp_path / "data" / "other" / "channel.json").write_text("broken")
    (tmp_path / "served" / "beta").rename(tmp_path / "closed")
    async with LocalYouTube(tmp_path / "served") as later:
        summary = await YouTubeCrawler(later.settings, tmp_path / "data").crawl_all(["@alpha", name], 9)
    (gone,) = summary.left_out
    assert (gone.channel.title, gone.channel.handle, gone.channel.label) == ("Beta", "@beta", "beta")
    assert gone.channel.id == youtube.library.by_handle["@beta"].id


@pytest.mark.parametrize("channels", [["@nobody"], ["@nobody", "@quiet"]])
async def test_all_channels_can_be_left_out(channels: list[str], crawler: YouTubeCrawler) -> None:
    summary = await crawler.crawl_all(channels)
    assert summary.channels == ()
    assert [it.channel.handle for it in summary.left_out] == channels


@pytest.mark.parametrize("trouble", ["quota", "key", "network", "portal"])
async def test_what_stops_all_channels_is_an_error(
    trouble: str, crawler: YouTubeCrawler, youtube: LocalYouTube, tmp_path: Path
) -> None:
    expected: type[CrawlError] = QuotaExceededError
    if trouble == "quota":
        youtube.faults.quota = 3
    elif trouble == "key":
        wrong = youtube.settings.model_copy(update={"api_key": SecretStr("wrong")})
        crawler, expected = YouTubeCrawler(wrong, tmp_path / "data"), WrongKeyError
    elif trouble == "network":
        youtube.faults.api.reset, expected = 10_000, NoNetworkError
    else:
        youtube.faults.thumbnails.portal, expected = 451, RefusedError
    with pytest.raises(expected):
        await crawler.crawl_all(["@alpha", "@beta"], 9)


async def test_a_channel_that_is_unavailable_is_left_out_but_not_gone(
    crawler: YouTubeCrawler, monkeypatch: pytest.MonkeyPatch
) -> None:
    unavailable(monkeypatch, "channel", "beta")
    summary = await crawler.crawl_all(["@alpha", "@beta"], 9)
    assert [report.channel.handle for report in summary.channels] == ["@alpha"]
    assert summary.left_out == (
        LeftOut(Channel("beta", "@beta", None, "@beta"), "YouTube is temporarily unavailable.", gone=False),
    )


@pytest.mark.parametrize("method", ["channel", "uploads"])
async def test_while_a_channel_is_unavailable_its_earlier_thumbnails_must_do(
    method: str, crawler: YouTubeCrawler, youtube: LocalYouTube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await crawler.crawl("@beta", 5)
    beta = youtube.library.by_handle["@beta"]
    unavailable(monkeypatch, method, "@beta" if method == "channel" else "UULF" + beta.id[2:])
    summary = await crawler.crawl_all(["@alpha", "@beta"], 9)
    assert summary.left_out == ()
    report = summary.channels[1]
    assert (report.channel.id, report.thumbnails, report.new) == (beta.id, 5, 0)
    assert report.problem == "YouTube is temporarily unavailable."


async def test_an_unavailable_listing_of_a_new_channel_leaves_it_out(
    crawler: YouTubeCrawler, youtube: LocalYouTube, monkeypatch: pytest.MonkeyPatch
) -> None:
    unavailable(monkeypatch, "uploads", "UULF" + youtube.library.by_handle["@beta"].id[2:])
    (left_out,) = (await crawler.crawl_all(["@alpha", "@beta"], 9)).left_out
    assert (left_out.channel.title, left_out.gone) == ("Beta", False)
