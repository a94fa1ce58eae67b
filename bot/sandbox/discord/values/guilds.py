"""Users, and guilds with their roles, members and stickers."""

from dataclasses import dataclass
from datetime import datetime


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
class Sticker:
    """A PNG sticker of a guild."""

    id: int
    name: str
    guild_id: int


@dataclass(frozen=True, slots=True)
class Guild:
    """A server; `added_by` says who added each of its bots."""

    id: int
    name: str
    owner_id: int
    roles: tuple[Role, ...]
    members: tuple[Member, ...]
    stickers: tuple[Sticker, ...] = ()
    system_channel_id: int | None = None
    added_by: tuple[tuple[int, int], ...] = ()

    def member(self, user_id: int) -> Member | None:
        """The user's membership; None if the user is not in the guild."""
        return next((member for member in self.members if member.user_id == user_id), None)


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
