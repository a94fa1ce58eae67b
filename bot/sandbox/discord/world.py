"""Mutable state of the local Discord."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.feed import Event, Feed
from bot.sandbox.discord.permissions import ALL, EVERYONE, Permission
from bot.sandbox.discord.snowflake import Snowflakes, created_at
from bot.sandbox.discord.values import Channel, Guild, Member, Message, Overwrite, Role, User


@dataclass(slots=True)
class World:
    """Users, guilds, channels and messages by id. Its methods publish their changes to the feed."""

    feed: Feed
    new_id: Snowflakes
    users: dict[int, User] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    messages: dict[int, dict[int, Message]] = field(default_factory=dict)

    def add_user(self, name: str, *, bot: bool = False) -> User:
        """Create a user; a person's username is their display name in lower case."""
        user = User(self.new_id(), name if bot else name.lower().replace(" ", "_"), name, bot)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, owner: User, members: Iterable[User]) -> Guild:
        """Create a guild with an @everyone role and one managed role per bot."""
        guild_id = self.new_id()
        everyone = Role(guild_id, "@everyone", EVERYONE, 0)
        guild = Guild(guild_id, name, owner.id, (everyone,), (Member(owner.id, created_at(guild_id)),))
        for user in members:
            guild = self._with_member(guild, user)
        self.guilds[guild_id] = guild
        self.feed.publish(Event("GUILD_CREATE", guild=guild))
        return guild

    def join(self, guild: Guild, user: User) -> Guild:
        """Add a user to a guild and return the updated guild."""
        guild = self.guilds[guild.id]
        if guild.member(user.id) is not None:
            return guild
        self.guilds[guild.id] = guild = self._with_member(guild, user)
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

    def _with_member(self, guild: Guild, user: User) -> Guild:
        joined_at = created_at(self.new_id())
        if not user.bot:
            return replace(guild, members=(*guild.members, Member(user.id, joined_at)))
        role = Role(self.new_id(), user.display_name, EVERYONE, len(guild.roles), managed=True)
        member = Member(user.id, joined_at, (role.id,))
        return replace(guild, roles=(*guild.roles, role), members=(*guild.members, member))

    def add_channel(self, guild: Guild, name: str) -> Channel:
        """Create a text channel."""
        channel = Channel(self.new_id(), name, guild.id, position=len(self.channels_of(guild)))
        self.channels[channel.id] = channel
        self.messages[channel.id] = {}
        self.feed.publish(Event("CHANNEL_CREATE", channel=channel, guild=guild))
        return channel

    def add_direct(self, one: User, other: User) -> Channel:
        """The direct messages of two users; created if they don't exist."""
        pair = {one.id, other.id}
        for channel in self.channels.values():
            if channel.guild_id is None and set(channel.recipients) == pair:
                return channel
        channel = Channel(self.new_id(), "", None, recipients=(one.id, other.id))
        self.channels[channel.id] = channel
        self.messages[channel.id] = {}
        return channel

    def overwrite(self, channel: Channel, target: Role | User, *, allow: int = 0, deny: int = 0) -> Channel:
        """Set the permissions that a channel allows or denies a role or a user, and return the updated channel."""
        kind: Literal["role", "member"] = "role" if isinstance(target, Role) else "member"
        others = tuple(o for o in self.channels[channel.id].overwrites if o.id != target.id)
        channel = replace(
            self.channels[channel.id], overwrites=(*others, Overwrite(target.id, kind, int(allow), int(deny)))
        )
        self.channels[channel.id] = channel
        self.feed.publish(Event("CHANNEL_UPDATE", channel=channel, guild=self.guild_of(channel)))
        return channel

    def user(self, user_id: int) -> User:
        """The user with an id. Raises ApiError 10013."""
        if user_id not in self.users:
            raise ApiError(10013)
        return self.users[user_id]

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
        """The guild's channels, in order."""
        return [channel for channel in self.channels.values() if channel.guild_id == guild.id]

    def guild_permissions(self, user: User, guild: Guild) -> int:
        """The permissions that a user's roles grant in a guild; 0 if the user is not in it."""
        guild = self.guilds[guild.id]
        member = guild.member(user.id)
        if member is None:
            return 0
        held = {guild.id, *member.role_ids}
        base = 0
        for role in guild.roles:
            if role.id in held:
                base |= role.permissions
        return ALL if user.id == guild.owner_id or base & Permission.ADMINISTRATOR else base

    def permissions(self, user: User, channel: Channel) -> int:
        """A user's permissions in a channel, overwrites included; 0 if the user cannot view it."""
        channel = self.channels[channel.id]
        guild = self.guild_of(channel)
        if guild is None:
            return EVERYONE if user.id in channel.recipients else 0
        member = guild.member(user.id)
        base = self.guild_permissions(user, guild)
        if member is None or base == ALL:
            return base
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
        """Raise ApiError 50001 if the user cannot view the channel, 50013 if they lack a needed permission."""
        held = self.permissions(user, channel)
        if not held & Permission.VIEW_CHANNEL:
            raise ApiError(50001)
        if any(not held & permission for permission in needed):
            raise ApiError(50013)
