"""KnownVideos: from what a model's index has of thumbnails to their files in the data folder, and their videos."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from classifier.drawing.nearest import nearest_figure
from classifier.drawing.resemblance import ENGLISH, Words, resemblance_figure
from classifier.errors import DatasetError, ThumbprintError
from classifier.links import is_video_id
from classifier.models.thumbnail_index import Near
from classifier.pictures.channel_record import ChannelRecord, load_record
from classifier.pictures.examples import read_file
from classifier.pictures.main_colours import main_colours
from classifier.pictures.same_picture import NEARLY_EQUAL, likeness
from classifier.pictures.thumbnail import Thumbnail
from classifier.serving.decoder_pool import DecoderPool
from classifier.serving.loaded_models import Compared
from classifier.titles import clip, one_line
from classifier.values import Channel, KnownVideo, Mistake, Nearest, Resemblance

log = logging.getLogger(__name__)

SHOWN: Final = 3
"""Thumbnails shown per channel."""
_TITLE_LENGTH: Final = 100


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """A video, and the file of its thumbnail."""

    video: KnownVideo
    file: bytes


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A video, and its thumbnail."""

    video: KnownVideo
    thumbnail: Thumbnail


class KnownVideos:
    """The videos in a data folder `thumbnails`. Thumbnails that are no longer there are no longer found."""

    def __init__(self, thumbnails: Path, decoders: DecoderPool) -> None:
        self._thumbnails = thumbnails
        self._decoders = decoders
        self._comparing = asyncio.Lock()
        """One at a time: threads that compete for the interpreter slow down each other and the event loop."""

    async def same(self, thumbnail: Thumbnail, candidates: Sequence[Near]) -> KnownVideo | None:
        """The video of the candidate that shows the same picture as a thumbnail; None if none does."""
        best: tuple[float, KnownVideo] | None = None
        async for known in self._open(candidates):
            async with self._comparing:
                alike = await asyncio.to_thread(likeness, thumbnail, known.thumbnail)
            if alike is not None and (best is None or alike > best[0]):
                best = alike, known.video
                if alike >= NEARLY_EQUAL:
                    break
        return best[1] if best else None

    async def nearest(self, near: Sequence[Near]) -> Nearest | None:
        """The first thumbnails of one channel that are still there; None if none is."""
        known: list[_Known] = []
        async for it in self._open(near):
            known.append(it)
            if len(known) == SHOWN:
                break
        if not known:
            return None
        figure = await asyncio.to_thread(nearest_figure, [it.thumbnail for it in known])
        return Nearest(near[0].channel, tuple(it.video for it in known), figure)

    async def resemblance(self, compared: Compared, words: Words = ENGLISH) -> Resemblance:
        """A comparison with a channel, with its colours and nearest thumbnails as far as they are still there."""
        nearest = await self.nearest(compared.typicality.nearest)
        sample = [it.thumbnail async for it in self._open(compared.typicality.sample)]
        return await asyncio.to_thread(_resemblance, compared, sample, nearest, words)

    def titled(self, mistakes: Sequence[Mistake], channels: Sequence[Channel]) -> tuple[Mistake, ...]:
        """The same mistakes with the titles of their videos, as far as the folders of a model's channels have them.

        Blocks on the disk.
        """
        folders = {it.file.partition("/")[0] for it in mistakes}
        records = {it.label: self._record(it.label) for it in channels if it.label in folders}
        return tuple(replace(it, title=_title(records.get(it.file.partition("/")[0]), it.video)) for it in mistakes)

    def _record(self, label: str) -> ChannelRecord | None:
        """A channel's record; None if it is missing or broken."""
        try:
            return load_record(self._thumbnails / label)
        except DatasetError as error:
            log.info("%s", error)
            return None

    async def _open(self, near: Sequence[Near]) -> AsyncIterator[_Known]:
        """Find and decode thumbnails; those that are gone or broken are left out: answers are complete without them."""
        for it in near:
            try:
                found = await asyncio.to_thread(self._find, it)
                if found is not None:
                    yield _Known(found.video, await self._decoders.decode(found.file))
            except ThumbprintError as error:
                log.info("a thumbnail of %s can't be used: %s", it.channel.label, error)

    def _find(self, near: Near) -> _Found | None:
        """Find a thumbnail's file by its content. Raises DatasetError, PictureError."""
        folder = self._thumbnails / near.channel.label
        record = load_record(folder)
        start = f"{near.digest:016x}"
        videos = (video for video, sha256 in record.sha256.items() if sha256.startswith(start)) if record else ()
        video = next(filter(is_video_id, videos), None)
        if record is None or video is None:
            return None
        file = read_file(folder / f"{video}.jpg")
        if not hashlib.sha256(file).hexdigest().startswith(start):
            return None
        return _Found(KnownVideo(video, _title(record, video), near.channel), file)


def _title(record: ChannelRecord | None, video: str) -> str:
    return clip(one_line(record.titles.get(video, "")), _TITLE_LENGTH) if record else ""


def _resemblance(compared: Compared, sample: Sequence[Thumbnail], nearest: Nearest | None, words: Words) -> Resemblance:
    typical = compared.typicality
    own, channels = main_colours([compared.thumbnail]), main_colours(sample)
    figure = resemblance_figure(typical.channel, typical.percentile, own, channels, words)
    return Resemblance(typical.channel, typical.percentile, typical.held_out, own, channels, figure, nearest)
