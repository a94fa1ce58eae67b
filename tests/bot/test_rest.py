"""A request is sent again after faults that pass soon, by both ways of discord.py's to send one."""

import inspect
import io
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import aiohttp
import discord
import pytest
import stamina
from discord.http import HTTPClient, Route
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from bot.rest import ATTEMPTS, PersistentAdapter, persistent
from tests.bot.test_faults import refused

ROUTE = Route("POST", "/channels/{channel_id}/messages", channel_id=1)
BROKEN = ConnectionResetError(104, "Connection reset by peer")


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    stamina.set_testing(True, attempts=ATTEMPTS)
    yield
    stamina.set_testing(False)


class Requests:
    """Raises the given errors, one per request; then succeeds. Reads the file, as sending it does."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.sent: list[bytes] = []

    async def __call__(self, route: Route, *, files: Any = None, **options: Any) -> str:
        assert route is ROUTE
        assert options == {"json": "x"}
        self.sent += [file.fp.read() for file in files or ()]
        if self.errors:
            raise self.errors.pop(0)
        return "done"


async def test_a_request_is_sent_again_with_its_files_from_the_start() -> None:
    requests = Requests(BROKEN, aiohttp.ServerDisconnectedError(), refused(503))
    file = discord.File(io.BytesIO(b"picture"), "a.png")
    assert await persistent(requests)(ROUTE, files=[file], json="x") == "done"
    assert requests.sent == [b"picture"] * 4


@pytest.mark.parametrize("error", [refused(403, 50013), refused(404, 10003), refused(502), ZeroDivisionError()])
async def test_other_errors_are_raised_at_once(error: Exception) -> None:
    requests = Requests(error, BROKEN)
    with pytest.raises(type(error)):
        await persistent(requests)(ROUTE, json="x")
    assert requests.errors == [BROKEN]


async def test_in_the_end_the_last_error_is_raised() -> None:
    requests = Requests(*[BROKEN] * 9)
    with pytest.raises(ConnectionResetError):
        await persistent(requests)(ROUTE, json="x")
    assert len(requests.errors) == 9 - ATTEMPTS


async def test_responses_to_interactions_are_sent_again_too(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = Requests(BROKEN)

    async def request(_: object, route: Route, session: object, **options: Any) -> str:
        del session
        return await requests(route, **options)

    monkeypatch.setattr(AsyncWebhookAdapter, "request", request)
    file = discord.File(io.BytesIO(b"picture"), "a.png")
    assert await PersistentAdapter().request(ROUTE, Mock(), files=[file], json="x") == "done"
    assert requests.sent == [b"picture"] * 2


def test_discord_py_still_has_what_is_wrapped() -> None:
    assert {"route", "files"} <= inspect.signature(HTTPClient.request).parameters.keys()
    assert {"route", "session", "files"} <= inspect.signature(AsyncWebhookAdapter.request).parameters.keys()
    assert isinstance(async_context.get(), AsyncWebhookAdapter)
    assert "async_context.get()" in inspect.getsource(discord.interactions)
    assert "self.request" in inspect.getsource(HTTPClient.send_message)
