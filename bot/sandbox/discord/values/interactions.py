"""Interactions."""

from dataclasses import dataclass, field

from bot.sandbox.discord.enums import InteractionType
from bot.sandbox.discord.values.channels import Channel
from bot.sandbox.discord.values.guilds import User
from bot.sandbox.discord.values.messages import Message
from bot.sandbox.discord.values.parsed import Json


@dataclass(slots=True)
class Interaction:
    """A user's interaction with the bot, and its state.

    `message` is the message of a component or a message command; `submitted` is the interaction that opened the modal
    that this one submits. `owners` are those who authorized it, see `installs`. `message_ids` are the messages that its
    token can change, `follow_ups` the number of follow-ups.
    """

    id: int
    kind: InteractionType
    token: str
    user: User
    channel: Channel
    data: Json
    message: Message | None
    started: float
    owners: dict[str, str]
    acknowledged: bool = False
    failed: bool = False
    response_id: int | None = None
    message_ids: set[int] = field(default_factory=set)
    follow_ups: int = 0
    choices: tuple[Json, ...] = ()
    modal: Json | None = None
    submitted: "Interaction | None" = None

    @property
    def from_component(self) -> bool:
        """Whether it began with a component of a message, modals that it opened included."""
        first = self.submitted or self
        return first.kind == InteractionType.MESSAGE_COMPONENT
