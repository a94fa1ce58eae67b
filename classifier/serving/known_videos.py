"""KnownVideos: from what a model's index has of thumbnails to their files in the data folder, and their videos."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.errors import ThumbprintError
from classifier.links import is_video_id
from classifier.models.thumbnail_index import Near
from classifier.pictures.channel_record import load_record
from classifier.pictures.examples import read_file
from classifier.pictures.same_picture import likeness
from classifier.pictures.thumbnail import Thumbnail
from classifier.serving.decoder_pool import DecoderPool
from classifier.titles import clip, one_line
from classifier.values import KnownVideo

log = logging.getLogger(__name__)

_TITLE_LENGTH = 100


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """A video, and the file of its thumbnail."""

    video: KnownVideo
    file: bytes


class KnownVideos:
    """The videos in a data folder `thumbnails`. Thumbnails that are no longer there are no longer found."""

    def __init__(self, thumbnails: Path, decoders: DecoderPool) -> None:
        self._thumbnails = thumbnails
        self._decoders = decoders

    async def same(self, thumbnail: Thumbnail, candidates: Sequence[Near]) -> KnownVideo | None:
        """The video of the candidate that shows the same picture as a thumbnail; None if none does."""
        best: tuple[float, KnownVideo] | None = None
        for candidate in candidates:
            try:
                found = await asyncio.to_thread(self._find, candidate)
                if found is None:
                    continue
                known = await self._decoders.decode(found.file)
            except ThumbprintError as error:  # an answer is complete without it
                log.info("a thumbnail of %s can't be compared: %s", candidate.channel.label, error)
                continue
            alike = await asyncio.to_thread(likeness, thumbnail, known)
            if alike is not None and (best is None or alike > best[0]):
                best = alike, found.video
        return best[1] if best else None

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
        title = clip(one_line(record.titles.get(video, "")), _TITLE_LENGTH)
        return _Found(KnownVideo(video, title, near.channel), file)
