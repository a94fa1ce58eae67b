"""Answers and the ends of runs are stored later if the database fails, and other writes name the cause."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from bot.store import database, last_known, write_queue
from bot.store.errors import AnswerGoneError, AnswerWaitingError, StoreError
from bot.store.store import Store
from bot.store.tables import servers
from bot.store.values import RunState
from classifier.values import Prediction
from tests.bot.store.samples import ADMIN, MEMBER, NERD, SERVER, prediction
from tests.database_fixtures import Databases

Fault = Callable[[Store, Path], AbstractContextManager[None]]


class Pauses:
    """Pauses of a queue that only end when the test says so."""

    def __init__(self) -> None:
        self._begun: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        assert seconds == write_queue.PAUSE_SECONDS
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._begun.put_nowait(ended)
        await ended

    async def begun(self) -> "asyncio.Future[None]":
        """The next pause; setting its result ends it."""
        return await self._begun.get()


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "thumbprint.db"


@pytest.fixture
async def store(file: Path, pauses: Pauses, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    """A store in SQLite that waits only a moment for others."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    store = Store(file)
    store.queue._sleep = pauses.sleep
    await store.open()
    yield store
    await store.close()


@contextmanager
def pragmas(store: Store, during: str, after: str) -> Iterator[None]:
    """All connections have a pragma during the block, and another one after it."""
    pragma = during

    def set_it(connection: Any, *_: object) -> None:
        connection.cursor().execute(f"PRAGMA {pragma}")

    event.listen(store._database._engine.sync_engine, "checkout", set_it)
    yield
    pragma = after


def full(store: Store, _: Path) -> AbstractContextManager[None]:
    """The file can't get another page."""
    return pragmas(store, "max_page_count = 1", "max_page_count = 1000000")


def read_only(store: Store, _: Path) -> AbstractContextManager[None]:
    return pragmas(store, "query_only = 1", "query_only = 0")


@contextmanager
def locked(_: Store, file: Path) -> Iterator[None]:
    """Another program writes for long."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def gone(_: Store, file: Path) -> Iterator[None]:
    """The file was moved away."""
    away = file.rename(file.with_name("away"))
    yield
    away.rename(file)


FAULTS = {
    full: "My disk is full, so I can't use my database. My owner needs to free some space.",
    read_only: "My database is read-only. My owner needs to make it writable.",
    locked: "My database is busy. Try again in a minute.",
    gone: "My database file is gone. My owner needs to put it back.",
}
LONG = "x" * 10_000
"""A label that needs a page of its own."""


def answered() -> Prediction:
    return prediction(replace(NERD, label=LONG))


every_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)


@every_fault
async def test_an_answer_is_stored_when_the_database_works_again(
    fault: Fault, store: Store, file: Path, pauses: Pauses, caplog: pytest.LogCaptureFixture
) -> None:
    with fault(store, file):
        first = await store.answers.record(SERVER, answered(), video="first")
        second = await store.answers.record(SERVER, answered(), video="second")
        assert store.queue.queued == 2
        assert await store.answers.get(first.id) == first
        with pytest.raises(AnswerWaitingError, match=r"couldn't store that answer yet\. Try again in a minute\."):
            await store.feedback.agree(first.id, MEMBER, quota=9)
        with pytest.raises(AnswerWaitingError):
            await store.feedback.correct(second.id, MEMBER, None, quota=9)
    (await pauses.begun()).set_result(None)
    third = await store.answers.record(SERVER, answered(), video="third")
    await stored(store)
    assert (store.queue.queued, store.queue.lost) == (0, 0)
    for row in (first, second, third):
        assert await store.answers.get(row.id) == row
    assert (await store.feedback.agree(first.id, MEMBER, quota=9)).answer == first
    assert "Traceback" not in caplog.text
    messages = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(messages) == 2  # the cause, and what becomes of the answers


@every_fault
async def test_whoever_waits_for_a_write_is_told_the_cause(
    fault: Fault, store: Store, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with fault(store, file):
        for _ in range(3):
            with pytest.raises(StoreError) as caught:
                await store.channels.add(SERVER, replace(NERD, title=LONG), ADMIN)
            assert str(caught.value) == FAULTS[fault]
    assert len(caplog.records) == 1
    assert await store.channels.add(SERVER, NERD, ADMIN)


@every_fault
async def test_a_run_can_be_read_and_ended_whatever_the_database_does(
    fault: Fault, store: Store, file: Path, pauses: Pauses
) -> None:
    run = await store.runs.start(SERVER, channel=1, by=ADMIN)
    with fault(store, file):
        await store.runs.set_message(run.id, 2)
        await store.runs.finish(run.id, RunState.KEPT_OLD, version=LONG, accuracy=0.5, thumbnails=7)
        ended = await store.runs.get(run.id)
        assert ended is not None
        assert (ended.message, ended.state, ended.accuracy) == (2, RunState.KEPT_OLD, 0.5)
    (await pauses.begun()).set_result(None)
    await stored(store)
    assert await store.runs.get(run.id) == ended
    assert store.runs._current == {}


@pytest.mark.parametrize("fault", [gone])
async def test_settings_that_were_read_last_are_used_while_the_database_fails(
    fault: Fault, store: Store, file: Path
) -> None:
    await store.watched.add(SERVER, 5)
    await store.servers.set_threshold(SERVER, 0.7)
    assert await store.watched.last_known.get(SERVER) == {5}
    assert (await store.servers.last_known.get(SERVER)).threshold == 0.7
    with fault(store, file):
        assert await store.watched.last_known.get(SERVER) == {5}
        assert (await store.servers.last_known.get(SERVER)).threshold == 0.7
        assert await store.watched.last_known.get(99) == frozenset()
        assert (await store.servers.last_known.get(99)).threshold is None
    await store.watched.add(SERVER, 6)
    assert await store.watched.last_known.get(SERVER) == {5, 6}
    await store.close()
    again = Store(file)
    await again.open()
    await again.recall()
    with fault(again, file):  # it is known from the start
        assert await again.watched.last_known.get(SERVER) == {5, 6}
        assert (await again.servers.last_known.get(SERVER)).threshold == 0.7
    await again.close()


async def test_a_read_that_takes_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_known, "PATIENCE_SECONDS", 0)
    go_on, reads = asyncio.Event(), 0

    async def read(server: int) -> int:
        nonlocal reads
        reads += 1
        await go_on.wait()
        return server + 1

    known = last_known.LastKnown(read, lambda server: -server)
    assert [await known.get(3) for _ in range(5)] == [-3] * 5
    assert reads == 1
    go_on.set()
    await asyncio.wait(known._reading.values())
    assert await known.get(3) == 4
    await known.close()


async def test_a_write_that_takes_long_is_not_waited_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_queue, "PATIENCE_SECONDS", 0)
    go_on = asyncio.Event()
    await store.queue.add(lambda _: go_on.wait())
    row = await store.answers.record(SERVER, prediction())
    assert store.queue.queued == 2
    go_on.set()
    await stored(store)
    assert await store.answers.get(row.id) == row


async def test_too_many_writes_are_lost_and_counted(store: Store, file: Path, pauses: Pauses) -> None:
    store.queue._limit = 2
    with locked(store, file):
        rows = [await store.answers.record(SERVER, prediction()) for _ in range(5)]
        assert (store.queue.queued, store.queue.lost) == (2, 3)
    (await pauses.begun()).set_result(None)
    await stored(store)
    assert [await store.answers.get(row.id) for row in rows[:2]] == rows[:2]
    with pytest.raises(AnswerGoneError):
        await store.answers.get(rows[2].id)


async def test_a_row_that_the_database_refuses_does_not_hold_up_the_others(
    store: Store, file: Path, pauses: Pauses
) -> None:
    with locked(store, file):
        first = await store.answers.record(SERVER, prediction())
        await store.queue.add(lambda connection: connection.execute(insert(servers).values(id=1, threshold=5)))
        last = await store.answers.record(SERVER, prediction())
    (await pauses.begun()).set_result(None)
    await stored(store)
    assert (store.queue.queued, store.queue.lost) == (0, 1)
    assert [await store.answers.get(row.id) for row in (first, last)] == [first, last]


async def test_closing_writes_what_waits(store: Store, file: Path) -> None:
    with locked(store, file):
        row = await store.answers.record(SERVER, prediction())
    await store.close()
    assert (store.queue.queued, store.queue.lost) == (0, 0)
    again = Store(file)
    await again.open()
    assert await again.answers.get(row.id) == row
    await again.close()


async def test_closing_counts_what_is_lost(store: Store, file: Path, caplog: pytest.LogCaptureFixture) -> None:
    with locked(store, file):
        for _ in range(3):
            await store.answers.record(SERVER, prediction())
        await store.close()
    assert (store.queue.queued, store.queue.lost) == (0, 3)
    assert "3 rows are lost (3 so far): I stopped" in caplog.text


async def test_postgresql_tables_that_are_locked_hold_up_no_answer(
    databases: Databases, tmp_path: Path, pauses: Pauses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    store = Store(databases.empty("postgresql", tmp_path))
    store.queue._sleep = pauses.sleep
    await store.open()
    async with store._database.read() as other:
        await other.execute(text("LOCK TABLE answers, watched IN ACCESS EXCLUSIVE MODE"))
        row = await store.answers.record(SERVER, prediction())
        assert store.queue.queued == 1
        assert await store.watched.last_known.get(SERVER) == frozenset()
        with pytest.raises(StoreError, match="My database is busy"):
            await store.watched.of(SERVER)
    (await pauses.begun()).set_result(None)
    await stored(store)
    assert await store.answers.get(row.id) == row
    await store.close()


async def stored(store: Store) -> None:
    """Wait until nothing waits."""
    if store.queue._writing is not None:
        await store.queue._writing
