"""Downloads of thumbnails from the local YouTube, and why some are left out."""

from pathlib import Path

import pytest

from bot.sandbox.youtube import LocalYouTube
from classifier.errors import EmptyChannelError, RefusedError
from classifier.youtube.crawler import YouTubeCrawler
from tests.classifier.youtube.folders import videos_in
from tests.pictures import draw_channel, video_name

pytestmark = pytest.mark.usefixtures("no_backoff")


async def test_videos_without_a_thumbnail_are_left_out_and_counted(tmp_path: Path) -> None:
    folder = draw_channel(tmp_path / "served" / "mixed", 60)
    names = [video_name("mixed", index) for index in range(60)]
    (folder / f"{names[8]}.jpg").write_bytes(b"this is not an image")
    (folder / f"{names[9]}.jpg").write_bytes(b"this is far too long" * 2**18)
    hidden = {names[0]: "private", names[1]: "private", names[2]: "deleted"}
    async with LocalYouTube(tmp_path / "served", hidden=hidden) as youtube:
        youtube.faults.missing_thumbnails = {names[4], names[5], names[6], names[7]}
        report = await YouTubeCrawler(youtube.settings, tmp_path / "data").crawl("@mixed", 30)
        assert report.left_out == {"private": 2, "deleted": 1, "placeholder": 4, "unreadable": 2}
        assert not any(name in path for name in names[:3] for path in youtube.requests)
    assert (report.thumbnails, report.units) == (30, 2)
    assert videos_in(tmp_path / "data" / "mixed") == {names[3], *names[10:39]}


async def test_a_placeholder_with_status_200_is_left_out(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    local_youtube.faults.missing_thumbnails = {video_name("beta", 0)}
    local_youtube.faults.placeholder_status = 200
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@beta")
    assert (report.thumbnails, report.left_out) == (6, {"placeholder": 1})


@pytest.mark.parametrize("status", [301, 403, 410])
async def test_unexpected_answers_of_the_thumbnail_host_are_failures(
    status: int, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    local_youtube.faults.missing_thumbnails = {video_name("beta", 3)}
    local_youtube.faults.placeholder_status = status
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@beta")
    assert (report.thumbnails, report.left_out) == (6, {"failed": 1})


@pytest.mark.parametrize("status", [302, 401, 403, 407, 451])
@pytest.mark.parametrize("channel", ["@alpha", "@beta"], ids=["120 videos", "7 videos"])
async def test_a_refusal_is_not_a_channel_without_videos(
    status: int, channel: str, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    local_youtube.faults.thumbnails.portal = status
    with pytest.raises(RefusedError, match=f"the picture host answered {status}") as caught:
        await YouTubeCrawler(local_youtube.settings, tmp_path).crawl(channel, 120)
    assert caught.value.data == {"answered": str(status)}
    assert sum(path.startswith("/vi/") for path in local_youtube.requests) < 120, "it gives up early"


async def test_a_login_page_is_not_a_thumbnail(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    local_youtube.faults.thumbnails.portal = 200
    with pytest.raises(RefusedError, match="the picture host answered with a web page"):
        await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@beta")


async def test_a_refusal_keeps_what_was_downloaded_before(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    crawler = YouTubeCrawler(local_youtube.settings, tmp_path)
    await crawler.crawl("@alpha", 20)
    local_youtube.faults.thumbnails.portal = 403
    with pytest.raises(RefusedError):
        await crawler.crawl("@alpha", 120)
    assert len(videos_in(tmp_path / "alpha")) == 20


async def test_a_channel_of_unusable_thumbnails_is_not_one_without_videos(tmp_path: Path) -> None:
    folder = draw_channel(tmp_path / "served" / "mixed", 3)
    names = [video_name("mixed", index) for index in range(3)]
    (folder / f"{names[0]}.jpg").write_bytes(b"this is not an image")
    async with LocalYouTube(tmp_path / "served", hidden={names[1]: "private"}) as youtube:
        youtube.faults.missing_thumbnails = {names[2]}
        with pytest.raises(EmptyChannelError) as caught:
            await YouTubeCrawler(youtube.settings, tmp_path / "data").crawl("@mixed")
    assert str(caught.value) == (
        "Mixed has no usable thumbnails (placeholders: 1, unreadable: 1, not downloaded: 0). Choose another channel."
    )


async def test_temporary_faults_are_retried(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    for service in (local_youtube.faults.api, local_youtube.faults.thumbnails):
        service.unavailable = service.reset = 1
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@alpha", 70)
    assert (report.thumbnails, report.left_out) == (70, {})
    assert report.units == 3 + 2
