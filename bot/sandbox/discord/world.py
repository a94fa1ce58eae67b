"""What there is: users, guilds, roles, members, channels and messages. Frozen values, held by one mutable World."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntFlag
from typing import Any, Literal

from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.feed import Event, Feed
from bot.sandbox.discord.permissions import ALL, EVERYONE, Permission
from bot.sandbox.discord.snowflake import Snowflakes, created_at

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
class World:
    """Everything that is, by id. Changing it tells the feed."""

    feed: Feed
    new_id: Snowflakes = field(default_factory=Snowflakes)
    users: dict[int, User] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    messages: dict[int, dict[int, Message]] = field(default_factory=dict)

    def add_user(self, name: str, *, bot: bool = False) -> User:
        """A new user; a person's account is named as they are, in lower case."""
        user = User(self.new_id(), name if bot else name.lower().replace(" ", "_"), name, bot)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, owner: User, members: Iterable[User], *, bot_permissions: int = EVERYONE) -> Guild:
        """A new guild with an @everyone role and one managed role for each bot."""
        guild_id = self.new_id()
        now = created_at(guild_id)
        roles = [Role(guild_id, "@everyone", EVERYONE, 0)]
        joined = [Member(owner.id, now)]
        for user in members:
            held: tuple[int, ...] = ()
            if user.bot:
                roles.append(Role(self.new_id(), user.display_name, bot_permissions, len(roles), managed=True))
                held = (roles[-1].id,)
            joined.append(Member(user.id, now, held))
        guild = Guild(guild_id, name, owner.id, tuple(roles), tuple(joined))
        self.guilds[guild_id] = guild
        self.feed.publish(Event("GUILD_CREATE", guild=guild))
        return guild

    def add_role(self, guild: Guild, name: str, permissions: int, *holders: User) -> Guild:
        """Give a new role to some members; answers the guild as it is then."""
        guild = self.guilds[guild.id]
        role = Role(self.new_id(), name, permissions, len(guild.roles))
        ids = {user.id for user in holders}
        members = tuple(replace(m, role_ids=(*m.role_ids, role.id)) if m.user_id in ids else m for m in guild.members)
        self.guilds[guild.id] = guild = replace(guild, roles=(*guild.roles, role), members=members)
        self.feed.publish(Event("GUILD_UPDATE", guild=guild))
        return guild

    def add_channel(self, guild: Guild, name: str) -> Channel:
        """A new text channel."""
        channel = Channel(self.new_id(), name, guild.id, position=len(self.channels_of(guild)))
        self.channels[channel.id] = channel
        self.messages[channel.id] = {}
        self.feed.publish(Event("CHANNEL_CREATE", channel=channel, guild=guild))
        return channel

    def add_direct(self, one: User, other: User) -> Channel:
        """The direct messages of two users, opened where there are none."""
        pair = {one.id, other.id}
        for channel in self.channels.values():
            if channel.guild_id is None and set(channel.recipients) == pair:
                return channel
        channel = Channel(self.new_id(), "", None, recipients=(one.id, other.id))
        self.channels[channel.id] = channel
        self.messages[channel.id] = {}
        return channel

    def overwrite(self, channel: Channel, target: Role | User, *, allow: int = 0, deny: int = 0) -> Channel:
        """Set what a channel allows and denies a role or a user; answers the channel as it is then."""
        kind: Literal["role", "member"] = "role" if isinstance(target, Role) else "member"
        others = tuple(o for o in self.channels[channel.id].overwrites if o.id != target.id)
        channel = replace(
            self.channels[channel.id], overwrites=(*others, Overwrite(target.id, kind, int(allow), int(deny)))
        )
        self.channels[channel.id] = channel
        self.feed.publish(Event("CHANNEL_UPDATE", channel=channel, guild=self.guild_of(channel)))
        return channel

    def user(self, user_id: int) -> User:
        """Raises ApiError 10013."""
        if user_id not in self.users:
            raise ApiError(10013)
        return self.users[user_id]

    def guild(self, guild_id: int) -> Guild:
        """Raises ApiError 10004."""
        if guild_id not in self.guilds:
            raise ApiError(10004)
        return self.guilds[guild_id]

    def channel(self, channel_id: int) -> Channel:
        """Raises ApiError 10003."""
        if channel_id not in self.channels:
            raise ApiError(10003)
        return self.channels[channel_id]

    def message(self, channel_id: int, message_id: int) -> Message:
        """Raises ApiError 10008."""
        message = self.messages[self.channel(channel_id).id].get(message_id)
        if message is None:
            raise ApiError(10008)
        return message

    def guild_of(self, channel: Channel) -> Guild | None:
        """The channel's guild; None for direct messages."""
        return None if channel.guild_id is None else self.guilds[channel.guild_id]

    def channels_of(self, guild: Guild) -> list[Channel]:
        """The guild's channels, in their order."""
        return [channel for channel in self.channels.values() if channel.guild_id == guild.id]

    def permissions(self, user: User, channel: Channel) -> int:
        """What a user may do in a channel: roles, then the channel's overwrites; 0 for who is not there."""
        channel = self.channels[channel.id]
        guild = self.guild_of(channel)
        if guild is None:
            return EVERYONE if user.id in channel.recipients else 0
        member = guild.member(user.id)
        if member is None:
            return 0
        held = {guild.id, *member.role_ids}
        base = 0
        for role in guild.roles:
            if role.id in held:
                base |= role.permissions
        if user.id == guild.owner_id or base & Permission.ADMINISTRATOR:
            return ALL
        for layer in (
            [o for o in channel.overwrites if o.id == guild.id],
            [o for o in channel.overwrites if o.kind == "role" and o.id in member.role_ids],
            [o for o in channel.overwrites if o.kind == "member" and o.id == user.id],
        ):
            for overwrite in layer:
                base &= ~overwrite.deny
            for overwrite in layer:
                base |= overwrite.allow
        return base if base & Permission.VIEW_CHANNEL else 0

    def require(self, user: User, channel: Channel, *needed: Permission) -> None:
        """Raise ApiError 50001 where the user does not see the channel, 50013 where they may not do all of `needed`."""
        held = self.permissions(user, channel)
        if not held & Permission.VIEW_CHANNEL:
            raise ApiError(50001)
        if any(not held & permission for permission in needed):
            raise ApiError(50013)
