"""The heartbeat, and the health check that reads it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.heartbeat import _data_dir, beat, find_problem
from bot.settings import Settings, settings_table

ROOT = Path(__file__).parents[2]


def test_a_fresh_heartbeat_is_healthy(tmp_path: Path) -> None:
    assert find_problem(tmp_path / "data") == "The bot has not connected to Discord yet."
    beat(tmp_path / "data")
    assert find_problem(tmp_path / "data") is None
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["heartbeat"]


def test_an_old_heartbeat_is_not(tmp_path: Path) -> None:
    beat(tmp_path)
    long_ago = time.time() - 3600
    os.utime(tmp_path / "heartbeat", (long_ago, long_ago))
    assert "last heard from Discord 36" in (find_problem(tmp_path) or "")


def test_a_problem_is_reported_until_it_is_over(tmp_path: Path) -> None:
    beat(tmp_path, "The bot has not answered a picture for 30 s.")
    assert find_problem(tmp_path) == "The bot has not answered a picture for 30 s."
    beat(tmp_path)
    assert find_problem(tmp_path) is None


@pytest.mark.parametrize(
    ("variables", "file"),
    [
        ({}, None),
        ({"THUMBPRINT_DATA_DIR": "/somewhere"}, None),
        ({"THUMBPRINT_DATA_DIR": ""}, None),
        ({"thumbprint_data_dir": "/somewhere"}, None),
        ({}, "THUMBPRINT_DATA_DIR=/elsewhere\nDISCORD_TOKEN=x\n"),
        ({}, "export THUMBPRINT_DATA_DIR='/with spaces' # comment\n"),
        ({}, "THUMBPRINT_DATA_DIR=\n"),
        ({"THUMBPRINT_DATA_DIR": "/somewhere"}, "THUMBPRINT_DATA_DIR=/elsewhere\n"),
        ({"THUMBPRINT_DATA_DIR": ""}, "THUMBPRINT_DATA_DIR=/elsewhere\n"),
    ],
)
def test_the_data_folder_is_that_of_the_settings(
    variables: dict[str, str], file: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for row in settings_table():
        monkeypatch.delenv(row.name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    if file is not None:
        (tmp_path / ".env").write_text(file)
    assert _data_dir() == Settings().data_dir


def healthy(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run the health check; its standard error lists what it imports."""
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bot", "healthy"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "THUMBPRINT_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_health_check_imports_next_to_nothing(tmp_path: Path) -> None:
    beat(tmp_path)
    result = healthy(tmp_path)
    assert (result.returncode, result.stdout) == (0, "")
    imported = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert "bot.heartbeat" in imported
    assert not imported & {"asyncio", "discord", "pydantic", "typer", "numpy", "bot.app", "dotenv"}


def test_the_health_check_says_what_is_wrong(tmp_path: Path) -> None:
    beat(tmp_path, "Answers are stuck.")
    result = healthy(tmp_path)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "Answers are stuck."
