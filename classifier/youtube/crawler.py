"""YouTubeCrawler: from YouTube to the data folder, the newest thumbnails of a channel and popular ones of others."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Final

from classifier.errors import (
    CrawlError,
    EmptyChannelError,
    LinkError,
    NoNetworkError,
    QuotaExceededError,
    UnavailableError,
    UnknownChannelError,
    WrongKeyError,
)
from classifier.links import ChannelRef, channel_ref
from classifier.settings import YouTubeSettings
from classifier.values import (
    Channel,
    CrawlReport,
    CrawlSummary,
    LeftOut,
    OnProgress,
    Progress,
    UnknownReport,
    VideosReport,
)
from classifier.youtube.charts import unknown_videos
from classifier.youtube.data_api import ApiChannel, DataApi
from classifier.youtube.downloads import Downloads, Wanted
from classifier.youtube.thumbnail_store import (
    ThumbnailStore,
    UnknownThumbnailStore,
    VideoThumbnailStore,
    find_channel,
    label_of,
)
from classifier.youtube.uploads import Uploads

_OF_ALL: Final = (WrongKeyError, QuotaExceededError, NoNetworkError)
"""What stops all channels if it stops one."""


class YouTubeCrawler:
    """Downloads thumbnails of long videos into `data`, one folder per channel. Needs a YouTube API key.

    400 thumbnails cost 9 units of quota: 1 to look the channel up, and 1 for every 50 of its videos. A channel that has
    other videos too costs one more, to count its Shorts, and so does one without a list of its long videos.
    """

    def __init__(self, settings: YouTubeSettings, data: Path) -> None:
        self._settings = settings
        self._data = data

    async def crawl(self, channel: str, count: int = 400, on_progress: OnProgress = lambda _: None) -> CrawlReport:
        """Download the thumbnails of the channel's `count` newest videos, except those in its folder already.

        `channel` is a handle, an id or a link. Whatever interrupts a crawl, its downloads are kept, and the next one
        continues from there. While YouTube is temporarily unavailable, the thumbnails of earlier crawls must do.
        Raises LinkError, DatasetError, and CrawlError and its subclasses.
        """
        async with DataApi(self._settings) as api:
            return await self._crawl(api, channel, count, on_progress)

    async def crawl_all(
        self, channels: Sequence[str], count: int = 400, on_progress: OnProgress = lambda _: None
    ) -> CrawlSummary:
        """Crawl several channels; those that can't be crawled are left out, even if that leaves none.

        Raises what would stop all others too: WrongKeyError, QuotaExceededError, NoNetworkError, DatasetError.
        """
        reports: list[CrawlReport] = []
        left_out: list[LeftOut] = []
        async with DataApi(self._settings) as api:
            for channel in channels:
                try:
                    reports.append(await self._crawl(api, channel, count, on_progress))
                except _OF_ALL:
                    raise
                except (LinkError, CrawlError) as error:
                    left_out.append(await asyncio.to_thread(self._left_out, channel, error))
        return CrawlSummary(tuple(reports), tuple(left_out), api.units)

    async def _crawl(self, api: DataApi, channel: str, count: int, on_progress: OnProgress) -> CrawlReport:
        ref, before = channel_ref(channel), api.units
        try:
            found = await api.channel(ref)
        except UnavailableError as error:
            stored = await asyncio.to_thread(self._stored, ref)
            if stored is None:
                raise
            return CrawlReport(stored.channel, len(stored), new=0, units=api.units - before, problem=str(error))
        store = await asyncio.to_thread(
            ThumbnailStore, self._data, found.id, _handle(found, ref), found.title or str(ref)
        )
        uploads = Uploads(api, found, count, frozenset(store.shorts))

        def on_step(kept: int) -> None:
            on_progress(Progress("crawl", kept, uploads.total, store.channel.title))

        problem: CrawlError | None = None
        async with Downloads(self._settings.thumbnails_url, store, on_step) as downloads:
            try:
                async with aclosing(uploads.listing()) as listing:
                    await downloads.fill(listing, count)
            except UnavailableError as error:
                problem = error
            finally:
                store.learn_titles(uploads.titles, complete=problem is None)
                store.shorts.update(downloads.shorts)
                await asyncio.to_thread(store.save)
        if not len(store):
            raise problem or downloads.problem or _empty(store.channel, downloads.left_out)
        shorts = 0 if problem else await uploads.count_shorts()
        left_out, units = dict(downloads.left_out + Counter(short=shorts)), api.units - before
        return CrawlReport(store.channel, len(store), downloads.new, units, left_out, str(problem) if problem else None)

    def _stored(self, ref: ChannelRef) -> ThumbnailStore | None:
        """What earlier crawls brought of a channel; None if they brought nothing."""
        channel = find_channel(self._data, ref)
        if channel is None or channel.id is None:
            return None
        store = ThumbnailStore(self._data, channel.id, channel.handle, channel.title)
        return store if len(store) else None

    def _left_out(self, name: str, error: LinkError | CrawlError) -> LeftOut:
        """Why a channel is left out; it goes by what an earlier crawl learned of it, else by how it was asked for."""
        if isinstance(error, LinkError):
            return LeftOut.because(Channel(name, name), error.template, **error.data)
        ref = channel_ref(name)
        named = str(ref)
        channel = find_channel(self._data, ref) or Channel(
            label_of(ref.value, named) if ref.kind == "handle" else named,
            named,
            ref.value if ref.kind == "id" else None,
            named if ref.kind == "handle" else None,
        )
        if isinstance(error, UnknownChannelError):
            return LeftOut.because(
                channel, "YouTube has no such channel. It may have been renamed or closed.", gone=True
            )
        if isinstance(error, EmptyChannelError):
            return LeftOut.because(channel, error.reason, gone=True, **error.data)
        return LeftOut.because(channel, error.template, **error.data)

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
                aclosing(unknown_videos(api, store, known_channel_ids)) as listing,
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


def _empty(channel: Channel, left_out: Counter[str]) -> EmptyChannelError:
    """Nothing could be downloaded, though everything could be reached."""
    unusable = {reason: left_out[reason] for reason in ("placeholder", "unreadable", "failed")}
    if any(unusable.values()):
        return EmptyChannelError(
            "{channel} has no usable thumbnails (placeholders: {placeholder}, unreadable: {unreadable}, not "
            "downloaded: {failed}). Choose another channel.",
            reason="It has no usable thumbnails (placeholders: {placeholder}, unreadable: {unreadable}, not "
            "downloaded: {failed}).",
            channel=channel.title,
            **unusable,
        )
    if left_out["short"]:
        return EmptyChannelError(
            "{channel} has only Shorts, which have no thumbnails of their own. Choose another channel.",
            reason="It has only Shorts, which have no thumbnails of their own.",
            channel=channel.title,
        )
    return EmptyChannelError(
        "{channel} has no public videos. Choose another channel.",
        reason="It has no public videos.",
        channel=channel.title,
    )


def _handle(found: ApiChannel, ref: ChannelRef) -> str | None:
    return found.handle or (str(ref) if ref.kind == "handle" else None)
