"""YouTubeCrawler: from YouTube to the data folder, the newest thumbnails of a channel and popular ones of others."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from pathlib import Path
from typing import Final

from classifier.errors import CrawlError, NoNetworkError
from classifier.links import ChannelRef, channel_ref
from classifier.settings import YouTubeSettings
from classifier.values import CrawlReport, OnProgress, Progress, UnknownReport, VideosReport
from classifier.youtube.data_api import ApiChannel, ApiVideo, DataApi
from classifier.youtube.downloads import NOT_REACHED, Downloads, Wanted
from classifier.youtube.thumbnail_store import ThumbnailStore, UnknownThumbnailStore, VideoThumbnailStore

_PER_PAGE: Final = 50

_REGIONS: Final = ("US", "BR", "IN", "JP", "DE", "MX", "KR", "GB")
_CATEGORIES: Final = (None, "20", "24", "1", "10", "28", "26", "17", "23", "25", "22", "2", "15")
"""All; gaming, entertainment, film, music, science, how-to, sports, comedy, news, people, cars, animals."""
_CHARTS: Final = 60  # quota units that a crawl of unknown channels may use; some charts do not exist
_PER_CHART: Final = 20  # of 50, before the rest of any chart: many charts give more variety than long ones
_PER_UNKNOWN_CHANNEL: Final = 3


class YouTubeCrawler:
    """Downloads thumbnails into `data`, one folder per channel. Needs a YouTube API key.

    400 thumbnails cost 9 units of quota: 1 to look the channel up, and 1 for every 50 of its videos.
    """

    def __init__(self, settings: YouTubeSettings, data: Path) -> None:
        self._settings = settings
        self._data = data

    async def crawl(self, channel: str, count: int = 400, on_progress: OnProgress = lambda _: None) -> CrawlReport:
        """Download the thumbnails of the channel's `count` newest videos, except those in its folder already.

        `channel` is a handle, an id or a link. Whatever interrupts a crawl, its downloads are kept, and the next one
        continues from there. Raises LinkError, DatasetError, and CrawlError and its subclasses.
        """
        ref = channel_ref(channel)
        async with DataApi(self._settings) as api:
            found = await api.channel(ref)
            store = await asyncio.to_thread(
                ThumbnailStore, self._data, found.id, _handle(found, ref), found.title or str(ref)
            )
            uploads = _Uploads(api, found.uploads or "UU" + found.id[2:], count)

            def on_step(kept: int) -> None:
                on_progress(Progress("crawl", kept, uploads.total, store.channel.title))

            async with Downloads(self._settings.thumbnails_url, store, on_step) as downloads:
                try:
                    async with aclosing(uploads.listing()) as listing:
                        await downloads.fill(listing, count)
                finally:
                    await asyncio.to_thread(store.save)
        if not len(store):
            if downloads.unreached:
                raise NoNetworkError(NOT_REACHED)
            raise CrawlError(f"{store.channel.title} has no public videos. Choose another channel.")
        return CrawlReport(store.channel, len(store), downloads.new, api.units, dict(downloads.left_out))

    async def crawl_unknown(
        self,
        folder: Path,
        known_channel_ids: Collection[str],
        count: int = 2000,
        on_progress: OnProgress = lambda _: None,
    ) -> UnknownReport:
        """Fill a folder with `count` thumbnails of unknown channels: YouTube's most popular videos, three per channel.

        Thumbnails in the folder count, except those of known channels. A full folder costs no quota, nor does one for
        which all charts were read in the last week; no crawl costs more than 60 units. Training works without unknown
        channels: a failure of the network, the quota or the key is reported, not raised, and all downloads are kept.
        Raises DatasetError.
        """
        store = await asyncio.to_thread(UnknownThumbnailStore, folder)
        before = store.count_without(known_channel_ids)
        if before >= count or store.is_fresh:
            return UnknownReport(before, new=0, units=0)

        def on_step(kept: int) -> None:
            on_progress(Progress("crawl", before + kept, count, "unknown channels"))

        new = units = 0
        problem: str | None = None
        try:
            async with (
                DataApi(self._settings) as api,
                Downloads(self._settings.thumbnails_url, store, on_step) as downloads,
                aclosing(_unknown(api, store, known_channel_ids)) as listing,
            ):
                try:
                    await downloads.fill(listing, count - before)
                finally:
                    new, units = downloads.new, api.units
        except CrawlError as error:
            problem = str(error)
        found = store.count_without(known_channel_ids)
        if problem is None and found < count:
            await asyncio.to_thread(store.mark_exhausted)
        on_progress(Progress("crawl", found, found, "unknown channels"))  # the charts may have fewer
        return UnknownReport(found, new, units, problem)


async def fetch_videos(
    settings: YouTubeSettings,
    folder: Path,
    videos: Collection[str],
    on_progress: OnProgress = lambda _: None,
) -> VideosReport:
    """Download the thumbnails of single videos, by id, except those in the folder already; it costs no quota.

    Videos without a thumbnail are left out. Raises NoNetworkError, DatasetError.
    """
    store = await asyncio.to_thread(VideoThumbnailStore, folder)

    async def listing() -> AsyncGenerator[Wanted, None]:
        for video in videos:
            yield Wanted(video, video)

    def on_step(kept: int) -> None:
        on_progress(Progress("crawl", kept + downloads.left_out.total(), len(videos), "single videos"))

    async with Downloads(settings.thumbnails_url, store, on_step) as downloads, aclosing(listing()) as wanted:
        await downloads.fill(wanted, len(videos))
    return VideosReport(downloads.kept, downloads.new, dict(downloads.left_out))


class _Uploads:
    """A channel's uploads; `total` is how many of the `count` newest ones exist, as far as is known."""

    def __init__(self, api: DataApi, playlist: str, count: int) -> None:
        self.total = count
        self._api = api
        self._playlist = playlist
        self._count = count

    async def listing(self) -> AsyncGenerator[Wanted, None]:
        """Every upload once; for a channel full of hidden videos, at most twice the pages that `count` needs."""
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


async def _unknown(
    api: DataApi, store: UnknownThumbnailStore, known_channel_ids: Collection[str]
) -> AsyncGenerator[Wanted, None]:
    """Popular videos of unknown channels that are not in the store yet, two per channel including those that are."""
    of_channel = Counter(store.channel_ids)
    seen: set[str] = set()
    async with aclosing(_popular(api)) as videos:
        async for video in videos:
            name = store.name(video.channel_id, video.id)
            if name in seen or name in store or video.channel_id in known_channel_ids:
                continue
            if of_channel[video.channel_id] < _PER_UNKNOWN_CHANNEL:
                seen.add(name)
                of_channel[video.channel_id] += 1
                yield Wanted(video.id, name)


async def _popular(api: DataApi) -> AsyncGenerator[ApiVideo, None]:
    """Popular videos of many categories and regions, some more than once: the top of every chart, then the rest."""
    rest: list[ApiVideo] = []
    for turn in range(_CHARTS):  # 8 and 13 have no common divisor: each turn is another pair
        chart = await api.popular(_REGIONS[turn % len(_REGIONS)], _CATEGORIES[turn % len(_CATEGORIES)])
        rest += chart[_PER_CHART:]
        for video in chart[:_PER_CHART]:
            yield video
    for video in rest:
        yield video


def _handle(found: ApiChannel, ref: ChannelRef) -> str | None:
    return found.handle or (str(ref) if ref.kind == "handle" else None)
