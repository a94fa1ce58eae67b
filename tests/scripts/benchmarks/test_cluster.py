"""The benchmark of a bot in several processes: what it counts, and a small run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.benchmarks import cluster, load_stage
from tests.bot.store.postgres import running_postgres
from tests.scripts.benchmarks.test_commands import run
from tests.scripts.benchmarks.test_load import means


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few servers and thumbnails, and a short lease."""
    for name, value in {"SERVERS": 4, "TRAINED": 16, "POSTED": 2, "WARM_UP": 2}.items():
        monkeypatch.setattr(load_stage, name, value)
    for name, value in {"PEOPLE": 8, "TAKEOVER_SECONDS": 3, "WARM_UP": 2, "COUNTS": (2,), "SHARDS": 2}.items():
        monkeypatch.setattr(cluster, name, value)


@pytest.fixture
def database() -> Iterator[str]:
    with running_postgres() as postgres:
        yield postgres.empty()


@pytest.mark.usefixtures("small")
def test_nothing_is_lost_or_answered_twice(database: str, tmp_path: Path) -> None:
    options = ("--database", database, "--burst", "8", "--rate", "4", "--kills", "1")
    answer = run("cluster", tmp_path, *options)
    rows = {row["method"]: means(row) for row in answer["cluster"]["rows"]}
    assert [*rows] == [
        "1 process, SQLite",
        "1 process, PostgreSQL",
        "2 processes, cluster settings",
    ]
    for found in rows.values():
        assert (found["lost"], found["twice"]) == (0, 0)
        assert found["processor"] > 0
    (killed,) = answer["cluster-kills"]["rows"]
    found = means(killed)
    assert (killed["n"], found["lost"], found["twice"]) == (1, 0, 0)
    assert found["taken over"] > 0
