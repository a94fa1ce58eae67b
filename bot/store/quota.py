"""YouTube's quota: how much of it each server, and all together, have used today."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Table, case, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database, upsert
from bot.store.servers import ensure_server
from bot.store.tables import key_quota, quota

PACIFIC: Final = ZoneInfo("America/Los_Angeles")
"""YouTube renews the quota at midnight of this time."""


class QuotaStore:
    """The quota of YouTube's that each server, and all together, have used today.

    "All" includes the default model and the refreshes. The methods raise StoreError if the database fails.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spent(self, server: int) -> int:
        """The units that a server has used today."""
        return await self._units(quota, quota.c.server == server)

    async def spent_by_all(self) -> int:
        """The units that were used today, whatever for."""
        return await self._units(key_quota)

    async def spend(self, server: int | None, units: int) -> None:
        """Record that some units were used now, for a server or for all; a negative number gives some back."""
        async with self._database.write() as connection:
            if server is not None:
                await ensure_server(connection, server)
                await self._spend(connection, quota, units, server=server)
            await self._spend(connection, key_quota, units)

    async def _units(self, table: Table, *where: ColumnElement[bool]) -> int:
        today = select(table.c.units).where(table.c.day == self._day, *where)
        async with self._database.read() as connection:
            return (await connection.scalar(today)) or 0

    async def _spend(self, connection: AsyncConnection, table: Table, units: int, **whose: int) -> None:
        """Add to today's row, and delete those of other days."""
        own = [table.c[name] == value for name, value in whose.items()]
        total = table.c.units + units
        await connection.execute(delete(table).where(table.c.day < self._day, *own))
        await connection.execute(upsert(connection, table, {**whose, "day": self._day}))
        today = update(table).where(table.c.day == self._day, *own)
        await connection.execute(today.values(units=case((total > 0, total), else_=0)))

    def renewed_at(self) -> datetime:
        """When the next day of YouTube's begins."""
        return datetime.combine(self._day + timedelta(days=1), time(), PACIFIC)

    @property
    def _day(self) -> date:
        return self._database.now().astimezone(PACIFIC).date()
