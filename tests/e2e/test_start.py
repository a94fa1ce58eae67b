"""Starting and stopping the bot."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import stamina

from bot import app
from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.youtube import LocalYouTube
from bot.views.training import cancel_button
from classifier.values import Prediction
from tests.bot.samples import NERDOLOGIA, png
from tests.e2e.chat import ask, buttons
from tests.e2e.conftest import ScriptedEngine, bot_settings, running


async def test_commands_are_only_sent_to_discord_if_they_have_changed(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)

    async def sent() -> bool:
        async with local_discord.watch() as events:
            async with running(Thumbprint(chosen, ScriptedEngine()), local_discord):
                pass
            try:
                await events.next(lambda event: event.name == "COMMANDS_UPDATE", within=0)
            except TimeoutError:
                return False
            return True

    assert await sent()
    assert not await sent()
    offered = {command["name"] for command in local_discord.offered(local_discord.admin, local_discord.general)}
    assert {"classify", "Which channel is this?", "channels", "retrain", "model", "help"} <= offered
    (tmp_path / "data" / "commands.sha256").write_text("of an older version")
    assert await sent()


async def test_commands_in_replies_can_be_clicked(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, engine: ScriptedEngine, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    member, admin, general = local_discord.member, local_discord.admin, local_discord.general
    for start in ("the commands are sent", "the commands are known"):
        async with running(Thumbprint(chosen, engine), local_discord) as bot:
            ids = {command["name"]: command["id"] for command in local_discord.offered(admin, general)}
            mention = {name: f"</{name}:{ids[name.split()[0]]}>" for name in ("retrain", "threshold", "forget me")}
            mention["channels"] = f"</channels:{ids['channels']}>"
            mention["model"] = f"</model:{ids['model']}>"
            mention["channel add"] = f"</channel add:{ids['channel']}>"

            text = (await ask(local_discord, "text", admin, "threshold")).content
            assert f"Use {mention['threshold']} `80` to make me" in text, start
            embed = (await ask(local_discord, "slash", member, "privacy show")).embeds[0]
            assert embed["fields"][-1]["value"].startswith(mention["forget me"]), start
            await bot.services.store.channels.add(local_discord.guild.id, NERDOLOGIA, admin.id)
            embed = (await ask(local_discord, "text", member, "channels")).embeds[0]
            assert f"add 1 more with {mention['channel add']}." in embed["description"], start
            error = (await ask(local_discord, "text", admin, "channel remove", channel="nothing")).content
            assert error.endswith(f"See {mention['channels']}."), start
            error = (await ask(local_discord, "slash", admin, "rollback", version="v9")).content
            assert error.endswith(f"{mention['model']} lists the versions."), start

            sent = await bot.get_partial_messageable(general.id).send("a button", view=cancel_button(99))
            message = local_discord.world.message(general.id, sent.id)
            pressed = await local_discord.press(admin, message, buttons(message)["Cancel"])
            assert f"Use {mention['retrain']} to start" in (await local_discord.answer_to(pressed)).content, start


async def test_the_engine_starts_before_the_login_and_stops_with_the_bot(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    order: list[str] = []

    class Recording(ScriptedEngine):
        async def start(self) -> None:
            await super().start()
            order.append("engine")

    engine = Recording()
    leave = local_discord.world.feed.listen(lambda event: order.append(event.name))
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    async with running(Thumbprint(chosen, engine), local_discord):
        assert order.index("engine") < order.index("GATEWAY_READY")
        assert not engine.closed
    leave()
    assert engine.closed


class Stuck(ScriptedEngine):
    """Never answers; `asked` is set once this many pictures wait."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self._left = count

    async def classify(self, owner: int | None, picture: bytes, *, find_video: bool = True) -> Prediction:
        del owner, picture
        self._left -= 1
        if not self._left:
            self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_shutdown_tells_everybody_who_would_wait_longer(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those whose pictures are in work or wait, in all ways, and those who come too late."""
    restarting = "I'm restarting. Try again in a minute."
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    member, admin, general = local_discord.member, local_discord.admin, local_discord.general
    engine = Stuck(4)  # two pictures at a time of each person
    picture = ("dog.png", png())
    bot = Thumbprint(chosen, engine)
    finishing, late = asyncio.Event(), asyncio.Event()

    until_really_ended = bot.services.in_flight._until_ended

    async def until_ended(seconds: float) -> None:
        if seconds == app.FINISHING_SECONDS:
            finishing.set()
            await late.wait()
        else:
            await until_really_ended(60)

    monkeypatch.setattr(bot.services.in_flight, "_until_ended", until_ended)
    async with running(bot, local_discord), AsyncExitStack() as failing:
        failing.callback(late.set)  # a test that fails must not wait for ever
        button_of = await bot.get_partial_messageable(general.id).send("old", view=cancel_button(99))
        message = local_discord.world.message(general.id, button_of.id)
        posts = [await local_discord.post(who, general, "", [picture]) for who in (member, admin) for _ in range(9)]
        commands = [
            await local_discord.slash(member, general, "classify", {"picture": picture}),
            await local_discord.context_menu(member, posts[0], "Which channel is this?"),
        ]
        await engine.asked.wait()
        closing = asyncio.create_task(bot.close())
        await finishing.wait()
        posts.append(await local_discord.post(member, general, "", [picture]))
        posts.append(await local_discord.post(member, general, "!stats"))
        commands.append(await local_discord.slash(member, general, "stats"))
        commands.append(await local_discord.press(member, message, buttons(message)["Cancel"]))
        for asked in (*posts[-2:], *commands[-2:]):
            assert (await local_discord.answer_to(asked)).content == restarting
        late.set()
        await closing
        for asked in (*posts, *commands):
            assert (await local_discord.answer_to(asked, within=0)).content == restarting
    replies = [it for it in local_discord.world.messages[general.id].values() if it.content == restarting]
    assert len(replies) == len(posts) + len(commands)


async def test_a_shutdown_waits_for_an_answer_in_flight(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    class Slow(ScriptedEngine):
        def __init__(self) -> None:
            super().__init__()
            self.asked, self.go_on = asyncio.Event(), asyncio.Event()

        async def classify(self, owner: int | None, picture: bytes, *, find_video: bool = True) -> Prediction:
            self.asked.set()
            await self.go_on.wait()
            return await super().classify(owner, picture, find_video=find_video)

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


@pytest.mark.parametrize(
    ("status", "method", "words"),
    [
        (400, "PUT", "Discord refused the slash commands (HTTPException: 400 Bad Request"),
        (403, "PUT", "Discord refused the slash commands (Forbidden: "),
        (403, "GET", "Discord refused the slash commands (Forbidden: "),
        (503, "PUT", "the slash commands could not be sent (DiscordServerError: "),
    ],
)
async def test_without_slash_commands_everything_else_works(
    status: int,
    method: str,
    words: str,
    local_discord: LocalDiscord,
    local_youtube: LocalYouTube,
    engine: ScriptedEngine,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stamina.set_testing(True, attempts=1)
    try:
        local_discord.fail_next(status, "/commands$", method=method)
        chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
        async with running(Thumbprint(chosen, engine), local_discord):
            assert words in caplog.text
            assert not [record for record in caplog.records if record.exc_info]
            answer = await ask(local_discord, "text", local_discord.admin, "threshold")
            assert "Use `/threshold 80`" in answer.content
            posted = await local_discord.post(local_discord.member, local_discord.general, "", [("dog.png", png())])
            assert (await local_discord.answer_to(posted)).embeds[0]["title"] == "Nerdologia"
        assert not (tmp_path / "data" / "commands.sha256").exists()
    finally:
        stamina.set_testing(False)
