"""A temporary PostgreSQL cluster, for tests that are skipped if PostgreSQL is not installed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from scripts.benchmarks import local_postgres
from scripts.benchmarks.local_postgres import NotInstalledError, Postgres

__all__ = ["Postgres", "running_postgres"]


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Run a cluster; skip the test if PostgreSQL is not installed."""
    with ExitStack() as stack:
        try:
            cluster = stack.enter_context(local_postgres.running_postgres())
        except NotInstalledError as error:
            pytest.skip(str(error))
        yield cluster
