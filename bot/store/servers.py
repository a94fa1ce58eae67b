"""Servers: their settings, whether the bot is still there, and the end of what is kept of those it left."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database, upsert
from bot.store.tables import servers
from bot.store.values import Server

KEPT: Final = timedelta(days=30)
"""How long the rows of a server outlive the bot's leaving it."""


class ServerStore:
    """The servers and their settings. Every method raises StoreError where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, server: int) -> Server:
        """A server's settings; the defaults, where nothing was set."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(servers).where(servers.c.id == server))).mappings().first()
        return Server(**row) if row else Server(server)

    async def set_threshold(self, server: int, threshold: float | None) -> None:
        """How sure the bot must be, in [0, 1], before it names a channel; None: the model's own. Raises ValueError."""
        if threshold is not None and not 0 <= threshold <= 1:
            raise ValueError(f"a threshold lies in [0, 1], not at {threshold}")
        async with self._database.write() as connection:
            await connection.execute(upsert(connection, servers, {"id": server}, threshold=threshold))

    async def set_weekly(self, server: int, *, weekly: bool) -> None:
        """Whether the server's model is trained anew every week."""
        async with self._database.write() as connection:
            await connection.execute(upsert(connection, servers, {"id": server}, weekly=weekly))

    async def left(self, server: int) -> None:
        """The bot left the server: what is kept of it goes after 30 days."""
        async with self._database.write() as connection:
            await _mark(connection, [server], self._database.now())

    async def joined(self, server: int) -> None:
        """The bot came (back) to the server: what is kept of it stays."""
        async with self._database.write() as connection:
            await _mark(connection, [server], None)

    async def there(self, present: Callable[[], Collection[int]]) -> None:
        """Catch up on what was missed: `present` tells the servers that the bot is in, and it is in no others."""
        async with self._database.write() as connection:
            known = (await connection.execute(select(servers.c.id, servers.c.left_at))).all()
            here = present()  # asked now: one that was left while this waited for its turn must not come back
            back = [id_ for id_, left_at in known if left_at and id_ in here]
            gone = [id_ for id_, left_at in known if not left_at and id_ not in here]
            await _mark(connection, back, None)
            await _mark(connection, gone, self._database.now())

    async def expired(self) -> tuple[int, ...]:
        """The servers that the bot left more than 30 days ago."""
        async with self._database.read() as connection:
            return tuple((await connection.scalars(select(servers.c.id).where(self._old()))).all())

    async def purge(self, server: int) -> None:
        """Delete all rows of an expired server, of which nothing else is kept by now; of others, none."""
        async with self._database.write() as connection:
            await connection.execute(delete(servers).where(servers.c.id == server, self._old()))

    def _old(self) -> ColumnElement[bool]:
        return servers.c.left_at < self._database.now() - KEPT


async def ensure_server(connection: AsyncConnection, server: int | None) -> None:
    """Let rows of the server have something to belong to; None is no server."""
    if server is not None:
        await connection.execute(upsert(connection, servers, {"id": server}))


async def _mark(connection: AsyncConnection, ids: list[int], left_at: datetime | None) -> None:
    if ids:
        marked = update(servers).where(servers.c.id == bindparam("server")).values(left_at=left_at)
        await connection.execute(marked, [{"server": id_} for id_ in ids])
