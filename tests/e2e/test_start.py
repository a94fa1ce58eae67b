"""Starting and stopping."""

import asyncio
from pathlib import Path

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.youtube import LocalYouTube
from classifier.values import Prediction
from tests.bot.samples import png
from tests.e2e.conftest import PlayedEngine, bot_settings, running


async def test_commands_are_told_to_discord_only_where_they_changed(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)

    async def told() -> bool:
        async with local_discord.watch() as events:
            async with running(Thumbprint(chosen, PlayedEngine()), local_discord):
                pass
            try:
                await events.next(lambda event: event.name == "COMMANDS_UPDATE", within=0)
            except TimeoutError:
                return False
            return True

    assert await told()
    assert not await told()
    offered = {command["name"] for command in local_discord.offered(local_discord.member, local_discord.general)}
    assert {"classify", "Which channel is this?", "channels", "retrain", "model", "help"} <= offered
    (tmp_path / "data" / "commands.sha256").write_text("those of an older version")
    assert await told()


async def test_the_engine_starts_before_and_ends_with_the_bot(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    order: list[str] = []

    class Noting(PlayedEngine):
        async def start(self) -> None:
            order.append("engine")

    engine = Noting()
    leave = local_discord.world.feed.listen(lambda event: order.append(event.name))
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    async with running(Thumbprint(chosen, engine), local_discord):
        assert order.index("engine") < order.index("GATEWAY_READY")
        assert not engine.closed
    leave()
    assert engine.closed


async def test_a_shutdown_lets_an_answer_go_out(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    class Slow(PlayedEngine):
        def __init__(self) -> None:
            super().__init__()
            self.asked, self.go_on = asyncio.Event(), asyncio.Event()

        async def classify(self, server: int | None, picture: bytes) -> Prediction:
            self.asked.set()
            await self.go_on.wait()
            return await super().classify(server, picture)

    engine = Slow()
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    async with running(Thumbprint(chosen, engine), local_discord) as bot:
        asked = await local_discord.post(local_discord.member, local_discord.general, "", [("dog.png", png())])
        await engine.asked.wait()
        closing = asyncio.create_task(bot.close())
        engine.go_on.set()
        await closing
        answer = await local_discord.answer_to(asked, within=0)
    assert answer.embeds[0]["title"] == "Nerdologia"
