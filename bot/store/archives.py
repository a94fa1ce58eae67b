"""Archives: where the thumbnails of crawled channels are, for the machines that have not crawled them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, or_, select

from bot.store.database import Database, upsert
from bot.store.tables import archives


@dataclass(frozen=True, slots=True)
class Archive:
    """The archive of a channel's folder, which is named `label`; `content` is the fingerprint of its thumbnails."""

    channel: str
    label: str
    handle: str | None
    digest: str
    content: str


class ArchiveStore:
    """The archives of all channels, by YouTube's ids. Its methods raise StoreError if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, channels: Sequence[str]) -> Mapping[str, Archive]:
        """The archives of channels, by their ids or handles."""
        handles = [it.casefold() for it in channels]
        wanted = select(archives).where(
            or_(archives.c.channel.in_(channels), func.lower(archives.c.handle).in_(handles))
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted)).mappings()
            return {row["channel"]: Archive(**{name: row[name] for name in Archive.__slots__}) for row in rows}

    async def put(self, archive: Archive) -> None:
        """Set a channel's archive."""
        values = {name: getattr(archive, name) for name in Archive.__slots__ if name != "channel"}
        async with self._database.write() as connection:
            await connection.execute(
                upsert(connection, archives, {"channel": archive.channel}, **values, at=self._database.now())
            )

    async def expire(self, keep: timedelta) -> Sequence[str]:
        """Delete archives that were made longer ago than `keep`; returns their digests."""
        old = archives.c.at <= self._database.now() - keep
        async with self._database.write() as connection:
            return sorted(await connection.scalars(delete(archives).where(old).returning(archives.c.digest)))
