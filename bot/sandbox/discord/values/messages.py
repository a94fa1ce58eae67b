"""Messages and their parts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntFlag

from bot.sandbox.discord.enums import MessageType, ReferenceType
from bot.sandbox.discord.snowflake import created_at
from bot.sandbox.discord.values.guilds import Sticker
from bot.sandbox.discord.values.parsed import Json


class MessageFlag(IntFlag):
    """The message flags that the sandbox supports."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    HAS_SNAPSHOT = 1 << 14
    COMPONENTS_V2 = 1 << 15


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
class Poll:
    """A poll: question and answers as sent, and who voted for which answer (numbered from 1)."""

    question: Json
    answers: tuple[Json, ...]
    ends_at: datetime
    multiselect: bool = False
    votes: tuple[tuple[int, int], ...] = ()  # pairs of an answer and a user
    closed: bool = False

    @property
    def ended(self) -> bool:
        """Whether nobody can vote any more."""
        return self.closed or datetime.now(UTC) >= self.ends_at


@dataclass(frozen=True, slots=True)
class Reference:
    """A message or channel that a message refers to, as a reply or a forward does."""

    channel_id: int
    guild_id: int | None = None
    message_id: int | None = None
    kind: ReferenceType = ReferenceType.DEFAULT


@dataclass(frozen=True, slots=True)
class Message:
    """One version of a message; an edit creates a new value with the same id.

    `embeds` and `components` are stored as sent, so an embed can refer to `attachment://name`. `visible_to` is the
    only user who can see an ephemeral message. `snapshot` is the message that it forwards, as it was then.
    """

    id: int
    channel_id: int
    author_id: int
    content: str = ""
    attachments: tuple[Attachment, ...] = ()
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    stickers: tuple[Sticker, ...] = ()
    poll: Poll | None = None
    flags: int = 0
    kind: MessageType = MessageType.DEFAULT
    reference: Reference | None = None
    snapshot: "Message | None" = None
    mentions: tuple[int, ...] = ()
    mention_everyone: bool = False
    nonce: str | int | None = None
    edited_at: datetime | None = None
    pinned_at: datetime | None = None
    position: int | None = None
    interaction: Json | None = None
    visible_to: int | None = None
    reactions: tuple[tuple[str, int], ...] = ()

    @property
    def created_at(self) -> datetime:
        """When the message was sent."""
        return created_at(self.id)

    @property
    def reference_id(self) -> int | None:
        """The message that it refers to."""
        return None if self.reference is None else self.reference.message_id

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it."""
        contents = (self.content, self.embeds, self.components, self.attachments, self.stickers, self.poll)
        return not any(contents) and self.snapshot is None

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
