"""Connections to SQLite end, whatever is cancelled."""

import asyncio
from pathlib import Path

from bot.store.sqlite_connection import SQLiteConnection

PATIENCE = 20


async def test_a_connection_that_is_closed_and_stopped_at_once_ends(tmp_path: Path) -> None:
    connection = await SQLiteConnection(str(tmp_path / "some.db"))
    closing = asyncio.create_task(connection.close())
    await asyncio.sleep(0)  # now it waits for the thread
    connection.stop()
    async with asyncio.timeout(PATIENCE):
        await closing
    await asyncio.to_thread(connection._thread.join, PATIENCE)
    assert not connection._thread.is_alive()
