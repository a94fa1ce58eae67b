"""A crawl of one channel from a local YouTube: by this project, and the tutorial's way, one request at a time."""

import asyncio
import io
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pyyoutube
from PIL import Image
from rich.console import Console

from classifier.settings import YouTubeSettings
from classifier.youtube.crawler import YouTubeCrawler
from scripts.benchmarks.local_youtube import Served, draw_channel, served
from scripts.benchmarks.report import Measure, Report, Row

DELAY: Final = 0.05
PER_PAGE: Final = 5
"""The default page size of playlistItems.list."""

MEASURES: Final = (
    Measure("time", "s", more_is_better=False),
    Measure("quota", "units", more_is_better=False, goal=9),
    Measure("requests", "requests", more_is_better=False, drawn=False),
    Measure("times as fast", "×", goal=40, drawn=False),
)


def measure(count: int, repeats: int) -> Report:
    """Crawl `count` thumbnails: `repeats` times by this project, once the tutorial's way, which takes a while."""
    console = Console(stderr=True)
    with TemporaryDirectory() as temporary:
        channels = Path(temporary) / "channels"
        draw_channel(channels / "gamma", count + count // 20)
        with console.status("Crawling the tutorial's way"):
            theirs = _timed(channels, lambda settings: _tutorials(settings, count), count)
        with console.status("Crawling"):
            ours = [
                _timed(
                    channels, lambda settings, to=Path(temporary) / f"data-{turn}": _ours(settings, to, count), count
                )
                for turn in range(repeats)
            ]
    return Report(
        name="crawl",
        title=f"A crawl of {count} thumbnails",
        note=f"A local YouTube in a separate process, with a latency of {DELAY * 1000:.0f} ms per request.",
        measures=MEASURES,
        rows=(
            Row.of(
                "this project",
                count,
                [{**figures, "times as fast": theirs["time"] / figures["time"]} for figures in ours],
                ours=True,
            ),
            Row.of("the tutorial's crawl, re-implemented", count, [theirs]),
        ),
    )


def _timed(channels: Path, crawl: Callable[[YouTubeSettings], int], count: int) -> dict[str, float]:
    """Seconds, quota units and requests of one crawl."""
    youtube: Served
    with served(channels, DELAY) as youtube:
        start = time.perf_counter()
        downloaded = crawl(youtube.settings)
        seconds = time.perf_counter() - start
    if downloaded != count:
        raise RuntimeError(f"the crawl downloaded {downloaded} thumbnails, not {count}")
    return {"time": seconds, "quota": youtube.units, "requests": youtube.requests}


def _ours(settings: YouTubeSettings, data: Path, count: int) -> int:
    return asyncio.run(YouTubeCrawler(settings, data).crawl("@gamma", count)).thumbnails


def _tutorials(settings: YouTubeSettings, count: int) -> int:
    """Pages of five, one videos.list per video, one download at a time; each thumbnail is opened."""
    client = pyyoutube.Client(api_key=settings.api_key.get_secret_value())
    client.BASE_URL = settings.api_url
    channel = client.channels.list(for_handle="gamma", parts="contentDetails", return_json=True)["items"][0]
    uploads = channel["contentDetails"]["relatedPlaylists"]["uploads"]
    thumbnails: list[Image.Image] = []
    token: str | None = None
    while len(thumbnails) < count:
        page = client.playlistItems.list(
            playlist_id=uploads, parts="contentDetails", max_results=PER_PAGE, page_token=token, return_json=True
        )
        for item in page["items"][: count - len(thumbnails)]:
            name = item["contentDetails"]["videoId"]
            video = client.videos.list(video_id=name, parts="snippet", return_json=True)["items"][0]
            address = video["snippet"]["thumbnails"]["medium"]["url"]
            with urllib.request.urlopen(address) as answer:  # noqa: S310 - the local YouTube's own address
                thumbnails.append(Image.open(io.BytesIO(answer.read())).convert("RGB"))
        token = page.get("nextPageToken")
        if token is None:
            break
    return len(thumbnails)
