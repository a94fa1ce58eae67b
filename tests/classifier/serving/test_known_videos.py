"""The titles of videos in the data folder."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from classifier.pictures.channel_record import RECORD_NAME, ChannelRecord, save_record
from classifier.serving.decoder_pool import DecoderPool
from classifier.serving.known_videos import KnownVideos
from classifier.values import Channel, Mistake

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
