"""Folders of channels whose pictures are never read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from classifier.pictures.channel_record import ChannelRecord, save_record


def lay_channel(folder: Path, channel_id: str, videos: Sequence[str]) -> Path:
    """A crawled channel's folder with empty pictures."""
    folder.mkdir(parents=True)
    for name in videos:
        (folder / f"{name}.jpg").touch()
    save_record(folder, ChannelRecord(channel_id, None, folder.name, datetime.now(UTC)))
    return folder
