"""Channels: of guilds, their threads, and direct messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.sandbox.discord.enums import ChannelType

REQUIRE_TAG = 1 << 4
"""The flag of a forum whose posts need a tag."""


@dataclass(frozen=True, slots=True)
class Overwrite:
    """Permissions that a channel allows or denies a role or a member."""

    id: int
    kind: Literal["role", "member"]
    allow: int = 0
    deny: int = 0


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that a forum offers for its posts."""

    id: int
    name: str
    moderated: bool = False


@dataclass(frozen=True, slots=True)
class ThreadMember:
    """A user who joined a thread."""

    user_id: int
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """What a thread has beyond other channels.

    `archive_minutes` is how long it stays open without messages; `total_sent` and `deleted` count its messages, without
    the one that started it.
    """

    owner_id: int
    created_at: datetime
    archive_changed_at: datetime
    members: tuple[ThreadMember, ...] = ()
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    archive_minutes: int = 1440
    total_sent: int = 0
    deleted: int = 0
    tag_ids: tuple[int, ...] = ()

    def member(self, user_id: int) -> ThreadMember | None:
        """The user's membership; None if the user has not joined."""
        return next((member for member in self.members if member.user_id == user_id), None)


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of a guild, a thread in one (its parent), or the direct messages of two users if it has no guild.

    A forum or media channel has posts, which are threads, and offers `tags` for them.
    """

    id: int
    name: str
    guild_id: int | None
    position: int = 0
    recipients: tuple[int, ...] = ()
    overwrites: tuple[Overwrite, ...] = ()
    kind: ChannelType = ChannelType.GUILD_TEXT
    topic: str | None = None
    slowmode: int = 0
    flags: int = 0
    tags: tuple[Tag, ...] = ()
    parent_id: int | None = None
    thread: Thread | None = None
    pinned_at: datetime | None = None

    @property
    def is_forum(self) -> bool:
        """Whether it has only posts, and no messages of its own."""
        return self.kind in (ChannelType.GUILD_FORUM, ChannelType.GUILD_MEDIA)
