"""Empty databases for tests: SQLite and PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.bot.store.postgres import Postgres, running_postgres


class Databases:
    """Empty databases of both kinds; the PostgreSQL cluster starts when it is first needed."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._postgres: Postgres | None = None

    def empty(self, kind: str, folder: Path) -> str | Path:
        if kind == "sqlite":
            return folder / "data" / "thumbprint.db"
        if self._postgres is None:
            self._postgres = self._stack.enter_context(running_postgres())
        return self._postgres.empty()


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    with ExitStack() as stack:
        yield Databases(stack)
