"""Heartbeat: a file that the running bot writes while it works, so that a health check is cheap.

Imports next to nothing: containers check every 30 seconds.
"""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NoReturn

BEAT_SECONDS: Final = 15
PROBE_SECONDS: Final = 30
"""How long the bot may take to answer a picture of its own before it reports that answers are stuck."""

_FILE: Final = "heartbeat"


def beat(folder: Path, problem: str = "") -> None:
    """Write the heartbeat: what keeps the bot from answering pictures, or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{_FILE}.part"
    draft.write_text(problem)
    draft.replace(folder / _FILE)


def last_beat(folder: Path) -> float | None:
    """When the bot that works in this data folder last heard from Discord, in seconds since 1970; None if never."""
    try:
        return (folder / _FILE).stat().st_mtime
    except OSError:
        return None


def find_problem(folder: Path) -> str | None:
    """What is wrong with the bot that works in this data folder; None if nothing is."""
    last = last_beat(folder)
    try:
        problem = (folder / _FILE).read_text(errors="replace")
    except OSError:
        last = None
    if last is None:
        return "The bot has not connected to Discord yet."
    if (age := time.time() - last) > 4 * BEAT_SECONDS:
        return f"The bot last heard from Discord {age:.0f} s ago."
    return problem or None


def exit_by_health() -> NoReturn:
    """End the program: with status 0 if the bot works, otherwise with 1 and what is wrong."""
    sys.exit(find_problem(_data_dir()))


def _data_dir() -> Path:
    """The setting THUMBPRINT_DATA_DIR, read as `settings` does: from the environment, then from `.env`."""
    found = (value for variables in _variables() for name, value in variables.items() if _is_data_dir(name) and value)
    return Path(next(found, "data"))


def _is_data_dir(name: str) -> bool:
    return name.upper() == "THUMBPRINT_DATA_DIR"


def _variables() -> Iterator[Mapping[str, str | None]]:
    yield os.environ
    if Path(".env").is_file():
        from dotenv import dotenv_values  # noqa: PLC0415 - takes longer than all the rest

        yield dotenv_values(".env")
