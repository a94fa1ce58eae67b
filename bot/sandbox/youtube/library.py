"""What the local YouTube knows: channels and videos, told from the names of folders and files."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
_VIDEO_ID = re.compile(r"[0-9A-Za-z_-]{11}")
_CHANNEL_ID = re.compile(r"UC[0-9A-Za-z_-]{22}")
_CATEGORIES = ("1", "10", "20", "24", "28")  # film, music, gaming, entertainment, science: the others have no chart
_CHART = 200
_CHART_OF_CHANNEL = 3
_NEWEST = datetime(2026, 1, 1, 12, tzinfo=UTC)

Privacy = Literal["public", "private", "deleted"]


@dataclass(frozen=True, slots=True)
class StoredVideo:
    """A video and the picture that stands for it; `listed` ones are in their channel's uploads list."""

    id: str
    title: str
    published_at: datetime
    picture: Path
    privacy: Privacy = "public"
    listed: bool = True


@dataclass(frozen=True, slots=True)
class StoredChannel:
    """A channel; its videos are sorted, newest first, and of one category. `handle` begins with @."""

    id: str
    handle: str
    title: str
    published_at: datetime
    folder: Path
    videos: tuple[StoredVideo, ...]
    category: str

    @property
    def uploads(self) -> str:
        """The id of the list of its uploads."""
        return "UU" + self.id[2:]

    @property
    def listed(self) -> tuple[StoredVideo, ...]:
        """The videos in its uploads list, newest first."""
        return tuple(video for video in self.videos if video.listed)

    @property
    def held_back(self) -> tuple[StoredVideo, ...]:
        """The videos that exist but that no crawl can find."""
        return tuple(video for video in self.videos if not video.listed)


class Library:
    """Channels and videos by all the names that people look them up by.

    `strangers` are channels like the others, which are there so that charts are full.
    """

    def __init__(self, channels: tuple[StoredChannel, ...], strangers: tuple[StoredChannel, ...] = ()) -> None:
        self.channels = channels
        self.strangers = strangers
        everyone = channels + strangers
        self.by_id = {channel.id: channel for channel in everyone}
        self.by_handle = {channel.handle.lower(): channel for channel in everyone}
        self.by_uploads = {channel.uploads: channel for channel in everyone}
        self.videos = {video.id: (channel, video) for channel in everyone for video in channel.videos}

    @classmethod
    def read(
        cls,
        folder: Path,
        hold_back: int = 0,
        hidden: Mapping[str, Privacy] | None = None,
        strangers: Path | None = None,
    ) -> "Library":
        """Read a folder with one sub-folder of pictures a channel, and another such folder of strangers.

        The oldest `hold_back` videos of each channel (at most half of it) are not listed; `hidden` says by id which
        videos are private or deleted. Ids and titles come from channel.json and file names where they look like
        YouTube's, else they are derived from the names, the same at every start.
        """
        return cls(
            _channels(folder, hold_back, hidden or {}),
            _channels(strangers, 0, hidden or {}) if strangers is not None else (),
        )

    def chart(self, region: str, category: str | None) -> tuple[tuple[StoredChannel, StoredVideo], ...]:
        """The most popular videos of a region and a category (None: of all): 200 at most, three of a channel."""
        videos = [
            (channel, video)
            for channel in self.by_id.values()
            for video in channel.listed[:_CHART_OF_CHANNEL]
            if video.privacy == "public" and category in {None, channel.category}
        ]
        return tuple(sorted(videos, key=lambda pair: _derived(region + pair[1].id, 11))[:_CHART])


def _channels(folder: Path, hold_back: int, hidden: Mapping[str, Privacy]) -> tuple[StoredChannel, ...]:
    folders = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    channels = (_channel(path, hold_back, hidden) for path in folders)
    return tuple(channel for channel in channels if channel.videos)


def _channel(folder: Path, hold_back: int, hidden: Mapping[str, Privacy]) -> StoredChannel:
    facts = _facts(folder)
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in _PICTURES)
    first_unlisted = len(pictures) - min(hold_back, len(pictures) // 2)
    name = folder.name.replace("_", " ").replace("-", " ").strip() or folder.name
    videos = [
        StoredVideo(
            id=path.stem if _VIDEO_ID.fullmatch(path.stem) else _derived(f"{folder.name}/{path.name}", 11),
            title=f"{name.title()} #{len(pictures) - index}",
            published_at=_NEWEST - timedelta(days=index),
            picture=path,
            listed=index < first_unlisted,
        )
        for index, path in enumerate(pictures)
    ]
    given = facts.get("id", "")
    channel_id = given if _CHANNEL_ID.fullmatch(given) else "UC" + _derived(folder.name, 22)
    return StoredChannel(
        id=channel_id,
        handle="@" + (facts.get("handle", "").removeprefix("@") or re.sub(r"[^\w.-]", "-", folder.name)),
        title=facts.get("title", name.title()),
        published_at=_NEWEST - timedelta(days=len(pictures)),
        folder=folder,
        videos=tuple(replace(video, privacy=hidden.get(video.id, "public")) for video in videos),
        category=_CATEGORIES[ord(_derived(channel_id, 1)) % len(_CATEGORIES)],
    )


def _facts(folder: Path) -> dict[str, str]:
    """The texts in a folder's channel.json; none where it is missing or broken."""
    try:
        record = json.loads((folder / "channel.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return {name: text for name, text in record.items() if isinstance(text, str)} if isinstance(record, dict) else {}


def _derived(name: str, length: int) -> str:
    """An id made of a name, in YouTube's alphabet."""
    return base64.urlsafe_b64encode(hashlib.sha256(name.encode()).digest()).decode()[:length]
