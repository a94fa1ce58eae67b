"""The data of servers that the bot has left is deleted after 30 days."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot.retention import Retention
from bot.services import Services
from bot.store.errors import StoreError
from bot.store.game_values import Puzzle
from bot.store.store import Store
from classifier.errors import ArtifactError
from classifier.values import Channel

STAYS, LEFT, OTHER = 1, 2, 3


class Clock:
    """A clock that only moves when a test sets it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class FakeEngine:
    """Records whose models are deleted; those of `broken` servers can't be."""

    def __init__(self) -> None:
        self.forgotten: list[int] = []
        self.broken: set[int] = set()
        self.failure: Exception = ArtifactError("The disk is read-only.")

    async def forget(self, owner: int) -> None:
        if owner in self.broken:
            raise self.failure
        self.forgotten.append(owner)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    """The data of three servers."""
    store = Store(tmp_path / "thumbprint.db", clock=clock)
    await store.open()
    for server in (STAYS, LEFT, OTHER):
        await store.channels.add(server, Channel("a", "A", "UCa"), 1)
    yield store
    await store.close()


@pytest.fixture
def retention(store: Store, engine: FakeEngine) -> Retention:
    return Retention(cast("Services", SimpleNamespace(store=store, engine=engine)))


async def servers_with_data(store: Store) -> list[int]:
    return [server for server in (STAYS, LEFT, OTHER) if await store.channels.of(server)]


async def test_all_data_of_a_server_is_deleted_after_30_days(
    retention: Retention, store: Store, engine: FakeEngine, clock: Clock
) -> None:
    await retention.clean_up(lambda: {STAYS, OTHER})
    assert (await store.servers.get(LEFT)).left_at == clock.now
    clock.now += timedelta(days=30)
    await retention.clean_up(lambda: {STAYS, OTHER})
    assert await servers_with_data(store) == [STAYS, LEFT, OTHER]
    assert engine.forgotten == []
    clock.now += timedelta(seconds=1)
    await retention.clean_up(lambda: {STAYS, OTHER})
    assert await servers_with_data(store) == [STAYS, OTHER]
    assert engine.forgotten == [LEFT]


async def test_a_server_that_the_bot_is_back_in_keeps_its_data(
    retention: Retention, store: Store, engine: FakeEngine, clock: Clock
) -> None:
    await store.servers.left(LEFT)
    clock.now += timedelta(days=31)
    await retention.clean_up(lambda: {STAYS, LEFT, OTHER})
    assert (await store.servers.get(LEFT)).left_at is None
    assert await servers_with_data(store) == [STAYS, LEFT, OTHER]
    assert engine.forgotten == []


@pytest.mark.parametrize("failure", [ArtifactError("The disk is read-only."), PermissionError()])
async def test_data_that_could_not_be_deleted_is_deleted_the_next_day(
    failure: Exception,
    retention: Retention,
    store: Store,
    engine: FakeEngine,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for server in (LEFT, OTHER):
        await store.servers.left(server)
    clock.now += timedelta(days=31)
    engine.broken, engine.failure = {LEFT}, failure
    await retention.clean_up(lambda: {STAYS})
    assert engine.forgotten == [OTHER], "one failure does not stop the others"
    assert await servers_with_data(store) == [STAYS, LEFT]
    assert f"could not delete all data of server {LEFT}" in caplog.text
    engine.broken = set()
    await retention.clean_up(lambda: {STAYS})
    assert engine.forgotten == [OTHER, LEFT]
    assert await servers_with_data(store) == [STAYS]


async def test_which_videos_were_guessed_is_forgotten_after_30_days(
    retention: Retention, store: Store, clock: Clock
) -> None:
    puzzle = Puzzle("video", ("a", "b"), answer=0, bot_choice=1, bot_confidence=0.9)
    begun = await store.game.start(STAYS, 1, puzzle, lasts=timedelta(seconds=20), daily=False)
    await store.game.close(begun.id, STAYS)
    await retention.clean_up(lambda: {STAYS})
    assert await store.game.shown(STAYS) == ("video",)
    clock.now += timedelta(days=31)
    await retention.clean_up(lambda: {STAYS})
    assert await store.game.shown(STAYS) == ()


async def test_a_failing_database_is_logged_and_nothing_is_deleted(
    retention: Retention,
    store: Store,
    engine: FakeEngine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail() -> tuple[int, ...]:
        raise StoreError("The database is locked.")

    monkeypatch.setattr(store.servers, "expired", fail)
    await retention.clean_up(lambda: {STAYS})
    assert engine.forgotten == []
    assert "could not look up which data has expired: The database is locked." in caplog.text
