"""Plain values: users, guilds, roles, members, channels, messages and interactions."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag
from typing import Any, Literal

from bot.sandbox.discord.enums import InteractionType
from bot.sandbox.discord.snowflake import created_at

Json = dict[str, Any]
Parsed = Any  # the result of json.loads: unchecked, so of any shape


class MessageFlag(IntFlag):
    """The message flags that the sandbox supports."""

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
    """A role of one guild; @everyone has the guild's own id."""

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
        """The user's membership; None if the user is not in the guild."""
        return next((member for member in self.members if member.user_id == user_id), None)


@dataclass(frozen=True, slots=True)
class Overwrite:
    """Permissions that a channel allows or denies a role or a member."""

    id: int
    kind: Literal["role", "member"]
    allow: int = 0
    deny: int = 0


@dataclass(frozen=True, slots=True)
class Channel:
    """A text channel of a guild, or the direct messages of two users if it has no guild."""

    id: int
    name: str
    guild_id: int | None
    position: int = 0
    recipients: tuple[int, ...] = ()
    overwrites: tuple[Overwrite, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """An uploaded file; width and height are in pixels and only set for pictures."""

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
    """One version of a message; an edit creates a new value with the same id.

    `embeds` and `components` are stored as sent, so an embed can refer to `attachment://name`. `visible_to` is the
    only user who can see an ephemeral message.
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
        """When the message was sent."""
        return created_at(self.id)

    @property
    def loading(self) -> bool:
        """Whether it is only the "thinking" placeholder."""
        return bool(self.flags & MessageFlag.LOADING)

    @property
    def modern(self) -> bool:
        """Whether its components are of Discord's second version."""
        return bool(self.flags & MessageFlag.COMPONENTS_V2)

    def visible(self, user_id: int) -> bool:
        """Whether a user who can view the channel can see the message."""
        return self.visible_to is None or user_id == self.visible_to


@dataclass(frozen=True, slots=True)
class Application:
    """The bot's application; the `*_allowed` fields are the privileged intents of Discord's developer portal."""

    id: int
    name: str
    owner_id: int
    message_content_allowed: bool = True
    members_allowed: bool = False
    presences_allowed: bool = False

    @property
    def flags(self) -> int:
        """The application's public flags: one for each allowed privileged intent, in its limited form."""
        return self.presences_allowed << 13 | self.members_allowed << 15 | self.message_content_allowed << 19


@dataclass(slots=True)
class Interaction:
    """A user's interaction with the bot, and its state.

    `message` is the message of a component or a message command; `submitted` is the interaction that opened the modal
    that this one submits. `message_ids` are the messages that its token can change.
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

    @property
    def from_component(self) -> bool:
        """Whether it began with a component of a message, modals that it opened included."""
        first = self.submitted or self
        return first.kind == InteractionType.MESSAGE_COMPONENT
