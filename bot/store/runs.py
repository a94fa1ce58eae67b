"""Training runs: who started them, where their progress is shown, how they ended."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, RowMapping, func, insert, select, update

from bot.store.database import Database
from bot.store.servers import ensure_server
from bot.store.tables import runs, servers
from bot.store.values import Run, RunState


class RunStore:
    """The training runs of all servers and the default model. All methods raise StoreError if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
            return _run_of(begun.mappings().one())

    async def set_message(self, run: int, message: int) -> None:
        """Record the message that shows a run's progress, in its channel."""
        async with self._database.write() as connection:
            await connection.execute(update(runs).where(runs.c.id == run).values(message=message))

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
        ended = func.coalesce(runs.c.ended_at, self._database.now())
        finished = update(runs).where(runs.c.id == run).values(**news, state=state, ended_at=ended)
        async with self._database.write() as connection:
            await connection.execute(finished)

    async def get(self, run: int) -> Run | None:
        """A run; None if it was deleted."""
        return next(iter(await self._those(runs.c.id == run)), None)

    async def interrupted(self) -> tuple[Run, ...]:
        """Runs that a restart interrupted, oldest first: all that are running. Call it before any new one starts.

        Finish each as INTERRUPTED once its message says so; until then the next restart finds it again.
        """
        return (await self._those(runs.c.state == RunState.RUNNING))[::-1]

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

    async def _those(self, where: ColumnElement[bool], limit: int | None = None) -> tuple[Run, ...]:
        newest = select(runs).where(where).order_by(runs.c.id.desc()).limit(limit)
        async with self._database.read() as connection:
            return tuple(_run_of(row) for row in (await connection.execute(newest)).mappings())


def _run_of(row: RowMapping) -> Run:
    return Run(**{column.key: row[column] for column in runs.c})
