"""Training runs: who started them, where their progress is shown, how they ended."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.servers import ensure_server
from bot.store.tables import runs, servers
from bot.store.values import Run, RunState
from bot.store.write_queue import WriteQueue


class RunStore:
    """The training runs of all servers and the default model.

    What becomes of a run that has started is stored later if the database fails now; all other methods raise StoreError
    then. Runs that go on, or are not stored yet, are remembered: they can always be read by their number.
    """

    def __init__(self, database: Database, queue: WriteQueue) -> None:
        self._database = database
        self._queue = queue
        self._current: dict[int, Run] = {}

    async def start(self, server: int | None, *, channel: int | None, by: int | None) -> Run:
        """Record the start of a run.

        Server None: of the default model. `channel` is the Discord channel in which its progress is shown. By None:
        scheduled.
        """
        row = {
            "server": server,
            "channel": channel,
            "asked_by": by,
            "scheduled": by is None,
            "started_at": self._database.now(),
            "state": RunState.RUNNING,
        }
        async with self._database.write() as connection:
            await ensure_server(connection, server)
            begun = await connection.execute(insert(runs).values(row).returning(*runs.c))
            run = _run_of(begun.mappings().one())
        self._current[run.id] = run
        return run

    async def set_message(self, run: int, message: int) -> None:
        """Record the message that shows a run's progress, in its channel."""
        self._remember(run, message=message)

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(update(runs).where(runs.c.id == run).values(message=message))

        await self._queue.add(write)

    async def finish(
        self,
        run: int,
        state: RunState,
        *,
        version: str | None = None,
        accuracy: float | None = None,
        thumbnails: int | None = None,
    ) -> None:
        """Record how a run ended. Calling it again only updates the arguments that are given."""
        given = {"version": version, "accuracy": accuracy, "thumbnails": thumbnails}
        news = {name: value for name, value in given.items() if value is not None}
        now = self._database.now()
        self._remember(run, **news, state=state, ended_at=now)
        ended = func.coalesce(runs.c.ended_at, now)

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(update(runs).where(runs.c.id == run).values(**news, state=state, ended_at=ended))

        await self._queue.add(write, lambda: self._drop(run))

    def forget(self, user: int) -> None:
        """Forget who started the runs that are remembered, if it was this person."""
        for run in self._current.values():
            if run.asked_by == user:
                self._remember(run.id, asked_by=None)

    async def get(self, run: int) -> Run | None:
        """A run; None if it was deleted."""
        return self._current.get(run) or next(iter(await self._those(runs.c.id == run)), None)

    async def interrupted(self) -> tuple[Run, ...]:
        """Runs that a restart interrupted, oldest first: all that are running. Call it before any new one starts.

        Finish each as INTERRUPTED once its message says so; until then the next restart finds it again.
        """
        return (await self._those(runs.c.state == RunState.RUNNING))[::-1]

    async def ended(self, within: timedelta) -> tuple[Run, ...]:
        """Runs that ended so recently, newest first, and whose progress is shown in a message."""
        return await self._those((runs.c.ended_at > self._database.now() - within) & runs.c.message.is_not(None))

    async def latest(self, server: int | None, limit: int = 10) -> tuple[Run, ...]:
        """The last runs of a server or of the default model, newest first."""
        return await self._those(runs.c.server == server, limit)

    async def rested_at(self, server: int, rest: timedelta) -> datetime | None:
        """When a server's last training that gave a model will be so long ago; None if it is, or if there is none."""
        trained = (runs.c.server == server) & runs.c.state.in_((RunState.DONE, RunState.KEPT_OLD))
        async with self._database.read() as connection:
            ended_at = await connection.scalar(select(func.max(runs.c.ended_at)).where(trained))
        rested_at = None if ended_at is None else ended_at + rest
        return rested_at if rested_at and rested_at > self._database.now() else None

    async def due(self, every: timedelta) -> tuple[int, ...]:
        """Servers with weekly training whose last run began so long ago, if ever, and that the bot has not left."""
        recent = runs.c.started_at > self._database.now() - every
        rests = select(runs.c.id).where(runs.c.server == servers.c.id, recent).exists()
        wanted = select(servers.c.id).where(servers.c.weekly, servers.c.left_at.is_(None), ~rests)
        async with self._database.read() as connection:
            return tuple((await connection.scalars(wanted.order_by(servers.c.id))).all())

    def _remember(self, run: int, **news: Any) -> None:  # noqa: ANN401 - fields of Run
        if run in self._current:
            self._current[run] = replace(self._current[run], **news)

    def _drop(self, run: int) -> None:
        self._current.pop(run, None)

    async def _those(self, where: ColumnElement[bool], limit: int | None = None) -> tuple[Run, ...]:
        newest = select(runs).where(where).order_by(runs.c.id.desc()).limit(limit)
        async with self._database.read() as connection:
            return tuple(_run_of(row) for row in (await connection.execute(newest)).mappings())


def _run_of(row: RowMapping) -> Run:
    return Run(**{column.key: row[column] for column in runs.c})
