from datetime import UTC, datetime

import pytest

from bot.store.store import Store
from tests.bot.store.conftest import Clock
from tests.bot.store.samples import NEIGHBOUR, SERVER

MIDNIGHT = datetime(2026, 3, 5, 8, tzinfo=UTC)
"""In California, in winter."""


async def test_each_server_has_its_own_quota(store: Store) -> None:
    assert await store.quota.spent(SERVER) == 0
    await store.quota.spend(SERVER, 18)
    await store.quota.spend(SERVER, 1)
    await store.quota.spend(NEIGHBOUR, 5)
    assert (await store.quota.spent(SERVER), await store.quota.spent(NEIGHBOUR)) == (19, 5)


async def test_all_servers_and_the_default_model_count_together(store: Store, clock: Clock) -> None:
    await store.quota.spend(SERVER, 18)
    await store.quota.spend(NEIGHBOUR, 5)
    await store.quota.spend(None, 7)
    assert await store.quota.spent_by_all() == 30
    await store.quota.spend(NEIGHBOUR, -5)
    assert await store.quota.spent_by_all() == 25
    clock.now = store.quota.renewed_at().astimezone(UTC)
    assert await store.quota.spent_by_all() == 0
    await store.quota.spend(None, 1)
    assert await store.quota.spent_by_all() == 1


async def test_units_can_be_given_back_but_not_more_than_were_used(store: Store) -> None:
    await store.quota.spend(SERVER, 18)
    await store.quota.spend(SERVER, -7)
    assert await store.quota.spent(SERVER) == 11
    await store.quota.spend(SERVER, -20)
    assert await store.quota.spent(SERVER) == 0


async def test_a_restart_does_not_reset_it(store: Store, place: str, clock: Clock) -> None:
    await store.quota.spend(SERVER, 18)
    again = Store(place, clock=clock)
    await again.open()
    assert await again.quota.spent(SERVER) == 18
    await again.close()


async def test_a_day_ends_at_midnight_in_california(store: Store, clock: Clock) -> None:
    await store.quota.spend(SERVER, 18)
    assert store.quota.renewed_at() == MIDNIGHT
    clock.now = MIDNIGHT.replace(hour=7, minute=59)
    assert await store.quota.spent(SERVER) == 18
    clock.now = MIDNIGHT
    assert await store.quota.spent(SERVER) == 0
    await store.quota.spend(SERVER, -18)  # of a training that began yesterday
    assert await store.quota.spent(SERVER) == 0


@pytest.mark.parametrize(
    ("now", "renewed_at"),
    [
        (datetime(2026, 3, 8, 9, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC)),  # clocks go forward
        (datetime(2026, 11, 1, 8, tzinfo=UTC), datetime(2026, 11, 2, 8, tzinfo=UTC)),  # and back
    ],
)
async def test_days_may_have_23_or_25_hours(store: Store, clock: Clock, now: datetime, renewed_at: datetime) -> None:
    clock.now = now
    assert store.quota.renewed_at() == renewed_at


async def test_it_is_deleted_with_its_server(store: Store, clock: Clock) -> None:
    await store.quota.spend(SERVER, 18)
    await store.servers.left(SERVER)
    today, clock.now = clock.now, datetime(2026, 6, 1, tzinfo=UTC)
    await store.servers.purge(SERVER)
    clock.now = today
    assert await store.quota.spent(SERVER) == 0
