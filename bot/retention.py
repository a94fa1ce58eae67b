"""Retention: how long the data of servers that the bot has left, and the videos of old rounds of the game, are kept."""

import logging
from collections.abc import Callable, Collection

from bot.services import Services
from bot.store.errors import StoreError
from classifier.errors import ThumbprintError

log = logging.getLogger(__name__)


class Retention:
    """Deletes everything about servers that the bot left 30 days ago, and which videos were guessed before that."""

    def __init__(self, services: Services) -> None:
        self._servers = services.store.servers
        self._engine = services.engine
        self._game = services.store.game

    async def clean_up(self, present: Callable[[], Collection[int]]) -> None:
        """Record which servers the bot has left or joined while it was away, and delete those that are due.

        `present` gives the ids of the servers that the bot is in now.
        """
        try:
            await self._servers.update_presence(present)
            expired = await self._servers.expired()
            await self._game.forget_videos()
        except StoreError as error:
            log.warning("could not look up which data has expired: %s", error)
            return
        for server in expired:
            try:
                await self._engine.forget(server)
                # The rows go last, because they say what has expired: whatever fails is tried again the next day.
                await self._servers.purge(server)
            except (ThumbprintError, OSError) as error:
                log.warning("could not delete all data of server %s: %s", server, error)
            else:
                log.info("deleted all data of server %s", server)
