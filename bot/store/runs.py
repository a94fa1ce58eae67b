"""Training runs: who asked for them, where they are told, how they ended."""

from datetime import timedelta

from sqlalchemy import ColumnElement, func, insert, select, update

from bot.store.database import Database
from bot.store.servers import ensure_server
from bot.store.tables import runs, servers
from bot.store.values import Run, RunState


class RunStore:
    """The training runs of each server, and of the default model. Every method raises StoreError where it fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, server: int | None, *, channel: int | None, message: int | None, by: int | None) -> Run:
        """Note that a run begins.

        Server None: of the default model. Channel and message of Discord: where its progress is told. By None: the
        schedule asks for it.
        """
        row = {
            "server": server,
            "channel": channel,
            "message": message,
            "asked_by": by,
            "scheduled": by is None,
            "started_at": self._database.now(),
            "state": RunState.RUNNING,
        }
        async with self._database.write() as connection:
            await ensure_server(connection, server)
            begun = await connection.execute(insert(runs).values(row).returning(*runs.c))
            return Run(**begun.mappings().one())

    async def tell(self, run: int, message: int) -> None:
        """Note the message that tells of a run, in its channel."""
        async with self._database.write() as connection:
            await connection.execute(update(runs).where(runs.c.id == run).values(message=message))

    async def finish(
        self,
        run: int,
        state: RunState,
        *,
        version: str | None = None,
        accuracy: float | None = None,
        pictures: int | None = None,
    ) -> None:
        """Note how a run ended. Called again, as where somebody insists on a model, it leaves what it is not told."""
        told = {"version": version, "accuracy": accuracy, "pictures": pictures}
        news = {name: value for name, value in told.items() if value is not None}
        ended = func.coalesce(runs.c.ended_at, self._database.now())
        finished = update(runs).where(runs.c.id == run).values(**news, state=state, ended_at=ended)
        async with self._database.write() as connection:
            await connection.execute(finished)

    async def get(self, run: int) -> Run | None:
        """A run; None where it was deleted."""
        return next(iter(await self._those(runs.c.id == run)), None)

    async def interrupted(self) -> tuple[Run, ...]:
        """Runs that a kill or restart cut short, oldest first: those that run, asked before any new one starts.

        Finish each as INTERRUPTED once its message says so; until then a next restart finds it again.
        """
        return (await self._those(runs.c.state == RunState.RUNNING))[::-1]

    async def latest(self, server: int | None, limit: int = 10) -> tuple[Run, ...]:
        """The last runs of a server, or of the default model; newest first."""
        return await self._those(runs.c.server == server, limit)

    async def due(self, every: timedelta) -> tuple[int, ...]:
        """Servers that train by themselves, where the bot is and no run began for so long, or ever."""
        recent = runs.c.started_at > self._database.now() - every
        rests = select(runs.c.id).where(runs.c.server == servers.c.id, recent).exists()
        wanted = select(servers.c.id).where(servers.c.weekly, servers.c.left_at.is_(None), ~rests)
        async with self._database.read() as connection:
            return tuple((await connection.scalars(wanted.order_by(servers.c.id))).all())

    async def _those(self, where: ColumnElement[bool], limit: int | None = None) -> tuple[Run, ...]:
        newest = select(runs).where(where).order_by(runs.c.id.desc()).limit(limit)
        async with self._database.read() as connection:
            return tuple(Run(**row) for row in (await connection.execute(newest)).mappings())
