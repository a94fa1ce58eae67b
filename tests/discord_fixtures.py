"""A local Discord for tests, each exchange of which is checked against Discord's own description."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.sandbox.discord import Exchange, LocalDiscord
from tests.openapi import OpenApiChecker


class MakeDiscord(Protocol):
    """Makes a checked local Discord with other settings than the usual ones."""

    def __call__(self, **settings: Any) -> AbstractAsyncContextManager[LocalDiscord]: ...


@pytest.fixture(scope="session")
def openapi_checker() -> OpenApiChecker | None:
    """The checker; None where Discord's description is not at hand, so that all else is tested still."""
    data = Path(os.environ.get("THUMBPRINT_DATA", Path(__file__).parents[2] / "shared" / "data"))
    description = data / "discord-api" / "openapi.json"
    return OpenApiChecker(description) if description.is_file() else None


@pytest.fixture
def discord_addresses() -> Iterator[None]:
    """Puts discord.py's addresses back after a test that changed them."""
    api, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = api, gateway


@pytest.fixture
def make_discord(openapi_checker: OpenApiChecker | None, discord_addresses: None) -> Iterator[MakeDiscord]:
    """Makes local Discords; the test fails at its end where any exchange broke Discord's description."""
    findings: list[str] = []

    def look(exchange: Exchange) -> None:
        if openapi_checker is not None:
            findings.extend(openapi_checker.check(exchange))

    @asynccontextmanager
    async def make(**settings: Any) -> AsyncIterator[LocalDiscord]:
        async with LocalDiscord(on_exchange=look, **settings) as discord:
            yield discord

    yield make
    assert not findings, "\n".join(findings)


@pytest.fixture
async def local_discord(make_discord: MakeDiscord) -> AsyncIterator[LocalDiscord]:
    """A local Discord with its usual settings."""
    async with make_discord() as discord:
        yield discord
