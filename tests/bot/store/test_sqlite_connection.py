"""Connections to SQLite end, whatever is cancelled."""

import asyncio
from pathlib import Path

from bot.store.sqlite_connection import SQLiteConnection
from bot.store.store import Store

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


async def test_a_query_that_is_cancelled_twice_leaves_no_task_behind(tmp_path: Path) -> None:
    store = Store(tmp_path / "some.db")
    await store.open()

    async def query() -> None:
        async with store._database.read():
            reading.set()
            await asyncio.get_running_loop().create_future()  # until it is cancelled

    before, reading = asyncio.all_tasks(), asyncio.Event()
    task = asyncio.create_task(query())
    await reading.wait()
    task.cancel()
    while not (left := asyncio.all_tasks() - before - {task}):  # the one that closes the connection
        await asyncio.sleep(0)
    for it in (task, *left):  # as at the end of a program
        it.cancel()
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait([task, *left])
    assert task.cancelled()
    await store.close()
