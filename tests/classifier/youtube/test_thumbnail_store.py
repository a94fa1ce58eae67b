"""The folders that crawls fill: their names, and what is in them already."""

import shutil
from pathlib import Path

import pytest

from bot.sandbox.youtube import LocalYouTube
from classifier.errors import DatasetError
from classifier.pictures.channel_record import load_record
from classifier.youtube.crawler import YouTubeCrawler
from tests.classifier.youtube.folders import names_in, serve_as
from tests.pictures import draw_channel

pytestmark = pytest.mark.usefixtures("no_backoff")


async def test_a_data_folder_that_cannot_be_created_is_an_error(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(DatasetError, match="can't be used"):
        await YouTubeCrawler(local_youtube.settings, tmp_path / "data").crawl("@beta")


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
async def test_folders_have_names_that_work_on_every_system(handle: str, label: str, tmp_path: Path) -> None:
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


async def test_a_folder_without_a_record_is_completed(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    served = local_youtube.library.by_handle["@beta"].folder
    (tmp_path / "beta").mkdir()
    for name in ("beta_-00001.jpg", "beta_-00002.jpg"):
        shutil.copy(served / name, tmp_path / "beta" / name)
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@beta")
    assert (report.new, report.thumbnails) == (5, 7)


async def test_thumbnails_in_deeper_folders_are_not_downloaded_again(
    local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    served = local_youtube.library.by_handle["@beta"].folder
    (tmp_path / "beta" / "2024").mkdir(parents=True)
    for name in ("beta_-00001.jpg", "beta_-00002.jpg"):
        shutil.copy(served / name, tmp_path / "beta" / "2024" / name)
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@beta")
    assert (report.new, report.thumbnails) == (5, 7)
    assert names_in(tmp_path / "beta" / "2024") == {"beta_-00001.jpg", "beta_-00002.jpg"}


async def test_titles_are_those_of_the_last_crawl_and_only_of_stored_thumbnails(tmp_path: Path) -> None:
    draw_channel(tmp_path / "served" / "any", 4)
    async with LocalYouTube(tmp_path / "served") as youtube:
        crawler = YouTubeCrawler(youtube.settings, tmp_path / "data")
        await crawler.crawl("@any", 2)
        record = load_record(tmp_path / "data" / "any")
        assert record is not None
        assert record.titles.keys() == record.sha256.keys()
        (tmp_path / "data" / "any" / "channel.json").write_bytes(
            (tmp_path / "data" / "any" / "channel.json").read_bytes().replace(b"Any #", b"Old #")
        )
        await crawler.crawl("@any", 4)
    record = load_record(tmp_path / "data" / "any")
    assert record is not None
    assert len(record.titles) == 4
    assert all(title.startswith("Any #") for title in record.titles.values())
