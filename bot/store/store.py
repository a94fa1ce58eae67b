"""Store: everything that outlives a restart, in one database."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import delete, update

from bot.store.answers import AnswerStore
from bot.store.archives import ArchiveStore
from bot.store.channels import ServerChannelStore, WatchStore
from bot.store.cluster import ClusterStore
from bot.store.corrections import CorrectionStore
from bot.store.daily import DailyRoundStore
from bot.store.database import Database
from bot.store.feedback import FeedbackStore
from bot.store.game import GameStore
from bot.store.migrations import migrate
from bot.store.models import ModelStore
from bot.store.personal import personal_data
from bot.store.quota import QuotaStore
from bot.store.runs import RunStore
from bot.store.servers import ServerStore
from bot.store.statistics import StatisticsStore
from bot.store.tables import corrections, feedback, guesses, runs, server_channels
from bot.store.values import ALL_SHARDS, Forgotten, Server, Shards
from bot.store.write_queue import WriteQueue


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """All tables of one database. Open it before use.

    `place` is a database's URL (PostgreSQL or SQLite) or the path of an SQLite file, `clock` returns the time in UTC.
    Raises UnsupportedDatabaseError.
    """

    def __init__(self, place: str | Path, *, clock: Callable[[], datetime] = _utc_now) -> None:
        self.now: Final = clock
        self._database = Database(place, clock)
        self.servers: Final = ServerStore(self._database)
        self.channels: Final = ServerChannelStore(self._database)
        self.watched: Final = WatchStore(self._database)
        self.queue: Final = WriteQueue(self._database)
        self.runs: Final = RunStore(self._database, self.queue)
        self.models: Final = ModelStore(self._database)
        self.archives: Final = ArchiveStore(self._database)
        self.quota: Final = QuotaStore(self._database)
        self.answers: Final = AnswerStore(self._database, self.queue)
        self.feedback: Final = FeedbackStore(self._database, self.answers)
        self.corrections: Final = CorrectionStore(self._database)
        self.statistics: Final = StatisticsStore(self._database)
        self.game: Final = GameStore(self._database)
        self.daily: Final = DailyRoundStore(self._database)
        self.cluster: Final = ClusterStore(self._database)

    async def open(self) -> None:
        """Create the database, or bring it up to date. Raises StoreError, NewerDatabaseError."""
        await asyncio.to_thread(migrate, self._database.url)

    async def recall(self, shards: Shards = ALL_SHARDS) -> None:
        """Read what answers need of the servers on these shards, for when the database fails. Raises StoreError."""
        self.servers.last_known.learn(await self.servers.all(shards))
        self.watched.last_known.learn(await self.watched.all(shards))

    async def close(self) -> None:
        """Write what still waits, and close all connections."""
        await self.queue.close()
        await self.servers.last_known.close()
        await self.watched.last_known.close()
        await self._database.close()

    async def export(self, user: int) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Everything that is stored about a person, by kind, as JSON has it. Raises StoreError."""
        async with self._database.read() as connection:
            return await personal_data(connection, user)

    async def wipe(self, server: int) -> None:
        """Delete everything about a server; what is not in the database must be deleted before. Raises StoreError."""
        await self.servers.wipe(server)
        self.servers.last_known.learn({server: Server(server)})
        self.watched.last_known.learn({server: frozenset()})

    async def forget(self, user: int) -> Forgotten:
        """Delete a person's feedback and guesses, and their id from everything else; returns how many there were."""
        async with self._database.write() as connection:
            deleted = await connection.execute(delete(feedback).where(feedback.c.user == user))
            played = await connection.execute(delete(guesses).where(guesses.c.user == user))
            for column in (feedback.c.reviewed_by, runs.c.asked_by, server_channels.c.added_by, corrections.c.by):
                await connection.execute(update(column.table).where(column == user).values({column: None}))
        self.runs.forget(user)
        return Forgotten(deleted.rowcount, played.rowcount)
