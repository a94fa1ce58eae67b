"""Shelf: the folder of one channel while a crawl fills it; StrangersShelf: that of all other channels' pictures."""

import hashlib
import re
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from classifier.dataset import ChannelRecord, load_record, save_record
from classifier.errors import DatasetError
from classifier.values import Channel
from classifier.youtube import is_video_id

_SAVE_EVERY = 50
_PORTABLE = re.compile(r"[a-z0-9_.-]{1,64}")
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})
STRANGER = re.compile(r"(?P<channel>UC[0-9A-Za-z_-]{22})_[0-9A-Za-z_-]{11}")


class Shelf:
    """A channel's pictures, `<video_id>.jpg`, and their record. Every method works on the disk: call it in a thread.

    All raise DatasetError where the disk refuses.
    """

    def __init__(self, data: Path, channel_id: str, handle: str | None, title: str) -> None:
        """Open the channel's folder under `data`, or make one: named by its handle, or else by its id."""
        self._id, self._handle, self._title = channel_id, handle, title
        self._lock = threading.Lock()
        with _on_disk(data):
            data.mkdir(parents=True, exist_ok=True)
            self._folder = _folder_of(data, channel_id, handle)
            self._folder.mkdir(exist_ok=True)
            record = load_record(self._folder)
            known = record.sha256 if record else {}
            pictures = sorted(path for path in self._folder.glob("*.jpg") if is_video_id(path.stem))
            self._sha256 = {path.stem: known.get(path.stem) or _sha256(path.read_bytes()) for path in pictures}

    def __contains__(self, video: str) -> bool:
        return video in self._sha256

    def __len__(self) -> int:
        return len(self._sha256)

    @property
    def channel(self) -> Channel:
        """The channel under the name that its folder gives it."""
        return Channel(label=self._folder.name, title=self._title, id=self._id, handle=self._handle)

    def add(self, video: str, picture: bytes) -> None:
        """Put a picture on the shelf, whole or not at all; now and then the record is written too."""
        _write(self._folder, video, picture)
        with self._lock:
            self._sha256[video] = _sha256(picture)
            due = len(self._sha256) % _SAVE_EVERY == 0
        if due:
            self.save()

    def save(self) -> None:
        """Write the record of what is on the shelf now."""
        with self._lock, _on_disk(self._folder):
            pictures = dict(sorted(self._sha256.copy().items()))
            record = ChannelRecord(self._id, self._handle, self._title, datetime.now(UTC), pictures)
            save_record(self._folder, record)


class StrangersShelf:
    """Pictures of channels that are not to be learned, `<channel_id>_<video_id>.jpg`, in one folder.

    Making one and adding to it work on the disk: call them in a thread. Both raise DatasetError where it refuses.
    """

    def __init__(self, folder: Path) -> None:
        """Open the folder, or make it. Pictures of other names are none of ours."""
        self._folder = folder
        with _on_disk(folder):
            folder.mkdir(parents=True, exist_ok=True)
            found = ((path.stem, STRANGER.fullmatch(path.stem)) for path in folder.glob("*.jpg"))
            self._channels = {name: match["channel"] for name, match in found if match}

    def __contains__(self, name: str) -> bool:
        return name in self._channels

    @property
    def channel_ids(self) -> tuple[str, ...]:
        """The channel of each picture."""
        return tuple(self._channels.values())

    def pictures_without(self, channel_ids: Collection[str]) -> int:
        """How many pictures there are but for those of some channels."""
        return sum(channel not in channel_ids for channel in self._channels.values())

    @staticmethod
    def name(channel_id: str, video: str) -> str:
        """What a video's picture is called here."""
        return f"{channel_id}_{video}"

    def add(self, name: str, picture: bytes) -> None:
        """Put a picture on the shelf, whole or not at all."""
        _write(self._folder, name, picture)
        self._channels[name] = name[:24]


class VideosShelf:
    """Pictures of single videos, `<video_id>.jpg`, in one folder.

    Making one and adding to it work on the disk: call them in a thread. Both raise DatasetError where it refuses.
    """

    def __init__(self, folder: Path) -> None:
        """Open the folder, or make it."""
        self._folder = folder
        with _on_disk(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._videos = {path.stem for path in folder.glob("*.jpg")}

    def __contains__(self, name: str) -> bool:
        return name in self._videos

    def add(self, name: str, picture: bytes) -> None:
        """Put a picture on the shelf, whole or not at all."""
        _write(self._folder, name, picture)
        self._videos.add(name)


def label_of(channel_id: str, handle: str | None) -> str:
    """What a channel's new folder is called, where no other channel's has that name: its handle, or else its id."""
    return _label(handle) or channel_id


def _folder_of(data: Path, channel_id: str, handle: str | None) -> Path:
    """The folder that holds the channel already, whatever it is called now, or else a new name."""
    label = label_of(channel_id, handle)
    named = data / label
    if named.is_dir():
        record = load_record(named)
        if record is None or record.id == channel_id:
            return named
        label = f"{label}-{channel_id}"
    return next((folder for folder in sorted(data.iterdir()) if _holds(folder, channel_id)), data / label)


def _holds(folder: Path, channel_id: str) -> bool:
    try:
        record = load_record(folder) if folder.is_dir() else None
    except DatasetError:  # another channel's broken record is no reason to stop
        return False
    return record is not None and record.id == channel_id


def _label(handle: str | None) -> str | None:
    """A handle as a folder's name that every system takes; None where it can't be one."""
    name = (handle or "").removeprefix("@").lower()
    if not _PORTABLE.fullmatch(name) or name.strip("_.-") in _RESERVED | {""}:
        return None
    return name.replace(".", "_")


def _write(folder: Path, name: str, picture: bytes) -> None:
    """Write `<name>.jpg`, whole or not at all. Raises DatasetError."""
    path = folder / f"{name}.jpg"
    draft = folder / f".{name}.part"
    with _on_disk(path):
        draft.write_bytes(picture)
        draft.replace(path)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@contextmanager
def _on_disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DatasetError(f"{path} can't be used: {error.strerror}; free or choose another place.") from error
