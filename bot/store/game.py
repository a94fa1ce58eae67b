"""The guessing game: rounds, guesses, points. Nothing of it is feedback, and no training reads it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.columns import on_shards
from bot.store.database import Database, alone
from bot.store.errors import GuessedError, RoundOverError
from bot.store.game_values import Leaderboard, Played, Puzzle, Round, RoundResult, Standing
from bot.store.scoring import points
from bot.store.servers import ensure_server
from bot.store.tables import guesses, rounds
from bot.store.values import ALL_SHARDS, Shards

REMEMBERED: Final = 100
"""Rounds of a server in which no thumbnail comes twice."""
VIDEOS_KEPT: Final = timedelta(days=30)
"""How long a round remembers its video and channels, which come from YouTube."""
BEST: Final = 10
"""Ranks on a leaderboard."""
MOST_TIED: Final = 25
"""Rows of a leaderboard, if many people share a rank."""


class GameStore:
    """The rounds of all servers. Every method raises StoreError if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, server: int, channel: int, puzzle: Puzzle, *, lasts: timedelta, daily: bool) -> Round:
        """Record the start of a round, before it is shown."""
        now = self._database.now()
        row = {
            "server": server,
            "channel": channel,
            "daily": daily,
            "video": puzzle.video,
            "options": list(puzzle.options),
            "answer": puzzle.answer,
            "bot_choice": puzzle.bot_choice,
            "bot_confidence": min(max(puzzle.bot_confidence, 0.0), 1.0),
            "started_at": now,
            "ends_at": now + lasts,
        }
        async with self._database.write() as connection:
            await ensure_server(connection, server)
            begun = await connection.execute(insert(rounds).values(row).returning(*rounds.c))
            return _round_of(begun.mappings().one())

    async def set_message(self, round_: int, message: int) -> Round:
        """Record the message that shows a round."""
        shown = update(rounds).where(rounds.c.id == round_).values(message=message).returning(*rounds.c)
        async with self._database.write() as connection:
            return _round_of((await connection.execute(shown)).mappings().one())

    async def drop(self, round_: int) -> None:
        """Delete a round that could not be shown."""
        async with self._database.write() as connection:
            await connection.execute(delete(rounds).where(rounds.c.id == round_))

    async def guess(self, round_: int, server: int, user: int, choice: int, *, fast: bool) -> Round:
        """Record a person's only guess in a round of a server. Raises RoundOverError, GuessedError."""
        async with self._database.write() as connection:
            await alone(connection, server)
            row = await self._running(connection, round_, server)
            if row is None or choice >= len(row.options):
                raise RoundOverError
            mine = (guesses.c.round == round_) & (guesses.c.user == user)
            before = await connection.scalar(select(guesses.c.choice).where(mine))
            if before is not None:
                raise GuessedError(row, before)
            given = {"round": round_, "user": user, "choice": choice, "fast": fast and not row.daily}
            await connection.execute(insert(guesses).values(given))
            return row

    async def close(self, round_: int, server: int) -> RoundResult | None:
        """End a round, and count its points; None if it is over already, or was deleted."""
        async with self._database.write() as connection:
            await alone(connection, server)  # streaks go from one round to the next
            row = await self._running(connection, round_, server)
            if row is None:
                return None
            bot_streak = await _bot_streak(connection, server) + 1 if row.bot_choice == row.answer else 0
            bots = {"bot_streak": bot_streak, "bot_points": points(streak=bot_streak, fast=False)}
            streaks = await _streaks(connection, row)
            given = select(guesses).where(guesses.c.round == round_)
            for guess in (await connection.execute(given)).all():
                streak = streaks.get(guess.user, 0) + 1 if guess.choice == row.answer else 0
                mine = (guesses.c.round == round_) & (guesses.c.user == guess.user)
                score = {"streak": streak, "points": points(streak=streak, fast=guess.fast)}
                await connection.execute(update(guesses).where(mine).values(score))
            ended = update(rounds).where(rounds.c.id == round_).values(**bots, closed_at=self._database.now())
            closed = ended.returning(*rounds.c)
            row = _round_of((await connection.execute(closed)).mappings().one())
            in_order = given.order_by(guesses.c.points.desc(), guesses.c.streak.desc(), guesses.c.user)
            played = (await connection.execute(in_order)).all()
        return RoundResult(row, tuple(Played(it.user, it.choice, it.points, it.streak) for it in played))

    async def running(self, shards: Shards = ALL_SHARDS) -> tuple[Round, ...]:
        """The rounds on these shards that are not over, oldest first."""
        here = on_shards(rounds.c.server, shards)
        open_ = select(rounds).where(here, rounds.c.closed_at.is_(None)).order_by(rounds.c.id)
        async with self._database.read() as connection:
            return tuple(_round_of(row) for row in (await connection.execute(open_)).mappings())

    async def shown(self, server: int) -> tuple[str, ...]:
        """The videos of a server's last REMEMBERED rounds, newest first."""
        last = select(rounds.c.video).where(rounds.c.server == server).order_by(rounds.c.id.desc()).limit(REMEMBERED)
        async with self._database.read() as connection:
            return tuple(video for video in await connection.scalars(last) if video is not None)

    async def leaderboard(self, server: int, user: int, *, since: datetime | None) -> Leaderboard:
        """The standings in a server by the rounds that have ended since a time; None: by all."""
        counted = (rounds.c.server == server) & rounds.c.closed_at.is_not(None)
        if since is not None:
            counted &= rounds.c.closed_at >= since
        totals = (
            select(guesses.c.user, *_totals(guesses.c.points, guesses.c.streak))
            .join_from(guesses, rounds)
            .where(counted)
            .group_by(guesses.c.user)
            .subquery()
        )
        ranked = select(totals, func.rank().over(order_by=totals.c.points.desc()).label("rank")).subquery()
        best = (
            select(ranked)
            .where(ranked.c.rank <= BEST, ranked.c.points > 0)
            .order_by(ranked.c.rank, ranked.c.played, ranked.c.user)
            .limit(MOST_TIED)
        )
        bot = select(*_totals(rounds.c.bot_points, rounds.c.bot_streak)).where(counted)
        async with self._database.read() as connection:
            rows = (await connection.execute(best)).mappings().all()
            mine = (await connection.execute(select(ranked).where(ranked.c.user == user))).mappings().first()
            bots = (await connection.execute(bot)).mappings().one()
            people = await connection.scalar(select(func.count()).select_from(totals))
        return Leaderboard(
            tuple(Standing(**row) for row in rows),
            Standing(**mine) if mine else None,
            Standing(user=None, rank=0, **bots),
            people or 0,
        )

    async def forget_videos(self) -> None:
        """Delete which videos were shown more than 30 days ago, and between which channels; points stay."""
        old = rounds.c.closed_at < self._database.now() - VIDEOS_KEPT
        async with self._database.write() as connection:
            forgotten = update(rounds).where(old, rounds.c.video.is_not(None)).values(video=None, options=[])
            await connection.execute(forgotten)

    @staticmethod
    async def _running(connection: AsyncConnection, round_: int, server: int) -> Round | None:
        this = select(rounds).where(rounds.c.id == round_, rounds.c.server == server, rounds.c.closed_at.is_(None))
        row = (await connection.execute(this)).mappings().first()
        return _round_of(row) if row else None


def _totals(score: ColumnElement[Any], streak: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
    """Sums of rounds: a streak above 0 is a right answer."""
    return (
        func.coalesce(func.sum(score), 0).label("points"),
        func.count().label("played"),
        func.count().filter(streak > 0).label("right"),
        func.coalesce(func.max(streak), 0).label("streak"),
    )


async def _bot_streak(connection: AsyncConnection, server: int) -> int:
    """How many answers the bot has had right in a row."""
    closed = (rounds.c.server == server) & rounds.c.closed_at.is_not(None)
    last = select(rounds.c.bot_streak).where(closed).order_by(rounds.c.closed_at.desc(), rounds.c.id.desc()).limit(1)
    return await connection.scalar(last) or 0


async def _streaks(connection: AsyncConnection, round_: Round) -> dict[int, int]:
    """How many guesses everybody in a round has had right in a row before it, without the rounds that they missed."""
    here = select(guesses.c.user).where(guesses.c.round == round_.id)
    newest = func.row_number().over(
        partition_by=guesses.c.user, order_by=[rounds.c.closed_at.desc(), rounds.c.id.desc()]
    )
    before = (
        select(guesses.c.user, guesses.c.streak, newest.label("place"))
        .join_from(guesses, rounds)
        .where(rounds.c.server == round_.server, rounds.c.closed_at.is_not(None), guesses.c.user.in_(here))
        .subquery()
    )
    last = select(before.c.user, before.c.streak).where(before.c.place == 1)
    return {row.user: row.streak for row in await connection.execute(last)}


def _round_of(row: RowMapping) -> Round:
    return Round(**{column.key: row[column] for column in rounds.c} | {"options": tuple(row[rounds.c.options])})
