"""Missed messages: what people posted while the bot was out of reach and Discord did not keep the events for it.

That is so after a restart, after an outage that was too long to resume from, and after an outage of a server.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from typing import Final

import aiohttp
import discord
from discord.utils import time_snowflake, utcnow

from bot.faults import in_short
from bot.seen import SeenMessages
from bot.services import Services
from bot.watching import Watching, Where, is_watched

log = logging.getLogger(__name__)

OLDEST: Final = timedelta(minutes=10)
"""Nobody waits longer for an answer."""
MARGIN: Final = timedelta(minutes=1)
"""How long before an earlier process was last alive it may have missed messages: work in flight."""
CHANNELS: Final = 10
"""Channels per server, those with the newest messages."""
MESSAGES: Final = 50
"""Messages per channel, the newest."""
AT_ONCE: Final = 2
"""Channels read at a time, so that other requests need not wait."""

Place = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


class Missed:
    """Knows up to when messages came, and finds the later ones."""

    def __init__(self, services: Services) -> None:
        self._watching = Watching(services)
        self._group = services.group
        self._since: dict[int, datetime] = {}
        self._newest: dict[int, int] = {}
        self._seen = SeenMessages()
        self._reached: dict[int, int] = {}
        """Servers whose missed messages were looked for in this session, with their shards."""
        self._turn = asyncio.Semaphore(AT_ONCE)

    def saw(self, message: discord.Message) -> None:
        """Remember a message; it is its channel's newest one only if the earlier ones were not missed."""
        self._seen.add(message.id)
        channel = message.channel.id
        if message.guild is None or message.guild.id in self._reached:
            self._newest[channel] = max(message.id, self._newest.get(channel, 0))

    def begin(self, shard: int) -> None:
        """Note that a shard has a new session: messages of its servers may be missing until `messages` has looked."""
        self._reached = {guild: other for guild, other in self._reached.items() if other != shard}

    async def messages(self, guild: discord.Guild) -> AsyncIterator[discord.Message]:
        """The messages that were missed in a server, which has just come within reach, oldest first per channel.

        Only in watched channels, only people's, and none that the bot has replied or reacted to.
        """
        now = utcnow()
        alive = self._group.last_beat(guild.shard_id)
        since = self._since.setdefault(guild.id, now if alive is None else alive - MARGIN)
        after = time_snowflake(max(since, now - OLDEST))
        self._newest = {channel: message for channel, message in self._newest.items() if message > after}
        unread = self._unread(guild, after)
        seen_to = {it.id: max(after, self._newest.get(it.id, 0)) for it in unread}
        self._reached[guild.id] = guild.shard_id  # before anything is awaited: messages come meanwhile
        where = await self._watching.last_known(guild.id) if unread else Where()
        for channel in [it for it in unread if is_watched(where, it)][:CHANNELS]:
            for message in await self._read(channel, seen_to[channel.id]):
                if self._seen.add(message.id):
                    yield message

    def _unread(self, guild: discord.Guild, after: int) -> list[Place]:
        """The channels with messages that were not seen, newest first."""
        places: Iterable[Place] = (*guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads)
        newest = {place: place.last_message_id or 0 for place in places}
        unread = [
            place
            for place in newest
            if newest[place] > max(after, self._newest.get(place.id, 0)) and _can_read(place, guild)
        ]
        return sorted(unread, key=lambda place: -newest[place])

    async def _read(self, channel: Place, after: int) -> list[discord.Message]:
        try:
            async with self._turn:
                history = channel.history(limit=MESSAGES, after=discord.Object(after), oldest_first=False)
                page = [message async for message in history]
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.info("channel %s: what was missed there can't be read (%s)", channel.id, in_short(error))
            return []
        me = channel.guild.me.id
        replied = {it.reference.message_id for it in page if it.author.id == me and it.reference is not None}
        return [it for it in reversed(page) if not (it.author.bot or it.id in replied or _is_marked(it))]


def _is_marked(message: discord.Message) -> bool:
    """Whether the bot has reacted to a message."""
    return any(reaction.me for reaction in message.reactions)


def _can_read(place: Place, guild: discord.Guild) -> bool:
    granted = place.permissions_for(guild.me)
    return granted.view_channel and granted.read_message_history
