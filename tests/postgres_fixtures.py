"""PostgreSQL for tests of several processes: one cluster per session, with an empty database per test."""

from collections.abc import Iterator

import pytest

from tests.bot.store.postgres import Postgres, running_postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: Postgres) -> str:
    """The URL of an empty database."""
    return postgres_server.empty()
