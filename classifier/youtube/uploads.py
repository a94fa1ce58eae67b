"""Uploads: which videos of a channel a crawl wants, newest first; Shorts are left out."""

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from typing import Final

from classifier.errors import CrawlError
from classifier.youtube.data_api import ApiChannel, DataApi, Upload, UploadsPage
from classifier.youtube.downloads import Wanted

_PER_PAGE: Final = 50


class Uploads:
    """A channel's uploads: its long videos and, where those are fewer than `count`, its streams.

    If YouTube has no list of its long videos, all its uploads; then their pictures say which are Shorts, except for
    `shorts`, which are known already. `total` is how many of the `count` newest ones exist, as far as is known, and
    `titles` are those of the ones listed so far, by video id.
    """

    def __init__(self, api: DataApi, channel: ApiChannel, count: int, shorts: Collection[str] = ()) -> None:
        self._api = api
        self._channel = channel
        self._count = count
        self._shorts = shorts
        self.titles: dict[str, str] = {}
        self._totals: dict[str, int] = {}
        self._only_long = False

    @property
    def total(self) -> int:
        """How many thumbnails there may be."""
        return min(self._count, sum(self._totals.values())) if self._totals else self._count

    async def listing(self) -> AsyncGenerator[Wanted, None]:
        """Every upload once. Raises CrawlErrors."""
        seen: set[str] = set()
        async with aclosing(self._uploads()) as uploads:
            async for upload in uploads:
                if upload.video_id not in seen:
                    seen.add(upload.video_id)
                    self.titles[upload.video_id] = upload.title
                    reason = upload.left_out or ("short" if upload.video_id in self._shorts else None)
                    yield Wanted(upload.video_id, upload.video_id, reason, may_be_short=not self._only_long)

    async def count_shorts(self) -> int:
        """How many Shorts the lists did not have, for one unit if there may be any; 0 if YouTube does not say."""
        if not self._has_others:
            return 0
        try:
            return (await self._api.uploads(self._channel.playlist("shorts"), None)).total
        except CrawlError:  # a number for the report is no reason to fail
            return 0

    @property
    def _has_others(self) -> bool:
        """Whether the channel has public videos of other kinds than those that were listed."""
        return self._only_long and self._channel.videos > sum(self._totals.values())

    async def _uploads(self) -> AsyncGenerator[Upload, None]:
        videos = self._channel.playlist("videos")
        first = await self._api.uploads(videos, None)
        self._only_long = bool(first.uploads)
        if self._only_long:
            lists = [self._pages(videos, first), self._pages(self._channel.playlist("streams"))]
        else:
            lists = [self._pages(self._channel.uploads or "UU" + self._channel.id[2:])]
        for number, pages in enumerate(lists):
            async with aclosing(pages):
                if number and not self._has_others:
                    return
                async for upload in pages:
                    yield upload

    async def _pages(self, playlist: str, page: UploadsPage | None = None) -> AsyncGenerator[Upload, None]:
        """A list, whose first `page` may be at hand; of one full of hidden videos, twice the pages for `count`."""
        token: str | None = None
        for _ in range(2 * -(-self._count // _PER_PAGE)):
            page = page or await self._api.uploads(playlist, token)
            self._totals[playlist] = page.total
            for upload in page.uploads:
                yield upload
            token, page = page.next_token, None
            if token is None:
                return
