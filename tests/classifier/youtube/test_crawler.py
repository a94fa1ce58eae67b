"""Crawls of the local YouTube, over real sockets."""

import asyncio
import hashlib
import logging
import traceback
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from pydantic import SecretStr

from bot.sandbox.youtube import LocalYouTube
from classifier.errors import (
    CrawlError,
    LinkError,
    MissingKeyError,
    NoNetworkError,
    QuotaExceededError,
    ThumbprintError,
    UnknownChannelError,
    WrongKeyError,
)
from classifier.pictures.channel_record import load_record
from classifier.settings import YouTubeSettings
from classifier.values import Progress
from classifier.youtube.crawler import YouTubeCrawler
from tests.classifier.youtube.folders import names_in, serve_as, videos_in
from tests.pictures import draw_channel, video_name

KEY = "AIza-a-key/that must+never-show"

pytestmark = pytest.mark.usefixtures("no_backoff")


def kinds_of_requests(youtube: LocalYouTube) -> Counter[str]:
    """How many requests there were for each method of the API, and for thumbnails."""
    return Counter("thumbnail" if path.startswith("/vi/") else path.rpartition("/")[2] for path in youtube.requests)


async def test_400_thumbnails_cost_9_units(tmp_path: Path) -> None:
    draw_channel(tmp_path / "served" / "gamma", 430)
    async with LocalYouTube(tmp_path / "served") as youtube:
        report = await YouTubeCrawler(youtube.settings, tmp_path / "data").crawl("@gamma")
    assert (report.thumbnails, report.new, report.units, report.left_out) == (400, 400, 9, {})
    assert youtube.units == 9
    assert kinds_of_requests(youtube) == {"channels": 1, "playlistItems": 8, "thumbnail": 400}


async def test_the_data_folder_contains_thumbnails_and_a_record(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@beta")
    stored = local_youtube.library.by_handle["@beta"]
    channel = report.channel
    assert (channel.label, channel.title, channel.id, channel.handle) == ("beta", "Beta", stored.id, "@beta")
    record = load_record(tmp_path / "beta")
    assert record is not None
    assert (record.id, record.handle, record.title) == (stored.id, "@beta", "Beta")
    assert names_in(tmp_path / "beta") == {"channel.json", *(f"{video.id}.jpg" for video in stored.videos)}
    for video in stored.videos:
        thumbnail = (tmp_path / "beta" / f"{video.id}.jpg").read_bytes()
        assert thumbnail == video.thumbnail.read_bytes()
        assert record.sha256[video.id] == hashlib.sha256(thumbnail).hexdigest()
        assert record.titles[video.id] == video.title
    with Image.open(tmp_path / "beta" / f"{stored.videos[0].id}.jpg") as image:
        assert image.size == (320, 180)


@pytest.mark.parametrize("name", ["beta", "@Beta", "https://www.youtube.com/@beta/videos", "youtube.com/user/beta"])
async def test_a_channel_is_found_by_any_name(name: str, local_youtube: LocalYouTube, tmp_path: Path) -> None:
    assert (await YouTubeCrawler(local_youtube.settings, tmp_path).crawl(name, 3)).channel.label == "beta"


async def test_a_channel_is_found_by_its_id(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    stored = local_youtube.library.by_handle["@beta"]
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl(stored.id, 3)
    assert (report.channel.label, report.channel.handle, report.thumbnails) == ("beta", "@beta", 3)


async def test_the_newest_thumbnails_are_downloaded(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@alpha", 60)
    assert report.units == 3
    assert videos_in(tmp_path / "alpha") == {video_name("alpha", index) for index in range(60)}


async def test_a_second_crawl_downloads_only_what_is_new(tmp_path: Path) -> None:
    served, data = tmp_path / "served", tmp_path / "data"
    draw_channel(served / "delta", 30, start=20)
    async with LocalYouTube(served) as youtube:
        await YouTubeCrawler(youtube.settings, data).crawl("@delta", 30)
    draw_channel(served / "delta", 4, start=10)
    async with LocalYouTube(served) as youtube:
        report = await YouTubeCrawler(youtube.settings, data).crawl("@delta", 30)
        downloaded = {path.split("/")[2] for path in youtube.requests if path.startswith("/vi/")}
    assert downloaded == {video_name("delta", index) for index in range(10, 14)}
    assert (report.new, report.thumbnails) == (4, 34)
    record = load_record(data / "delta")
    assert record is not None
    assert set(record.sha256) == videos_in(data / "delta")


async def test_an_interrupted_crawl_is_kept_and_can_continue(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    crawler = YouTubeCrawler(local_youtube.settings, tmp_path)
    local_youtube.faults.thumbnails.delay = 0.001

    def interrupt(progress: Progress) -> None:
        if progress.done == 40:
            task.cancel()

    task = asyncio.create_task(crawler.crawl("@alpha", 120, interrupt))
    with pytest.raises(asyncio.CancelledError):
        await task
    before = videos_in(tmp_path / "alpha")
    assert 40 <= len(before) < 120
    record = load_record(tmp_path / "alpha")
    assert record is not None
    assert len(record.sha256) >= 40

    local_youtube.requests.clear()
    report = await crawler.crawl("@alpha", 120)
    assert report.thumbnails == 120
    assert report.new == kinds_of_requests(local_youtube)["thumbnail"] <= 80
    record = load_record(tmp_path / "alpha")
    assert record is not None
    assert set(record.sha256) == videos_in(tmp_path / "alpha")


async def test_progress_only_increases(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    steps: list[Progress] = []
    await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@beta", 400, steps.append)
    assert [step.done for step in steps] == list(range(1, 8))
    assert {(step.stage, step.total, step.note) for step in steps} == {("crawl", 7, "Beta")}


def assert_clean(error: BaseException, log: pytest.LogCaptureFixture) -> None:
    """An error is one line, and the key is neither in it, nor in its causes, nor in the log."""
    message = str(error)
    assert message.endswith(".")
    assert "\n" not in message
    seen, chain = set[int](), [error]
    while chain:
        link = chain.pop()
        if id(link) not in seen:
            seen.add(id(link))
            chain += [cause for cause in (link.__cause__, link.__context__) if cause]
            assert_no_key(repr(link) + str(link) + "".join(traceback.format_exception(link)))
    assert_no_key("".join(str(vars(record)) + record.getMessage() for record in log.records))


def assert_no_key(text: str) -> None:
    for secret in (KEY, "that must", "that+must", "that%20must"):
        assert secret not in text


async def failed_crawl(
    youtube: LocalYouTube, data: Path, log: pytest.LogCaptureFixture, channel: str = "@alpha", key: str = KEY
) -> ThumbprintError:
    """The error of a crawl that must fail."""
    log.set_level(logging.DEBUG)
    settings = youtube.settings.model_copy(update={"api_key": SecretStr(key)})
    with pytest.raises(ThumbprintError) as caught:
        await YouTubeCrawler(settings, data).crawl(channel, 120)
    assert_clean(caught.value, log)
    return caught.value


@pytest.fixture
async def keyed_youtube(small_channels: Path) -> AsyncIterator[LocalYouTube]:
    async with LocalYouTube(small_channels, api_key=KEY) as youtube:
        yield youtube


async def test_an_exceeded_quota_keeps_what_was_downloaded_before(
    keyed_youtube: LocalYouTube, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keyed_youtube.faults.quota = 3
    error = await failed_crawl(keyed_youtube, tmp_path, caplog)
    assert type(error) is QuotaExceededError
    assert "midnight Pacific" in str(error)
    assert "kept" in str(error)
    record = load_record(tmp_path / "alpha")
    assert record is not None
    assert set(record.sha256) == videos_in(tmp_path / "alpha") == {video_name("alpha", index) for index in range(100)}


async def test_a_wrong_key(keyed_youtube: LocalYouTube, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    error = await failed_crawl(keyed_youtube, tmp_path, caplog, key=KEY + "x")
    assert type(error) is WrongKeyError
    assert "YOUTUBE_API_KEY" in str(error)
    assert keyed_youtube.units == 0


async def test_a_missing_key_is_an_error_before_any_request(
    keyed_youtube: LocalYouTube, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    error = await failed_crawl(keyed_youtube, tmp_path, caplog, key="  ")
    assert type(error) is MissingKeyError
    assert "console.cloud.google.com" in str(error)
    assert "YOUTUBE_API_KEY" in str(error)
    assert not keyed_youtube.requests


@pytest.mark.parametrize("channel", ["@nobody", "UC" + "x" * 22, "https://www.youtube.com/user/nobody"])
async def test_an_unknown_channel(
    channel: str, keyed_youtube: LocalYouTube, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    error = await failed_crawl(keyed_youtube, tmp_path, caplog, channel)
    assert type(error) is UnknownChannelError
    assert channel.rpartition("/")[2] in str(error)
    assert error.data == {"channel": channel.rpartition("/")[2]}
    assert not names_in(tmp_path)


async def test_no_network(small_channels: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with LocalYouTube(small_channels, api_key=KEY) as youtube:
        pass
    error = await failed_crawl(youtube, tmp_path, caplog)
    assert type(error) is NoNetworkError
    assert "network" in str(error)


async def test_the_network_fails_during_a_crawl(
    keyed_youtube: LocalYouTube, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    crawler = YouTubeCrawler(keyed_youtube.settings, tmp_path)
    await crawler.crawl("@alpha", 20)
    keyed_youtube.faults.thumbnails.reset = 10_000
    error = await failed_crawl(keyed_youtube, tmp_path, caplog)
    assert type(error) is NoNetworkError
    assert len(videos_in(tmp_path / "alpha")) == 20


async def test_an_api_that_answers_with_html(
    keyed_youtube: LocalYouTube, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keyed_youtube.faults.api.unavailable = 10_000
    error = await failed_crawl(keyed_youtube, tmp_path, caplog)
    assert isinstance(error, CrawlError)
    assert "temporarily unavailable" in str(error)


async def test_a_channel_without_public_videos(tmp_path: Path) -> None:
    draw_channel(tmp_path / "served" / "empty", 3)
    hidden = {video_name("empty", index): "private" for index in range(3)}
    async with LocalYouTube(tmp_path / "served", hidden=hidden) as youtube:
        with pytest.raises(CrawlError, match="Empty has no public videos"):
            await YouTubeCrawler(youtube.settings, tmp_path / "data").crawl("@empty")


async def test_a_link_to_a_video_is_not_a_channel(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    with pytest.raises(LinkError):
        await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("https://youtu.be/jNQXAC9IVRw")
    assert not local_youtube.requests


def test_the_key_is_in_no_repr() -> None:
    settings = YouTubeSettings(api_key=SecretStr(KEY))
    assert_no_key(repr(settings) + repr(YouTubeCrawler(settings, Path())))


async def test_a_foreign_title_is_put_on_one_line(tmp_path: Path) -> None:
    title = "A\n\x1b[31mloud\x00  title " + "x" * 300
    serve_as(tmp_path / "served", "any", {"id": "UC" + "a" * 22, "handle": "@any", "title": title})
    async with LocalYouTube(tmp_path / "served") as youtube:
        report = await YouTubeCrawler(youtube.settings, tmp_path / "data").crawl("@any")
    assert report.channel.title.startswith("A [31mloud title xxx")
    assert len(report.channel.title) == 100
