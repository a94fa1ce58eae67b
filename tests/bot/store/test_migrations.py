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


async def look(store: Store, at: Callable[[Connection], T]) -> T:
    async with store._database.read() as connection:
        return await connection.run_sync(at)


async def execute(store: Store, sql: str) -> None:
    async with store._database.write() as connection:
        await connection.execute(text(sql))


async def test_an_empty_database_gets_exactly_the_tables_of_the_program(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)

    assert await look(store, differences) == []
    assert await look(store, lambda connection: set(inspect(connection).get_table_names())) == {
        *metadata.tables,
        "alembic_version",
    }


async def test_checks_and_defaults_are_the_programs_too(store: Store) -> None:
    """What compare_metadata does not look at."""

    def checks(connection: Connection) -> set[str | None]:
        found = inspect(connection).get_multi_check_constraints().values()
        return {check["name"] for table in found for check in table}

    assert await look(store, checks) == {"ck_servers_threshold", "ck_answers_confidence", "ck_answers_fact"}
    await execute(store, "INSERT INTO servers (id) VALUES (1)")
    assert not (await store.servers.get(1)).weekly


async def test_opening_again_keeps_all(store: Store) -> None:
    await store.servers.set_threshold(SERVER, 0.5)
    await store.open()
    assert (await store.servers.get(SERVER)).threshold == 0.5


async def test_a_newer_database_is_left_alone(store: Store) -> None:
    await execute(store, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabaseError, match="newer Thumbprint"):
        await store.open()
    await store.channels.add(SERVER, NERD, 1)


async def test_a_migration_happens_wholly_or_not_at_all(place: str | Path) -> None:
    store = Store(place)
    if isinstance(place, Path):
        place.parent.mkdir()
    await execute(store, "CREATE TABLE feedback (mine INTEGER)")
    with pytest.raises(StoreError, match="feedback"):
        await store.open()
    assert await look(store, lambda connection: inspect(connection).get_table_names()) == ["feedback"]
    await store.close()


async def test_programs_that_start_at_the_same_time_wait_for_each_other(place: str | Path) -> None:
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
