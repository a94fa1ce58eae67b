"""Answers: the basis of feedback and statistics. They do not say who asked."""

import secrets
from datetime import UTC, timedelta
from typing import Final

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database, upsert
from bot.store.errors import AnswerGoneError, AnswerWaitingError
from bot.store.servers import ensure_server
from bot.store.tables import answers
from bot.store.values import AnswerRow, FactRow
from bot.store.write_queue import WriteQueue
from classifier.values import Prediction

FORGOTTEN: Final = ""
"""In place of a fact's channel."""
_RANDOM_BITS: Final = 20
"""Of an answer's id, below the milliseconds of its time: 61 bits in all."""
_PLAIN: Final = ("server", "at", "video", "label", "confidence", "unknown", "version", "exact")
"""Columns that are fields of AnswerRow."""


class AnswerStore:
    """The answers. Every method except `record` raises StoreError if the database fails."""

    def __init__(self, database: Database, queue: WriteQueue) -> None:
        self._database = database
        self._queue = queue
        self._waiting: dict[int, AnswerRow] = {}
        self._last_id = 0

    async def record(
        self,
        server: int | None,
        prediction: Prediction,
        *,
        video: str | None = None,
        fact: FactRow | None = None,
    ) -> AnswerRow:
        """Store an answer under an id that is never used again; later, if the database fails now.

        Server None: in direct messages. `video` is the id of a YouTube thumbnail's video.
        """
        exact = prediction.exact
        row = AnswerRow(
            id=self._next_id(),
            server=server,
            at=self._database.now().astimezone(UTC),
            video=video,
            label=exact.channel.label if exact else prediction.channel.label,
            confidence=1.0 if exact else min(max(prediction.confidence, 0.0), 1.0),  # sums of floats can be above 1
            unknown=prediction.unknown and not exact,
            version=prediction.version,
            fact=fact,
            exact=exact is not None,
        )

        async def write(connection: AsyncConnection) -> None:
            await ensure_server(connection, server)
            await connection.execute(upsert(connection, answers, {"id": row.id}, **_columns(row)))

        def done() -> None:
            del self._waiting[row.id]

        self._waiting[row.id] = row
        await self._queue.add(write, done)
        return row

    async def get(self, answer: int) -> AnswerRow:
        """An answer, even if it is not stored yet. Raises AnswerGoneError."""
        if waiting := self._waiting.get(answer):
            return waiting
        async with self._database.read() as connection:
            return await read_answer(connection, answer)

    def check_stored(self, answer: int) -> None:
        """Raise AnswerWaitingError if an answer is not stored yet."""
        if answer in self._waiting:
            raise AnswerWaitingError

    async def mistakes(self, server: int | None, *, limit: int = 400) -> dict[str, str]:
        """The right channels' YouTube ids, by video, of a server's newest answers that YouTube says were wrong."""
        wrong = (
            select(answers.c.video, answers.c.fact_channel)
            .where(answers.c.server.is_not_distinct_from(server), answers.c.fact_right.is_(False))
            .where(answers.c.video.is_not(None), answers.c.fact_channel != FORGOTTEN)
            .order_by(answers.c.id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            return {row.video: row.fact_channel for row in await connection.execute(wrong)}

    async def forget_facts(self, *, keep: timedelta) -> None:
        """Forget which channels YouTube said answers are from, if that was longer ago than `keep`.

        Whether the answers were correct is remembered: it is a number of ours.
        """
        old = (answers.c.at <= self._database.now() - keep) & (answers.c.fact_channel != FORGOTTEN)
        async with self._database.write() as connection:
            await connection.execute(update(answers).where(old).values(fact_channel=FORGOTTEN))

    def _next_id(self) -> int:
        """An id that neither this process nor one before it has used, known before the row is written."""
        milliseconds = int(self._database.now().timestamp() * 1000)
        drawn = milliseconds << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        self._last_id = max(self._last_id + 1, drawn)
        return self._last_id


async def read_answer(connection: AsyncConnection, answer: int) -> AnswerRow:
    """An answer. Raises AnswerGoneError."""
    row = (await connection.execute(select(answers).where(answers.c.id == answer))).mappings().first()
    if row is None:
        raise AnswerGoneError
    return answer_of(row)


def _columns(row: AnswerRow) -> dict[str, object]:
    plain = {name: getattr(row, name) for name in _PLAIN}
    return {**plain, "fact_channel": row.fact and row.fact.channel, "fact_right": row.fact and row.fact.correct}


def answer_of(row: RowMapping) -> AnswerRow:
    """An answer from a row of the table, which may have other columns too."""
    fact = None if row[answers.c.fact_channel] is None else FactRow(row["fact_channel"], row["fact_right"])
    return AnswerRow(id=row[answers.c.id], **{name: row[answers.c[name]] for name in _PLAIN}, fact=fact)
