"""YouTube's quota: how much of it each server has used today."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, delete, select, update

from bot.store.database import Database, upsert
from bot.store.servers import ensure_server
from bot.store.tables import quota

PACIFIC: Final = ZoneInfo("America/Los_Angeles")
"""YouTube renews the quota at midnight of this time."""


class QuotaStore:
    """The quota of YouTube's that each server has used today. Its methods raise StoreError if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spent(self, server: int) -> int:
        """The units that a server has used today."""
        async with self._database.read() as connection:
            return (await connection.scalar(select(quota.c.units).where(self._today(server)))) or 0

    async def spend(self, server: int, units: int) -> None:
        """Record that a server has used some units now; a negative number gives some back."""
        total = quota.c.units + units
        async with self._database.write() as connection:
            await ensure_server(connection, server)
            await connection.execute(delete(quota).where(quota.c.server == server, quota.c.day < self._day))
            await connection.execute(upsert(connection, quota, {"server": server, "day": self._day}))
            await connection.execute(
                update(quota).where(self._today(server)).values(units=case((total > 0, total), else_=0))
            )

    def renewed_at(self) -> datetime:
        """When the next day of YouTube's begins."""
        return datetime.combine(self._day + timedelta(days=1), time(), PACIFIC)

    @property
    def _day(self) -> date:
        return self._database.now().astimezone(PACIFIC).date()

    def _today(self, server: int) -> ColumnElement[bool]:
        return (quota.c.server == server) & (quota.c.day == self._day)
