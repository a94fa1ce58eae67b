"""What comes from YouTube: crawl, fetch, refresh."""

import asyncio
import signal
from collections.abc import Coroutine
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from classifier.links import is_video_id
from classifier.terminal import counts, print_crawl, print_json, say, verb
from classifier.values import CrawlSummary
from classifier.verbs.options import Data, Json

T = TypeVar("T")


def crawl(
    channels: Annotated[list[str], typer.Argument(help="@handles, channel ids, user names, or links to them.")],
    data: Data,
    count: Annotated[int, typer.Option(min=1, help="Thumbnails to download per channel, newest first.")] = 400,
    unknown: Annotated[
        Path | None,
        typer.Option(help="Also download thumbnails of unknown channels, from YouTube's charts, into this folder."),
    ] = None,
    max_unknown: Annotated[int, typer.Option(min=1, help="Maximum number of thumbnails of unknown channels.")] = 2000,
    *,
    as_json: Json = False,
) -> None:
    """Download channels' thumbnails into a data folder.

    Needs YOUTUBE_API_KEY, from the environment or .env. Downloads only what is missing; 400 thumbnails cost 9 units of
    quota. Channels that can't be crawled are left out and named. `train --unknown` uses the thumbnails of unknown
    channels to learn what to reject as unknown. If some of them can't be downloaded, the crawl says so but does not
    fail.
    """
    with verb(as_json=as_json) as on_progress:
        from classifier.settings import YouTubeSettings  # noqa: PLC0415
        from classifier.youtube.crawler import YouTubeCrawler  # noqa: PLC0415

        crawler = YouTubeCrawler(YouTubeSettings(), data)

        async def crawl_all() -> CrawlSummary:
            summary = await crawler.crawl_all(channels, count, on_progress)
            if unknown is None or not summary.channels:
                return summary
            known = {it.id for it in summary.asked_for if it.id}
            return replace(summary, unknown=await crawler.crawl_unknown(unknown, known, max_unknown, on_progress))

        summary = asyncio.run(_until_terminated(crawl_all()))
    if as_json:
        print_json(asdict(summary))
    else:
        print_crawl(summary, unknown)
    if not summary.channels:
        raise typer.Exit(1)


def fetch(
    videos: Annotated[list[str], typer.Argument(help="Video ids.")],
    out: Annotated[Path, typer.Option(help="Folder for the thumbnails, named <video id>.jpg.")],
    *,
    as_json: Json = False,
) -> None:
    """Download single videos' thumbnails into a folder.

    Needs no key. Downloads only what is missing; videos without a thumbnail are left out.
    """
    if wrong := [video for video in videos if not is_video_id(video)]:
        raise typer.BadParameter(f"{wrong[0]!r} is not a video id")
    with verb(as_json=as_json) as on_progress:
        from classifier.settings import YouTubeSettings  # noqa: PLC0415
        from classifier.youtube.crawler import fetch_videos  # noqa: PLC0415

        report = asyncio.run(_until_terminated(fetch_videos(YouTubeSettings(), out, videos, on_progress)))
    if as_json:
        print_json(asdict(report))
    else:
        left_out = f", {counts(report.left_out)}" if report.left_out else ""
        say(f"{out} now has {report.thumbnails} of the thumbnails ({report.new} new){left_out}.")


def refresh(
    data: Data,
    unknown: Annotated[Path, typer.Option(help="Folder of unknown channels' thumbnails.")],
    reviewed: Annotated[Path, typer.Option(help="Folder of single videos' thumbnails.")],
    listed: Annotated[
        list[str] | None, typer.Option(help="Channel to keep, by @handle, id or link; can be given more than once.")
    ] = None,
    used: Annotated[
        list[str] | None, typer.Option(help="Id of another channel to look up; can be given more than once.")
    ] = None,
    now: Annotated[datetime | None, typer.Option(help="The time that counts as now, in UTC.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Refresh what came from YouTube, or delete it: names of channels, and thumbnails that are 20 days old.

    Deleted is what YouTube no longer has, what could not be refreshed in 29 days, and the folders of channels that are
    not listed. One unit of quota looks up 50 channels.
    """
    with verb(as_json=as_json):
        from classifier.settings import YouTubeSettings  # noqa: PLC0415
        from classifier.youtube.refresh import Folders  # noqa: PLC0415
        from classifier.youtube.refresh import refresh as refresh_all  # noqa: PLC0415

        at = datetime.now(UTC) if now is None else now.replace(tzinfo=UTC)
        folders = Folders(data, unknown, reviewed)
        work = refresh_all(YouTubeSettings(), folders, listed=listed or (), used=used or (), now=at)
        report = asyncio.run(_until_terminated(work))
    if as_json:
        print_json(asdict(report))
    else:
        say(
            f"Looked up {len(report.channels)} channels ({len(report.gone)} gone) and {report.checked} thumbnails "
            f"({report.changed} changed); deleted {report.deleted}; {report.units} units of quota."
        )
        if report.problem:
            say(report.problem)


async def _until_terminated(work: Coroutine[Any, Any, T]) -> T:
    """Let SIGTERM cancel the work, so that it can save what it has."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task
