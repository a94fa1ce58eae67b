"""Requests to Discord that survive a broken connection.

discord.py tries a request again after some errors of Discord's, but not after most errors of the network: a kept-alive
connection that the other end has just closed would lose an answer. It has two ways to send requests, one for
interactions and one for everything else; both are wrapped here, so that no caller needs to care. A message that
arrived although the connection broke is not sent twice: discord.py gives each one a nonce that Discord enforces.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

import aiohttp
import discord
import stamina
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter

from bot.faults import passes_soon

ATTEMPTS: Final = 4
"""Within some 2 seconds, because an interaction lapses after 3."""

Request = Callable[..., Awaitable[Any]]


def persistent(request: Request) -> Request:
    """The `request` of discord.py's HTTPClient, tried again after faults that pass soon."""

    async def persist(route: Route, *, files: Sequence[discord.File] | None = None, **options: Any) -> Any:  # noqa: ANN401 - as discord.py declares it
        return await _persist(lambda: request(route, files=files, **options), files or ())

    return persist


class PersistentAdapter(AsyncWebhookAdapter):
    """The same for responses to interactions."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    async def request(
        self,
        route: Route,
        session: aiohttp.ClientSession,
        *,
        files: Sequence[discord.File] | None = None,
        **options: Any,  # noqa: ANN401 - as discord.py declares it
    ) -> Any:  # noqa: ANN401
        """Send a request, and again after faults that pass soon."""
        send = super().request
        return await _persist(lambda: send(route, session, files=files, **options), files or ())


async def _persist(send: Callable[[], Awaitable[Any]], files: Iterable[discord.File]) -> Any:  # noqa: ANN401
    async for attempt in stamina.retry_context(
        on=passes_soon, attempts=ATTEMPTS, timeout=None, wait_initial=0.2, wait_max=1.0, wait_jitter=0.1
    ):
        with attempt:
            for file in files:
                file.reset(seek=attempt.num > 1)
            return await send()
    raise AssertionError("the last attempt returns or raises")
