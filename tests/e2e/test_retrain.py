"""Teaching: who may, what is shown meanwhile, and what is said at the end."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import Event, Interaction, LocalDiscord, Message, Permission
from bot.sandbox.youtube import LocalYouTube
from classifier.errors import NoNetworkError
from classifier.values import Progress
from tests.bot.samples import png, training_report
from tests.discord_fixtures import MakeDiscord
from tests.e2e.conftest import PlayedEngine, bot_settings, running

DOORS = ["!retrain", "/retrain"]
REFUSAL = "Only this server's admins (**Manage Server**) and my owner may do that"


async def call(discord: LocalDiscord, who: str, door: str, *, direct: bool = False) -> Message | Interaction:
    """Ask for a training by text or as a slash command."""
    user = getattr(discord, who)
    channel = discord.direct(user) if direct else discord.general
    if door.startswith("/"):
        return await discord.slash(user, channel, door.removeprefix("/"))
    return await discord.post(user, channel, door)


def saying(words: str, name: str = "MESSAGE_CREATE") -> Callable[[Event], bool]:
    """Whether an event brings a message with these words in its text or embeds."""
    return lambda event: (
        event.name == name
        and event.message is not None
        and words in f"{event.message.content}{[embed.get('title') for embed in event.message.embeds]}"
    )


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("direct", [False, True], ids=["server", "direct"])
async def test_members_are_refused_politely(
    door: str,
    direct: bool,
    local_discord: LocalDiscord,
    bot: Thumbprint,
    engine: PlayedEngine,
) -> None:
    asked = await call(local_discord, "member", door, direct=direct)
    answer = await local_discord.answer_to(asked)
    assert REFUSAL in answer.content
    assert answer.visible_to == (local_discord.member.id if door == "/retrain" else None)
    assert not engine.started.is_set()


async def test_a_servers_admin_is_nobody_in_direct_messages(
    local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    answer = await local_discord.answer_to(await call(local_discord, "admin", "!retrain", direct=True))
    assert REFUSAL in answer.content
    assert not engine.started.is_set()


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("who", "direct"), [("admin", False), ("owner", False), ("owner", True)])
async def test_admins_and_the_owner_get_progress_and_a_report(
    who: str,
    direct: bool,
    door: str,
    local_discord: LocalDiscord,
    bot: Thumbprint,
    engine: PlayedEngine,
) -> None:
    async with local_discord.watch() as events:
        asked = await call(local_discord, who, door, direct=direct)
        first = await local_discord.answer_to(asked)
        assert "**Retraining.**" in first.content
        await engine.started.wait()
        assert engine.channels == ("@nerdologia", "@CanalPeixeBabel")
        for done in range(50):
            engine.on_progress(Progress("crawl", done, 800, "Nerdologia"))
        edit = await events.next(saying("49/800", "MESSAGE_UPDATE"))
        assert edit.message is not None
        assert edit.message.id == first.id
        engine.on_progress(Progress("train", 3, 12))
        engine.finish(training_report(skipped=("bad.jpg",)))
        edit = await events.next(saying("**The training is done.**", "MESSAGE_UPDATE"))
        report = (await events.next(saying("The new model answers from now on"))).message
        with pytest.raises(TimeoutError):  # fifty steps were one edit, the rest another
            await events.next(lambda e: e.name == "MESSAGE_UPDATE", within=0)
    assert edit.message is not None
    assert edit.message.id == first.id
    assert "3/12" in edit.message.content
    assert report is not None
    assert report.reference_id == first.id
    (embed,), (matrix,) = report.embeds, report.attachments
    fields = {field["name"]: field["value"] for field in embed["fields"]}
    assert {"Accuracy", "Precision", "Recall", "F1", "Calibration error"} <= fields.keys()
    assert fields["Unreadable pictures skipped: 1"] == "bad.jpg"
    assert "90.0% → 96.0%" in embed["description"]
    assert embed["image"]["url"] == "attachment://confusion.png"
    assert matrix.description is not None
    assert matrix.description.startswith("Confusion matrix of 50 thumbnails.")
    assert report.mentions == ()


async def test_the_manage_server_right_is_enough(
    local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    world = local_discord.world
    world.add_role(world.guild(local_discord.guild.id), "Manager", Permission.MANAGE_GUILD, local_discord.member)
    answer = await local_discord.answer_to(await call(local_discord, "member", "/retrain"))
    assert "**Retraining.**" in answer.content
    engine.finish()


@pytest.mark.parametrize("door", DOORS)
async def test_a_second_call_is_told_and_the_old_model_answers_meanwhile(
    door: str, local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    async with local_discord.watch() as events:
        await local_discord.answer_to(await call(local_discord, "admin", "!retrain"))
        await engine.started.wait()
        second = await local_discord.answer_to(await call(local_discord, "owner", door))
        assert "A training is running already" in second.content
        posted = await local_discord.post(local_discord.member, local_discord.general, "", [("dog.png", png())])
        assert (await local_discord.answer_to(posted)).embeds[0]["title"] == "Nerdologia"
        engine.finish()
        await events.next(saying("The new model answers from now on"))


@pytest.mark.parametrize("door", DOORS)
async def test_a_failed_training_says_why(
    door: str, local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    async with local_discord.watch() as events:
        first = await local_discord.answer_to(await call(local_discord, "admin", door))
        await engine.started.wait()
        engine.outcome.set_exception(NoNetworkError("YouTube can't be reached. Try again later."))
        edit = await events.next(saying("**The training stopped.**", "MESSAGE_UPDATE"))
        await events.next(saying("YouTube can't be reached. Try again later."))
    assert edit.message is not None
    assert edit.message.id == first.id


@pytest.mark.parametrize("status", [500, 403])
async def test_failing_edits_do_not_end_the_training(
    status: int, local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    async with local_discord.watch() as events:
        await local_discord.answer_to(await call(local_discord, "admin", "!retrain"))
        await engine.started.wait()
        local_discord.fail_next(status, "/messages/", method="PATCH")
        engine.on_progress(Progress("crawl", 1, 800))
        engine.finish()
        await events.next(saying("The new model answers from now on"), within=20)


async def test_progress_and_report_outlive_the_interaction(
    make_discord: MakeDiscord, local_youtube: LocalYouTube, engine: PlayedEngine, tmp_path: Path
) -> None:
    async with make_discord(token_lifetime=0.5) as local:
        chosen = bot_settings(local, tmp_path / "data", local_youtube.pictures_url)
        async with running(Thumbprint(chosen, engine), local), local.watch() as events:
            asked = await local.slash(local.admin, local.general, "retrain")
            await local.answer_to(asked)
            await engine.started.wait()
            engine.on_progress(Progress("crawl", 1, 800))
            await events.next(saying("1/800", "MESSAGE_UPDATE"))  # 2 s later: the token is dead
            engine.finish()
            await events.next(saying("The new model answers from now on"))


async def test_a_shutdown_stops_the_training_and_says_so(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, engine: PlayedEngine, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.pictures_url)
    async with local_discord.watch() as events:
        async with running(Thumbprint(chosen, engine), local_discord):
            await local_discord.answer_to(await call(local_discord, "admin", "!retrain"))
            await engine.started.wait()
        await events.next(saying("The training was stopped. Start it again."), within=0)
    assert engine.closed
