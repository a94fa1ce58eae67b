"""What a server may use: a pause between trainings, a budget of quota per day."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot.budget import Budget, BudgetError, TooSoonError
from bot.metrics import Metrics
from bot.services import Services
from bot.store.errors import StoreError
from bot.store.store import Store
from bot.store.values import RunState
from classifier.errors import TrainingError
from classifier.values import Progress
from tests.bot.samples import settings
from tests.bot.store.conftest import Clock

SERVER, OTHER_SERVER = 1, 2
TWO_CHANNELS = 2 * (1 + 8)
"""The units of two channels with 400 thumbnails each."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    store = Store(tmp_path / "thumbprint.db", clock=clock)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def budget(store: Store, tmp_path: Path) -> Budget:
    chosen = settings(tmp_path, quota_per_server=100, retrain_cooldown=600)
    return Budget(cast("Services", SimpleNamespace(store=store, settings=chosen, metrics=Metrics())))


async def test_a_training_counts_as_much_as_it_used(budget: Budget, store: Store) -> None:
    async with budget.training(SERVER, 2) as bill:
        assert await store.quota.spent(SERVER) == TWO_CHANNELS
        bill.units = 11
    assert await store.quota.spent(SERVER) == 11
    assert await store.quota.spent(OTHER_SERVER) == 0


async def test_what_all_use_together_is_limited_too(budget: Budget, store: Store) -> None:
    await budget.pay(None, 9_999)
    assert await budget.left() == 1
    await budget.check(SERVER)
    async with budget.training(None, 2) as bill:
        bill.units = 3
    assert await budget.left() == 0
    assert await store.quota.spent(SERVER) == 0
    with pytest.raises(BudgetError, match="My YouTube quota for today is used up"):
        await budget.check(SERVER)
    assert not await budget.has_left(SERVER)


async def fail(budget: Budget, *steps: Progress) -> list[Progress]:
    """A training of two channels that fails after some steps; returns those that were passed on."""
    passed: list[Progress] = []
    with suppress(TrainingError):
        async with budget.training(SERVER, 2) as bill:
            for step in steps:
                bill.watching(passed.append)(step)
            raise TrainingError("It failed.")
    return passed


async def test_a_training_that_fails_counts_as_much_as_was_estimated(budget: Budget, store: Store) -> None:
    await fail(budget, Progress("wait", 0, 1), Progress("wait", 1, 1))
    assert await store.quota.spent(SERVER) == TWO_CHANNELS
    await fail(budget)
    assert await store.quota.spent(SERVER) == 2 * TWO_CHANNELS


async def test_a_training_that_never_left_the_queue_counts_nothing(budget: Budget, store: Store) -> None:
    assert await fail(budget, Progress("wait", 0, 1)) == [Progress("wait", 0, 1)]
    assert await store.quota.spent(SERVER) == 0


async def test_the_default_model_counts_nothing(budget: Budget, store: Store) -> None:
    async with budget.training(None, 2) as bill:
        bill.units = 11
    assert await store.quota.spent(SERVER) == 0


async def test_a_database_that_fails_afterwards_does_not_lose_the_training(
    budget: Budget, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise StoreError("The database fails.")

    async with budget.training(SERVER, 2) as bill:
        bill.units = 11
        monkeypatch.setattr(store.quota, "spend", fail)
    assert "only estimated" in caplog.text
    assert await store.quota.spent(SERVER) == TWO_CHANNELS


async def test_a_used_budget_is_explained_and_renewed_the_next_day(budget: Budget, store: Store, clock: Clock) -> None:
    await budget.pay(SERVER, 99)
    await budget.check_training(SERVER)
    await budget.pay(SERVER)
    for check in (budget.check, budget.check_training):
        with pytest.raises(BudgetError) as caught:
            await check(SERVER)
        renewed = int(store.quota.renewed_at().timestamp())
        assert str(caught.value) == (f"This server has used its YouTube budget for today. Try again <t:{renewed}:R>.")
    await budget.check_training(OTHER_SERVER)
    clock.now += timedelta(days=1)
    await budget.check_training(SERVER)


async def test_a_pause_between_trainings_is_explained(budget: Budget, store: Store, clock: Clock) -> None:
    run = await store.runs.start(SERVER, channel=1, by=3)
    await store.runs.finish(run.id, RunState.DONE)
    rested = int(clock.now.timestamp()) + 600
    clock.forward(seconds=599)
    with pytest.raises(TooSoonError, match=rf"^I have just trained for this server\. .* again <t:{rested}:R>\.$"):
        await budget.check_training(SERVER)
    await budget.check(SERVER)
    await budget.check_training(OTHER_SERVER)
    clock.forward(seconds=1)
    await budget.check_training(SERVER)


async def test_the_pause_can_be_turned_off(store: Store, tmp_path: Path) -> None:
    run = await store.runs.start(SERVER, channel=1, by=3)
    await store.runs.finish(run.id, RunState.DONE)
    chosen = settings(tmp_path, retrain_cooldown=0)
    await Budget(cast("Services", SimpleNamespace(store=store, settings=chosen, metrics=Metrics()))).check_training(
        SERVER
    )
