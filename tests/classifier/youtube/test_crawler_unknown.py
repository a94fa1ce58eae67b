"""Crawls of unknown channels' thumbnails, from the charts of the local YouTube, over real sockets."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from pydantic import SecretStr

from bot.sandbox.youtube import LocalYouTube
from classifier.errors import DatasetError
from classifier.values import Progress, UnknownReport
from classifier.youtube.crawler import YouTubeCrawler
from tests.classifier.youtube.folders import names_in

pytestmark = pytest.mark.usefixtures("no_backoff")

ALL = 3 * 42  # three of each of 40 unknown channels, of @alpha and of @beta


@pytest.fixture
async def youtube(small_channels: Path, unknown_channels: Path) -> AsyncIterator[LocalYouTube]:
    async with LocalYouTube(small_channels, unknown=unknown_channels) as youtube:
        yield youtube


def thumbnails_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.jpg"))


def ages(folder: Path) -> dict[str, int]:
    """When each file was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.jpg")}


def channels_in(folder: Path) -> Counter[str]:
    """How many thumbnails there are of each channel."""
    return Counter(path.name[:24] for path in folder.glob("*.jpg"))


def known(youtube: LocalYouTube) -> set[str]:
    return {channel.id for channel in youtube.library.channels}


def crawler(youtube: LocalYouTube) -> YouTubeCrawler:
    return YouTubeCrawler(youtube.settings, Path("never created"))


async def test_few_thumbnails_of_each_unknown_channel(youtube: LocalYouTube, tmp_path: Path) -> None:
    report = await crawler(youtube).crawl_unknown(tmp_path / "unknown", known(youtube), 40)
    assert report == UnknownReport(thumbnails=40, new=40, units=report.units)
    assert 2 <= report.units == youtube.units < 10, "more than one chart, for variety, but not all"
    channels = channels_in(tmp_path / "unknown")
    assert max(channels.values()) <= 3
    assert not set(channels) & known(youtube)
    for path in (tmp_path / "unknown").glob("*.jpg"):
        channel, video = youtube.library.videos[path.stem[25:]]
        assert path.name == f"{channel.id}_{video.id}.jpg"
        assert path.read_bytes() == video.thumbnail.read_bytes()
    with Image.open(path) as image:
        assert image.size == (320, 180)


async def test_all_charts_may_have_too_few(youtube: LocalYouTube, tmp_path: Path) -> None:
    report = await crawler(youtube).crawl_unknown(tmp_path, [])
    assert report == UnknownReport(thumbnails=ALL, new=ALL, units=60), "all charts, including missing ones"
    assert set(channels_in(tmp_path).values()) == {3}


async def test_thumbnails_in_the_folder_are_kept_and_counted(youtube: LocalYouTube, tmp_path: Path) -> None:
    crawl = crawler(youtube).crawl_unknown
    first = await crawl(tmp_path, known(youtube), 30)
    before = ages(tmp_path)
    assert await crawl(tmp_path, known(youtube), 30) == UnknownReport(thumbnails=30, new=0, units=0)
    assert youtube.units == first.units
    assert (await crawl(tmp_path, known(youtube), 36)).new == 6
    assert before.items() <= ages(tmp_path).items()
    assert max(channels_in(tmp_path).values()) <= 3


async def test_exhausted_charts_are_not_read_again_for_a_week(youtube: LocalYouTube, tmp_path: Path) -> None:
    first = await crawler(youtube).crawl_unknown(tmp_path, [], 1000)
    assert first.units == 60
    assert await crawler(youtube).crawl_unknown(tmp_path, [], 1000) == UnknownReport(ALL, new=0, units=0)
    os.utime(tmp_path / ".exhausted", (0, 0))
    assert (await crawler(youtube).crawl_unknown(tmp_path, [], 1000)).units == 60


async def test_thumbnails_of_a_channel_that_becomes_known_no_longer_count(
    youtube: LocalYouTube, tmp_path: Path
) -> None:
    crawl = crawler(youtube).crawl_unknown
    await crawl(tmp_path, known(youtube), 30)
    before = names_in(tmp_path)
    channel, count = channels_in(tmp_path).most_common(1)[0]
    report = await crawl(tmp_path, known(youtube) | {channel}, 30)
    assert (report.thumbnails, report.new) == (30, count)
    assert before <= names_in(tmp_path), "it may be unknown to other owners, who share the folder"
    assert channels_in(tmp_path)[channel] == count


async def test_files_with_other_names_are_ignored(youtube: LocalYouTube, tmp_path: Path) -> None:
    for name in ("holiday.jpg", "UCshort_aaaaaaaaaaa.jpg", "UC" + "a" * 22 + "_" + "b" * 11 + ".png"):
        (tmp_path / name).write_text("mine")
    report = await crawler(youtube).crawl_unknown(tmp_path, known(youtube), 3)
    assert (report.thumbnails, report.new, len(names_in(tmp_path))) == (3, 3, 6)


async def test_progress_starts_at_what_is_in_the_folder(youtube: LocalYouTube, tmp_path: Path) -> None:
    crawl = crawler(youtube).crawl_unknown
    steps: list[Progress] = []
    await crawl(tmp_path, [], 5)
    await crawl(tmp_path, [], 9, steps.append)
    assert steps == [Progress("crawl", done, 9, "unknown channels") for done in (6, 7, 8, 9, 9)]


async def test_progress_ends_complete_if_the_charts_end(youtube: LocalYouTube, tmp_path: Path) -> None:
    steps: list[Progress] = []
    report = await crawler(youtube).crawl_unknown(tmp_path, [], 100_000, steps.append)
    assert report.thumbnails < 100_000
    assert steps[-1] == Progress("crawl", report.thumbnails, report.thumbnails, "unknown channels")


async def test_an_exceeded_quota_is_reported_and_downloads_are_kept(youtube: LocalYouTube, tmp_path: Path) -> None:
    youtube.faults.quota = 1
    report = await crawler(youtube).crawl_unknown(tmp_path, known(youtube), 60)
    assert report.thumbnails == report.new == len(names_in(tmp_path)) > 0
    assert report.thumbnails < 60
    assert "quota" in str(report.problem)
    youtube.faults.quota = None
    report = await crawler(youtube).crawl_unknown(tmp_path, known(youtube), 60)
    assert (report.thumbnails, report.problem) == (60, None)


@pytest.mark.parametrize("key", ["", "a-wrong-key"])
async def test_a_missing_or_wrong_key_is_reported(key: str, youtube: LocalYouTube, tmp_path: Path) -> None:
    settings = youtube.settings.model_copy(update={"api_key": SecretStr(key)})
    report = await YouTubeCrawler(settings, tmp_path).crawl_unknown(tmp_path, [], 5)
    assert (report.thumbnails, report.new, youtube.units) == (0, 0, 0)
    assert "YOUTUBE_API_KEY" in str(report.problem)
    assert "a-wrong-key" not in str(report)


async def test_unreachable_thumbnails_are_reported(youtube: LocalYouTube, tmp_path: Path) -> None:
    youtube.faults.thumbnails.unavailable = 10_000
    report = await crawler(youtube).crawl_unknown(tmp_path, [], 30)
    assert report.thumbnails == 0
    assert report.units < 60, "the crawl gives up early"
    assert "can't be reached" in str(report.problem)


async def test_no_network_is_reported(small_channels: Path, tmp_path: Path) -> None:
    async with LocalYouTube(small_channels) as youtube:
        pass
    report = await crawler(youtube).crawl_unknown(tmp_path, [], 5)
    assert report.thumbnails == 0
    assert "network" in str(report.problem)


async def test_a_video_without_a_thumbnail_is_replaced_by_another(youtube: LocalYouTube, tmp_path: Path) -> None:
    chart = youtube.library.chart("US", None)
    youtube.faults.missing_thumbnails = {video.id for _, video in chart[:5]}
    report = await crawler(youtube).crawl_unknown(tmp_path, [], 20)
    assert (report.thumbnails, report.new, report.problem) == (20, 20, None)


async def test_an_interrupted_crawl_keeps_its_downloads(youtube: LocalYouTube, tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.done == 10:
            task.cancel()

    youtube.faults.thumbnails.delay = 0.001
    task = asyncio.create_task(crawler(youtube).crawl_unknown(tmp_path, [], 60, interrupt))
    with pytest.raises(asyncio.CancelledError):
        await task
    kept = len(thumbnails_in(tmp_path))
    assert 10 <= kept < 60
    report = await crawler(youtube).crawl_unknown(tmp_path, [], 60)
    assert (report.thumbnails, report.new) == (60, 60 - kept)


async def test_a_folder_that_cannot_be_created_is_an_error(youtube: LocalYouTube, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(DatasetError, match="can't be used"):
        await crawler(youtube).crawl_unknown(tmp_path / "file", [], 5)
    assert not youtube.requests


async def test_the_command_line_crawls_unknown_channels(youtube: LocalYouTube, tmp_path: Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", **youtube.settings.environment()}

    async def crawl(*more: str) -> tuple[int | None, str]:
        folders = ("--data", str(tmp_path / "data"), "--unknown", str(tmp_path / "unknown"))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "classifier", "crawl", "@beta", *folders, *more),
            stdout=asyncio.subprocess.PIPE,
            env=environment,
            cwd=Path(__file__).parents[3],
        )
        output, _ = await process.communicate()
        return process.returncode, output.decode()

    status, output = await crawl("--count", "5", "--max-unknown", "5", "--json")
    answer = json.loads(output)
    assert (status, len(answer["channels"])) == (0, 1)
    assert answer["unknown"] == {"thumbnails": 5, "new": 5, "units": 1, "problem": None}
    assert youtube.library.by_handle["@beta"].id not in channels_in(tmp_path / "unknown")
    youtube.faults.quota = youtube.units + 2  # enough for the channel
    status, output = await crawl("--count", "6", "--max-unknown", "6")
    assert status == 0
    assert "unknown channels" in output
    assert "Some thumbnails of unknown channels are missing: The YouTube key has used up its quota" in output
