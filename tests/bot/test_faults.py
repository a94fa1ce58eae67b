"""The one place that decides what is tried again, dropped or reported."""

import logging
from unittest.mock import Mock

import aiohttp
import discord
import pytest

from bot.faults import ACKNOWLEDGED, CANNOT_REPLY, GONE, LAPSED, Fate, fate, in_short, passes_soon
from bot.gateway import ResumingBot


def refused(status: int, code: int = 0) -> discord.HTTPException:
    """An error that discord.py raises for a response of this status, with Discord's own code."""
    kind = {403: discord.Forbidden, 404: discord.NotFound}.get(
        status, discord.DiscordServerError if status >= 500 else discord.HTTPException
    )
    return kind(Mock(status=status, reason="no"), {"code": code, "message": "no"})


@pytest.mark.parametrize(
    "error",
    [
        refused(500),
        refused(502),
        refused(503),
        ConnectionResetError(104, "Connection reset by peer"),
        BrokenPipeError(),
        TimeoutError(),
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientOSError(104, "Connection reset by peer"),
        aiohttp.ClientConnectorDNSError(Mock(), OSError("no such host")),
    ],
)
def test_what_passes_by_itself_is_tried_again(error: Exception) -> None:
    assert fate(error) is Fate.RETRY


@pytest.mark.parametrize("code", [10003, 10004, 10008, 10015, 10062, 50007, 50027, ACKNOWLEDGED])
def test_where_nobody_is_left_nothing_is_said(code: int) -> None:
    for status in (400, 403, 404):
        assert fate(refused(status, code)) is Fate.DROP
    assert in_short(refused(400, code)) == GONE[code]
    assert fate(refused(404)) is Fate.DROP


@pytest.mark.parametrize(
    "error",
    [
        refused(403, 50013),
        refused(400, 50035),
        refused(400, CANNOT_REPLY),
        OSError(28, "No space left on device"),
        ZeroDivisionError(),
    ],
)
def test_everything_else_is_reported(error: Exception) -> None:
    assert fate(error) is Fate.REPORT
    assert not passes_soon(error)


async def test_nothing_is_said_after_the_shutdown() -> None:
    session = aiohttp.ClientSession()
    await session.close()
    with pytest.raises(RuntimeError) as raised:
        await session.get("http://127.0.0.1/")
    assert fate(raised.value) is Fate.DROP
    assert fate(RuntimeError("something else")) is Fate.REPORT


def test_what_discord_py_has_waited_for_is_not_tried_again_at_once() -> None:
    assert [passes_soon(refused(status)) for status in (500, 502, 503, 504)] == [False, False, True, False]
    assert passes_soon(ConnectionResetError())


def test_an_error_is_one_line() -> None:
    assert in_short(aiohttp.ClientError("first\n  second")) == "ClientError: first second"
    assert in_short(TimeoutError()) == "TimeoutError"


def test_discord_pys_records_of_what_passes_are_one_line(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("discord.app_commands.tree")
    ResumingBot("!", intents=discord.Intents.default())
    caplog.clear()
    with caplog.at_level(logging.INFO):
        for error in (refused(404, LAPSED), ConnectionResetError("broken"), ZeroDivisionError("a bug")):
            try:
                raise error
            except (discord.HTTPException, OSError, ArithmeticError):
                log.exception("Ignoring exception in autocomplete for %r", "remove")
    prefix = "Ignoring exception in autocomplete for 'remove'"
    lapsed, broken, bug = caplog.records
    assert (lapsed.levelname, lapsed.getMessage()) == ("INFO", f"{prefix}: the interaction has expired")
    assert broken.getMessage() == f"{prefix}: ConnectionResetError: broken"
    assert lapsed.exc_info is broken.exc_info is None
    assert bug.levelname == "ERROR"
    assert bug.exc_info
