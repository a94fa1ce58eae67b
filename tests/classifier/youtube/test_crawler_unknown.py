"""Crawls of other channels' thumbnails, from the charts of the local YouTube, over real sockets."""

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

pytestmark = pytest.mark.usefixtures("no_backoff")

ALL = 2 * 42  # two of each of 40 strangers, of @alpha and of @beta


@pytest.fixture
async def youtube(small_channels: Path, stranger_channels: Path) -> AsyncIterator[LocalYouTube]:
    async with LocalYouTube(small_channels, strangers=stranger_channels) as youtube:
        yield youtube


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def pictures_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.jpg"))


def ages(folder: Path) -> dict[str, int]:
    """When each file was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def channels_in(folder: Path) -> Counter[str]:
    """How many pictures there are of each channel."""
    return Counter(path.name[:24] for path in folder.iterdir())


def known(youtube: LocalYouTube) -> set[str]:
    return {channel.id for channel in youtube.library.channels}


def crawler(youtube: LocalYouTube) -> YouTubeCrawler:
    return YouTubeCrawler(youtube.settings, Path("never made"))


async def test_pictures_of_unknown_channels_two_of_each(youtube: LocalYouTube, tmp_path: Path) -> None:
    report = await crawler(youtube).crawl_unknown(tmp_path / "strangers", known(youtube), 40)
    assert report == UnknownReport(pictures=40, new=40, units=report.units)
    assert 2 <= report.units == youtube.units < 10, "more than one chart, for variety, but not all"
    channels = channels_in(tmp_path / "strangers")
    assert max(channels.values()) <= 2
    assert not set(channels) & known(youtube)
    for path in (tmp_path / "strangers").iterdir():
        channel, video = youtube.library.videos[path.stem[25:]]
        assert path.name == f"{channel.id}_{video.id}.jpg"
        assert path.read_bytes() == video.picture.read_bytes()
    with Image.open(path) as image:
        assert image.size == (320, 180)


async def test_where_there_are_no_more_there_are_no_more(youtube: LocalYouTube, tmp_path: Path) -> None:
    report = await crawler(youtube).crawl_unknown(tmp_path, [])
    assert report == UnknownReport(pictures=ALL, new=ALL, units=40), "all charts, those that are not there too"
    assert set(channels_in(tmp_path).values()) == {2}


async def test_what_is_there_is_kept_and_counts(youtube: LocalYouTube, tmp_path: Path) -> None:
    crawl = crawler(youtube).crawl_unknown
    first = await crawl(tmp_path, known(youtube), 30)
    before = ages(tmp_path)
    assert await crawl(tmp_path, known(youtube), 30) == UnknownReport(pictures=30, new=0, units=0)
    assert youtube.units == first.units
    assert (await crawl(tmp_path, known(youtube), 36)).new == 6
    assert before.items() <= ages(tmp_path).items()
    assert max(channels_in(tmp_path).values()) <= 2


async def test_a_stranger_that_becomes_known_is_none_any_more(youtube: LocalYouTube, tmp_path: Path) -> None:
    crawl = crawler(youtube).crawl_unknown
    await crawl(tmp_path, known(youtube), 30)
    before = names_in(tmp_path)
    channel, pictures = channels_in(tmp_path).most_common(1)[0]
    report = await crawl(tmp_path, known(youtube) | {channel}, 30)
    assert (report.pictures, report.new) == (30, pictures)
    assert before <= names_in(tmp_path), "it may be a stranger to others who share the folder"
    assert channels_in(tmp_path)[channel] == pictures


async def test_files_of_other_names_are_left_alone(youtube: LocalYouTube, tmp_path: Path) -> None:
    for name in ("holiday.jpg", "UCshort_aaaaaaaaaaa.jpg", "UC" + "a" * 22 + "_" + "b" * 11 + ".png"):
        (tmp_path / name).write_text("mine")
    report = await crawler(youtube).crawl_unknown(tmp_path, known(youtube), 3)
    assert (report.pictures, report.new, len(names_in(tmp_path))) == (3, 3, 6)


async def test_progress_grows_from_what_is_there(youtube: LocalYouTube, tmp_path: Path) -> None:
    crawl = crawler(youtube).crawl_unknown
    steps: list[Progress] = []
    await crawl(tmp_path, [], 5)
    await crawl(tmp_path, [], 9, steps.append)
    assert steps == [Progress("crawl", done, 9, "other channels") for done in (6, 7, 8, 9, 9)]


async def test_progress_ends_whole_where_the_charts_end(youtube: LocalYouTube, tmp_path: Path) -> None:
    steps: list[Progress] = []
    report = await crawler(youtube).crawl_unknown(tmp_path, [], 100_000, steps.append)
    assert report.pictures < 100_000
    assert steps[-1] == Progress("crawl", report.pictures, report.pictures, "other channels")


async def test_used_up_quota_is_told_and_what_came_is_kept(youtube: LocalYouTube, tmp_path: Path) -> None:
    youtube.faults.quota = 1
    report = await crawler(youtube).crawl_unknown(tmp_path, known(youtube), 60)
    assert report.pictures == report.new == len(names_in(tmp_path)) > 0
    assert report.pictures < 60
    assert "quota" in str(report.problem)
    youtube.faults.quota = None
    report = await crawler(youtube).crawl_unknown(tmp_path, known(youtube), 60)
    assert (report.pictures, report.problem) == (60, None)


@pytest.mark.parametrize("key", ["", "a-wrong-key"])
async def test_a_key_that_will_not_do_is_told(key: str, youtube: LocalYouTube, tmp_path: Path) -> None:
    settings = youtube.settings.model_copy(update={"api_key": SecretStr(key)})
    report = await YouTubeCrawler(settings, tmp_path).crawl_unknown(tmp_path, [], 5)
    assert (report.pictures, report.new, youtube.units) == (0, 0, 0)
    assert "YOUTUBE_API_KEY" in str(report.problem)
    assert "a-wrong-key" not in str(report)


async def test_pictures_that_can_not_be_reached_are_told(youtube: LocalYouTube, tmp_path: Path) -> None:
    youtube.faults.pictures.unavailable = 10_000
    report = await crawler(youtube).crawl_unknown(tmp_path, [], 30)
    assert report.pictures == 0
    assert report.units < 40, "who can't be reached is not asked for all"
    assert "could not be reached" in str(report.problem)


async def test_no_network_is_told(small_channels: Path, tmp_path: Path) -> None:
    async with LocalYouTube(small_channels) as youtube:
        pass
    report = await crawler(youtube).crawl_unknown(tmp_path, [], 5)
    assert report.pictures == 0
    assert "network" in str(report.problem)


async def test_a_video_without_a_picture_makes_room_for_another(youtube: LocalYouTube, tmp_path: Path) -> None:
    chart = youtube.library.chart("US", None)
    youtube.faults.missing_pictures = {video.id for _, video in chart[:5]}
    report = await crawler(youtube).crawl_unknown(tmp_path, [], 20)
    assert (report.pictures, report.new, report.problem) == (20, 20, None)


async def test_an_interrupted_crawl_keeps_what_it_has(youtube: LocalYouTube, tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.done == 10:
            task.cancel()

    youtube.faults.pictures.delay = 0.001
    task = asyncio.create_task(crawler(youtube).crawl_unknown(tmp_path, [], 60, interrupt))
    with pytest.raises(asyncio.CancelledError):
        await task
    there = len(pictures_in(tmp_path))
    assert 10 <= there < 60
    report = await crawler(youtube).crawl_unknown(tmp_path, [], 60)
    assert (report.pictures, report.new) == (60, 60 - there)


async def test_a_folder_that_can_not_be_one(youtube: LocalYouTube, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(DatasetError, match="can't be used"):
        await crawler(youtube).crawl_unknown(tmp_path / "file", [], 5)
    assert not youtube.requests


async def test_the_command_line_crawls_them_too(youtube: LocalYouTube, tmp_path: Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", **youtube.settings.environment()}

    async def crawl(*more: str) -> tuple[int | None, str]:
        where = ("--data", str(tmp_path / "data"), "--strangers", str(tmp_path / "strangers"))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "classifier", "crawl", "@beta", *where, *more),
            stdout=asyncio.subprocess.PIPE,
            env=environment,
            cwd=Path(__file__).parents[2],
        )
        output, _ = await process.communicate()
        return process.returncode, output.decode()

    status, output = await crawl("--count", "5", "--json")
    answer = json.loads(output)
    assert (status, len(answer["channels"])) == (0, 1)
    assert answer["strangers"] == {"pictures": 5, "new": 5, "units": 1, "problem": None}
    assert youtube.library.by_handle["@beta"].id not in channels_in(tmp_path / "strangers")
    youtube.faults.quota = youtube.units + 2  # enough for the channel
    status, output = await crawl("--count", "6")
    assert status == 0
    assert "other channels" in output
    assert "Not all thumbnails of other channels came: The YouTube key has used up its quota" in output
