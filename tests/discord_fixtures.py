"""A local Discord for tests; checks each exchange against Discord's own description."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.sandbox.discord import Exchange, GatewaySettings, LocalDiscord
from tests.openapi import OpenApiChecker


class MakeDiscord(Protocol):
    """Creates a checked local Discord with non-default settings."""

    def __call__(self, **settings: Any) -> AbstractAsyncContextManager[LocalDiscord]: ...


@pytest.fixture(scope="session")
def openapi_checker() -> OpenApiChecker | None:
    """The checker; None if Discord's description is not available, so that everything else is still tested."""
    data = Path(os.environ.get("THUMBPRINT_DATA", Path(__file__).parents[2] / "shared" / "data"))
    description = data / "discord-api" / "openapi.json"
    return OpenApiChecker(description) if description.is_file() else None


@pytest.fixture
def discord_addresses() -> Iterator[None]:
    """Restores discord.py's URLs after a test that changed them."""
    api, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = api, gateway


@pytest.fixture
def make_discord(openapi_checker: OpenApiChecker | None, discord_addresses: None) -> Iterator[MakeDiscord]:
    """Creates local Discords; the test fails at its end if any exchange does not match Discord's description."""
    problems: list[str] = []

    def check(exchange: Exchange) -> None:
        if openapi_checker is not None:
            problems.extend(openapi_checker.check(exchange))

    @asynccontextmanager
    async def make(**settings: Any) -> AsyncIterator[LocalDiscord]:
        patient = {"gateway": GatewaySettings(identify_interval=0.0)}  # a test can log in often
        async with LocalDiscord(on_exchange=check, **patient | settings) as discord:
            yield discord

    yield make
    assert not problems, "\n".join(problems)


@pytest.fixture
async def local_discord(make_discord: MakeDiscord) -> AsyncIterator[LocalDiscord]:
    """A local Discord with its default settings."""
    async with make_discord() as discord:
        yield discord
