"""YouTubeCrawler: thumbnails from YouTube to the data folder: a channel's newest, and strangers' popular ones."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from pathlib import Path
from typing import Final

from classifier.data_api import ApiChannel, ApiVideo, DataApi
from classifier.downloads import NOT_REACHED, Downloads, Wanted
from classifier.errors import CrawlError, NoNetworkError
from classifier.settings import YouTubeSettings
from classifier.shelf import Shelf, StrangersShelf, VideosShelf
from classifier.values import CrawlReport, OnProgress, Progress, StrangersReport, VideosReport
from classifier.youtube import ChannelRef, channel_ref

_PER_PAGE: Final = 50

_REGIONS: Final = ("US", "BR", "IN", "JP", "DE", "MX", "KR", "GB")
_CATEGORIES: Final = (None, "20", "24", "1", "10", "28", "26", "17", "23", "25", "22", "2", "15")
"""All; gaming, entertainment, film, music, science, how-to, sports, comedy, news, people, cars, animals."""
_CHARTS: Final = 40  # units that a crawl of strangers may cost; some charts are not there
_PER_CHART: Final = 20  # of 50, before any chart's rest is looked at: many charts give more variety than long ones
_PER_STRANGER: Final = 2


class YouTubeCrawler:
    """Fetches thumbnails into `data`, one folder a channel. Needs a YouTube API key.

    400 thumbnails cost 9 units of quota: 1 to look the channel up, and 1 for every 50 of its videos.
    """

    def __init__(self, settings: YouTubeSettings, data: Path) -> None:
        self._settings = settings
        self._data = data

    async def crawl(self, channel: str, count: int = 400, on_progress: OnProgress = lambda _: None) -> CrawlReport:
        """Fetch the thumbnails of the channel's `count` newest videos that are not in its folder yet.

        `channel` is a handle, an id or a link. Whatever ends a crawl, what it fetched is kept, and the next one goes on
        from there. Raises LinkError, DatasetError, and CrawlError with its kin.
        """
        ref = channel_ref(channel)
        async with DataApi(self._settings) as api:
            found = await api.channel(ref)
            shelf = await asyncio.to_thread(Shelf, self._data, found.id, _handle(found, ref), found.title or str(ref))
            uploads = _Uploads(api, found.uploads or "UU" + found.id[2:], count)

            def on_step(kept: int) -> None:
                on_progress(Progress("crawl", kept, uploads.total, shelf.channel.title))

            async with Downloads(self._settings.pictures_url, shelf, on_step) as downloads:
                try:
                    async with aclosing(uploads.listing()) as listing:
                        await downloads.fill(listing, count)
                finally:
                    await asyncio.to_thread(shelf.save)
        if not len(shelf):
            if downloads.unreached:
                raise NoNetworkError(NOT_REACHED)
            raise CrawlError(f"{shelf.channel.title} has no public videos; choose another channel.")
        return CrawlReport(shelf.channel, len(shelf), downloads.new, api.units, dict(downloads.left_out))

    async def crawl_strangers(
        self,
        folder: Path,
        known_channel_ids: Collection[str],
        count: int = 400,
        on_progress: OnProgress = lambda _: None,
    ) -> StrangersReport:
        """Fill a folder with `count` thumbnails of other channels: YouTube's most popular videos, two of a channel.

        What is there counts, but for pictures of known channels; a full folder costs no quota, an empty one about 20
        units, and no crawl more than 40. Training can do without strangers, so that a failure of the network, the
        quota or the key is told in the report, not raised, and what came is kept. Raises DatasetError.
        """
        shelf = await asyncio.to_thread(StrangersShelf, folder)
        there = shelf.pictures_without(known_channel_ids)
        if there >= count:
            return StrangersReport(there, new=0, units=0)

        def on_step(kept: int) -> None:
            on_progress(Progress("crawl", there + kept, count, "other channels"))

        new = units = 0
        problem: str | None = None
        try:
            async with (
                DataApi(self._settings) as api,
                Downloads(self._settings.pictures_url, shelf, on_step) as downloads,
                aclosing(_strangers(api, shelf, known_channel_ids)) as listing,
            ):
                try:
                    await downloads.fill(listing, count - there)
                finally:
                    new, units = downloads.new, api.units
        except CrawlError as error:
            problem = str(error)
        found = shelf.pictures_without(known_channel_ids)
        on_progress(Progress("crawl", found, found, "other channels"))  # the charts may hold fewer than are wanted
        return StrangersReport(found, new, units, problem)


async def fetch_videos(
    settings: YouTubeSettings,
    folder: Path,
    videos: Collection[str],
    on_progress: OnProgress = lambda _: None,
) -> VideosReport:
    """Fetch the thumbnails of single videos, by their ids, that are not in the folder yet; it costs no quota.

    Whatever has no picture is left out. Raises NoNetworkError, DatasetError.
    """
    shelf = await asyncio.to_thread(VideosShelf, folder)

    async def listing() -> AsyncGenerator[Wanted, None]:
        for video in videos:
            yield Wanted(video, video)

    def on_step(kept: int) -> None:
        on_progress(Progress("crawl", kept + downloads.left_out.total(), len(videos), "single videos"))

    async with Downloads(settings.pictures_url, shelf, on_step) as downloads, aclosing(listing()) as wanted:
        await downloads.fill(wanted, len(videos))
    return VideosReport(downloads.kept, downloads.new, dict(downloads.left_out))


class _Uploads:
    """A channel's uploads; `total` says how many of the `count` wanted ones there are, as far as is known."""

    def __init__(self, api: DataApi, playlist: str, count: int) -> None:
        self.total = count
        self._api = api
        self._playlist = playlist
        self._count = count

    async def listing(self) -> AsyncGenerator[Wanted, None]:
        """Every upload once; of a channel full of hidden videos no more than twice the pages that `count` needs."""
        token: str | None = None
        seen: set[str] = set()
        for _ in range(2 * -(-self._count // _PER_PAGE)):
            page = await self._api.uploads(self._playlist, token)
            self.total = min(self._count, page.total)
            for upload in page.uploads:
                if upload.video_id not in seen:
                    seen.add(upload.video_id)
                    yield Wanted(upload.video_id, upload.video_id, upload.left_out)
            token = page.next_token
            if token is None:
                return


async def _strangers(
    api: DataApi, shelf: StrangersShelf, known_channel_ids: Collection[str]
) -> AsyncGenerator[Wanted, None]:
    """Popular videos that are not on the shelf yet, of unknown channels, two of a channel with those that are."""
    of_channel = Counter(shelf.channel_ids)
    seen: set[str] = set()
    async with aclosing(_popular(api)) as videos:
        async for video in videos:
            name = shelf.name(video.channel_id, video.id)
            if name in seen or name in shelf or video.channel_id in known_channel_ids:
                continue
            if of_channel[video.channel_id] < _PER_STRANGER:
                seen.add(name)
                of_channel[video.channel_id] += 1
                yield Wanted(video.id, name)


async def _popular(api: DataApi) -> AsyncGenerator[ApiVideo, None]:
    """Popular videos of many kinds and countries, some more than once: the top of every chart, then the rest."""
    rest: list[ApiVideo] = []
    for turn in range(_CHARTS):  # 8 regions and 13 categories have no common divisor: each turn is another pair
        chart = await api.popular(_REGIONS[turn % len(_REGIONS)], _CATEGORIES[turn % len(_CATEGORIES)])
        rest += chart[_PER_CHART:]
        for video in chart[:_PER_CHART]:
            yield video
    for video in rest:
        yield video


def _handle(found: ApiChannel, ref: ChannelRef) -> str | None:
    return found.handle or (str(ref) if ref.kind == "handle" else None)
