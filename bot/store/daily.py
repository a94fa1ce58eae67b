"""The daily round of each server: where and when it is posted, and on which day it was last."""

from datetime import UTC, date

from sqlalchemy import ColumnElement, or_, select, update

from bot.store.columns import on_shards
from bot.store.database import Database, upsert
from bot.store.game_values import DailyRound
from bot.store.servers import ensure_server
from bot.store.tables import daily_rounds, servers
from bot.store.values import ALL_SHARDS, Shards


class DailyRoundStore:
    """The daily rounds. Every method raises StoreError if the database fails. Days begin at midnight, UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, server: int) -> DailyRound | None:
        """A server's daily round; None if it never had one."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(daily_rounds).where(daily_rounds.c.server == server))).first()
        return DailyRound(row.server, row.channel, row.hour) if row else None

    async def turn_on(self, server: int, channel: int, hour: int) -> None:
        """Post a round every day at an hour in [0, 23]; if today's hour is over, beginning tomorrow."""
        now = self._database.now().astimezone(UTC)
        async with self._database.write() as connection:
            await ensure_server(connection, server)
            over = {"last_day": now.date()} if now.hour >= hour else {}
            chosen = upsert(connection, daily_rounds, {"server": server}, channel=channel, hour=hour, **over)
            await connection.execute(chosen)

    async def turn_off(self, server: int) -> bool:
        """Post no more; False if it was off. When the last round was is kept, so that no day has two."""
        on = (daily_rounds.c.server == server) & daily_rounds.c.hour.is_not(None)
        async with self._database.write() as connection:
            return (await connection.execute(update(daily_rounds).where(on).values(hour=None))).rowcount > 0

    async def claim(self, shards: Shards = ALL_SHARDS) -> tuple[DailyRound, ...]:
        """The rounds to post now on these shards, each at most once a day, by hour; none of servers that the bot has
        left.
        """
        now = self._database.now().astimezone(UTC)
        async with self._database.write() as connection:
            due = (
                update(daily_rounds)
                .where(on_shards(daily_rounds.c.server, shards), daily_rounds.c.hour <= now.hour, _not_on(now.date()))
                .where(daily_rounds.c.server.in_(select(servers.c.id).where(servers.c.left_at.is_(None))))
                .values(last_day=now.date())
                .returning(daily_rounds.c.server, daily_rounds.c.channel, daily_rounds.c.hour)
            )
            rows = (await connection.execute(due)).all()
        return tuple(sorted((DailyRound(*row) for row in rows), key=lambda it: (it.hour or 0, it.server)))


def _not_on(day: date) -> ColumnElement[bool]:
    return or_(daily_rounds.c.last_day.is_(None), daily_rounds.c.last_day < day)
