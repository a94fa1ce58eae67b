"""The channels and videos of the local YouTube, read from the names of folders and files."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath
from typing import Literal

from classifier.image_files import channel_folders

_SERVED = frozenset({".jpg", ".jpeg", ".png", ".webp"})
_VIDEO_ID = re.compile(r"[0-9A-Za-z_-]{11}")
_CHANNEL_ID = re.compile(r"UC[0-9A-Za-z_-]{22}")
_CATEGORIES = ("1", "10", "20", "24", "28")  # film, music, gaming, entertainment, science: the only ones with charts
_SHORTS = "shorts"
_CHART_LENGTH = 200
_CHART_VIDEOS_PER_CHANNEL = 3
_NEWEST = datetime(2026, 1, 1, 12, tzinfo=UTC)

Privacy = Literal["public", "private", "deleted"]


@dataclass(frozen=True, slots=True)
class StoredVideo:
    """A video and its thumbnail; only `listed` ones are in their channel's uploads lists.

    A `short` is one whose thumbnail lies in a folder named `shorts`.
    """

    id: str
    title: str
    published_at: datetime
    thumbnail: Path
    privacy: Privacy = "public"
    listed: bool = True
    short: bool = False


@dataclass(frozen=True, slots=True)
class StoredChannel:
    """A channel; its videos are sorted from newest to oldest and have one category. `handle` begins with @."""

    id: str
    handle: str
    title: str
    published_at: datetime
    folder: Path
    videos: tuple[StoredVideo, ...]
    category: str

    @property
    def uploads(self) -> str:
        """The id of its uploads list."""
        return "UU" + self.id[2:]

    @property
    def playlists(self) -> dict[str, tuple[StoredVideo, ...]]:
        """Its lists by id, each from newest to oldest: all uploads, long videos, Shorts. Empty ones do not exist."""
        lists = {
            "UU": self.listed,
            "UULF": tuple(video for video in self.listed if not video.short),
            "UUSH": tuple(video for video in self.listed if video.short),
        }
        return {kind + self.id[2:]: videos for kind, videos in lists.items() if videos or kind == "UU"}

    @property
    def listed(self) -> tuple[StoredVideo, ...]:
        """The videos in its uploads list, from newest to oldest."""
        return tuple(video for video in self.videos if video.listed)

    @property
    def held_back(self) -> tuple[StoredVideo, ...]:
        """The videos that exist but are not in its uploads list, so a crawl can't find them."""
        return tuple(video for video in self.videos if not video.listed)


class Library:
    """Channels and videos, by id and by the other names that requests use.

    `unknown` are more channels, which fill the charts.
    """

    def __init__(self, channels: tuple[StoredChannel, ...], unknown: tuple[StoredChannel, ...] = ()) -> None:
        self.channels = channels
        self.unknown = unknown
        every = channels + unknown
        self.by_id = {channel.id: channel for channel in every}
        self.by_handle = {channel.handle.lower(): channel for channel in every}
        self.by_playlist = {playlist: channel for channel in every for playlist in channel.playlists}
        self.videos = {video.id: (channel, video) for channel in every for video in channel.videos}

    @classmethod
    def read(
        cls,
        folder: Path,
        hold_back: int = 0,
        hidden: Mapping[str, Privacy] | None = None,
        unknown: Path | None = None,
    ) -> "Library":
        """Read a folder with one sub-folder of thumbnails per channel, and another such folder of unknown channels.

        Those in a channel's sub-folder `shorts` are of Shorts.

        The oldest `hold_back` videos of each channel (at most half) are not listed. `hidden` contains the ids of
        private and deleted videos. Ids and titles come from channel.json and file names if they have YouTube's form;
        otherwise they are derived from the names, so they are the same at every start.
        """
        return cls(
            _channels(folder, hold_back, hidden or {}),
            _channels(unknown, 0, hidden or {}) if unknown is not None else (),
        )

    def chart(self, region: str, category: str | None) -> tuple[tuple[StoredChannel, StoredVideo], ...]:
        """The most popular videos of a region, in one or all categories (None): up to 200, and three per channel."""
        videos = [
            (channel, video)
            for channel in self.by_id.values()
            for video in channel.listed[:_CHART_VIDEOS_PER_CHANNEL]
            if video.privacy == "public" and category in {None, channel.category}
        ]
        return tuple(sorted(videos, key=lambda pair: _derived(region + pair[1].id, 11))[:_CHART_LENGTH])


def _channels(folder: Path, hold_back: int, hidden: Mapping[str, Privacy]) -> tuple[StoredChannel, ...]:
    channels = (_channel(path, files, hold_back, hidden) for path, files in channel_folders(folder))
    return tuple(channel for channel in channels if channel.videos)


def _channel(folder: Path, files: Sequence[Path], hold_back: int, hidden: Mapping[str, Privacy]) -> StoredChannel:
    facts = _facts(folder)
    thumbnails = [path for path in files if path.suffix.lower() in _SERVED]
    first_unlisted = len(thumbnails) - min(hold_back, len(thumbnails) // 2)
    name = folder.name.replace("_", " ").replace("-", " ").strip() or folder.name
    videos = [
        StoredVideo(
            id=_video_id(path.relative_to(folder.parent)),
            title=f"{name.title()} #{len(thumbnails) - index}",
            published_at=_NEWEST - timedelta(days=index),
            thumbnail=path,
            listed=index < first_unlisted,
            short=path.parent.name == _SHORTS,
        )
        for index, path in enumerate(thumbnails)
    ]
    recorded = facts.get("id", "")
    channel_id = recorded if _CHANNEL_ID.fullmatch(recorded) else "UC" + _derived(folder.name, 22)
    return StoredChannel(
        id=channel_id,
        handle="@" + (facts.get("handle", "").removeprefix("@") or re.sub(r"[^\w.-]", "-", folder.name)),
        title=facts.get("title", name.title()),
        published_at=_NEWEST - timedelta(days=len(thumbnails)),
        folder=folder,
        videos=tuple(replace(video, privacy=hidden.get(video.id, "public")) for video in videos),
        category=_CATEGORIES[ord(_derived(channel_id, 1)) % len(_CATEGORIES)],
    )


def _video_id(file: PurePath) -> str:
    """The id in a file's name, or else one derived from its place in the library."""
    return file.stem if _VIDEO_ID.fullmatch(file.stem) else _derived(file.as_posix(), 11)


def _facts(folder: Path) -> dict[str, str]:
    """The strings in a folder's channel.json; empty if it is missing or broken."""
    try:
        record = json.loads((folder / "channel.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return {name: text for name, text in record.items() if isinstance(text, str)} if isinstance(record, dict) else {}


def _derived(name: str, length: int) -> str:
    """An id derived from a name, in YouTube's alphabet."""
    return base64.urlsafe_b64encode(hashlib.sha256(name.encode()).digest()).decode()[:length]
