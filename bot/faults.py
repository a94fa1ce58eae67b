"""Faults of Discord and of the way to it: the one place that decides what is tried again, dropped or reported."""

import logging
from enum import Enum, auto
from typing import Final

import aiohttp
import discord

CANNOT_REPLY: Final = 160002
"""Discord's code for a reply where the bot can't read the message history; a message of its own is allowed there."""
LAPSED: Final = 10062
"""Discord's code for an interaction that was not acknowledged within 3 seconds."""
ACKNOWLEDGED: Final = 40060
"""Discord's code for an interaction that has been acknowledged already: follow-ups are still allowed."""

GONE: Final = {
    10003: "the channel is gone",
    10004: "the server is gone",
    10008: "the message is gone",
    10015: "the interaction has expired",
    LAPSED: "the interaction has expired",
    ACKNOWLEDGED: "the interaction was acknowledged by somebody else",
    50007: "the person accepts no direct messages",
    50027: "the interaction has expired",
    50083: "the thread is archived",
    50278: "the person shares no server with the bot",
}
"""Discord's codes for a place, or a person, that nobody can write to any more."""

_CLOSED: Final = "Session is closed"
"""What aiohttp says of a request after the shutdown: whoever serves the place next answers."""
_TRIED_BY_DISCORD_PY: Final = frozenset({500, 502, 504, 524})
"""Statuses after which discord.py has waited for 25 s and tried five times."""


class Fate(Enum):
    """What becomes of a request that failed."""

    RETRY = auto()
    """It passes by itself: try again, and in the end ask the person to."""
    DROP = auto()
    """Nobody is left to answer: say nothing, and log a line."""
    REPORT = auto()
    """The person can know, and perhaps change it."""


def fate(error: BaseException) -> Fate:
    """What becomes of a request that failed with this error."""
    if isinstance(error, discord.HTTPException):
        if error.code in GONE or error.status == 404:
            return Fate.DROP
        return Fate.RETRY if error.status >= 500 else Fate.REPORT
    if isinstance(error, RuntimeError) and str(error) == _CLOSED:
        return Fate.DROP
    # Not OSError as a whole: a full disk is one, too.
    passes = isinstance(error, (aiohttp.ClientError, ConnectionError, TimeoutError))
    return Fate.RETRY if passes else Fate.REPORT


def passes_soon(error: BaseException) -> bool:
    """Whether to try a request again at once: its connection broke, or Discord was busy, and nobody has waited yet."""
    waited = isinstance(error, discord.HTTPException) and error.status in _TRIED_BY_DISCORD_PY
    return fate(error) is Fate.RETRY and not waited


def in_short(error: BaseException) -> str:
    """An error as part of a log line: why nobody is left to answer, or its kind and its words."""
    if isinstance(error, discord.HTTPException) and error.code in GONE:
        return GONE[error.code]
    return " ".join(f"{type(error).__name__}: {error}".removesuffix(": ").split())


class OneLine(logging.Filter):
    """Makes records of errors that pass by themselves, or that nobody is left to hear of, one line of information."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; it is always logged."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and fate(error) is not Fate.REPORT:
            record.levelno, record.levelname = logging.INFO, "INFO"
            record.msg, record.args = f"{record.getMessage()}: {in_short(error)}", ()
            record.exc_info = None
        return True


ONE_LINE: Final = OneLine()
