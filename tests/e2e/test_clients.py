"""Stock clients of other makers against the local Discord: each runs the same small bot in a process of its own."""

import asyncio
import hashlib
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.discord import LocalDiscord
from tests.bot.samples import png

CLIENTS = Path(__file__).parents[1] / "clients"
REQUIRED = "THUMBPRINT_REQUIRE_CLIENTS"
"""If this variable is set, a client that cannot run is a failure."""
PATIENCE_SECONDS = 60


def hikari() -> Sequence[str]:
    """How to run hikari's bot."""
    return (sys.executable, str(CLIENTS / "hikari_bot.py"))


def discord_js() -> Sequence[str]:
    """How to run discord.js's bot. Skips if it is not installed."""
    node, reason = shutil.which("node"), ""
    if node is None:
        reason = "there is no node; install Node.js 18 or newer"
    elif not (CLIENTS / "node_modules" / "discord.js").is_dir():
        reason = "discord.js is not installed; run `npm ci` in tests/clients"
    if node is None or reason:
        (pytest.fail if os.environ.get(REQUIRED) else pytest.skip)(reason)
    return (node, str(CLIENTS / "discordjs_bot.mjs"))


@asynccontextmanager
async def running(local: LocalDiscord, command: Sequence[str]) -> AsyncIterator[None]:
    """A client's bot, logged in, with its command sent."""
    environment = os.environ | {"DISCORD_API_URL": local.api_url, "DISCORD_TOKEN": local.token}
    async with local.watch() as events:
        process = await asyncio.create_subprocess_exec(*command, env=environment)
        try:
            await events.next(lambda event: event.name == "COMMANDS_UPDATE", within=PATIENCE_SECONDS)
            yield
            assert process.returncode is None
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


@pytest.mark.parametrize(
    ("client", "alt_text"), [(hikari, None), (discord_js, "32 × 18")], ids=["hikari", "discord.js"]
)
async def test_a_stock_client_can_do_what_a_bot_does(
    local_discord: LocalDiscord, client: Callable[[], Sequence[str]], alt_text: str | None
) -> None:
    local, member, general = local_discord, local_discord.member, local_discord.general
    async with local.watch() as events, running(local, client()):
        posted = await local.post(member, general, "look", files=[("cat.png", png())])
        answer = await local.answer_to(posted)
        assert answer.embeds[0]["title"] == hashlib.sha256(png()).hexdigest()
        (plot,) = answer.attachments
        assert (plot.description, local.read(plot)) == (alt_text, png())
        assert answer.mentions == ()

        asked = await local.slash(member, general, "look")
        assert (await local.answer_to(asked)).content == "first"
        followed = await events.next(lambda event: event.message is not None and event.message.modern)
        assert followed.message is not None
        (box,) = followed.message.components
        text, gallery = box["components"]
        assert (text["content"], gallery["items"][0]["description"]) == ("second", "a plot")
        assert followed.message.visible_to == member.id

        opened = await local.settled(await local.press(member, answer, "name"))
        assert opened.modal is not None
        submitted = await local.settled(await local.submit(member, opened, {"text": "Max"}))
        assert not submitted.failed
        named = local.current(answer)
        assert (named.content, named.components) == ("named Max", ())

        local.gateway.drop()
        await events.next(lambda event: event.name == "GATEWAY_CLOSED")
        missed = await local.post(member, general, "meanwhile", files=[("dog.png", png(8))])
        await events.next(lambda event: event.name == "GATEWAY_RESUMED", within=PATIENCE_SECONDS)
        assert (await local.answer_to(missed)).embeds[0]["title"] == hashlib.sha256(png(8)).hexdigest()
