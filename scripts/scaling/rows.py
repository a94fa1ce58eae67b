"""How large an answer is in the database."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import insert, text

from bot.store.database import Database
from bot.store.migrations import migrate
from bot.store.tables import answers, servers

AT_ONCE: Final = 5000
SERVERS: Final = 100
START: Final = datetime(2026, 1, 1, tzinfo=UTC)

_PAGES: Final = "FROM pragma_page_count, pragma_page_size"


async def measure(rows: int, url: str) -> float:
    """The bytes that each of some answers takes, indexes included: in an empty database, or in an SQLite file if
    there is no URL. The rows stay.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / "thumbprint.db"
        database = Database(url or file, lambda: datetime.now(UTC))
        await asyncio.to_thread(migrate, database.url)
        try:
            before = await _size(database)
            async with database.write() as connection:
                await connection.execute(insert(servers), [{"id": number} for number in range(1, SERVERS + 1)])
            for start in range(0, rows, AT_ONCE):
                async with database.write() as connection:
                    await connection.execute(insert(answers), list(_answers(start, min(rows, start + AT_ONCE))))
            return (await _size(database) - before) / rows
        finally:
            await database.close()


def _answers(start: int, end: int) -> Iterator[dict[str, Any]]:
    """Answers of many servers, one after the other; one in five has a video."""
    for number in range(start, end):
        video = f"{number:011}" if number % 5 == 0 else None
        yield {
            "server": 1 + number % SERVERS,
            "at": START + timedelta(seconds=number),
            "video": video,
            "label": "CanalPeixeBabel",
            "confidence": 0.93,
            "unknown": False,
            "version": "20260101-000000",
            "exact": False,
            "fact_channel": None,
            "fact_right": None,
        }


async def _size(database: Database) -> int:
    """The size of the answers in PostgreSQL, or of the SQLite file, in bytes."""
    is_postgresql = database.url.get_backend_name() == "postgresql"
    size = "pg_total_relation_size('answers')" if is_postgresql else f"page_count * page_size {_PAGES}"
    async with database.read() as connection:
        return int(await connection.scalar(text(f"SELECT {size}")) or 0)
