"""Answers and feedback, counted by week. The weeks are told to the database, so that both count the same."""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from sqlalchemy import ColumnElement, case, func, select

from bot.store.database import Database
from bot.store.tables import answers, feedback
from bot.store.values import FeedbackState, Verdict, WeekStatistics

_WEEK: Final = timedelta(weeks=1)


class StatisticsStore:
    """The counts. Every method raises StoreError where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def weekly(self, server: int | None, weeks: int = 12) -> tuple[WeekStatistics, ...]:
        """The last weeks of a server (None: of direct messages), oldest first; this week, not over yet, is the last."""
        today = self._database.now().astimezone(UTC).date()
        last = datetime.combine(today - timedelta(days=today.weekday()), time(), UTC)
        mondays = [last - _WEEK * back for back in reversed(range(weeks))]
        week = case(*((answers.c.at < monday + _WEEK, number) for number, monday in enumerate(mondays))).label("week")
        these = (
            answers.c.server.is_not_distinct_from(server),
            answers.c.at >= mondays[0],
            answers.c.at < last + _WEEK,
        )
        given = select(week, answers.c.unknown, answers.c.fact_right).where(*these).subquery()
        judged = (
            select(week, feedback.c.verdict)
            .join_from(feedback, answers)
            .where(*these, feedback.c.state != FeedbackState.DROPPED)
            .subquery()
        )
        counted_answers = select(
            given.c.week,
            func.count().label("answered"),
            _count(given.c.unknown).label("unknown"),
            _count(given.c.fact_right).label("right_by_fact"),
            _count(~given.c.fact_right).label("wrong_by_fact"),
        ).group_by(given.c.week)
        counted_feedback = select(
            judged.c.week,
            _count(judged.c.verdict == Verdict.RIGHT).label("right_by_feedback"),
            _count(judged.c.verdict == Verdict.WRONG).label("wrong_by_feedback"),
        ).group_by(judged.c.week)
        counts: list[dict[str, int]] = [{} for _ in mondays]
        async with self._database.read() as connection:
            for counted in (counted_answers, counted_feedback):
                for row in (await connection.execute(counted)).mappings():
                    counts[row["week"]] |= {name: count for name, count in row.items() if name != "week"}
        return tuple(WeekStatistics(monday.date(), **count) for monday, count in zip(mondays, counts, strict=True))


def _count(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(which)
