"""What the bot answered: the start of feedback and statistics. Nothing of who asked."""

from sqlalchemy import RowMapping, insert, select

from bot.store.database import Database
from bot.store.servers import ensure_server
from bot.store.tables import answers
from bot.store.values import AnswerRow, FactRow
from classifier.values import Prediction


class AnswerStore:
    """The answers. Every method raises StoreError where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self,
        server: int | None,
        prediction: Prediction,
        *,
        version: str,
        video: str | None = None,
        fact: FactRow | None = None,
    ) -> AnswerRow:
        """Keep an answer, and give it a number that is never used again.

        Server None: in direct messages. `version` is the model's, `video` a YouTube thumbnail's.
        """
        row = {
            "server": server,
            "at": self._database.now(),
            "video": video,
            "label": prediction.channel.label,
            "confidence": min(max(prediction.confidence, 0.0), 1.0),  # a sum of floats may pass 1 by a hair
            "unknown": prediction.unknown,
            "version": version,
            "fact_channel": fact and fact.channel,
            "fact_right": fact and fact.right,
        }
        async with self._database.write() as connection:
            await ensure_server(connection, server)
            kept = await connection.execute(insert(answers).values(row).returning(*answers.c))
            return answer_of(kept.mappings().one())

    async def get(self, answer: int) -> AnswerRow | None:
        """An answer; None where it was deleted."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(answers).where(answers.c.id == answer))).mappings().first()
        return answer_of(row) if row else None

    async def mistakes(self, server: int | None, *, limit: int = 400) -> dict[str, str]:
        """The YouTube id of the true channel, by video, of a server's newest answers that YouTube called wrong."""
        wrong = (
            select(answers.c.video, answers.c.fact_channel)
            .where(answers.c.server.is_not_distinct_from(server), answers.c.fact_right.is_(False))
            .where(answers.c.video.is_not(None))
            .order_by(answers.c.id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            return {row.video: row.fact_channel for row in await connection.execute(wrong)}


def answer_of(row: RowMapping) -> AnswerRow:
    """A row of the table, as a value; other columns in it do not matter."""
    fact = None if row[answers.c.fact_channel] is None else FactRow(row["fact_channel"], row["fact_right"])
    plain = ("id", "server", "at", "video", "label", "confidence", "unknown", "version")
    return AnswerRow(**{name: row[answers.c[name]] for name in plain}, fact=fact)
