"""Charts: YouTube's most popular videos, as a source of thumbnails of unknown channels."""

from collections import Counter
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from typing import Final

from classifier.youtube.data_api import ApiVideo, DataApi
from classifier.youtube.downloads import Wanted
from classifier.youtube.thumbnail_store import UnknownThumbnailStore

_REGIONS: Final = ("US", "BR", "IN", "JP", "DE", "MX", "KR", "GB")
_CATEGORIES: Final = (None, "20", "24", "1", "10", "28", "26", "17", "23", "25", "22", "2", "15")
"""All; gaming, entertainment, film, music, science, how-to, sports, comedy, news, people, cars, animals."""
_CHARTS: Final = 60  # quota units that a crawl of unknown channels may use; some charts do not exist
_PER_CHART: Final = 20  # of 50, before the rest of any chart: many charts give more variety than long ones
_PER_UNKNOWN_CHANNEL: Final = 3


async def unknown_videos(
    api: DataApi, store: UnknownThumbnailStore, known_channel_ids: Collection[str]
) -> AsyncGenerator[Wanted, None]:
    """Popular videos of unknown channels that are not in the store yet, three per channel including those that are."""
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
