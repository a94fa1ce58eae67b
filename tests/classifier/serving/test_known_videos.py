"""The videos in the data folder: which one a picture shows, and their titles."""

import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from classifier.models.thumbnail_index import Near
from classifier.pictures.channel_record import RECORD_NAME, ChannelRecord, save_record
from classifier.pictures.thumbnail import Thumbnail
from classifier.serving.decoder_pool import DecoderPool
from classifier.serving.known_videos import KnownVideos
from classifier.values import Channel, Mistake
from tests.classifier.drawn import COLOURS, pixels

AMBER = Channel("amber", "Amber")
MISTAKE = Mistake("aaaaaaaaaaa", "amber/aaaaaaaaaaa.jpg", "amber", "fern", 2.5, held_out=True)
CORRECTED = replace(MISTAKE, video="bbbbbbbbbbb", file="amber/bbbbbbbbbbb.jpg", label="fern")
"""It is in another folder than its label says."""
RECORD = ChannelRecord("UC" + "a" * 22, "@amber", "Amber", datetime(2098, 1, 1, tzinfo=UTC))


def titled(thumbnails: Path, *mistakes: Mistake) -> list[str]:
    return [it.title for it in KnownVideos(thumbnails, DecoderPool()).titled(mistakes, [AMBER])]


def test_mistakes_get_the_titles_that_the_data_folder_has(tmp_path: Path) -> None:
    assert titled(tmp_path, MISTAKE) == [""]
    (tmp_path / "amber").mkdir()
    titles = {MISTAKE.video: "Two\nlines", CORRECTED.video: "A" * 200}
    save_record(tmp_path / "amber", replace(RECORD, titles=titles))
    assert titled(tmp_path, CORRECTED, MISTAKE) == ["A" * 99 + "…", "Two lines"]
    save_record(tmp_path / "amber", RECORD)
    assert titled(tmp_path, MISTAKE) == [""]


def test_a_broken_record_gives_no_title(tmp_path: Path) -> None:
    (tmp_path / "amber").mkdir()
    (tmp_path / "amber" / RECORD_NAME).write_bytes(b"{")
    assert titled(tmp_path, MISTAKE) == [""]


def test_only_folders_of_the_models_channels_are_read(tmp_path: Path) -> None:
    (tmp_path / "fern").mkdir()
    save_record(tmp_path / "fern", replace(RECORD, titles={MISTAKE.video: "Fern's"}))
    assert titled(tmp_path, replace(MISTAKE, file="fern/aaaaaaaaaaa.jpg"), replace(MISTAKE, file="\0/..")) == ["", ""]


class CountingPool(DecoderPool):
    """Counts what it decodes."""

    def __init__(self) -> None:
        super().__init__(size=1)
        self.decoded = 0

    async def decode(self, picture: bytes) -> Thumbnail:
        self.decoded += 1
        return await super().decode(picture)


@pytest.fixture
async def pool() -> AsyncIterator[CountingPool]:
    pool = CountingPool()
    await pool.start()
    yield pool
    await pool.close()


def file_of(number: int, quality: int = 90) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels(COLOURS["fern"], number)).save(file, "JPEG", quality=quality)
    return file.getvalue()


def keep(thumbnails: Path, *files: bytes) -> list[Near]:
    """Thumbnails of the channel Amber, as candidates in the same order; the videos are aaaaaaaaaaa, bbbbbbbbbbb, …"""
    folder = thumbnails / AMBER.label
    folder.mkdir()
    videos = {11 * "abcd"[number]: file for number, file in enumerate(files)}
    for video, file in videos.items():
        (folder / f"{video}.jpg").write_bytes(file)
    digests = {video: hashlib.sha256(file).hexdigest() for video, file in videos.items()}
    save_record(folder, replace(RECORD, sha256=digests))
    return [Near(AMBER, int(digest[:16], 16), 0.9) for digest in digests.values()]


async def test_the_picture_that_is_most_alike_is_the_same_one(tmp_path: Path, pool: CountingPool) -> None:
    """Here the first candidate is the same picture too, but a poor copy."""
    candidates = keep(tmp_path, file_of(1, quality=5), file_of(2), file_of(1))
    found = await KnownVideos(tmp_path, pool).same(Thumbnail.decode(file_of(1)), candidates)
    assert found is not None
    assert found.id == "ccccccccccc"
    assert pool.decoded == 3


async def test_after_an_equal_picture_no_further_one_is_opened(tmp_path: Path, pool: CountingPool) -> None:
    candidates = keep(tmp_path, file_of(1), file_of(2), file_of(3))
    found = await KnownVideos(tmp_path, pool).same(Thumbnail.decode(file_of(1)), candidates)
    assert found is not None
    assert found.id == "aaaaaaaaaaa"
    assert pool.decoded == 1


async def test_other_pictures_of_the_channel_are_not_the_same_one(tmp_path: Path, pool: CountingPool) -> None:
    candidates = keep(tmp_path, file_of(1), file_of(2))
    assert await KnownVideos(tmp_path, pool).same(Thumbnail.decode(file_of(3)), candidates) is None
