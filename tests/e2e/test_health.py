"""The running bot answers a picture of its own at every heartbeat."""

import asyncio
from unittest.mock import Mock

import pytest

from bot import app
from bot.app import Thumbprint
from bot.heartbeat import find_problem
from classifier.errors import WeightsError
from tests.e2e.conftest import ScriptedEngine


async def problem(bot: Thumbprint) -> str | None:
    """What the health check says after the next heartbeat."""
    await bot._beat()
    return await asyncio.to_thread(find_problem, bot.services.settings.data_dir)


@pytest.fixture
async def connected(bot: Thumbprint, monkeypatch: pytest.MonkeyPatch) -> Thumbprint:
    monkeypatch.setattr(type(bot), "latency", 0.05)  # unknown until the gateway has acknowledged a heartbeat
    await bot.wait_until_ready()
    return bot


async def test_a_bot_that_answers_is_healthy(connected: Thumbprint) -> None:
    assert await problem(connected) is None


@pytest.mark.parametrize("error", [WeightsError("The eye is gone."), RuntimeError("The eye is gone.")])
async def test_a_bot_that_can_not_answer_is_not_until_it_can(
    error: Exception, connected: Thumbprint, engine: ScriptedEngine
) -> None:
    engine.failure = error
    assert await problem(connected) == "The eye is gone."
    engine.failure = None
    assert await problem(connected) is None


async def test_answers_that_are_stuck_are_noticed(
    connected: Thumbprint, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "PROBE_SECONDS", 0)
    monkeypatch.setattr(engine, "probe", lambda: asyncio.Event().wait())
    assert await problem(connected) == "The bot has not answered a picture for 0 s."


async def test_a_bot_without_discord_writes_no_heartbeat(
    connected: Thumbprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "beat", Mock(side_effect=AssertionError("a heartbeat was written")))
    monkeypatch.setattr(type(connected), "latency", float("inf"))
    await connected._beat()
