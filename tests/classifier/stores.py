"""Folders of channels whose thumbnails are never decoded."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from classifier.pictures.channel_record import ChannelRecord, save_record


def touch(folder: Path, *names: str) -> None:
    """Create empty files, and their folders."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def make_channel(folder: Path, channel_id: str, videos: Sequence[str]) -> Path:
    """Create a crawled channel's folder with empty thumbnails."""
    folder.mkdir(parents=True)
    touch(folder, *(f"{name}.jpg" for name in videos))
    save_record(folder, ChannelRecord(channel_id, None, folder.name, datetime.now(UTC)))
    return folder
