"""Shorts are left out of crawls, and counted."""

from pathlib import Path

import pytest
from PIL import Image

from bot.sandbox.youtube import LocalYouTube
from classifier.errors import EmptyChannelError
from classifier.pictures.channel_record import load_record
from classifier.pictures.decoding import is_vertical, open_upright
from classifier.values import CrawlReport
from classifier.youtube.crawler import YouTubeCrawler
from tests.classifier.youtube.folders import videos_in
from tests.pictures import draw_channel, video_name

pytestmark = pytest.mark.usefixtures("no_backoff")

VIDEOS = {video_name("mixed", index) for index in range(60)}


def draw_shorts(folder: Path, count: int) -> None:
    """Fill a channel's folder of Shorts with vertical pictures."""
    shorts = folder / "shorts"
    shorts.mkdir(parents=True)
    for index in range(count):
        picture = Image.linear_gradient("L").resize((180, 320)).point(lambda shade: shade // 2 + 99).convert("RGB")
        picture.putpixel((0, 0), (index, 0, 0))
        picture.save(shorts / f"{video_name('short', index)}.jpg")


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """A channel with 60 long videos and 34 Shorts."""
    draw_channel(tmp_path / "served" / "mixed", 60)
    draw_shorts(tmp_path / "served" / "mixed", 34)
    return tmp_path / "served"


async def crawl(youtube: LocalYouTube, data: Path, count: int = 400) -> CrawlReport:
    return await YouTubeCrawler(youtube.settings, data).crawl("@mixed", count)


async def test_only_the_list_of_long_videos_is_crawled(served: Path, tmp_path: Path) -> None:
    async with LocalYouTube(served) as youtube:
        report = await crawl(youtube, tmp_path / "data")
    assert videos_in(tmp_path / "data" / "mixed") == VIDEOS
    assert report.left_out == {"short": 34}
    assert report.units == youtube.units == 5, "the channel, two pages, no streams, the number of Shorts"
    assert sum(path.startswith("/vi/") for path in youtube.requests) == 60


async def test_the_newest_long_videos_cost_one_unit_more_for_the_number_of_shorts(served: Path, tmp_path: Path) -> None:
    async with LocalYouTube(served) as youtube:
        report = await crawl(youtube, tmp_path / "data", 50)
    assert (report.thumbnails, report.units, report.left_out) == (50, 3, {"short": 34})


@pytest.mark.parametrize("known", [False, True], ids=["first", "second"])
async def test_without_that_list_the_pictures_say_which_are_shorts(known: bool, served: Path, tmp_path: Path) -> None:
    async with LocalYouTube(served) as youtube:
        youtube.faults.missing_lists = {"UULF", "UUSH"}
        report = await crawl(youtube, tmp_path / "data")
        if known:
            youtube.requests.clear()
            report = await crawl(youtube, tmp_path / "data")
        downloaded = sum(path.startswith("/vi/") for path in youtube.requests)
    assert videos_in(tmp_path / "data" / "mixed") == VIDEOS
    assert report.left_out == {"short": 34}
    assert report.units == 4, "the channel, the missing list, two pages of uploads"
    assert downloaded == (0 if known else 94), "no Short is downloaded twice"
    record = load_record(tmp_path / "data" / "mixed")
    assert record is not None
    assert set(record.shorts) == {video_name("short", index) for index in range(34)}


async def test_a_channel_of_shorts_is_empty(tmp_path: Path) -> None:
    draw_shorts(tmp_path / "served" / "mixed", 9)
    async with LocalYouTube(tmp_path / "served") as youtube:
        with pytest.raises(EmptyChannelError, match="only Shorts, which have no thumbnails of their own"):
            await crawl(youtube, tmp_path / "data")


async def test_a_number_that_youtube_does_not_give_does_not_fail_a_crawl(served: Path, tmp_path: Path) -> None:
    async with LocalYouTube(served) as youtube:
        youtube.faults.quota = 2
        report = await crawl(youtube, tmp_path / "data", 50)
    assert (report.thumbnails, report.left_out, report.problem) == (50, {}, None)


def test_a_vertical_picture_between_bars_is_vertical() -> None:
    canvas = Image.new("RGB", (320, 180))
    canvas.paste((200, 90, 40), (110, 0, 211, 180))
    assert is_vertical(canvas)
    assert is_vertical(Image.new("RGB", (90, 160), "red"))
    for size in ((320, 180), (100, 100)):
        assert not is_vertical(Image.new("RGB", size, "red"))
    assert not is_vertical(Image.new("RGB", (320, 180))), "a black picture is not cropped away"


def test_real_thumbnails_of_long_videos_are_hardly_ever_vertical(shared_data: Path) -> None:
    files = sorted((shared_data / "thumbnails").glob("*/*.jpg"))
    assert sum(is_vertical(open_upright(file.read_bytes())) for file in files) <= len(files) / 1000
