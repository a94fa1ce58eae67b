"""Set-up: how far a server's set-up is, and where the card that shows it can be posted."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Final

import aiohttp
import discord

from bot.channel_lists import ChannelLists
from bot.faults import in_short
from bot.replies.channels import compared
from bot.replies.setup import SetUp
from bot.services import Services
from bot.watching import Watching, missing_permissions

log = logging.getLogger(__name__)

TRIED: Final = 3
"""Channels in which the card is tried to be posted."""
_ENTRIES: Final = 10
"""The newest entries of the audit log that are searched for who added the bot."""


class Setup:
    """Reads servers' set-ups; what changes them is in ChannelLists, Watching and Retraining."""

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._engine = services.engine
        self._lists = ChannelLists(services)
        self._watching = Watching(services)

    async def of(self, guild: discord.Guild) -> SetUp:
        """How far a server's set-up is. Raises StoreError."""
        channels, own = await self._lists.of(guild.id)
        where = await self._watching.of(guild)
        watched = [it for it in map(guild.get_channel, sorted(where.channels)) if it is not None]
        lacking = {it.id: missing for it in watched if (missing := missing_permissions(it))}
        current = next((it.model for it in await self._engine.versions(guild.id) if it.serving), None)
        info = self._engine.info(guild.id)
        return SetUp(
            listed=compared(channels, self._engine.channels(guild.id), own=own),
            watched=where.channels,
            only_asked=where.only_asked,
            missing=lacking,
            model=info if info and current and current.version == info.version else None,
            language=(await self._store.servers.get(guild.id)).language,
        )

    async def has_begun(self, server: int) -> bool:
        """Whether anybody has set the server up, at least in part. Raises StoreError."""
        return bool(
            await self._store.channels.of(server)
            or await self._store.watched.of(server)
            or (await self._store.servers.get(server)).only_asked
            or await self._store.runs.latest(server)
        )


def places(guild: discord.Guild) -> Iterator[discord.TextChannel]:
    """Where the card can be posted: the system channel, else the first channels in which the bot may write."""
    first = sorted(guild.text_channels, key=lambda it: (it.position, it.id))
    for channel in [*([guild.system_channel] if guild.system_channel else []), *first][:TRIED]:
        granted = channel.permissions_for(guild.me)
        if granted.view_channel and granted.send_messages and granted.embed_links:
            yield channel


async def recipients(guild: discord.Guild) -> AsyncIterator[discord.User | discord.Member]:
    """Who can get the card in direct messages: who added the bot, if the audit log tells that and the bot may read it;
    else the server's owner.
    """
    found = await _inviter(guild)
    if found is not None:
        yield found
    if found is None or found.id != guild.owner_id:
        with suppress(discord.DiscordException, aiohttp.ClientError, OSError):
            yield guild.owner or await guild.fetch_member(guild.owner_id or 0)


async def _inviter(guild: discord.Guild) -> discord.User | discord.Member | None:
    if not guild.me.guild_permissions.view_audit_log:
        return None
    try:
        async for entry in guild.audit_logs(limit=_ENTRIES, action=discord.AuditLogAction.bot_add):
            if entry.target is not None and entry.target.id == guild.me.id:
                return entry.user
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        log.info("the audit log of server %d can't be read: %s", guild.id, in_short(error))
    return None
