"""Mutable state of the local Discord."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.sandbox.discord.enums import ChannelType
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.feed import Event, Feed
from bot.sandbox.discord.permissions import (
    EVERYONE,
    Permission,
    channel_permissions,
    guild_permissions,
    thread_permissions,
)
from bot.sandbox.discord.snowflake import Snowflakes, created_at
from bot.sandbox.discord.values import Channel, Guild, Member, Message, Overwrite, Role, Sticker, Tag, User


@dataclass(slots=True)
class World:
    """Users, guilds, channels and messages by id. Its methods publish their changes to the feed.

    `installs` are the ids of users who have installed the application to their account, `closed` those of users who
    take no direct messages.
    """

    feed: Feed
    new_id: Snowflakes
    users: dict[int, User] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    messages: dict[int, dict[int, Message]] = field(default_factory=dict)
    installs: set[int] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)

    def add_user(self, name: str, *, bot: bool = False) -> User:
        """Create a user; a person's username is their display name in lower case."""
        user = User(self.new_id(), name if bot else name.lower().replace(" ", "_"), name, bot)
        self.users[user.id] = user
        return user

    def install(self, user: User, *, installed: bool = True) -> None:
        """Install the application to a user's account, or remove it."""
        (self.installs.add if installed else self.installs.discard)(user.id)
        self.feed.publish(Event("COMMANDS_UPDATE"))

    def add_guild(self, name: str, owner: User, members: Iterable[User]) -> Guild:
        """Create a guild with an @everyone role and one managed role per bot."""
        guild_id = self.new_id.apart()
        everyone = Role(guild_id, "@everyone", EVERYONE, 0)
        guild = Guild(guild_id, name, owner.id, (everyone,), (Member(owner.id, created_at(guild_id)),))
        for user in members:
            guild = self._with_member(guild, user)
        self.guilds[guild_id] = guild
        self.feed.publish(Event("GUILD_CREATE", guild=guild))
        return guild

    def join(self, guild: Guild, user: User, *, by: User | None = None) -> Guild:
        """Add a user to a guild and return the updated guild; the audit log says `by` whom a bot was added."""
        guild = self.guilds[guild.id]
        if guild.member(user.id) is not None:
            return guild
        added_by = guild.added_by if by is None else (*guild.added_by, (user.id, by.id))
        self.guilds[guild.id] = guild = replace(self._with_member(guild, user), added_by=added_by)
        self.feed.publish(Event("GUILD_CREATE" if user.bot else "GUILD_MEMBER_ADD", guild=guild, user=user))
        return guild

    def leave(self, guild: Guild, user: User) -> Guild:
        """Remove a user from a guild, as a kick does, and return the updated guild."""
        guild = self.guilds[guild.id]
        member = guild.member(user.id)
        if member is None:
            return guild
        roles = tuple(role for role in guild.roles if not (role.managed and role.id in member.role_ids))
        members = tuple(other for other in guild.members if other != member)
        self.guilds[guild.id] = guild = replace(guild, roles=roles, members=members)
        self.feed.publish(Event("GUILD_DELETE" if user.bot else "GUILD_MEMBER_REMOVE", guild=guild, user=user))
        return guild

    def add_role(self, guild: Guild, name: str, permissions: int, *holders: User) -> Guild:
        """Create a role, give it to its holders and return the updated guild."""
        guild = self.guilds[guild.id]
        role = Role(self.new_id(), name, permissions, len(guild.roles))
        ids = {user.id for user in holders}
        members = tuple(replace(m, role_ids=(*m.role_ids, role.id)) if m.user_id in ids else m for m in guild.members)
        self.guilds[guild.id] = guild = replace(guild, roles=(*guild.roles, role), members=members)
        self.feed.publish(Event("GUILD_UPDATE", guild=guild))
        return guild

    def set_system_channel(self, guild: Guild, channel: Channel | None) -> Guild:
        """Choose where Discord posts its own messages, such as welcomes, and return the updated guild."""
        chosen = None if channel is None else channel.id
        self.guilds[guild.id] = guild = replace(self.guilds[guild.id], system_channel_id=chosen)
        self.feed.publish(Event("GUILD_UPDATE", guild=guild))
        return guild

    def _with_member(self, guild: Guild, user: User) -> Guild:
        joined_at = created_at(self.new_id())
        if not user.bot:
            return replace(guild, members=(*guild.members, Member(user.id, joined_at)))
        role = Role(self.new_id(), user.display_name, EVERYONE, len(guild.roles), managed=True)
        member = Member(user.id, joined_at, (role.id,))
        return replace(guild, roles=(*guild.roles, role), members=(*guild.members, member))

    def add_sticker(self, guild: Guild, name: str) -> Sticker:
        """Upload a sticker to a guild."""
        sticker = Sticker(self.new_id(), name, guild.id)
        stored = self.guilds[guild.id]
        self.guilds[guild.id] = guild = replace(stored, stickers=(*stored.stickers, sticker))
        self.feed.publish(Event("GUILD_STICKERS_UPDATE", guild=guild))
        return sticker

    def add_channel(
        self, guild: Guild, name: str, kind: ChannelType = ChannelType.GUILD_TEXT, tags: Iterable[str] = ()
    ) -> Channel:
        """Create a channel: a text channel, or a forum whose posts can have some tags."""
        offered = tuple(Tag(self.new_id(), tag) for tag in tags)
        position = len(self.channels_of(guild))
        return self.add(Channel(self.new_id(), name, guild.id, position, kind=kind, tags=offered))

    def add(self, channel: Channel) -> Channel:
        """Add a channel or a thread, and return it."""
        self.channels[channel.id] = channel
        self.messages[channel.id] = {}
        name = "CHANNEL_CREATE" if channel.thread is None else "THREAD_CREATE"
        self.feed.publish(Event(name, channel=channel, guild=self.guild_of(channel)))
        return channel

    def change(self, channel: Channel) -> Channel:
        """Replace a channel or a thread by its new version, and return that."""
        self.channels[channel.id] = channel
        name = "CHANNEL_UPDATE" if channel.thread is None else "THREAD_UPDATE"
        self.feed.publish(Event(name, channel=channel, guild=self.guild_of(channel)))
        return channel

    def remove_channel(self, channel: Channel) -> None:
        """Delete a channel with its threads, or a thread."""
        name = "CHANNEL_DELETE" if channel.thread is None else "THREAD_DELETE"
        self.feed.publish(Event(name, channel=self.channel(channel.id), guild=self.guild_of(channel)))
        for gone in (*self.threads_of(channel), channel):
            del self.channels[gone.id], self.messages[gone.id]

    def add_direct(self, one: User, other: User) -> Channel:
        """The direct messages of two users; created if they don't exist."""
        pair = {one.id, other.id}
        for channel in self.channels.values():
            if channel.guild_id is None and set(channel.recipients) == pair:
                return channel
        channel = Channel(self.new_id(), "", None, recipients=(one.id, other.id), kind=ChannelType.DM)
        self.channels[channel.id] = channel
        self.messages[channel.id] = {}
        return channel

    def overwrite(self, channel: Channel, target: Role | User, *, allow: int = 0, deny: int = 0) -> Channel:
        """Set the permissions that a channel allows or denies a role or a user, and return the updated channel."""
        kind: Literal["role", "member"] = "role" if isinstance(target, Role) else "member"
        others = tuple(o for o in self.channels[channel.id].overwrites if o.id != target.id)
        new = Overwrite(target.id, kind, int(allow), int(deny))
        return self.change(replace(self.channels[channel.id], overwrites=(*others, new)))

    def user(self, user_id: int) -> User:
        """The user with an id. Raises ApiError 10013."""
        if user_id not in self.users:
            raise ApiError(10013)
        return self.users[user_id]

    def role(self, role_id: int) -> Role:
        """The role with an id. Raises ApiError 10011."""
        for guild in self.guilds.values():
            for role in guild.roles:
                if role.id == role_id:
                    return role
        raise ApiError(10011)

    def guild(self, guild_id: int) -> Guild:
        """The guild with an id. Raises ApiError 10004."""
        if guild_id not in self.guilds:
            raise ApiError(10004)
        return self.guilds[guild_id]

    def channel(self, channel_id: int) -> Channel:
        """The channel with an id. Raises ApiError 10003."""
        if channel_id not in self.channels:
            raise ApiError(10003)
        return self.channels[channel_id]

    def message(self, channel_id: int, message_id: int) -> Message:
        """The message with an id. Raises ApiError 10003, 10008."""
        message = self.messages[self.channel(channel_id).id].get(message_id)
        if message is None:
            raise ApiError(10008)
        return message

    def guild_of(self, channel: Channel) -> Guild | None:
        """The channel's guild; None for direct messages."""
        return None if channel.guild_id is None else self.guilds[channel.guild_id]

    def guilds_of(self, user: User) -> list[Guild]:
        """The guilds that a user is in."""
        return [guild for guild in self.guilds.values() if guild.member(user.id) is not None]

    def channels_of(self, guild: Guild) -> list[Channel]:
        """The guild's channels, in order; threads are not among them."""
        return [c for c in self.channels.values() if c.guild_id == guild.id and c.thread is None]

    def threads_of(self, place: Guild | Channel) -> list[Channel]:
        """The threads of a guild or in one channel, oldest first."""
        return [
            channel
            for channel in self.channels.values()
            if channel.thread is not None and place.id in (channel.guild_id, channel.parent_id)
        ]

    def guild_permissions(self, user: User, guild: Guild) -> int:
        """The permissions that a user's roles grant in a guild; 0 if the user is not in it."""
        return guild_permissions(self.guilds[guild.id], user)

    def permissions(self, user: User, channel: Channel) -> int:
        """A user's permissions in a channel, overwrites included; 0 if the user cannot view it, or it was deleted."""
        stored = self.channels.get(channel.id)
        if stored is None:
            return 0
        guild = self.guild_of(stored)
        if guild is None:
            return EVERYONE if user.id in stored.recipients else 0
        if stored.parent_id is None:
            return channel_permissions(guild, stored, user)
        return thread_permissions(guild, self.channels[stored.parent_id], stored, user)

    def require(self, user: User, channel: Channel, *needed: Permission) -> None:
        """Raise ApiError 50001 if the user cannot view the channel, 50013 if they lack a needed permission."""
        held = self.permissions(user, channel)
        if not held & Permission.VIEW_CHANNEL:
            raise ApiError(50001)
        if any(not held & permission for permission in needed):
            raise ApiError(50013)
