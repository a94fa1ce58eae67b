"""What the processes of a cluster share: shard groups, beats, turns to identify, and claims of pictures.

Only for PostgreSQL: every time is the database's own, so that no two processes need the same clock. A process has a
`holder`, a random word of its own. Every method raises StoreError if the database fails.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, Interval, String, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.cluster_values import Layout, Lease, OtherLayoutError
from bot.store.database import Database, alone, upsert
from bot.store.tables import beats, claims, identifies, shard_groups
from bot.store.values import Shards

CLAIMS_KEPT: Final = timedelta(hours=1)
"""How long claims are kept; no picture is answered so late."""
BEATS_KEPT: Final = timedelta(days=1)

_TAKING: Final = 2
"""The lock of processes that take a group at the same time; no Discord id is that small."""


class ClusterStore:
    """The shared state of a cluster."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, holder: str, layout: Layout, lasts: timedelta, *, adopt: bool) -> Lease | None:
        """Lease the first shard group that nobody holds; None if there is none.

        The processes that run have the last word on the number of shards: with `adopt`, a process takes it from them.
        Raises OtherLayoutError if they divide the shards in another way.
        """
        async with self._database.write() as connection:
            await alone(connection, _TAKING)
            held = (await connection.execute(select(shard_groups).where(_is_live()))).all()
            if held:
                layout = _agreed(layout, Layout(held[0].total, held[0].size), adopt=adopt)
            else:
                await connection.execute(delete(shard_groups))  # perhaps of another layout
            free = sorted(set(range(layout.groups)) - {row.number for row in held})
            if not free:
                return None
            row = {"total": layout.total, "size": layout.size, "holder": holder, "expires_at": func.now() + lasts}
            await connection.execute(upsert(connection, shard_groups, {"number": free[0]}, **row))
            shards = layout.group(free[0])
            return Lease(free[0], shards, await _last_beats(connection, shards))

    async def renew(self, holder: str, lasts: timedelta) -> bool:
        """Renew the lease of a holder; False if it has expired."""
        mine = update(shard_groups).where(shard_groups.c.holder == holder, _is_live())
        async with self._database.write() as connection:
            return (await connection.execute(mine.values(expires_at=func.now() + lasts))).rowcount > 0

    async def release(self, holder: str) -> None:
        """Let another process take the group of a holder."""
        async with self._database.write() as connection:
            await connection.execute(delete(shard_groups).where(shard_groups.c.holder == holder))

    async def beat(self, total: int, shards: Collection[int]) -> None:
        """Record that some of the `total` shards have a process now."""
        async with self._database.write() as connection:
            for shard in shards:
                await connection.execute(upsert(connection, beats, {"total": total, "shard": shard}, at=func.now()))

    async def take_turn(self, bucket: int, every: timedelta) -> float:
        """Take the next turn to identify in a bucket; returns in how many seconds it comes. Turns come `every` so
        often.
        """
        pause = literal(every, Interval)
        turn = insert(identifies).values(bucket=bucket, next_at=func.now() + pause)
        following = func.greatest(identifies.c.next_at, func.now()) + pause
        turn = turn.on_conflict_do_update(index_elements=["bucket"], set_={"next_at": following})
        wait = func.extract("epoch", identifies.c.next_at - pause - func.now())
        async with self._database.write() as connection:
            return max(0.0, float((await connection.execute(turn.returning(wait))).scalar_one()))

    async def claim(self, holder: str, message: int) -> bool:
        """Claim the pictures of a message; False if they are claimed by a process that runs, or by this one.

        A holder whose lease has expired can claim nothing.
        """
        alive = select(shard_groups.c.holder).where(_is_live())
        me = literal(holder, String)
        new = select(literal(message, BigInteger), me, func.now()).where(me.in_(alive))
        claim = insert(claims).from_select(["message", "holder", "at"], new)
        claim = claim.on_conflict_do_update(
            index_elements=["message"], set_={"holder": holder, "at": func.now()}, where=claims.c.holder.not_in(alive)
        )
        async with self._database.write() as connection:
            return (await connection.execute(claim.returning(claims.c.message))).first() is not None

    async def clean_up(self) -> None:
        """Delete claims and beats that are of no use any more."""
        async with self._database.write() as connection:
            await connection.execute(delete(claims).where(claims.c.at < func.now() - CLAIMS_KEPT))
            await connection.execute(delete(beats).where(beats.c.at < func.now() - BEATS_KEPT))


def _is_live() -> ColumnElement[bool]:
    return shard_groups.c.expires_at > func.now()


def _agreed(wanted: Layout, running: Layout, *, adopt: bool) -> Layout:
    if wanted.size != running.size or (wanted.total != running.total and not adopt):
        raise OtherLayoutError(
            "The processes that run divide {total} shards into groups of {size}. Stop them first, or give this one the "
            "same THUMBPRINT_SHARDS and THUMBPRINT_SHARDS_PER_PROCESS.",
            total=running.total,
            size=running.size,
        )
    return running


async def _last_beats(connection: AsyncConnection, shards: Shards) -> dict[int, datetime]:
    """When each shard last had a process. One of which nothing is known begins now, unless others did before.

    After a change of the total, when the last process stopped is all that is known.
    """
    mine = select(beats.c.shard, beats.c.at).where(beats.c.total == shards.total, beats.c.shard.in_(shards.ids))
    known: dict[int, datetime] = {row.shard: row.at for row in await connection.execute(mine)}
    newest: datetime | None = None if known else await connection.scalar(select(func.max(beats.c.at)))
    for shard in shards.ids:
        if shard not in known:
            key = {"total": shards.total, "shard": shard}
            await connection.execute(upsert(connection, beats, key, at=newest or func.now()))
    return known if newest is None else dict.fromkeys(shards.ids, newest)
