"""Without the settings of a cluster, nothing of it is imported, so that it need not be installed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXTRA = ("pgqueuer", "obstore")

_LISTED = """
import sys
import bot.__main__, bot.app, classifier.__main__, classifier.engine, classifier.artifacts.place
print(*sorted(sys.modules))
"""
_MISSING = """
import sys
for name in ("pgqueuer", "obstore"):
    sys.modules[name] = None
"""


def run(code: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own."""
    env = {"PYTHONPATH": str(ROOT), "THUMBPRINT_DATA_DIR": str(folder / "data"), **settings}
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def test_nothing_of_a_cluster_is_imported_by_default(tmp_path: Path) -> None:
    listed = run(_LISTED, tmp_path)
    assert listed.returncode == 0, listed.stderr
    modules = listed.stdout.split()
    assert "bot.app" in modules
    packages = {name.partition(".")[0] for name in modules}
    assert packages.isdisjoint(EXTRA)
    assert not [name for name in modules if name.startswith(("bot.cluster.process", "bot.jobs.queue", "bot.work"))]


def test_an_object_store_without_its_packages_says_what_to_install(tmp_path: Path) -> None:
    code = f"{_MISSING}\nfrom classifier.artifacts.place import open_artifacts\nopen_artifacts('s3://bucket/x')"
    ended = run(code, tmp_path)
    assert "install thumbprint[cluster]" in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("verb", "settings", "words"),
    [
        ("work", {}, "There is no queue to work for. Set THUMBPRINT_JOBS=queue"),
        ("work", {"THUMBPRINT_JOBS": "queue"}, "needs a PostgreSQL database in THUMBPRINT_DATABASE_URL"),
        (
            "run",
            {"THUMBPRINT_JOBS": "queue", "THUMBPRINT_DATABASE_URL": "postgresql://a@b/c"},
            "needs THUMBPRINT_ARTIFACTS_URL",
        ),
    ],
)
def test_settings_that_do_not_fit_are_named(verb: str, settings: dict[str, str], words: str, tmp_path: Path) -> None:
    env = {"PYTHONPATH": str(ROOT), "DISCORD_TOKEN": "x", "THUMBPRINT_DATA_DIR": str(tmp_path), **settings}
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "bot", verb], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 78
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
