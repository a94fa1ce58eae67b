"""AdminLog: what admins did, in the channel that a server chose for it."""

import logging
from collections.abc import Callable
from typing import Final

import aiohttp
import discord

from bot.faults import in_short
from bot.language_choice import language_in
from bot.languages import in_language
from bot.store.servers import ServerStore

log = logging.getLogger(__name__)


class AdminLog:
    """Posts lines in the servers' log channels, in the servers' languages, without pings."""

    def __init__(self, servers: ServerStore) -> None:
        self._servers: Final = servers
        self._reported: dict[int, int] = {}

    async def post(self, client: discord.Client, server: int | None, words: Callable[[], str]) -> int | None:
        """Post a line of `words` in the server's language.

        Returns the log channel if it can't be written in and nobody has heard of that yet.

        Raises nothing: what an admin did is done, whether or not it is logged.
        """
        channel = None if server is None else (await self._servers.last_known.get(server)).log_channel
        if server is None or channel is None:
            return None
        with in_language(await language_in(client.get_guild(server), self._servers)):
            text = words()
        try:
            await client.get_partial_messageable(channel).send(text)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.info("server %d: an action could not be logged in channel %d: %s", server, channel, in_short(error))
            known, self._reported[server] = self._reported.get(server), channel
            return channel if known != channel else None
        self._reported.pop(server, None)
        return None
