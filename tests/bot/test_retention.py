"""The data of servers that the bot has left is deleted after 30 days, and what came from YouTube even earlier."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot.metrics import Metrics
from bot.retention import Retention, YouTubeRetention
from bot.services import Services
from bot.store.errors import StoreError
from bot.store.game_values import Puzzle
from bot.store.store import Store
from bot.store.values import FactRow
from classifier.errors import ArtifactError, TrainingError
from classifier.values import Channel, RefreshReport
from tests.bot.samples import prediction, settings

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


# What came from YouTube


class Refreshing:
    """An engine whose refreshes have scripted results."""

    def __init__(self, *results: RefreshReport | Exception) -> None:
        self.results = list(results)
        self.asked: list[tuple[tuple[str, ...], datetime]] = []

    async def refresh(self, listed: tuple[str, ...], now: datetime) -> RefreshReport:
        self.asked.append((listed, now))
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


def youtube_retention(store: Store, engine: Refreshing) -> YouTubeRetention:
    services = SimpleNamespace(
        store=store, engine=engine, settings=settings(Path(), channels=("@default",)), metrics=Metrics()
    )
    return YouTubeRetention(cast("Services", services))


async def test_names_on_the_lists_are_refreshed_and_the_quota_is_counted(store: Store, clock: Clock) -> None:
    await store.channels.add(STAYS, Channel("b", "B", "UCb"), 1)
    engine = Refreshing(RefreshReport(channels=(Channel("a", "A Two", "UCa", "@a2"),), gone=("UCb",), units=3))
    retention = youtube_retention(store, engine)
    await retention.refresh()
    assert engine.asked == [(("@default", "UCa", "UCb"), clock.now)]
    one, other = (it.channel for it in await store.channels.of(STAYS))
    assert (one.title, one.handle) == ("A Two", "@a2")
    assert (other.title, other.handle) == ("UCb", None)
    assert await store.quota.spent_by_all() == 3


async def test_a_refresh_goes_on_until_nothing_is_due(store: Store) -> None:
    engine = Refreshing(RefreshReport(more=True), RefreshReport(more=True), RefreshReport())
    await youtube_retention(store, engine).refresh()
    assert len(engine.asked) == 3


@pytest.mark.parametrize("failure", [TrainingError("It hung."), StoreError("The database is locked."), OSError()])
async def test_a_failed_refresh_is_logged_and_tried_again_the_next_day(
    failure: Exception, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    engine = Refreshing(failure, RefreshReport())
    retention = youtube_retention(store, engine)
    await retention.refresh()
    assert "what came from YouTube could not be refreshed" in caplog.text
    await retention.refresh()
    assert len(engine.asked) == 2


async def test_facts_and_names_that_nobody_refreshed_are_gone_before_they_are_30_days_old(
    store: Store, clock: Clock
) -> None:
    await store.answers.record(STAYS, prediction(0.9, 0.1), video="v", fact=FactRow("UCx", correct=False))
    failing = RefreshReport(problem="There is no YouTube API key.")
    clock.now += timedelta(days=28)
    await youtube_retention(store, Refreshing(failing)).refresh()
    assert await store.answers.mistakes(STAYS) == {"v": "UCx"}
    assert [it.channel.title for it in await store.channels.of(STAYS)] == ["A"]
    clock.now += timedelta(days=1)
    await youtube_retention(store, Refreshing(failing)).refresh()
    assert await store.answers.mistakes(STAYS) == {}
    assert [it.channel.title for it in await store.channels.of(STAYS)] == ["UCa"]
