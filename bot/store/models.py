"""Models that several machines serve: which versions there are, where their files are, and which one is in use."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, RowMapping, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database, alone
from bot.store.runs import end_claimed
from bot.store.servers import ensure_server
from bot.store.tables import models, serving
from bot.store.values import RunState
from classifier.values import Channel, ModelInfo

SERVING_CHANNEL: Final = "thumbprint_serving"
"""PostgreSQL's channel on which servers are named whose model has changed; empty for the default one."""

_DEFAULT_LOCK: Final = 4
"""The lock of the default model; no Discord id is that small."""
_INFO: Final = TypeAdapter(ModelInfo)


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A version of a model: the digest of its archive, the fingerprint of what it learned from, and its description."""

    server: int | None
    digest: str
    learned: str
    info: ModelInfo


class ModelStore:
    """The models of all servers and the default one (None). Its methods raise StoreError if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def serving(self, server: int | None = None, *, everyone: bool = True) -> Mapping[int | None, StoredModel]:
        """The models in use, by server; of one server only unless `everyone` is true."""
        latest = select(func.max(serving.c.number)).group_by(serving.c.server)
        if not everyone:
            latest = latest.where(serving.c.server == server)
        wanted = select(models).join_from(serving, models).where(serving.c.number.in_(latest))
        async with self._database.read() as connection:
            found = map(_model_of, (await connection.execute(wanted)).mappings())
            return {it.server: it for it in found}

    async def all(self, server: int | None) -> tuple[StoredModel, ...]:
        """Every version of a server's model, newest first."""
        wanted = select(models).where(models.c.server == server).order_by(models.c.id.desc())
        async with self._database.read() as connection:
            return tuple(map(_model_of, (await connection.execute(wanted)).mappings()))

    async def find(self, server: int | None, version: str) -> StoredModel | None:
        """One version; None if there is none of that name."""
        return next((it for it in await self.all(server) if it.info.version == version), None)

    async def before(self, server: int | None) -> str | None:
        """The version that was in use before the one that is."""
        wanted = (
            select(models.c.version)
            .join_from(serving, models)
            .where(serving.c.server == server)
            .order_by(serving.c.number.desc())
        )
        async with self._database.read() as connection:
            names = list(await connection.scalars(wanted.limit(2)))
        return names[1] if len(names) > 1 else None

    async def publish(
        self, model: StoredModel, *, swap: bool, before: str | None, run: int, attempt: int
    ) -> bool | None:
        """Add the model of a run and end the run, all or nothing; returns whether the model is in use now.

        It is used if `swap` is true and the one in use is still `before`. None: the run isn't the worker's any more,
        and nothing has changed.
        """
        info, now = model.info, self._database.now()
        async with self._database.write() as connection:
            await alone(connection, model.server or _DEFAULT_LOCK)
            used = swap and await _version_in_use(connection, model.server) == before
            ended = await end_claimed(
                connection,
                run,
                attempt,
                state=RunState.DONE if used else RunState.KEPT_OLD,
                ended_at=now,
                version=info.version,
                accuracy=info.metrics.accuracy,
                thumbnails=info.thumbnails,
            )
            if not ended:
                return None
            await ensure_server(connection, model.server)
            row = {
                "server": model.server,
                "version": info.version,
                "digest": model.digest,
                "learned": model.learned,
                "info": _INFO.dump_json(info).decode(),
                "at": now,
            }
            number = await connection.scalar(insert(models).values(row).returning(models.c.id))
            if used:
                await connection.execute(insert(serving).values(server=model.server, model=number))
                await _announce(connection, model.server)
        return used

    async def serve(self, server: int | None, version: str) -> bool:
        """Use a version from now on, as if those that came into use after it had not; False if there is none."""
        async with self._database.write() as connection:
            await alone(connection, server or _DEFAULT_LOCK)
            of_version = (models.c.server == server) & (models.c.version == version)
            model = await connection.scalar(select(models.c.id).where(of_version))
            if model is None:
                return False
            ours: ColumnElement[bool] = serving.c.server == server
            used = await connection.scalar(select(func.max(serving.c.number)).where(ours, serving.c.model == model))
            if used is None:
                await connection.execute(insert(serving).values(server=server, model=model))
            else:
                await connection.execute(delete(serving).where(ours, serving.c.number > used))
            await _announce(connection, server)
        return True

    async def prune(self, server: int | None, kept: int) -> Sequence[str]:
        """Delete the oldest versions but the one in use, so that `kept` are left; returns digests that nobody needs."""
        async with self._database.write() as connection:
            await alone(connection, server or _DEFAULT_LOCK)
            in_use = await _version_in_use(connection, server)
            newest = select(models).where(models.c.server == server).order_by(models.c.id.desc())
            others = [row for row in (await connection.execute(newest)).mappings() if row["version"] != in_use]
            return await _delete(connection, others[max(kept - 1, 0) :])

    async def rename(self, found: Sequence[Channel], gone: Collection[str]) -> None:
        """Bring the names of channels in all descriptions up to date, by id; those that are gone go by their ids."""
        names = {it.id: (it.title, it.handle) for it in found} | {channel: (channel, None) for channel in gone}
        async with self._database.write() as connection:
            for row in (await connection.execute(select(models))).mappings().all():
                model = _model_of(row)
                channels = tuple(
                    replace(it, title=names[it.id][0], handle=names[it.id][1]) if it.id in names else it
                    for it in model.info.channels
                )
                if channels != model.info.channels:
                    info = _INFO.dump_json(replace(model.info, channels=channels)).decode()
                    await connection.execute(update(models).where(models.c.id == row["id"]).values(info=info))
                    await _announce(connection, model.server)

    async def forget(self, server: int | None) -> Sequence[str]:
        """Delete all versions of a server; returns the digests that nobody needs any more."""
        async with self._database.write() as connection:
            all_ = select(models).where(models.c.server == server)
            dropped = await _delete(connection, list((await connection.execute(all_)).mappings()))
            await _announce(connection, server)
        return dropped


async def _version_in_use(connection: AsyncConnection, server: int | None) -> str | None:
    newest = select(func.max(serving.c.number)).where(serving.c.server == server).scalar_subquery()
    wanted = select(models.c.version).join_from(serving, models).where(serving.c.number == newest)
    return (await connection.scalars(wanted)).one_or_none()


async def _delete(connection: AsyncConnection, rows: Sequence[RowMapping]) -> Sequence[str]:
    await connection.execute(delete(models).where(models.c.id.in_([row["id"] for row in rows])))
    digests = {row["digest"] for row in rows}
    needed = await connection.scalars(select(models.c.digest).where(models.c.digest.in_(digests)))
    return sorted(digests.difference(needed))


async def _announce(connection: AsyncConnection, server: int | None) -> None:
    """Have PostgreSQL tell all processes, once the transaction is committed; SQLite has no others."""
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_notify(SERVING_CHANNEL, "" if server is None else str(server))))


def _model_of(row: Mapping[Any, Any]) -> StoredModel:
    return StoredModel(row["server"], row["digest"], row["learned"], _INFO.validate_json(row["info"]))
