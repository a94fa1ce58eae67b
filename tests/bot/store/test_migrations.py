import asyncio
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from bot.store.errors import NewerDatabaseError, StoreError
from bot.store.store import Store
from bot.store.tables import metadata
from bot.store.values import Server
from tests.bot.store.samples import NERD, SERVER

T = TypeVar("T")

_OPEN = """
import asyncio, pathlib, sys
from bot.store.store import Store

kind, place = sys.argv[1:]
store = Store(pathlib.Path(place) if kind == "path" else place)
print("ready", flush=True)
sys.stdin.readline()
asyncio.run(store.open())
"""


async def inspected(store: Store, read: Callable[[Connection], T]) -> T:
    async with store._database.read() as connection:
        return await connection.run_sync(read)


async def execute(store: Store, sql: str) -> None:
    async with store._database.write() as connection:
        await connection.execute(text(sql))


async def test_migrations_create_exactly_the_tables_of_the_program(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)

    assert await inspected(store, differences) == []
    assert await inspected(store, lambda connection: set(inspect(connection).get_table_names())) == {
        *metadata.tables,
        "alembic_version",
    }


async def test_migrations_create_checks_and_defaults(store: Store) -> None:
    """They are what compare_metadata does not compare."""

    def checks(connection: Connection) -> set[str | None]:
        found = inspect(connection).get_multi_check_constraints().values()
        return {check["name"] for table in found for check in table}

    assert await inspected(store, checks) == {
        "ck_servers_threshold",
        "ck_answers_confidence",
        "ck_answers_fact",
        "ck_daily_rounds_hour",
    }
    await execute(store, "INSERT INTO servers (id) VALUES (1)")
    assert await store.servers.get(1) == Server(1)


async def test_answers_of_earlier_versions_are_predictions(store: Store) -> None:
    await execute(
        store,
        "INSERT INTO answers (id, at, label, confidence, unknown, version) "
        "VALUES (7, '2026-01-02 00:00:00', 'a', 0.5, false, 'v')",
    )
    assert not (await store.answers.get(7)).exact


async def test_opening_again_keeps_the_data(store: Store) -> None:
    await store.servers.set_threshold(SERVER, 0.5)
    await store.open()
    assert (await store.servers.get(SERVER)).threshold == 0.5


async def test_a_newer_database_is_refused_and_not_changed(store: Store) -> None:
    await execute(store, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabaseError, match="newer version of Thumbprint"):
        await store.open()
    await store.channels.add(SERVER, NERD, 1)


async def test_a_failed_migration_changes_nothing(place: str | Path) -> None:
    store = Store(place)
    if isinstance(place, Path):
        place.parent.mkdir()
        await asyncio.to_thread(place.touch)
    await execute(store, "CREATE TABLE feedback (mine INTEGER)")
    with pytest.raises(StoreError, match="feedback"):
        await store.open()
    assert await inspected(store, lambda connection: inspect(connection).get_table_names()) == ["feedback"]
    await store.close()


async def test_processes_that_start_at_the_same_time_wait_for_each_other(place: str | Path) -> None:
    command = [sys.executable, "-c", _OPEN, "path" if isinstance(place, Path) else "url", str(place)]
    programs = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220, S603
        for _ in range(4)
    ]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("go\n")
        program.stdin.flush()
    for program in programs:
        with program:
            program.communicate(timeout=60)
    assert [program.returncode for program in programs] == [0] * 4


async def test_an_sqlite_file_is_private(tmp_path: Path) -> None:
    """Also one that an earlier version created, and what SQLite keeps beside it."""
    file = tmp_path / "thumbprint.db"
    file.touch(0o644)
    store = Store(file)
    await store.open()
    await store.servers.set_weekly(1, weekly=True)
    for name in ("thumbprint.db", "thumbprint.db-wal", "thumbprint.db-shm"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    await store.close()
