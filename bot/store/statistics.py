"""Answers and feedback per week. The weeks are passed to the database, so that both databases count the same."""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from sqlalchemy import ColumnElement, case, func, select

from bot.store.database import Database
from bot.store.tables import answers, feedback
from bot.store.values import FeedbackState, Verdict, WeekStatistics

_WEEK: Final = timedelta(weeks=1)


class StatisticsStore:
    """The counts. Every method raises StoreError if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def weekly(self, server: int | None, weeks: int = 12) -> tuple[WeekStatistics, ...]:
        """The last weeks of a server (None: of direct messages), oldest first; the last one is not over yet."""
        today = self._database.now().astimezone(UTC).date()
        last = datetime.combine(today - timedelta(days=today.weekday()), time(), UTC)
        mondays = [last - _WEEK * back for back in reversed(range(weeks))]
        week = case(*((answers.c.at < monday + _WEEK, number) for number, monday in enumerate(mondays))).label("week")
        these = (
            answers.c.server.is_not_distinct_from(server),
            answers.c.at >= mondays[0],
            answers.c.at < last + _WEEK,
        )
        recorded = select(week, answers.c.unknown, answers.c.fact_right, answers.c.exact).where(*these).subquery()
        rated = (
            select(week, feedback.c.verdict)
            .join_from(feedback, answers)
            .where(*these, feedback.c.state != FeedbackState.DROPPED, ~answers.c.exact)
            .subquery()
        )
        counted_answers = select(
            recorded.c.week,
            func.count().label("answered"),
            _count(recorded.c.unknown).label("unknown"),
            _count(recorded.c.fact_right & ~recorded.c.exact).label("right_by_fact"),
            _count(~recorded.c.fact_right & ~recorded.c.exact).label("wrong_by_fact"),
            _count(recorded.c.exact).label("exact"),
        ).group_by(recorded.c.week)
        counted_feedback = select(
            rated.c.week,
            _count(rated.c.verdict == Verdict.RIGHT).label("right_by_feedback"),
            _count(rated.c.verdict == Verdict.WRONG).label("wrong_by_feedback"),
        ).group_by(rated.c.week)
        counts: list[dict[str, int]] = [{} for _ in mondays]
        async with self._database.read() as connection:
            for counted in (counted_answers, counted_feedback):
                for row in (await connection.execute(counted)).mappings():
                    counts[row["week"]] |= {name: count for name, count in row.items() if name != "week"}
        return tuple(WeekStatistics(monday.date(), **count) for monday, count in zip(mondays, counts, strict=True))


def _count(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(which)
