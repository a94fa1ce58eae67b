"""Crawls of the local YouTube, over real sockets."""

import asyncio
import hashlib
import json
import logging
import shutil
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
    DatasetError,
    LinkError,
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
from tests.pictures import draw_channel, video_name

KEY = "AIza-a-key/that must+never-show"

pytestmark = pytest.mark.usefixtures("no_backoff")


def kinds_of_requests(youtube: LocalYouTube) -> Counter[str]:
    """How often each method of the API, and how often a picture, was asked for."""
    return Counter("picture" if path.startswith("/vi/") else path.rpartition("/")[2] for path in youtube.requests)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def pictures_in(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.jpg")}


async def test_400_thumbnails_cost_9_units(tmp_path: Path) -> None:
    draw_channel(tmp_path / "served" / "gamma", 430)
    async with LocalYouTube(tmp_path / "served") as youtube:
        report = await YouTubeCrawler(youtube.settings, tmp_path / "data").crawl("@gamma")
    assert (report.pictures, report.new, report.units, report.left_out) == (400, 400, 9, {})
    assert youtube.units == 9
    assert kinds_of_requests(youtube) == {"channels": 1, "playlistItems": 8, "picture": 400}


async def test_the_data_folder_holds_pictures_and_a_record(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@beta")
    stored = local_youtube.library.by_handle["@beta"]
    channel = report.channel
    assert (channel.label, channel.title, channel.id, channel.handle) == ("beta", "Beta", stored.id, "@beta")
    record = load_record(tmp_path / "beta")
    assert record is not None
    assert (record.id, record.handle, record.title) == (stored.id, "@beta", "Beta")
    assert names_in(tmp_path / "beta") == {"channel.json", *(f"{video.id}.jpg" for video in stored.videos)}
    for video in stored.videos:
        picture = (tmp_path / "beta" / f"{video.id}.jpg").read_bytes()
        assert picture == video.picture.read_bytes()
        assert record.sha256[video.id] == hashlib.sha256(picture).hexdigest()
    with Image.open(tmp_path / "beta" / f"{stored.videos[0].id}.jpg") as image:
        assert image.size == (320, 180)


@pytest.mark.parametrize("name", ["beta", "@Beta", "https://www.youtube.com/@beta/videos", "youtube.com/user/beta"])
async def test_a_channel_goes_by_many_names(name: str, local_youtube: LocalYouTube, tmp_path: Path) -> None:
    assert (await YouTubeCrawler(local_youtube.settings, tmp_path).crawl(name, 3)).channel.label == "beta"


async def test_a_channel_goes_by_its_id(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    stored = local_youtube.library.by_handle["@beta"]
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl(stored.id, 3)
    assert (report.channel.label, report.channel.handle, report.pictures) == ("beta", "@beta", 3)


async def test_count_takes_the_newest(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@alpha", 60)
    assert report.units == 3
    assert pictures_in(tmp_path / "alpha") == {video_name("alpha", index) for index in range(60)}


async def test_a_second_crawl_fetches_only_what_is_new(tmp_path: Path) -> None:
    served, data = tmp_path / "served", tmp_path / "data"
    draw_channel(served / "delta", 30, start=20)
    async with LocalYouTube(served) as youtube:
        await YouTubeCrawler(youtube.settings, data).crawl("@delta", 30)
    draw_channel(served / "delta", 4, start=10)
    async with LocalYouTube(served) as youtube:
        report = await YouTubeCrawler(youtube.settings, data).crawl("@delta", 30)
        asked = {path.split("/")[2] for path in youtube.requests if path.startswith("/vi/")}
    assert asked == {video_name("delta", index) for index in range(10, 14)}
    assert (report.new, report.pictures) == (4, 34)
    record = load_record(data / "delta")
    assert record is not None
    assert set(record.sha256) == pictures_in(data / "delta")


async def test_an_interrupted_crawl_is_kept_and_goes_on(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    crawler = YouTubeCrawler(local_youtube.settings, tmp_path)
    local_youtube.faults.pictures.delay = 0.001

    def interrupt(progress: Progress) -> None:
        if progress.done == 40:
            task.cancel()

    task = asyncio.create_task(crawler.crawl("@alpha", 120, interrupt))
    with pytest.raises(asyncio.CancelledError):
        await task
    before = pictures_in(tmp_path / "alpha")
    assert 40 <= len(before) < 120
    record = load_record(tmp_path / "alpha")
    assert record is not None
    assert len(record.sha256) >= 40

    local_youtube.requests.clear()
    report = await crawler.crawl("@alpha", 120)
    assert report.pictures == 120
    assert report.new == kinds_of_requests(local_youtube)["picture"] <= 80
    record = load_record(tmp_path / "alpha")
    assert record is not None
    assert set(record.sha256) == pictures_in(tmp_path / "alpha")


async def test_what_has_no_thumbnail_is_left_out_and_counted(tmp_path: Path) -> None:
    folder = draw_channel(tmp_path / "served" / "mixed", 60)
    names = [video_name("mixed", index) for index in range(60)]
    (folder / f"{names[8]}.jpg").write_bytes(b"this is no picture")
    (folder / f"{names[9]}.jpg").write_bytes(b"this is far too long" * 2**18)
    hidden = {names[0]: "private", names[1]: "private", names[2]: "deleted"}
    async with LocalYouTube(tmp_path / "served", hidden=hidden) as youtube:
        youtube.faults.missing_pictures = {names[4], names[5], names[6], names[7]}
        report = await YouTubeCrawler(youtube.settings, tmp_path / "data").crawl("@mixed", 30)
        assert report.left_out == {"private": 2, "deleted": 1, "placeholder": 4, "unreadable": 2}
        assert not any(name in path for name in names[:3] for path in youtube.requests)
    assert (report.pictures, report.units) == (30, 2)
    assert pictures_in(tmp_path / "data" / "mixed") == {names[3], *names[10:39]}


async def test_a_placeholder_with_status_200_is_left_out(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    local_youtube.faults.missing_pictures = {video_name("beta", 0)}
    local_youtube.faults.placeholder_status = 200
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@beta")
    assert (report.pictures, report.left_out) == (6, {"placeholder": 1})


@pytest.mark.parametrize("status", [301, 403, 410])
async def test_odd_answers_of_the_picture_host_are_failures(
    status: int, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    local_youtube.faults.missing_pictures = {video_name("beta", 3)}
    local_youtube.faults.placeholder_status = status
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@beta")
    assert (report.pictures, report.left_out) == (6, {"failed": 1})


async def test_passing_faults_are_ridden_out(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    for trouble in (local_youtube.faults.api, local_youtube.faults.pictures):
        trouble.unavailable = trouble.reset = 1
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@alpha", 70)
    assert (report.pictures, report.left_out) == (70, {})
    assert report.units == 3 + 2


async def test_progress_only_grows(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    steps: list[Progress] = []
    await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@beta", 400, steps.append)
    assert [step.done for step in steps] == list(range(1, 8))
    assert {(step.stage, step.total, step.note) for step in steps} == {("crawl", 7, "Beta")}


def assert_clean(error: BaseException, log: pytest.LogCaptureFixture) -> None:
    """An error is one line that says what to do, and no trace of it or in the log holds the key."""
    message = str(error)
    assert message.endswith(".")
    assert "\n" not in message
    seen, chain = set[int](), [error]
    while chain:
        link = chain.pop()
        if id(link) not in seen:
            seen.add(id(link))
            chain += [other for other in (link.__cause__, link.__context__) if other]
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


async def test_an_exceeded_quota_keeps_the_pages_before(
    keyed_youtube: LocalYouTube, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keyed_youtube.faults.quota = 3
    error = await failed_crawl(keyed_youtube, tmp_path, caplog)
    assert type(error) is QuotaExceededError
    assert "midnight Pacific" in str(error)
    assert "kept" in str(error)
    record = load_record(tmp_path / "alpha")
    assert record is not None
    assert set(record.sha256) == pictures_in(tmp_path / "alpha") == {video_name("alpha", index) for index in range(100)}


async def test_a_wrong_key(keyed_youtube: LocalYouTube, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    error = await failed_crawl(keyed_youtube, tmp_path, caplog, key=KEY + "x")
    assert type(error) is WrongKeyError
    assert "YOUTUBE_API_KEY" in str(error)
    assert keyed_youtube.units == 0


async def test_no_key_is_told_before_any_request(
    keyed_youtube: LocalYouTube, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    error = await failed_crawl(keyed_youtube, tmp_path, caplog, key="  ")
    assert type(error) is WrongKeyError
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
    assert not names_in(tmp_path)


async def test_no_network(small_channels: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with LocalYouTube(small_channels, api_key=KEY) as youtube:
        pass
    error = await failed_crawl(youtube, tmp_path, caplog)
    assert type(error) is NoNetworkError
    assert "network" in str(error)


async def test_the_network_goes_away_in_mid_crawl(
    keyed_youtube: LocalYouTube, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    crawler = YouTubeCrawler(keyed_youtube.settings, tmp_path)
    await crawler.crawl("@alpha", 20)
    keyed_youtube.faults.pictures.reset = 10_000
    error = await failed_crawl(keyed_youtube, tmp_path, caplog)
    assert type(error) is NoNetworkError
    assert len(pictures_in(tmp_path / "alpha")) == 20


async def test_an_api_that_answers_with_pages_for_people(
    keyed_youtube: LocalYouTube, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keyed_youtube.faults.api.unavailable = 10_000
    error = await failed_crawl(keyed_youtube, tmp_path, caplog)
    assert isinstance(error, CrawlError)
    assert "out of order" in str(error)


async def test_a_channel_without_public_videos(tmp_path: Path) -> None:
    draw_channel(tmp_path / "served" / "empty", 3)
    hidden = {video_name("empty", index): "private" for index in range(3)}
    async with LocalYouTube(tmp_path / "served", hidden=hidden) as youtube:
        with pytest.raises(CrawlError, match="Empty has no public videos"):
            await YouTubeCrawler(youtube.settings, tmp_path / "data").crawl("@empty")


async def test_no_channel_at_all(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    with pytest.raises(LinkError):
        await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("https://youtu.be/jNQXAC9IVRw")
    assert not local_youtube.requests


async def test_a_data_folder_that_cannot_be_one(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(DatasetError, match="can't be used"):
        await YouTubeCrawler(local_youtube.settings, tmp_path / "data").crawl("@beta")


def test_the_key_is_in_no_repr() -> None:
    settings = YouTubeSettings(api_key=SecretStr(KEY))
    assert_no_key(repr(settings) + repr(YouTubeCrawler(settings, Path())))


def serve_as(folder: Path, name: str, facts: dict[str, str]) -> None:
    draw_channel(folder / name, 2)
    (folder / name / "channel.json").write_text(json.dumps(facts))


@pytest.mark.parametrize(
    ("handle", "label"),
    [
        ("@Big.Handle-1_2", "big_handle-1_2"),
        ("@con", "UCaaaaaaaaaaaaaaaaaaaaaa"),
        ("@ナード", "UCaaaaaaaaaaaaaaaaaaaaaa"),
        ("@..", "UCaaaaaaaaaaaaaaaaaaaaaa"),
        ("@../../etc", "UCaaaaaaaaaaaaaaaaaaaaaa"),
    ],
)
async def test_folders_have_names_that_every_system_takes(handle: str, label: str, tmp_path: Path) -> None:
    serve_as(tmp_path / "served", "any", {"id": "UC" + "a" * 22, "handle": handle})
    async with LocalYouTube(tmp_path / "served") as youtube:
        report = await YouTubeCrawler(youtube.settings, tmp_path / "data").crawl("UC" + "a" * 22)
    assert report.channel.label == label
    assert names_in(tmp_path / "data") == {label}


async def test_a_channel_keeps_its_folder_when_its_handle_changes(tmp_path: Path) -> None:
    for handle in ("@before", "@after"):
        serve_as(tmp_path / "served", "any", {"id": "UC" + "a" * 22, "handle": handle})
        async with LocalYouTube(tmp_path / "served") as youtube:
            report = await YouTubeCrawler(youtube.settings, tmp_path / "data").crawl(handle)
        assert (report.channel.label, report.channel.handle) == ("before", handle)


async def test_two_channels_never_share_a_folder(tmp_path: Path) -> None:
    labels = []
    for letter in "ab":
        serve_as(tmp_path / "served", "any", {"id": "UC" + letter * 22, "handle": "@same"})
        async with LocalYouTube(tmp_path / "served") as youtube:
            for _ in range(2):
                report = await YouTubeCrawler(youtube.settings, tmp_path / "data").crawl("@same")
                labels.append(report.channel.label)
    assert labels == ["same", "same", "same-UC" + "b" * 22, "same-UC" + "b" * 22]


async def test_a_folder_without_a_record_is_filled_up(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    served = local_youtube.library.by_handle["@beta"].folder
    (tmp_path / "beta").mkdir()
    for name in ("beta_-00001.jpg", "beta_-00002.jpg"):
        shutil.copy(served / name, tmp_path / "beta" / name)
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@beta")
    assert (report.new, report.pictures) == (5, 7)


async def test_a_foreign_title_is_put_on_one_line(tmp_path: Path) -> None:
    title = "A\n\x1b[31mloud\x00  title " + "x" * 300
    serve_as(tmp_path / "served", "any", {"id": "UC" + "a" * 22, "handle": "@any", "title": title})
    async with LocalYouTube(tmp_path / "served") as youtube:
        report = await YouTubeCrawler(youtube.settings, tmp_path / "data").crawl("@any")
    assert report.channel.title.startswith("A [31mloud title xxx")
    assert len(report.channel.title) == 100
