"""An empty store for every test, once per database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.store.store import Store
from tests.database_fixtures import Databases


@dataclass
class Clock:
    """A clock that only moves when a test sets it."""

    now: datetime = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> str | Path:
    """The path or URL of an empty database."""
    return databases.empty(request.param, tmp_path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(place: str | Path, clock: Clock) -> AsyncIterator[Store]:
    store = Store(place, clock=clock)
    await store.open()
    yield store
    await store.close()
