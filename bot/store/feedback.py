"""Feedback on answers, stored as ids and labels, and its review by admins."""

from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.answers import AnswerStore, answer_of, read_answer
from bot.store.database import Database, alone, upsert
from bot.store.errors import FeedbackGoneError, FeedbackQuotaError, ReviewedError
from bot.store.tables import answers, feedback
from bot.store.values import AnswerRow, Feedback, FeedbackState, ReviewedExample, Verdict


class FeedbackStore:
    """The feedback, one per person and answer. Every method raises StoreError if the database fails."""

    def __init__(self, database: Database, answered: AnswerStore) -> None:
        self._database = database
        self._answered = answered

    async def agree(self, answer: int, user: int, *, quota: int) -> Feedback:
        """Record that a person says an answer is right; `quota` is the limit per person and day (UTC).

        Replaces the person's earlier feedback on it. Raises AnswerGoneError, AnswerWaitingError, ReviewedError,
        FeedbackQuotaError.
        """
        self._answered.check_stored(answer)
        async with self._database.write() as connection:
            rated = await read_answer(connection, answer)
            return await self._give(connection, rated, user, rated.named, quota)

    async def correct(self, answer: int, user: int, label: str | None, *, quota: int) -> Feedback:
        """Record the right channel's label according to a person, or None for "none of these"; otherwise like `agree`.

        Choosing the answer's own channel means that it is right.
        """
        self._answered.check_stored(answer)
        async with self._database.write() as connection:
            return await self._give(connection, await read_answer(connection, answer), user, label, quota)

    async def queue(
        self, server: int | None, *, user: int | None = None, limit: int = 25, offset: int = 0
    ) -> tuple[Feedback, ...]:
        """The feedback to review on a server's answers (None: in direct messages), newest first; all, or a person's."""
        waiting = _with_answers().where(_queued_of(server, user)).order_by(feedback.c.id.desc())
        waiting = waiting.limit(limit).offset(offset)
        async with self._database.read() as connection:
            return tuple(_feedback_of(row) for row in (await connection.execute(waiting)).mappings())

    async def queued(self, server: int | None, *, user: int | None = None, after: int | None = None) -> int:
        """How many are to be reviewed; with `after`, how many of them are newer than that feedback."""
        count = select(func.count()).select_from(feedback.join(answers)).where(_queued_of(server, user))
        if after is not None:
            count = count.where(feedback.c.id > after)
        async with self._database.read() as connection:
            return (await connection.execute(count)).scalar_one()

    async def review(self, given: int, server: int | None, *, accept: bool, by: int) -> Feedback:
        """Accept or drop feedback on a server's answers. Raises FeedbackGoneError, ReviewedError."""
        this = _with_answers().where(feedback.c.id == given, answers.c.server.is_not_distinct_from(server))
        state = FeedbackState.ACCEPTED if accept else FeedbackState.DROPPED
        settled = update(feedback).where(feedback.c.id == given, feedback.c.state == FeedbackState.QUEUED)
        async with self._database.write() as connection:
            if (await connection.execute(this)).first() is None:
                raise FeedbackGoneError
            if not (await connection.execute(settled.values(state=state, reviewed_by=by))).rowcount:
                raise ReviewedError("That feedback has already been reviewed. Use `/feedback` to see the rest.")
            return _feedback_of((await connection.execute(this)).mappings().one())

    async def accept_all(
        self, server: int | None, *, newest: int, oldest: int, by: int, user: int | None = None
    ) -> int:
        """Accept what is to be reviewed from one feedback to an older one, all or a person's; returns how many."""
        these = select(feedback.c.id).join_from(feedback, answers).where(_queued_of(server, user))
        these = these.where(feedback.c.id.between(oldest, newest))
        settled = update(feedback).where(feedback.c.id.in_(these))
        async with self._database.write() as connection:
            accepted = await connection.execute(settled.values(state=FeedbackState.ACCEPTED, reviewed_by=by))
            return accepted.rowcount

    async def reviewed(self, server: int | None) -> tuple[ReviewedExample, ...]:
        """The accepted feedback of a server, one example per video: if people differ, the latest counts."""
        accepted = (
            select(answers.c.video, feedback.c.label)
            .join_from(feedback, answers)
            .where(answers.c.server.is_not_distinct_from(server), feedback.c.state == FeedbackState.ACCEPTED)
            .order_by(feedback.c.at, feedback.c.id)
        )
        async with self._database.read() as connection:
            labels = {row.video: row.label for row in await connection.execute(accepted)}
        return tuple(ReviewedExample(video, label) for video, label in sorted(labels.items()))

    async def _give(
        self, connection: AsyncConnection, answer: AnswerRow, user: int, label: str | None, quota: int
    ) -> Feedback:
        await alone(connection, user)  # or many clicks at once would exceed the quota
        mine = (feedback.c.answer == answer.id) & (feedback.c.user == user)
        before = (await connection.execute(select(feedback.c.state).where(mine).with_for_update())).scalar()
        if before in {FeedbackState.ACCEPTED, FeedbackState.DROPPED}:
            raise ReviewedError("An admin has already reviewed your feedback on this answer. Thank you!")
        now = self._database.now()
        if before is None and await _given_today(connection, user, now) >= quota:
            raise FeedbackQuotaError(f"You've reached today's feedback limit ({quota}). Come back tomorrow.")
        row = {
            "at": now,
            "verdict": Verdict.RIGHT if label == answer.named else Verdict.WRONG,
            "label": label,
            "state": FeedbackState.QUEUED if answer.video else FeedbackState.COUNTED,
        }
        await connection.execute(upsert(connection, feedback, {"answer": answer.id, "user": user}, **row))
        return _feedback_of((await connection.execute(_with_answers().where(mine))).mappings().one())


async def _given_today(connection: AsyncConnection, user: int, now: datetime) -> int:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = (feedback.c.user == user) & (feedback.c.at >= midnight)
    return (await connection.execute(select(func.count()).select_from(feedback).where(today))).scalar_one()


def _queued_of(server: int | None, user: int | None) -> ColumnElement[bool]:
    queued = answers.c.server.is_not_distinct_from(server) & (feedback.c.state == FeedbackState.QUEUED)
    return queued if user is None else queued & (feedback.c.user == user)


def _with_answers() -> Select[*tuple[object, ...]]:
    return select(feedback, answers).join_from(feedback, answers)


def _feedback_of(row: RowMapping) -> Feedback:
    plain = ("id", "user", "at", "verdict", "label", "state", "reviewed_by")
    return Feedback(**{name: row[feedback.c[name]] for name in plain}, answer=answer_of(row))
