"""Answers: the basis of feedback and statistics. They do not say who asked."""

from sqlalchemy import RowMapping, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.errors import AnswerGoneError
from bot.store.servers import ensure_server
from bot.store.tables import answers
from bot.store.values import AnswerRow, FactRow
from classifier.values import Prediction


class AnswerStore:
    """The answers. Every method raises StoreError if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self,
        server: int | None,
        prediction: Prediction,
        *,
        video: str | None = None,
        fact: FactRow | None = None,
    ) -> AnswerRow:
        """Store an answer under an id that is never used again.

        Server None: in direct messages. `video` is the id of a YouTube thumbnail's video.
        """
        row = {
            "server": server,
            "at": self._database.now(),
            "video": video,
            "label": prediction.channel.label,
            "confidence": min(max(prediction.confidence, 0.0), 1.0),  # a sum of floats may be slightly above 1
            "unknown": prediction.unknown,
            "version": prediction.version,
            "fact_channel": fact and fact.channel,
            "fact_right": fact and fact.correct,
        }
        async with self._database.write() as connection:
            await ensure_server(connection, server)
            inserted = await connection.execute(insert(answers).values(row).returning(*answers.c))
            return answer_of(inserted.mappings().one())

    async def get(self, answer: int) -> AnswerRow:
        """An answer. Raises AnswerGoneError."""
        async with self._database.read() as connection:
            return await read_answer(connection, answer)

    async def mistakes(self, server: int | None, *, limit: int = 400) -> dict[str, str]:
        """The right channels' YouTube ids, by video, of a server's newest answers that YouTube says were wrong."""
        wrong = (
            select(answers.c.video, answers.c.fact_channel)
            .where(answers.c.server.is_not_distinct_from(server), answers.c.fact_right.is_(False))
            .where(answers.c.video.is_not(None))
            .order_by(answers.c.id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            return {row.video: row.fact_channel for row in await connection.execute(wrong)}


async def read_answer(connection: AsyncConnection, answer: int) -> AnswerRow:
    """An answer. Raises AnswerGoneError."""
    row = (await connection.execute(select(answers).where(answers.c.id == answer))).mappings().first()
    if row is None:
        raise AnswerGoneError
    return answer_of(row)


def answer_of(row: RowMapping) -> AnswerRow:
    """An answer from a row of the table, which may have other columns too."""
    fact = None if row[answers.c.fact_channel] is None else FactRow(row["fact_channel"], row["fact_right"])
    plain = ("id", "server", "at", "video", "label", "confidence", "unknown", "version")
    return AnswerRow(**{name: row[answers.c[name]] for name in plain}, fact=fact)
