"""Each server's list of YouTube channels, and its Discord channels that are watched for pictures."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, bindparam, delete, func, select, update

from bot.store.columns import on_shards
from bot.store.database import Database, upsert
from bot.store.last_known import LastKnown
from bot.store.servers import ensure_server
from bot.store.tables import server_channels, watched
from bot.store.values import ALL_SHARDS, ServerChannel, Shards
from classifier.values import Channel


class ServerChannelStore:
    """The YouTube channels of each server. Every method raises StoreError if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, server: int) -> tuple[ServerChannel, ...]:
        """A server's channels in the order in which they were added; none means the default list."""
        mine = select(server_channels).where(server_channels.c.server == server).order_by(server_channels.c.number)
        async with self._database.read() as connection:
            rows = (await connection.execute(mine)).all()
        return tuple(ServerChannel(Channel(row.label, row.title, row.id, row.handle), row.added_by) for row in rows)

    async def add(self, server: int, channel: Channel, by: int) -> bool:
        """Add a channel; False if it is there already: then only its names are updated.

        Raises ValueError if the channel has no id.
        """
        if channel.id is None:
            raise ValueError("a channel needs an id")
        names = {
            "label": channel.label,
            "title": channel.title,
            "handle": channel.handle,
            "refreshed_at": self._database.now(),
        }
        async with self._database.write() as connection:
            await ensure_server(connection, server)
            here = await connection.execute(update(server_channels).where(_is(server, channel.id)).values(names))
            if here.rowcount:
                return False
            key = {"server": server, "id": channel.id}
            added = {"added_by": by, "added_at": self._database.now()}
            await connection.execute(upsert(connection, server_channels, key, **names, **added))
        return True

    async def listed(self, shards: Shards = ALL_SHARDS) -> tuple[str, ...]:
        """The YouTube ids of the channels on all lists of servers on these shards."""
        here = on_shards(server_channels.c.server, shards)
        ids = select(server_channels.c.id).where(here).distinct().order_by(server_channels.c.id)
        async with self._database.read() as connection:
            return tuple((await connection.scalars(ids)).all())

    async def refresh(self, found: Sequence[Channel], gone: Collection[str], *, keep: timedelta) -> None:
        """Bring titles and handles on all lists up to date.

        Channels that are gone, or that were last found longer ago than `keep`, go by their ids.
        """
        now, ids, refreshed_at = self._database.now(), server_channels.c.id, server_channels.c.refreshed_at
        expired = func.coalesce(refreshed_at, server_channels.c.added_at) <= now - keep
        renamed = update(server_channels).where(ids == bindparam("channel"))
        async with self._database.write() as connection:
            if found:
                await connection.execute(
                    renamed.values(title=bindparam("name"), handle=bindparam("at"), refreshed_at=now),
                    [{"channel": it.id, "name": it.title, "at": it.handle} for it in found],
                )
            nameless = update(server_channels).where(ids.in_(gone) | expired)
            await connection.execute(nameless.values(title=ids, handle=None))

    async def remove(self, server: int, channel: str) -> bool:
        """Remove the channel with this YouTube id; False if it is not there."""
        async with self._database.write() as connection:
            return (await connection.execute(delete(server_channels).where(_is(server, channel)))).rowcount > 0


def _is(server: int, channel: str) -> ColumnElement[bool]:
    return (server_channels.c.server == server) & (server_channels.c.id == channel)


class WatchStore:
    """The Discord channels in which pictures are answered. Every method raises StoreError if the database fails.

    `last_known` gives a server's channels as `of` does, but raises nothing: those read last, if the database fails.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.last_known: Final = LastKnown(self.of, lambda _: frozenset())

    async def of(self, server: int) -> frozenset[int]:
        """A server's watched channels; none means all."""
        async with self._database.read() as connection:
            rows = await connection.scalars(select(watched.c.channel).where(watched.c.server == server))
            return frozenset(rows.all())

    async def all(self, shards: Shards = ALL_SHARDS) -> Mapping[int, frozenset[int]]:
        """The watched channels of all servers on these shards that have any, by id."""
        channels: dict[int, frozenset[int]] = {}
        async with self._database.read() as connection:
            for row in await connection.execute(select(watched).where(on_shards(watched.c.server, shards))):
                channels[row.server] = channels.get(row.server, frozenset()) | {row.channel}
        return channels

    async def add(self, server: int, channel: int) -> bool:
        """Watch a channel; False if it is watched already."""
        async with self._database.write() as connection:
            await ensure_server(connection, server)
            new = await connection.execute(upsert(connection, watched, {"server": server, "channel": channel}))
        return new.rowcount > 0

    async def replace(self, server: int, channels: Collection[int]) -> None:
        """Watch these channels and no others; none means all."""
        async with self._database.write() as connection:
            await ensure_server(connection, server)
            await connection.execute(delete(watched).where(watched.c.server == server))
            for channel in channels:
                await connection.execute(upsert(connection, watched, {"server": server, "channel": channel}))

    async def remove(self, server: int, channel: int) -> bool:
        """Stop watching a channel; False if it was not watched."""
        this = (watched.c.server == server) & (watched.c.channel == channel)
        async with self._database.write() as connection:
            return (await connection.execute(delete(watched).where(this))).rowcount > 0
