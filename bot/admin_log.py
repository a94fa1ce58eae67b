"""AdminLog: what admins did, in the channel that a server chose for it."""

import logging
from typing import Final

import aiohttp
import discord

from bot.faults import in_short
from bot.store.servers import ServerStore

log = logging.getLogger(__name__)


class AdminLog:
    """Posts lines in the servers' log channels, without pings."""

    def __init__(self, servers: ServerStore) -> None:
        self._servers: Final = servers
        self._reported: dict[int, int] = {}

    async def post(self, client: discord.Client, server: int | None, text: str) -> int | None:
        """Post a line; returns the log channel if it can't be written in and nobody has heard of that yet.

        Raises nothing: what an admin did is done, whether or not it is logged.
        """
        channel = None if server is None else (await self._servers.last_known.get(server)).log_channel
        if server is None or channel is None:
            return None
        try:
            await client.get_partial_messageable(channel).send(text)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.info("server %d: an action could not be logged in channel %d: %s", server, channel, in_short(error))
            known, self._reported[server] = self._reported.get(server), channel
            return channel if known != channel else None
        self._reported.pop(server, None)
        return None
