"""What there is, as plain values: users, guilds, roles, members, channels, messages and interactions."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag
from typing import Any, Literal

from bot.sandbox.discord.kinds import InteractionType
from bot.sandbox.discord.snowflake import created_at

Json = dict[str, Any]
Parsed = Any  # what json.loads gives: any shape, until it is checked


class MessageFlag(IntFlag):
    """The message flags that the sandbox gives a meaning."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


@dataclass(frozen=True, slots=True)
class User:
    """A person or a bot."""

    id: int
    name: str
    display_name: str
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """A role of one guild; the one with the guild's own id is @everyone."""

    id: int
    name: str
    permissions: int
    position: int
    managed: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A user in a guild."""

    user_id: int
    joined_at: datetime
    role_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Guild:
    """A server."""

    id: int
    name: str
    owner_id: int
    roles: tuple[Role, ...]
    members: tuple[Member, ...]

    def member(self, user_id: int) -> Member | None:
        """The user as a member, None where they are none."""
        return next((member for member in self.members if member.user_id == user_id), None)


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows or denies a role or a member."""

    id: int
    kind: Literal["role", "member"]
    allow: int = 0
    deny: int = 0


@dataclass(frozen=True, slots=True)
class Channel:
    """A text channel of a guild, or (without one) the direct messages of two users."""

    id: int
    name: str
    guild_id: int | None
    position: int = 0
    recipients: tuple[int, ...] = ()
    overwrites: tuple[Overwrite, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """An uploaded file; width and height in pixels where it is a picture."""

    id: int
    filename: str
    size: int
    url: str
    content_type: str | None = None
    width: int | None = None
    height: int | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands; an edit makes a new value with the same id.

    `embeds` and `components` are kept as they were sent, so an embed may speak of `attachment://name`.
    `visible_to` is the one user who sees an ephemeral message.
    """

    id: int
    channel_id: int
    author_id: int
    content: str = ""
    attachments: tuple[Attachment, ...] = ()
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    flags: int = 0
    kind: int = 0
    reference_id: int | None = None
    mentions: tuple[int, ...] = ()
    mention_everyone: bool = False
    nonce: str | int | None = None
    edited_at: datetime | None = None
    interaction: Json | None = None
    visible_to: int | None = None
    reactions: tuple[tuple[str, int], ...] = ()

    @property
    def created_at(self) -> datetime:
        """When it was sent."""
        return created_at(self.id)

    @property
    def loading(self) -> bool:
        """Whether it only says that the bot is thinking."""
        return bool(self.flags & MessageFlag.LOADING)

    def visible(self, user_id: int) -> bool:
        """Whether this user may see it, the channel aside."""
        return self.visible_to is None or user_id == self.visible_to


@dataclass(frozen=True, slots=True)
class Application:
    """The bot's application; the allowances are the privileged intents of Discord's developer portal."""

    id: int
    name: str
    owner_id: int
    message_content_allowed: bool = True
    members_allowed: bool = False
    presences_allowed: bool = False

    @property
    def flags(self) -> int:
        """The application's public flags: the limited form of each allowed privileged intent."""
        return self.presences_allowed << 13 | self.members_allowed << 15 | self.message_content_allowed << 19


@dataclass(slots=True)
class Interaction:
    """One thing that a person did with the bot, and what became of it.

    `message` is what a component or a message command stands on; `submitted` is the interaction whose modal this one
    fills in. `message_ids` are the messages that its token may change.
    """

    id: int
    kind: InteractionType
    token: str
    user: User
    channel: Channel
    data: Json
    message: Message | None
    started: float
    acknowledged: bool = False
    failed: bool = False
    response_id: int | None = None
    message_ids: set[int] = field(default_factory=set)
    choices: tuple[Json, ...] = ()
    modal: Json | None = None
    submitted: "Interaction | None" = None
