"""The record in a channel's folder, `channel.json`: who the channel is, and what was fetched of it."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from classifier.disk import write_whole
from classifier.errors import DatasetError
from classifier.values import Channel

RECORD_NAME: Final = "channel.json"


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """The contents of `channel.json`: the channel, and when it was crawled; by video id, the thumbnails' sha256 and the
    videos' titles (untrusted text), which YouTube gave at `titled_at` or later.

    `shorts` are ids of videos that are Shorts by their pictures, so that none is downloaded twice.
    """

    id: str
    handle: str | None
    title: str
    fetched_at: datetime
    sha256: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    titled_at: datetime | None = None
    shorts: tuple[str, ...] = ()


_RECORD = TypeAdapter(ChannelRecord)


def load_record(folder: Path) -> ChannelRecord | None:
    """Read the record of a channel's folder; None if there is none. Raises DatasetError if it is broken."""
    path = folder / RECORD_NAME
    try:
        return _RECORD.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise DatasetError(f"{path} can't be read as a channel's record. Delete it and crawl again.") from error


def save_record(folder: Path, record: ChannelRecord) -> None:
    """Write the record of a channel's folder, whole or not at all. Raises OSError."""
    write_whole(folder / RECORD_NAME, _RECORD.dump_json(record, indent=2))


def channel_of(folder: Path) -> Channel:
    """The channel that a folder holds: from its record, else from its name."""
    record = load_record(folder)
    if record is None:
        return Channel(label=folder.name, title=folder.name)
    return Channel(label=folder.name, title=record.title, id=record.id, handle=record.handle)
