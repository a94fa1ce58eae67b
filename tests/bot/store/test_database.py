import logging
import traceback
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from bot.store.database import address
from bot.store.errors import StoreError, UnsupportedDatabaseError
from bot.store.store import Store
from tests.bot.store.samples import NEIGHBOUR, SERVER
from tests.database_fixtures import Databases


@pytest.mark.parametrize(
    ("url", "normalised"),
    [
        ("postgresql://user:word@host:5433/name", "postgresql+asyncpg://user:word@host:5433/name"),
        ("postgres://user@host/name", "postgresql+asyncpg://user@host/name"),
        ("postgresql+asyncpg://host/name?ssl=require", "postgresql+asyncpg://host/name?ssl=require"),
        ("postgresql://host/name?sslmode=verify-full", "postgresql+asyncpg://host/name?ssl=verify-full"),
        ("sqlite:///data/file.db", "sqlite+aiosqlite:///data/file.db"),
        ("sqlite:////data/file.db", "sqlite+aiosqlite:////data/file.db"),
    ],
)
def test_urls_of_both_databases_are_normalised(url: str, normalised: str) -> None:
    assert address(url).render_as_string(hide_password=False) == normalised


@pytest.mark.parametrize("name", ["plain.db", "what?.db", "a b#c%20:@.db"])
async def test_any_path_can_be_the_database(tmp_path: Path, name: str) -> None:
    store = Store(tmp_path / "new folder" / name)
    await store.open()
    await store.close()
    assert (tmp_path / "new folder" / name).stat().st_size


@pytest.mark.parametrize(
    "url",
    [
        "mysql://root:hunter2@host/name",
        "postgresql+psycopg://root:hunter2@host/name",
        "postgresql://root:hunter2@host:port/name",
        "postgresql://root:hunter2@host/name?password=hunter2&bogus=hunter2",
        "root:hunter2@host",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file?mode=hunter2",
        "sqlite://root:hunter2@host/file",
        "",
    ],
)
def test_other_databases_are_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(UnsupportedDatabaseError) as refused:
        Store(url)
    assert "hunter2" not in "".join(traceback.format_exception(refused.value))


@given(st.text() | st.from_regex(r"(postgres|postgresql|sqlite)://.{0,20}", fullmatch=True))
def test_any_text_is_a_database_url_or_refused(url: str) -> None:
    with suppress(UnsupportedDatabaseError):
        assert address(url).drivername in {"sqlite+aiosqlite", "postgresql+asyncpg"}


async def test_an_unreachable_database_is_reported_without_its_password(caplog: pytest.LogCaptureFixture) -> None:
    store = Store("postgresql://root:hunter2@127.0.0.1:1/name")
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreError) as refused:
        await store.open()
    await store.close()
    assert "127.0.0.1:1/name" in str(refused.value)
    assert "hunter2" not in "".join(traceback.format_exception(refused.value)) + caplog.text


async def test_an_unknown_database_name_is_reported(databases: Databases, tmp_path: Path) -> None:
    url = str(databases.empty("postgresql", tmp_path))
    store = Store(url.replace("/postgres?", "/nowhere?"))
    with pytest.raises(StoreError, match='database "nowhere" does not exist'):
        await store.open()
    await store.close()


async def test_a_file_that_is_not_a_database_is_not_changed(tmp_path: Path) -> None:
    file = tmp_path / "thumbprint.db"
    file.write_text("Dear diary, today I fed the cat. " * 100)
    store = Store(file)
    with pytest.raises(StoreError, match="not a database"):
        await store.open()
    await store.close()
    assert file.read_text().startswith("Dear diary")


async def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = Store(tmp_path / "file" / "thumbprint.db")
    with pytest.raises(StoreError, match="THUMBPRINT_DATA_DIR"):
        await store.open()
    await store.close()


async def test_a_failure_while_running_is_logged_and_explained(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    async with store._database.write() as connection:
        await connection.execute(text("DROP TABLE watched"))
    with pytest.raises(StoreError, match="Try again in a minute"):
        await store.watched.of(SERVER)
    assert "watched" in caplog.text


async def test_a_failed_transaction_changes_nothing(store: Store) -> None:
    async with store._database.write() as connection:
        await connection.execute(text("DROP TABLE watched"))
    with pytest.raises(StoreError):
        await store.watched.add(SERVER, 1)  # it creates the server's row first
    await store.servers.set_weekly(NEIGHBOUR, weekly=True)
    async with store._database.read() as connection:
        assert list(await connection.scalars(text("SELECT id FROM servers"))) == [NEIGHBOUR]


async def test_readers_of_sqlite_do_not_wait_for_a_writer(store: Store, place: str | Path) -> None:
    async with store._database.write():
        assert await store.watched.of(SERVER) == frozenset()
    if isinstance(place, Path):
        async with store._database.read() as connection:
            pragmas = [
                (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
        assert pragmas == ["wal", 1, 1, 2_000]
