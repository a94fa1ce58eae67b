"""Watching: where posted pictures are answered in a server."""

import asyncio
from dataclasses import dataclass
from typing import Final

import discord

from bot.services import Services
from classifier.errors import ThumbprintError

MAX_WATCHED: Final = 200

_NEEDED: Final = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "embed_links": "Embed Links",
    "attach_files": "Attach Files",
}
"""The permissions that answers need, by Discord's names for code and for people."""


class WatchError(ThumbprintError):
    """A channel that can't be watched."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where posted pictures are answered: in `channels`, everywhere if there are none, or nowhere if `only_asked`."""

    channels: frozenset[int] = frozenset()
    only_asked: bool = False


class Watching:
    """Which channels of each server are watched for pictures."""

    def __init__(self, services: Services) -> None:
        self._watched = services.store.watched
        self._servers = services.store.servers

    async def last_known(self, server: int) -> Where:
        """Where a server's pictures are answered, as it was last read if the database fails. Raises nothing."""
        channels, settings = await asyncio.gather(
            self._watched.last_known.get(server), self._servers.last_known.get(server)
        )
        return Where(channels, settings.only_asked)

    async def of(self, guild: discord.Guild) -> Where:
        """The same, now; channels that were deleted are no longer watched, because nobody could name them."""
        watched = await self._watched.of(guild.id)
        gone = {channel for channel in watched if guild.get_channel(channel) is None}
        for channel in gone:
            await self._watched.remove(guild.id, channel)
        return Where(watched - gone, (await self._servers.get(guild.id)).only_asked)

    async def add(self, guild: discord.Guild, channel: int) -> Where:
        """Watch a channel, one more; from then on, only watched channels are answered. Raises WatchError."""
        channels = (await self.of(guild)).channels | {channel}
        if len(channels) > MAX_WATCHED:
            raise WatchError(f"I can watch up to {MAX_WATCHED} channels. Remove one with `/unwatch` first.")
        await self._watched.add(guild.id, channel)
        await self._servers.set_only_asked(guild.id, only_asked=False)
        return Where(channels)

    async def remove(self, guild: discord.Guild, channel: int) -> tuple[Where, bool]:
        """Stop watching a channel; returns where pictures are answered now, and whether it was watched."""
        was = await self._watched.remove(guild.id, channel)
        return await self.of(guild), was

    async def replace(self, server: int, where: Where) -> None:
        """Answer posted pictures there and nowhere else."""
        await self._watched.replace(server, where.channels)
        await self._servers.set_only_asked(server, only_asked=where.only_asked)


def is_watched(where: Where, channel: discord.abc.Snowflake) -> bool:
    """Whether pictures in a channel are answered; a thread follows its channel."""
    place = channel.parent_id if isinstance(channel, discord.Thread) else channel.id
    return not where.only_asked and (not where.channels or place in where.channels)


def missing_permissions(channel: discord.abc.GuildChannel) -> list[str]:
    """The permissions that the bot lacks to answer pictures in a channel, by their names for people."""
    granted = channel.permissions_for(channel.guild.me)
    unused = "send_messages" if isinstance(channel, discord.ForumChannel) else "send_messages_in_threads"
    return [name for it, name in _NEEDED.items() if it != unused and not getattr(granted, it)]
