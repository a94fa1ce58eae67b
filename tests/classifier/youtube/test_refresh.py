"""What came from YouTube is refreshed, or deleted before it is 30 days old; the test sets the clock."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from pydantic import SecretStr

from bot.sandbox.youtube import LocalYouTube
from classifier.pictures.channel_record import ChannelRecord, load_record, save_record
from classifier.settings import YouTubeSettings
from classifier.values import RefreshReport
from classifier.youtube import refresh as refresh_module
from classifier.youtube.crawler import YouTubeCrawler, fetch_videos
from classifier.youtube.etags import learn_etags
from classifier.youtube.refresh import Folders, refresh
from tests.classifier.youtube.folders import videos_in
from tests.pictures import draw_channel, video_name

pytestmark = pytest.mark.usefixtures("no_backoff")

DAY_0 = datetime(2026, 3, 4, tzinfo=UTC)
LISTED = ("@alpha", "@beta")


class Home:
    """A local YouTube with the channels alpha (6 videos) and beta (2), and folders that were filled on day 0."""

    def __init__(self, youtube: LocalYouTube, served: Path, data: Path) -> None:
        self.youtube = youtube
        self.served = served
        self.folders = Folders(data / "thumbnails", data / "unknown", data / "reviewed")
        for name, count in (("alpha", 6), ("beta", 2)):
            self.fill(draw_channel(self.folders.channels / name, count), name)

    def fill(self, folder: Path, name: str) -> None:
        """Make a folder look as if a channel had been crawled into it on day 0."""
        channel = self.youtube.library.by_handle[f"@{name}"]
        save_record(folder, ChannelRecord(channel.id, channel.handle, channel.title, DAY_0, {}))
        self.age(folder)

    @staticmethod
    def age(folder: Path) -> None:
        for file in folder.glob("*.jpg"):
            os.utime(file, (DAY_0.timestamp(), DAY_0.timestamp()))

    async def refresh(
        self, day: float, *, listed: tuple[str, ...] = LISTED, settings: YouTubeSettings | None = None
    ) -> RefreshReport:
        """Refresh on some day."""
        self.youtube.requests.clear()
        now = DAY_0 + timedelta(days=day)
        return await refresh(settings or self.youtube.settings, self.folders, listed=listed, used=(), now=now)

    def record(self, name: str) -> ChannelRecord:
        record = load_record(self.folders.channels / name)
        assert record is not None
        return record

    @property
    def asked(self) -> int:
        """How many thumbnails were asked for by the last refresh."""
        return sum(path.startswith("/vi/") for path in self.youtube.requests)

    @property
    def stored(self) -> int:
        return len(list(self.folders.channels.glob("*/*.jpg")))


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    served = tmp_path / "served"
    draw_channel(served / "alpha", 6)
    draw_channel(served / "beta", 2)
    async with LocalYouTube(served) as youtube:
        yield Home(youtube, served, tmp_path / "data")


async def test_what_is_new_is_not_asked_for(home: Home) -> None:
    report = await home.refresh(19)
    assert (report.checked, home.asked, home.stored) == (0, 0, 8)
    assert report.problem is None


async def test_thumbnails_are_refreshed_after_20_days_and_then_by_their_etags(home: Home) -> None:
    report = await home.refresh(20)
    assert (report.checked, report.changed, report.deleted, home.asked) == (8, 0, 0, 8)
    assert home.youtube.not_modified == 0
    assert (await home.refresh(39)).checked == 0, "they have been seen on day 20"
    report = await home.refresh(40)
    assert (report.checked, report.changed, home.asked, home.youtube.not_modified) == (8, 0, 8, 8)
    assert home.stored == 8


async def test_what_was_just_crawled_is_refreshed_by_its_etags(home: Home) -> None:
    crawler = YouTubeCrawler(home.youtube.settings, home.folders.channels)
    for file in home.folders.channels.glob("*/*.jpg"):
        file.unlink()
    video = video_name("beta", 1)
    assert (await crawler.crawl("@alpha")).new == 6
    assert (await fetch_videos(home.youtube.settings, home.folders.videos, [video])).new == 1
    for folder in (home.folders.channels / "alpha", home.folders.videos):
        home.age(folder)
    assert (await home.refresh(20)).checked == 7
    assert home.youtube.not_modified == 7


async def test_a_thumbnail_that_came_without_an_etag_is_downloaded_again(home: Home) -> None:
    folder = home.folders.channels / "alpha"
    await home.refresh(20)
    learn_etags(folder, {video_name("alpha", 0): "", video_name("alpha", 1): "x" * 201})
    await home.refresh(40)
    assert home.youtube.not_modified == 6


async def test_a_changed_thumbnail_is_replaced(home: Home) -> None:
    await home.refresh(20)
    name = f"{video_name('alpha', 3)}.jpg"
    Image.new("RGB", (320, 180), "red").save(home.served / "alpha" / name)
    report = await home.refresh(40)
    assert (report.checked, report.changed, home.youtube.not_modified) == (8, 1, 7)
    new = home.folders.channels / "alpha" / name
    assert new.read_bytes() == (home.served / "alpha" / name).read_bytes()
    assert list(home.record("alpha").sha256) == [video_name("alpha", 3)]
    assert (await home.refresh(60)).changed == 0
    assert home.youtube.not_modified == 7 + 8


@pytest.mark.parametrize("status", [404, 200])
async def test_what_youtube_no_longer_has_is_deleted(status: int, home: Home) -> None:
    gone = {video_name("alpha", 0), video_name("beta", 1)}
    record = home.record("alpha")
    save_record(home.folders.channels / "alpha", replace(record, sha256=dict.fromkeys(gone, "x")))
    home.youtube.faults.missing_thumbnails = gone
    home.youtube.faults.placeholder_status = status
    report = await home.refresh(20)
    assert (report.deleted, home.stored) == (2, 6)
    assert not gone & (videos_in(home.folders.channels / "alpha") | videos_in(home.folders.channels / "beta"))
    assert video_name("alpha", 0) not in home.record("alpha").sha256


async def test_shorts_of_an_earlier_crawl_are_deleted(home: Home) -> None:
    Image.new("RGB", (90, 160), "red").save(home.served / "alpha" / f"{video_name('alpha', 0)}.jpg")
    report = await home.refresh(20)
    assert report.deleted == 1
    assert video_name("alpha", 0) not in videos_in(home.folders.channels / "alpha")


async def test_what_cannot_be_refreshed_is_deleted_before_it_is_30_days_old(home: Home) -> None:
    home.youtube.faults.thumbnails.portal = 503
    for day in (20, 28.9):
        report = await home.refresh(day)
        assert (report.checked, report.deleted, home.stored, report.more) == (0, 0, 8, False)
        assert report.problem == "8 of 8 thumbnails can't be reached."
    report = await home.refresh(29)
    assert (report.deleted, home.stored) == (8, 0)


async def test_a_dead_host_is_not_asked_for_everything(home: Home) -> None:
    home.fill(draw_channel(home.folders.channels / "alpha", 40), "alpha")
    home.youtube.faults.thumbnails.portal = 503
    await home.refresh(20)
    assert home.asked <= 16


async def test_an_outage_that_ends_loses_nothing(home: Home) -> None:
    home.youtube.faults.thumbnails.reset = 10_000
    assert (await home.refresh(20)).checked == 0
    home.youtube.faults.thumbnails.reset = 0
    assert (await home.refresh(21)).checked == 8
    assert (await home.refresh(30)).deleted == 0


async def test_names_are_refreshed_every_day_for_one_unit(home: Home) -> None:
    stored = home.youtube.library.by_handle["@alpha"]
    home.youtube.library.by_id[stored.id] = replace(stored, title="Alpha Two", handle="@alpha2")
    report = await home.refresh(1)
    assert report.units == 1
    assert ("Alpha Two", stored.id, "@alpha2") in [(it.title, it.id, it.handle) for it in report.channels]
    record = home.record("alpha")
    assert (record.title, record.handle, record.fetched_at) == ("Alpha Two", "@alpha2", DAY_0 + timedelta(days=1))


async def test_names_that_cannot_be_refreshed_are_deleted(home: Home) -> None:
    keyless = home.youtube.settings.model_copy(update={"api_key": SecretStr("")})
    report = await home.refresh(28, settings=keyless)
    assert "YOUTUBE_API_KEY" in (report.problem or "")
    assert home.record("alpha").title == "Alpha"
    report = await home.refresh(29, settings=keyless)
    assert report.checked == 0, "thumbnails need no key, and were seen on day 28"
    for name in ("alpha", "beta"):
        record = home.record(name)
        assert (record.title, record.handle) == (record.id, None)
    await home.refresh(30)
    assert home.record("alpha").title == "Alpha", "with a key, they come back"


async def test_titles_that_no_crawl_confirms_are_deleted(home: Home) -> None:
    folder, titles = home.folders.channels / "alpha", {video_name("alpha", 1): "One"}
    save_record(folder, replace(home.record("alpha"), titles=titles, titled_at=DAY_0))
    await home.refresh(28)
    assert home.record("alpha").titles == titles, "they are not yet due"
    await home.refresh(29)
    record = home.record("alpha")
    assert (record.titles, record.title) == ({}, "Alpha")


async def test_a_channel_that_is_gone_loses_its_name(home: Home) -> None:
    channel = home.youtube.library.by_id.pop(home.record("beta").id)
    report = await home.refresh(1)
    assert report.gone == (channel.id,)
    assert (home.record("beta").title, home.record("beta").handle) == (channel.id, None)
    assert (await home.refresh(2)).deleted == 0, "the default list still has it"


async def test_channels_on_no_list_are_deleted(home: Home) -> None:
    ours = home.folders.channels / "by-hand"
    draw_channel(ours, 1)
    assert (await home.refresh(1 / 48, listed=("@alpha",))).problem is None
    assert home.stored == 9, "it may have been listed a moment ago"
    await home.refresh(1, listed=(home.record("alpha").id,))
    assert {folder.name for folder in home.folders.channels.iterdir()} == {"alpha", "by-hand"}
    await home.refresh(2, listed=())
    assert {folder.name for folder in home.folders.channels.iterdir()} == {"by-hand"}, "it did not come from YouTube"


async def test_unknown_channels_and_single_videos_are_refreshed_too(home: Home) -> None:
    video, other = video_name("alpha", 0), video_name("alpha", 1)
    for folder, prefix in ((home.folders.unknown, "UC" + "u" * 22 + "_"), (home.folders.videos, "")):
        folder.mkdir(parents=True)
        for name in (video, other):
            draw_channel(folder, 1)
            (folder / f"{video_name(folder.name, 0)}.jpg").rename(folder / f"{prefix}{name}.jpg")
        home.age(folder)
    home.youtube.faults.missing_thumbnails = {other}
    await home.refresh(20)
    assert {path.stem[-11:] for path in home.folders.unknown.glob("*.jpg")} == {video}
    assert videos_in(home.folders.videos) == {video}


async def test_one_refresh_is_bounded_and_the_next_goes_on(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh_module, "MOST", 3)
    reports = [await home.refresh(20) for _ in range(3)]
    assert [it.checked for it in reports] == [3, 3, 2]
    assert [it.more for it in reports] == [True, True, False]
    assert (await home.refresh(20)).checked == 0


async def test_broken_etags_and_records_are_no_reason_to_stop(home: Home) -> None:
    (home.folders.channels / "alpha" / ".etags.json").write_bytes(b"\xff[")
    (home.folders.channels / "beta" / "channel.json").write_text("{")
    assert (await home.refresh(20)).checked == 6
