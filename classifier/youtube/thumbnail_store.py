"""Folders that a crawl fills: one channel's thumbnails, those of unknown channels, and those of single videos."""

import hashlib
import re
import threading
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from classifier.disk import on_disk, write_whole
from classifier.errors import DatasetError
from classifier.image_files import find_images
from classifier.links import ChannelRef, is_video_id
from classifier.pictures.channel_record import ChannelRecord, load_record, save_record
from classifier.pictures.unknown import UNKNOWN_NAME
from classifier.values import Channel

_SAVE_EVERY = 50
_EXHAUSTED = ".exhausted"
_REFRESH_SECONDS = 7 * 24 * 3600
"""Charts change slowly, and reading them costs quota."""
_PORTABLE = re.compile(r"[a-z0-9_.-]{1,64}")
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})


class ThumbnailStore:
    """A channel's thumbnails, `<video_id>.jpg`, and their record. Every method blocks on the disk: use a thread.

    `shorts` are the ids of videos that are known to be Shorts. All methods raise DatasetError if the disk fails.
    """

    def __init__(self, data: Path, channel_id: str, handle: str | None, title: str) -> None:
        """Open the channel's folder in `data`, or create one, named by its handle, else by its id."""
        self._id, self._handle, self._title = channel_id, handle, title
        self._lock = threading.Lock()
        with on_disk(data, DatasetError):
            data.mkdir(parents=True, exist_ok=True)
            self.folder: Final = _folder_of(data, channel_id, handle)
            self.folder.mkdir(exist_ok=True)
            record = load_record(self.folder)
            known = record.sha256 if record else {}
            self._titles = dict(record.titles) if record else {}
            self._titled_at = record.titled_at if record else None
            self.shorts: Final = set(record.shorts if record else ())
            images = find_images(self.folder, within=data)
            pictures = [path for path in images if path.suffix == ".jpg" and is_video_id(path.stem)]
            self._sha256 = {path.stem: known.get(path.stem) or _sha256(path.read_bytes()) for path in pictures}

    def __contains__(self, video: str) -> bool:
        return video in self._sha256

    def __len__(self) -> int:
        return len(self._sha256)

    @property
    def channel(self) -> Channel:
        """The channel, labelled by its folder."""
        return Channel(label=self.folder.name, title=self._title, id=self._id, handle=self._handle)

    def add(self, video: str, thumbnail: bytes) -> None:
        """Store a thumbnail, whole or not at all; now and then the record is written too."""
        _write(self.folder, video, thumbnail)
        with self._lock:
            self._sha256[video] = _sha256(thumbnail)
            due = len(self._sha256) % _SAVE_EVERY == 0
        if due:
            self.save()

    def learn_titles(self, titles: Mapping[str, str], *, complete: bool) -> None:
        """Take the titles of videos, by id, from a crawl; if it was `complete`, instead of those of before."""
        if complete or not self._titles:
            self._titles, self._titled_at = dict(titles), datetime.now(UTC)
        else:
            self._titles |= titles

    def save(self) -> None:
        """Write the record of what is stored now."""
        with self._lock, on_disk(self.folder, DatasetError):
            pictures = dict(sorted(self._sha256.copy().items()))
            record = ChannelRecord(
                self._id,
                self._handle,
                self._title,
                datetime.now(UTC),
                pictures,
                titles={video: self._titles[video] for video in pictures if self._titles.get(video)},
                titled_at=self._titled_at,
                shorts=tuple(sorted(self.shorts)),
            )
            save_record(self.folder, record)


class UnknownThumbnailStore:
    """Thumbnails of unknown channels, `<channel_id>_<video_id>.jpg`, in one folder.

    Opening it and adding to it block on the disk: use a thread. Both raise DatasetError if it fails.
    """

    def __init__(self, folder: Path) -> None:
        """Open or create the folder. Files with other names are ignored."""
        self.folder: Final = folder
        with on_disk(folder, DatasetError):
            folder.mkdir(parents=True, exist_ok=True)
            found = ((path.stem, UNKNOWN_NAME.fullmatch(path.stem)) for path in folder.glob("*.jpg"))
            self._channels = {name: match["channel"] for name, match in found if match}
            exhausted = folder / _EXHAUSTED
            self.is_fresh: Final = exhausted.exists() and time.time() - exhausted.stat().st_mtime < _REFRESH_SECONDS

    def __contains__(self, name: str) -> bool:
        return name in self._channels

    @property
    def channel_ids(self) -> tuple[str, ...]:
        """The channel of each thumbnail."""
        return tuple(self._channels.values())

    def count_without(self, channel_ids: Collection[str]) -> int:
        """How many thumbnails there are, without those of some channels."""
        return sum(channel not in channel_ids for channel in self._channels.values())

    def mark_exhausted(self) -> None:
        """Remember that all charts have been read just now."""
        with on_disk(self.folder, DatasetError):
            (self.folder / _EXHAUSTED).touch()

    @staticmethod
    def name(channel_id: str, video: str) -> str:
        """The name of a video's thumbnail here."""
        return f"{channel_id}_{video}"

    def add(self, name: str, thumbnail: bytes) -> None:
        """Store a thumbnail, whole or not at all."""
        _write(self.folder, name, thumbnail)
        self._channels[name] = name[:24]


class VideoThumbnailStore:
    """Thumbnails of single videos, `<video_id>.jpg`, in one folder.

    Opening it and adding to it block on the disk: use a thread. Both raise DatasetError if it fails.
    """

    def __init__(self, folder: Path) -> None:
        """Open or create the folder."""
        self.folder: Final = folder
        with on_disk(folder, DatasetError):
            folder.mkdir(parents=True, exist_ok=True)
            self._videos = {path.stem for path in folder.glob("*.jpg")}

    def __contains__(self, name: str) -> bool:
        return name in self._videos

    def add(self, name: str, thumbnail: bytes) -> None:
        """Store a thumbnail, whole or not at all."""
        _write(self.folder, name, thumbnail)
        self._videos.add(name)


def find_channel(data: Path, ref: ChannelRef) -> Channel | None:
    """The channel that a folder in `data` holds, by its id or handle; None if there is none."""
    for folder in sorted(data.iterdir()) if data.is_dir() else ():
        record = _record_in(folder)
        if record and (ref.value == record.id or str(ref).casefold() == (record.handle or "").casefold()):
            return Channel(folder.name, record.title, record.id, record.handle)
    return None


def label_of(channel_id: str, handle: str | None) -> str:
    """The name of a channel's new folder, unless another channel has it: the handle, else the id."""
    return _label(handle) or channel_id


def _folder_of(data: Path, channel_id: str, handle: str | None) -> Path:
    """The folder that holds the channel already, whatever its name, else a new name."""
    label = label_of(channel_id, handle)
    named = data / label
    if named.is_dir():
        record = load_record(named)
        if record is None or record.id == channel_id:
            return named
        label = f"{label}-{channel_id}"
    recorded = ((folder, _record_in(folder)) for folder in sorted(data.iterdir()))
    return next((folder for folder, record in recorded if record and record.id == channel_id), data / label)


def _record_in(folder: Path) -> ChannelRecord | None:
    try:
        return load_record(folder) if folder.is_dir() else None
    except DatasetError:  # another channel's broken record is no reason to stop
        return None


def _label(handle: str | None) -> str | None:
    """A handle as a folder name that works on every system; None if it can't be one."""
    name = (handle or "").removeprefix("@").lower()
    if not _PORTABLE.fullmatch(name) or name.strip("_.-") in _RESERVED | {""}:
        return None
    return name.replace(".", "_")


def _write(folder: Path, name: str, thumbnail: bytes) -> None:
    """Write `<name>.jpg`, whole or not at all. Raises DatasetError."""
    path = folder / f"{name}.jpg"
    with on_disk(path, DatasetError):
        write_whole(path, thumbnail)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
