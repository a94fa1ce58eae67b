"""Teaching: who may, what is shown meanwhile, what is said at the end, and what outlives a restart."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import Channel as Place
from bot.sandbox.discord import Event, Interaction, LocalDiscord, Message, NotOfferedError, Permission, User
from bot.sandbox.youtube import LocalYouTube
from bot.settings import Settings
from bot.store.store import Store
from bot.store.values import FactRow, Run, RunState
from bot.views.training import cancel_button, insist_button
from classifier.errors import NoNetworkError
from classifier.values import Channel, Progress, Version
from tests.bot.samples import comparison, model, png, prediction, training_report
from tests.discord_fixtures import MakeDiscord
from tests.e2e.asking import REFUSAL
from tests.e2e.conftest import VIDEO, PlayedEngine, bot_settings, heard, running

DOORS = ["!retrain", "/retrain"]
DONE = "**The training is done.**"
SWAPPED = "The new model answers from now on"
KEPT = "The old model stays"
WORSE = {"swapped": False, "comparison": comparison(0.99, worse=True)}


async def call(discord: LocalDiscord, who: str, door: str, *, direct: bool = False) -> Message | Interaction:
    """Ask for a training by text or as a slash command, with what comes after the command as its option."""
    user = getattr(discord, who)
    channel = discord.direct(user) if direct else discord.general
    return await ask(discord, user, channel, door)


async def ask(discord: LocalDiscord, user: User, channel: Place, door: str) -> Message | Interaction:
    """The same anywhere."""
    name, _, when = door.removeprefix("/").partition(" ")
    if door.startswith("/"):
        return await discord.slash(user, channel, name, {"when": when} if when else {})
    return await discord.post(user, channel, door)


def saying(words: str, name: str = "MESSAGE_CREATE") -> Callable[[Event], bool]:
    """Whether an event brings a message with these words in its text or embeds."""
    return lambda event: (
        event.name == name
        and event.message is not None
        and words in f"{event.message.content}{[embed.get('title') for embed in event.message.embeds]}"
    )


def button(message: Message) -> str:
    """The custom id of a message's only button."""
    ((found,),) = (row["components"] for row in message.components)
    custom_id: str = found["custom_id"]
    return custom_id


async def last_run(bot: Thumbprint, server: int | None) -> Run:
    """A server's last run, as it is noted."""
    return (await bot.services.store.runs.latest(server))[0]


@pytest.fixture
def chosen(local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path) -> Settings:
    """The settings of bots that come one after another."""
    return bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)


async def weekly(chosen: Settings, server: int, channel: int | None, *, days: int = 8) -> None:
    """Let a server be one that trains weekly, and did so some days ago."""
    store = Store(chosen.database, clock=lambda: datetime.now(UTC) - timedelta(days=days))
    await store.open()
    await store.servers.set_weekly(server, weekly=True)
    run = await store.runs.start(server, channel=channel, message=None, by=None)
    await store.runs.finish(run.id, RunState.DONE)
    await store.close()


@pytest.mark.parametrize("door", [*DOORS, "!retrain weekly"])
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
    assert answer.visible_to == (local_discord.member.id if door.startswith("/") else None)
    assert not engine.started.is_set()
    assert not (await bot.services.store.servers.get(local_discord.guild.id)).weekly


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
        edit = await events.next(saying(DONE, "MESSAGE_UPDATE"))
        report = (await events.next(saying(SWAPPED))).message
        with pytest.raises(TimeoutError):  # fifty steps were one edit, the rest another
            await events.next(lambda e: e.name == "MESSAGE_UPDATE", within=0)
    assert edit.message is not None
    assert edit.message.id == first.id
    assert "3/12" in edit.message.content
    assert button(first).startswith("cancel-training:")
    assert edit.message.components == ()
    assert report is not None
    assert report.reference_id == first.id
    assert report.components == ()
    (embed,), (matrix,) = report.embeds, report.attachments
    fields = {field["name"]: field["value"] for field in embed["fields"]}
    assert {"Accuracy", "Precision", "Recall", "F1", "Calibration error"} <= fields.keys()
    assert fields["Unreadable pictures skipped: 1"] == "bad.jpg"
    assert "90.0% → 96.0%" in embed["description"]
    assert embed["image"]["url"] == "attachment://confusion.png"
    assert matrix.description is not None
    assert matrix.description.startswith("Confusion matrix of 50 thumbnails.")
    assert report.mentions == ()
    server = None if direct else local_discord.guild.id
    assert engine.servers == [server]
    run = await last_run(bot, server)
    assert (run.channel, run.message) == (first.channel_id, first.id)
    assert run.asked_by == getattr(local_discord, who).id
    assert (run.state, run.version, run.accuracy, run.pictures) == (RunState.DONE, "v2", 0.96, 800)


async def test_each_server_learns_its_own_channels_and_what_it_was_told(
    local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    guild, admin, store = local_discord.guild.id, local_discord.admin, bot.services.store
    for letter in "ab":
        await store.channels.add(guild, Channel(letter, letter, id="UC" + letter * 22), admin.id)
    answer = await store.answers.record(guild, prediction(0.9, 0.1), version="v1", video=VIDEO)
    given = await store.feedback.correct(answer.id, local_discord.member.id, "b", quota=9)
    await store.feedback.review(given.id, guild, accept=True, by=admin.id)
    for video, whose in (("known", "UC" + "a" * 22), ("strange", "UC" + "z" * 22)):
        fact = FactRow(whose, right=False)
        for server in (guild, local_discord.club.id):
            await store.answers.record(server, prediction(0.9, 0.1), version="v1", video=video, fact=fact)
    async with local_discord.watch() as events:
        await local_discord.post(admin, local_discord.general, "!retrain")
        await engine.started.wait()
        assert engine.channels == ["UC" + "a" * 22, "UC" + "b" * 22]
        assert engine.reviewed == [(VIDEO, "b"), ("known", "a"), ("strange", None)]
        engine.finish()
        await events.next(saying(SWAPPED))
        engine.started.clear()
        await local_discord.post(local_discord.member, local_discord.posters, "!retrain")  # who owns that server
        await engine.started.wait()
        assert engine.channels == ("@nerdologia", "@CanalPeixeBabel")
        assert engine.reviewed == []  # the usual channels' ids are not known: either video may be theirs
        await events.next(saying(SWAPPED))
    assert engine.servers == [guild, local_discord.club.id]


async def test_who_waits_in_line_is_told(local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine) -> None:
    async with local_discord.watch() as events:
        await call(local_discord, "admin", "!retrain")
        await engine.started.wait()
        engine.on_progress(Progress("wait", 0, 1, "1 training goes first"))
        edit = await events.next(saying("**Waiting in line", "MESSAGE_UPDATE"))
        engine.finish()
        await events.next(saying(SWAPPED))
    assert edit.message is not None
    assert "1 training goes first" in edit.message.content
    assert edit.message.components


async def test_the_owner_cancels_in_direct_messages(
    local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    async with local_discord.watch() as events:
        first = await local_discord.answer_to(await call(local_discord, "owner", "!retrain", direct=True))
        await engine.started.wait()
        await local_discord.press(local_discord.owner, first, button(first))
        await events.next(saying("**The training was cancelled.**", "MESSAGE_UPDATE"))
    assert (await last_run(bot, None)).state is RunState.CANCELLED


@pytest.mark.parametrize("door", DOORS)
async def test_an_admin_cancels_by_the_button(
    door: str, local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    async with local_discord.watch() as events:
        first = await local_discord.answer_to(await call(local_discord, "owner", door))
        await engine.started.wait()
        refused = await local_discord.answer_to(await local_discord.press(local_discord.member, first, button(first)))
        assert REFUSAL in refused.content
        assert refused.visible_to == local_discord.member.id
        assert not engine.outcome.done()
        pressed = await local_discord.press(local_discord.admin, first, button(first))
        edit = await events.next(saying("**The training was cancelled.**", "MESSAGE_UPDATE"))
    assert (await local_discord.settled(pressed)).acknowledged
    assert edit.message is not None
    assert edit.message.components == ()
    assert (await last_run(bot, local_discord.guild.id)).state is RunState.CANCELLED


async def test_a_button_of_a_training_that_is_over_says_so(
    local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    store = bot.services.store
    over = await store.runs.start(local_discord.guild.id, channel=1, message=2, by=3)
    await store.runs.finish(over.id, RunState.DONE)
    elsewhere = await store.runs.start(local_discord.club.id, channel=1, message=2, by=3)
    for number, words in ((over.id, "not running"), (elsewhere.id, "no longer know"), (99, "no longer know")):
        sent = await bot.get_partial_messageable(local_discord.general.id).send("old", view=cancel_button(number))
        message = local_discord.world.message(local_discord.general.id, sent.id)
        asked = await local_discord.press(local_discord.admin, message, button(message))
        assert words in (await local_discord.answer_to(asked)).content


async def test_a_worse_model_that_is_gone_can_not_be_used(
    local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    store, general = bot.services.store, local_discord.general
    run = await store.runs.start(local_discord.guild.id, channel=general.id, message=2, by=3)
    await store.runs.finish(run.id, RunState.KEPT_OLD, version="gone")
    sent = await bot.get_partial_messageable(general.id).send("report", view=insist_button(run.id))
    message = local_discord.world.message(general.id, sent.id)
    async with local_discord.watch() as events:
        await local_discord.press(local_discord.admin, message, button(message))
        said = (await events.next(saying("There is no such version"))).message
    assert said is not None
    assert said.visible_to == local_discord.admin.id
    assert local_discord.current(message).components == message.components
    assert (await last_run(bot, local_discord.guild.id)).state is RunState.KEPT_OLD


async def test_an_admin_insists_on_a_worse_model_even_after_a_restart(
    local_discord: LocalDiscord, chosen: Settings, engine: PlayedEngine
) -> None:
    async with running(Thumbprint(chosen, engine), local_discord) as bot, local_discord.watch() as events:
        await call(local_discord, "admin", "/retrain")
        await engine.started.wait()
        engine.finish(training_report(**WORSE))
        report = (await events.next(saying(KEPT))).message
        assert report is not None
        assert (await last_run(bot, local_discord.guild.id)).state is RunState.KEPT_OLD
    later = PlayedEngine()
    later.kept = (Version(model(), serves=False), Version(replace(model(accuracy=0.99), version="v1"), serves=True))
    async with running(Thumbprint(chosen, later), local_discord) as bot, local_discord.watch() as events:
        refused = await local_discord.press(local_discord.member, report, button(report))
        assert REFUSAL in (await local_discord.answer_to(refused)).content
        assert later.servers == []
        await local_discord.press(local_discord.admin, report, button(report))
        said = (await events.next(saying("**The new model answers from now on**"))).message
        assert later.servers == [local_discord.guild.id]
        assert [it.serves for it in later.kept] == [True, False]
        run = await last_run(bot, local_discord.guild.id)
        assert (run.state, run.accuracy) == (RunState.DONE, 0.96)
        assert said is not None
        assert f"<@{local_discord.admin.id}>" in said.content
        assert said.mentions == ()
        now = local_discord.current(report)
        assert now.components == ()
        assert now.embeds == report.embeds
        assert now.attachments == report.attachments
        with pytest.raises(NotOfferedError):
            await local_discord.press(local_discord.admin, now, button(report))


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
        await events.next(saying(SWAPPED))


@pytest.mark.parametrize("door", DOORS)
async def test_a_failed_training_says_why(
    door: str, local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    async with local_discord.watch() as events:
        first = await local_discord.answer_to(await call(local_discord, "admin", door))
        await engine.started.wait()
        engine.outcome.set_exception(NoNetworkError("YouTube can't be reached. Try again later."))
        edit = await events.next(saying("**The training failed.**", "MESSAGE_UPDATE"))
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
        await events.next(saying(SWAPPED), within=20)


async def test_progress_and_report_outlive_the_interaction(
    make_discord: MakeDiscord, local_youtube: LocalYouTube, engine: PlayedEngine, tmp_path: Path
) -> None:
    async with make_discord(token_lifetime=0.5) as local:
        chosen = bot_settings(local, tmp_path / "data", local_youtube.thumbnails_url)
        async with running(Thumbprint(chosen, engine), local), local.watch() as events:
            asked = await local.slash(local.admin, local.general, "retrain")
            await local.answer_to(asked)
            await engine.started.wait()
            engine.on_progress(Progress("crawl", 1, 800))
            await events.next(saying("1/800", "MESSAGE_UPDATE"))  # 2 s later: the token is dead
            engine.finish()
            await events.next(saying(SWAPPED))


async def test_a_shutdown_stops_the_training_and_says_so(
    local_discord: LocalDiscord, chosen: Settings, engine: PlayedEngine
) -> None:
    async with running(Thumbprint(chosen, engine), local_discord):
        first = await local_discord.answer_to(await call(local_discord, "admin", "!retrain"))
        await engine.started.wait()
    said = local_discord.current(first)
    assert "**The training was interrupted, for I was restarted.**" in said.content
    assert said.components == ()
    assert engine.closed
    async with running(Thumbprint(chosen, PlayedEngine()), local_discord) as bot:
        assert (await last_run(bot, local_discord.guild.id)).state is RunState.INTERRUPTED


async def test_runs_that_a_kill_cut_short_are_told_of_at_the_next_start(
    local_discord: LocalDiscord, chosen: Settings
) -> None:
    guild, general = local_discord.guild.id, local_discord.general.id
    async with running(Thumbprint(chosen, PlayedEngine()), local_discord) as bot:
        runs = bot.services.store.runs
        gone = await runs.start(guild, channel=general, message=1, by=2)
        untold = await runs.start(None, channel=None, message=None, by=None)
        told = await runs.start(guild, channel=general, message=None, by=2)
        sent = await bot.get_partial_messageable(general).send("half way", view=cancel_button(told.id))
        await runs.tell(told.id, sent.id)
    async with local_discord.watch() as events, running(Thumbprint(chosen, PlayedEngine()), local_discord) as bot:
        edit = await events.next(saying("for I was restarted", "MESSAGE_UPDATE"))
        await heard("ready")
        runs = bot.services.store.runs
        found = [await runs.get(run.id) for run in (gone, untold, told)]
    assert edit.message is not None
    assert edit.message.id == sent.id
    assert edit.message.components == ()
    assert "ask `/retrain` again" in edit.message.content
    assert [run.state for run in found if run] == [RunState.INTERRUPTED] * 3


@pytest.mark.parametrize("door", DOORS)
async def test_training_by_schedule_is_a_setting(
    door: str, local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    servers, guild = bot.services.store.servers, local_discord.guild.id
    assert not (await servers.get(guild)).weekly
    said = await local_discord.answer_to(await call(local_discord, "admin", f"{door} weekly"))
    assert "a week after" in said.content
    assert (await servers.get(guild)).weekly
    assert not (await servers.get(local_discord.club.id)).weekly
    said = await local_discord.answer_to(await call(local_discord, "admin", f"{door} never"))
    assert "only when asked" in said.content
    assert not (await servers.get(guild)).weekly
    said = await local_discord.answer_to(await call(local_discord, "owner", f"{door} weekly", direct=True))
    assert "in a server only" in said.content
    if door == "!retrain":
        said = await local_discord.answer_to(await call(local_discord, "admin", "!retrain daily"))
        assert "I can't read that" in said.content
    assert not engine.started.is_set()


async def test_a_server_that_is_due_trains_by_itself_and_tells_where_it_did_before(
    local_discord: LocalDiscord, chosen: Settings, engine: PlayedEngine
) -> None:
    guild = local_discord.guild.id
    await weekly(chosen, guild, local_discord.random.id)
    await weekly(chosen, local_discord.club.id, None, days=6)
    async with local_discord.watch() as events, running(Thumbprint(chosen, engine), local_discord) as bot:
        first = (await events.next(saying("**Retraining.**"))).message
        assert first is not None
        assert first.channel_id == local_discord.random.id
        assert button(first).startswith("cancel-training:")
        await engine.started.wait()
        engine.finish(training_report(**WORSE))
        report = (await events.next(saying(KEPT))).message
        assert report is not None
        assert report.reference_id == first.id
        assert button(report).startswith("use-anyway:")
        run = await last_run(bot, guild)
        assert run.scheduled
        assert run.state is RunState.KEPT_OLD
        assert await bot.services.store.runs.due(timedelta(days=7)) == ()
    assert engine.servers == [guild]


async def test_a_failing_schedule_is_told(local_discord: LocalDiscord, chosen: Settings, engine: PlayedEngine) -> None:
    await weekly(chosen, local_discord.guild.id, local_discord.general.id)
    engine.outcome.set_exception(NoNetworkError("YouTube can't be reached. Try again later."))
    async with local_discord.watch() as events, running(Thumbprint(chosen, engine), local_discord) as bot:
        await events.next(saying("**The training failed.**", "MESSAGE_UPDATE"))
        await events.next(saying("YouTube can't be reached. Try again later."))
        assert (await last_run(bot, local_discord.guild.id)).state is RunState.FAILED


async def test_a_schedule_goes_on_where_nothing_can_be_told(
    local_discord: LocalDiscord, chosen: Settings, engine: PlayedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    local_discord.world.overwrite(local_discord.general, local_discord.bot, deny=Permission.SEND_MESSAGES)
    servers = [local_discord.guild.id, local_discord.club.id]
    for server, channel in zip(servers, [local_discord.general.id, None], strict=True):
        await weekly(chosen, server, channel)
    engine.finish()
    async with running(Thumbprint(chosen, engine), local_discord) as bot:
        async with asyncio.timeout(10):
            while not all([(await last_run(bot, server)).version == "v2" for server in servers]):
                await engine.started.wait()
    assert engine.servers == sorted(servers)
    assert "can't be told" in caplog.text


async def test_a_shutdown_ends_a_training_by_schedule_too(
    local_discord: LocalDiscord, chosen: Settings, engine: PlayedEngine
) -> None:
    await weekly(chosen, local_discord.guild.id, local_discord.general.id)
    async with local_discord.watch() as events:
        async with running(Thumbprint(chosen, engine), local_discord):
            await engine.started.wait()
        edit = await events.next(saying("for I was restarted", "MESSAGE_UPDATE"), within=0)
    assert edit.message is not None
    assert edit.message.components == ()
