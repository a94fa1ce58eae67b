"""Servers: their settings, and since when the bot has been gone."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.columns import on_shards
from bot.store.database import Database, upsert
from bot.store.last_known import LastKnown
from bot.store.tables import servers
from bot.store.values import ALL_SHARDS, Server, Shards, UnknownPictures

RETENTION: Final = timedelta(days=30)
"""How long the data of a server is kept after the bot has left."""


class ServerStore:
    """The servers and their settings. Every method raises StoreError if the database fails.

    `last_known` gives a server's settings as `get` does, but raises nothing: those read last, if the database fails.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.last_known: Final = LastKnown(self.get, Server)

    async def get(self, server: int) -> Server:
        """A server's settings; the defaults if nothing was set."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(servers).where(servers.c.id == server))).mappings().first()
        return Server(**row) if row else Server(server)

    async def all(self, shards: Shards = ALL_SHARDS) -> Mapping[int, Server]:
        """The settings of all servers on these shards that have any, by id."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(servers).where(on_shards(servers.c.id, shards)))).mappings()
            return {row["id"]: Server(**row) for row in rows}

    async def set_threshold(self, server: int, threshold: float | None) -> None:
        """Set how sure the bot must be, in [0, 1], to name a channel; None: the model's own. Raises ValueError."""
        if threshold is not None and not 0 <= threshold <= 1:
            raise ValueError(f"a threshold must be in [0, 1], not {threshold}")
        async with self._database.write() as connection:
            await connection.execute(upsert(connection, servers, {"id": server}, threshold=threshold))

    async def set_weekly(self, server: int, *, weekly: bool) -> None:
        """Set whether the server's model is trained every week."""
        async with self._database.write() as connection:
            await connection.execute(upsert(connection, servers, {"id": server}, weekly=weekly))

    async def set_unknown_pictures(self, server: int, action: UnknownPictures) -> None:
        """Set what happens to posted pictures that are from none of the channels the bot knows."""
        async with self._database.write() as connection:
            await connection.execute(upsert(connection, servers, {"id": server}, unknown_pictures=action))

    async def set_language(self, server: int, language: str | None) -> None:
        """Set the language that the bot speaks; None to follow the settings in Discord."""
        async with self._database.write() as connection:
            await connection.execute(upsert(connection, servers, {"id": server}, language=language))

    async def set_admin_role(self, server: int, role: int | None) -> None:
        """Set whose members may use the text commands of admins, too; None: nobody's."""
        async with self._database.write() as connection:
            await connection.execute(upsert(connection, servers, {"id": server}, admin_role=role))

    async def set_log_channel(self, server: int, channel: int | None) -> None:
        """Set where admins' actions are logged; None: nowhere."""
        async with self._database.write() as connection:
            await connection.execute(upsert(connection, servers, {"id": server}, log_channel=channel))

    async def set_only_asked(self, server: int, *, only_asked: bool) -> None:
        """Set whether posted pictures are left alone."""
        async with self._database.write() as connection:
            await connection.execute(upsert(connection, servers, {"id": server}, only_asked=only_asked))

    async def left(self, server: int) -> None:
        """Record that the bot left the server: its data is deleted after 30 days."""
        async with self._database.write() as connection:
            await _mark(connection, [server], self._database.now())

    async def joined(self, server: int) -> None:
        """Record that the bot joined the server: its data is kept."""
        async with self._database.write() as connection:
            await _mark(connection, [server], None)

    async def update_presence(self, present: Callable[[], Collection[int]], shards: Shards = ALL_SHARDS) -> None:
        """Record joins and leaves that were missed: `present` returns all servers on the shards that the bot is in."""
        stored = select(servers.c.id, servers.c.left_at).where(on_shards(servers.c.id, shards))
        async with self._database.write() as connection:
            known = (await connection.execute(stored)).all()
            here = present()  # called now: a server that was left while this waited must not come back
            back = [id_ for id_, left_at in known if left_at and id_ in here]
            gone = [id_ for id_, left_at in known if not left_at and id_ not in here]
            await _mark(connection, back, None)
            await _mark(connection, gone, self._database.now())

    async def expired(self, shards: Shards = ALL_SHARDS) -> tuple[int, ...]:
        """The servers on these shards that the bot left more than 30 days ago."""
        old = select(servers.c.id).where(self._old(), on_shards(servers.c.id, shards))
        async with self._database.read() as connection:
            return tuple((await connection.scalars(old)).all())

    async def purge(self, server: int) -> None:
        """Delete all rows of a server, if it has expired; everything else about it must be deleted before."""
        async with self._database.write() as connection:
            await connection.execute(delete(servers).where(servers.c.id == server, self._old()))

    async def wipe(self, server: int) -> None:
        """Delete all rows of a server, at once."""
        async with self._database.write() as connection:
            await connection.execute(delete(servers).where(servers.c.id == server))

    def _old(self) -> ColumnElement[bool]:
        return servers.c.left_at < self._database.now() - RETENTION


async def ensure_server(connection: AsyncConnection, server: int | None) -> None:
    """Create the server's row that others refer to; None is no server."""
    if server is not None:
        await connection.execute(upsert(connection, servers, {"id": server}))


async def _mark(connection: AsyncConnection, ids: list[int], left_at: datetime | None) -> None:
    if ids:
        marked = update(servers).where(servers.c.id == bindparam("server")).values(left_at=left_at)
        await connection.execute(marked, [{"server": id_} for id_ in ids])
