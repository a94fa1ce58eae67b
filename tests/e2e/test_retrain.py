"""Retraining: who can start it, its progress, its report, and what survives a restart."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import Event, Interaction, LocalDiscord, Message, NotOfferedError, Permission
from bot.sandbox.youtube import LocalYouTube
from bot.settings import Settings
from bot.store.store import Store
from bot.store.values import FactRow, Run, RunState
from bot.views.training import cancel_button, report_buttons
from classifier.errors import NoNetworkError
from classifier.values import Channel, Progress, Version
from tests.bot.samples import comparison, model, png, prediction, retrain_report
from tests.discord_fixtures import MakeDiscord
from tests.e2e.chat import ADMINS_ONLY, OWNER_ONLY, unlinked
from tests.e2e.conftest import VIDEO, ScriptedEngine, bot_settings, handled, running

COMMANDS = ["!retrain", "/retrain"]
DONE = "**Training is done.**"
SWAPPED = "The new model is now live"
NOT_SWAPPED = "The previous model stays live"
INTERRUPTED = "**Training was interrupted because I restarted.**"
WORSE = {"swapped": False, "comparison": comparison(0.99, worse=True)}


async def call(discord: LocalDiscord, who: str, command: str, *, direct: bool = False) -> Message | Interaction:
    """Use `retrain` as a text or slash command; the rest of the command is its option."""
    user = getattr(discord, who)
    channel = discord.direct(user) if direct else discord.general
    name, _, when = command.removeprefix("/").partition(" ")
    if command.startswith("/"):
        return await discord.slash(user, channel, name, {"when": when} if when else {})
    return await discord.post(user, channel, command)


def with_text(words: str, name: str = "MESSAGE_CREATE") -> Callable[[Event], bool]:
    """Whether an event has a message with these words in its text or in the title of an embed."""
    return lambda event: (
        event.name == name
        and event.message is not None
        and words in f"{event.message.content}{[embed.get('title') for embed in event.message.embeds]}"
    )


def button(message: Message) -> str:
    """The custom id of the message's only button."""
    ((found,),) = (row["components"] for row in message.components)
    custom_id: str = found["custom_id"]
    return custom_id


async def last_run(bot: Thumbprint, server: int | None) -> Run:
    """A server's last run in the store."""
    return (await bot.services.store.runs.latest(server))[0]


@pytest.fixture
def chosen(local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path) -> Settings:
    """The settings of bots that run one after another."""
    return bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)


async def weekly(chosen: Settings, server: int, channel: int | None, *, days: int = 8) -> None:
    """Make a server train every week, with its last training some days ago."""
    store = Store(chosen.database, clock=lambda: datetime.now(UTC) - timedelta(days=days))
    await store.open()
    await store.servers.set_weekly(server, weekly=True)
    run = await store.runs.start(server, channel=channel, by=None)
    await store.runs.finish(run.id, RunState.DONE)
    await store.close()


@pytest.mark.parametrize("command", [*COMMANDS, "!retrain weekly"])
@pytest.mark.parametrize("direct", [False, True], ids=["server", "direct"])
async def test_members_are_refused(
    command: str,
    direct: bool,
    local_discord: LocalDiscord,
    bot: Thumbprint,
    engine: ScriptedEngine,
) -> None:
    if command.startswith("/") and not direct:
        with pytest.raises(NotOfferedError, match="You can't use /retrain here"):
            await call(local_discord, "member", command, direct=direct)
    else:
        answer = await local_discord.answer_to(await call(local_discord, "member", command, direct=direct))
        assert (OWNER_ONLY if direct else ADMINS_ONLY) in answer.content
        assert answer.visible_to == (local_discord.member.id if command.startswith("/") else None)
    assert not engine.started.is_set()
    assert not (await bot.services.store.servers.get(local_discord.guild.id)).weekly


async def test_a_servers_admin_is_refused_in_direct_messages(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    answer = await local_discord.answer_to(await call(local_discord, "admin", "!retrain", direct=True))
    assert OWNER_ONLY in answer.content
    assert not engine.started.is_set()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("who", "direct"), [("admin", False), ("owner", False), ("owner", True)])
async def test_admins_and_the_owner_get_progress_and_a_report(
    who: str,
    direct: bool,
    command: str,
    local_discord: LocalDiscord,
    bot: Thumbprint,
    engine: ScriptedEngine,
) -> None:
    local_discord.allow(local_discord.guild, "retrain", local_discord.owner)
    async with local_discord.watch() as events:
        asked = await call(local_discord, who, command, direct=direct)
        first = await local_discord.answer_to(asked)
        assert "**Training.** The current model keeps answering in the meantime." in first.content
        await engine.started.wait()
        assert engine.crawled == ("@nerdologia", "@CanalPeixeBabel")
        for done in range(50):
            engine.on_progress(Progress("crawl", done, 800, "Nerdologia"))
        edit = await events.next(with_text("49/800", "MESSAGE_UPDATE"))
        assert edit.message is not None
        assert edit.message.id == first.id
        engine.on_progress(Progress("train", 3, 12))
        engine.finish(retrain_report(skipped=("bad.jpg",)))
        edit = await events.next(with_text(DONE, "MESSAGE_UPDATE"))
        report = (await events.next(with_text(SWAPPED))).message
        with pytest.raises(TimeoutError):  # the fifty steps were one edit, the rest another
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
    assert fields["Unreadable thumbnails skipped: 1"] == "bad.jpg"
    assert "90.0% → 96.0%" in embed["description"]
    assert embed["image"]["url"] == "attachment://confusion.png"
    assert matrix.description is not None
    assert matrix.description.startswith("Confusion matrix of 50 test thumbnails.")
    assert report.mentions == ()
    server = None if direct else local_discord.guild.id
    assert engine.owners == [server]
    run = await last_run(bot, server)
    assert (run.channel, run.message) == (first.channel_id, first.id)
    assert run.asked_by == getattr(local_discord, who).id
    assert (run.state, run.version, run.accuracy, run.thumbnails) == (RunState.DONE, "v2", 0.96, 800)


async def test_the_message_is_followed_even_if_it_is_stored_late(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def later(*_: object) -> None: ...

    monkeypatch.setattr(bot.services.store.runs, "set_message", later)
    async with local_discord.watch() as events:
        first = await local_discord.answer_to(await call(local_discord, "admin", "!retrain"))
        await engine.started.wait()
        assert (await last_run(bot, local_discord.guild.id)).message is None
        engine.finish(retrain_report())
        report = (await events.next(with_text(SWAPPED))).message
    assert report is not None
    assert report.reference_id == first.id
    now = local_discord.current(first)
    assert now.content.startswith(DONE)
    assert now.components == ()


async def test_each_server_trains_on_its_own_channels_feedback_and_mistakes(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    guild, admin, store = local_discord.guild.id, local_discord.admin, bot.services.store
    for letter in "ab":
        await store.channels.add(guild, Channel(letter, letter, id="UC" + letter * 22), admin.id)
    answer = await store.answers.record(guild, prediction(0.9, 0.1), video=VIDEO)
    given = await store.feedback.correct(answer.id, local_discord.member.id, "b", quota=9)
    await store.feedback.review(given.id, guild, accept=True, by=admin.id)
    for video, channel in (("listed", "UC" + "a" * 22), ("unlisted", "UC" + "z" * 22)):
        fact = FactRow(channel, correct=False)
        for server in (guild, local_discord.club.id):
            await store.answers.record(server, prediction(0.9, 0.1), video=video, fact=fact)
    async with local_discord.watch() as events:
        await local_discord.post(admin, local_discord.general, "!retrain")
        await engine.started.wait()
        assert engine.crawled == ["UC" + "a" * 22, "UC" + "b" * 22]
        assert engine.reviewed == [(VIDEO, "b"), ("listed", "a"), ("unlisted", None)]
        engine.finish()
        await events.next(with_text(SWAPPED))
        engine.started.clear()
        await local_discord.post(local_discord.member, local_discord.posters, "!retrain")  # the owner of that server
        await engine.started.wait()
        assert engine.crawled == ("@nerdologia", "@CanalPeixeBabel")
        assert engine.reviewed == []  # the ids of the default channels are not known: either video can be theirs
        await events.next(with_text(SWAPPED))
    assert engine.owners == [guild, local_discord.club.id]


async def test_a_queued_training_says_so(local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine) -> None:
    async with local_discord.watch() as events:
        await call(local_discord, "admin", "!retrain")
        await engine.started.wait()
        engine.on_progress(Progress("wait", 0, 1, "1 training run ahead"))
        edit = await events.next(with_text("**Queued: I train one model at a time.**", "MESSAGE_UPDATE"))
        engine.finish()
        await events.next(with_text(SWAPPED))
    assert edit.message is not None
    assert "1 training run ahead" in edit.message.content
    assert edit.message.components


async def test_the_owner_can_cancel_in_direct_messages(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    async with local_discord.watch() as events:
        first = await local_discord.answer_to(await call(local_discord, "owner", "!retrain", direct=True))
        await engine.started.wait()
        await local_discord.press(local_discord.owner, first, button(first))
        await events.next(with_text("**Training was cancelled.**", "MESSAGE_UPDATE"))
    assert (await last_run(bot, None)).state is RunState.CANCELLED


@pytest.mark.parametrize("command", COMMANDS)
async def test_admins_can_cancel_with_the_button(
    command: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    local_discord.allow(local_discord.guild, "retrain", local_discord.owner)
    async with local_discord.watch() as events:
        first = await local_discord.answer_to(await call(local_discord, "owner", command))
        await engine.started.wait()
        refused = await local_discord.answer_to(await local_discord.press(local_discord.member, first, button(first)))
        assert ADMINS_ONLY in refused.content
        assert refused.visible_to == local_discord.member.id
        assert not engine.outcome.done()
        pressed = await local_discord.press(local_discord.admin, first, button(first))
        edit = await events.next(with_text("**Training was cancelled.**", "MESSAGE_UPDATE"))
    assert (await local_discord.settled(pressed)).acknowledged
    assert edit.message is not None
    assert edit.message.components == ()
    assert (await last_run(bot, local_discord.guild.id)).state is RunState.CANCELLED


async def test_buttons_of_other_trainings_are_refused(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    store = bot.services.store
    over = await store.runs.start(local_discord.guild.id, channel=1, by=3)
    await store.runs.finish(over.id, RunState.DONE)
    elsewhere = await store.runs.start(local_discord.club.id, channel=1, by=3)
    for number, words in (
        (over.id, "isn't in progress"),
        (elsewhere.id, "no longer remember"),
        (99, "no longer remember"),
    ):
        sent = await bot.get_partial_messageable(local_discord.general.id).send("old", view=cancel_button(number))
        message = local_discord.world.message(local_discord.general.id, sent.id)
        asked = await local_discord.press(local_discord.admin, message, button(message))
        assert words in (await local_discord.answer_to(asked)).content


async def test_a_worse_model_that_was_deleted_cannot_be_used(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    store, general = bot.services.store, local_discord.general
    run = await store.runs.start(local_discord.guild.id, channel=general.id, by=3)
    await store.runs.finish(run.id, RunState.KEPT_OLD, version="gone")
    sent = await bot.get_partial_messageable(general.id).send("report", view=report_buttons(run, RunState.KEPT_OLD, ()))
    message = local_discord.world.message(general.id, sent.id)
    async with local_discord.watch() as events:
        await local_discord.press(local_discord.admin, message, button(message))
        refused = (await events.next(with_text("There is no such version"))).message
    assert refused is not None
    assert refused.visible_to == local_discord.admin.id
    assert local_discord.current(message).components == message.components
    assert (await last_run(bot, local_discord.guild.id)).state is RunState.KEPT_OLD


async def test_an_admin_can_use_a_worse_model_even_after_a_restart(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    async with running(Thumbprint(chosen, engine), local_discord) as bot, local_discord.watch() as events:
        await call(local_discord, "admin", "/retrain")
        await engine.started.wait()
        engine.finish(retrain_report(**WORSE))
        report = (await events.next(with_text(NOT_SWAPPED))).message
        assert report is not None
        assert (await last_run(bot, local_discord.guild.id)).state is RunState.KEPT_OLD
    later = ScriptedEngine()
    previous = replace(model(accuracy=0.99), version="v1")
    later.available = (Version(model(), serving=False), Version(previous, serving=True))
    async with running(Thumbprint(chosen, later), local_discord) as bot, local_discord.watch() as events:
        refused = await local_discord.press(local_discord.member, report, button(report))
        assert ADMINS_ONLY in (await local_discord.answer_to(refused)).content
        assert later.owners == []
        await local_discord.press(local_discord.admin, report, button(report))
        news = (await events.next(with_text("**The new model is now live**"))).message
        assert later.owners == [local_discord.guild.id]
        assert [it.serving for it in later.available] == [True, False]
        run = await last_run(bot, local_discord.guild.id)
        assert (run.state, run.accuracy) == (RunState.DONE, 0.96)
        assert news is not None
        assert f"(<@{local_discord.admin.id}> chose to use it anyway)" in news.content
        assert news.mentions == ()
        now = local_discord.current(report)
        assert now.components == ()
        assert now.embeds == report.embeds
        assert now.attachments == report.attachments
        with pytest.raises(NotOfferedError):
            await local_discord.press(local_discord.admin, now, button(report))


async def test_the_permission_manage_server_is_enough(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    world = local_discord.world
    world.add_role(world.guild(local_discord.guild.id), "Manager", Permission.MANAGE_GUILD, local_discord.member)
    answer = await local_discord.answer_to(await call(local_discord, "member", "/retrain"))
    assert "**Training.**" in answer.content
    engine.finish()


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_second_training_is_refused_and_the_current_model_keeps_answering(
    command: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    local_discord.allow(local_discord.guild, "retrain", local_discord.owner)
    async with local_discord.watch() as events:
        await local_discord.answer_to(await call(local_discord, "admin", "!retrain"))
        await engine.started.wait()
        second = await local_discord.answer_to(await call(local_discord, "owner", command))
        assert second.content == "Training is already running. Wait until it finishes, then try again."
        posted = await local_discord.post(local_discord.member, local_discord.general, "", [("dog.png", png())])
        assert (await local_discord.answer_to(posted)).embeds[0]["title"] == "Nerdologia"
        engine.finish()
        await events.next(with_text(SWAPPED))


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_failed_training_is_explained(
    command: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    async with local_discord.watch() as events:
        first = await local_discord.answer_to(await call(local_discord, "admin", command))
        await engine.started.wait()
        engine.outcome.set_exception(NoNetworkError("YouTube can't be reached. Check the network."))
        edit = await events.next(with_text("**Training failed.** Nothing has changed.", "MESSAGE_UPDATE"))
        await events.next(with_text("I can't reach YouTube right now. Try again in a few minutes."))
    assert edit.message is not None
    assert edit.message.id == first.id


@pytest.mark.parametrize("status", [500, 403])
async def test_failing_edits_do_not_stop_the_training(
    status: int, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    async with local_discord.watch() as events:
        await local_discord.answer_to(await call(local_discord, "admin", "!retrain"))
        await engine.started.wait()
        local_discord.fail_next(status, "/messages/", method="PATCH")
        engine.on_progress(Progress("crawl", 1, 800))
        engine.finish()
        await events.next(with_text(SWAPPED), within=20)


async def test_progress_and_report_do_not_need_the_interaction(
    make_discord: MakeDiscord, local_youtube: LocalYouTube, engine: ScriptedEngine, tmp_path: Path
) -> None:
    async with make_discord(token_lifetime=0.5) as local:
        chosen = bot_settings(local, tmp_path / "data", local_youtube.thumbnails_url)
        async with running(Thumbprint(chosen, engine), local), local.watch() as events:
            asked = await local.slash(local.admin, local.general, "retrain")
            await local.answer_to(asked)
            await engine.started.wait()
            engine.on_progress(Progress("crawl", 1, 800))
            await events.next(with_text("1/800", "MESSAGE_UPDATE"))  # 2 s later: the token has expired
            engine.finish()
            await events.next(with_text(SWAPPED))


async def test_a_shutdown_stops_the_training_and_says_so(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    async with running(Thumbprint(chosen, engine), local_discord):
        first = await local_discord.answer_to(await call(local_discord, "admin", "!retrain"))
        await engine.started.wait()
    last = local_discord.current(first)
    assert INTERRUPTED in last.content
    assert last.components == ()
    assert engine.closed
    async with running(Thumbprint(chosen, ScriptedEngine()), local_discord) as bot:
        assert (await last_run(bot, local_discord.guild.id)).state is RunState.INTERRUPTED


async def test_runs_that_a_kill_interrupted_are_reported_at_the_next_start(
    local_discord: LocalDiscord, chosen: Settings
) -> None:
    guild, general = local_discord.guild.id, local_discord.general.id
    async with running(Thumbprint(chosen, ScriptedEngine()), local_discord) as bot:
        runs = bot.services.store.runs
        gone = await runs.start(guild, channel=general, by=2)
        unreported = await runs.start(None, channel=None, by=None)
        reported = await runs.start(guild, channel=general, by=2)
        sent = await bot.get_partial_messageable(general).send("halfway", view=cancel_button(reported.id))
        await runs.set_message(reported.id, sent.id)
    async with local_discord.watch() as events, running(Thumbprint(chosen, ScriptedEngine()), local_discord) as bot:
        edit = await events.next(with_text(INTERRUPTED, "MESSAGE_UPDATE"))
        await handled("ready")
        runs = bot.services.store.runs
        found = [await runs.get(run.id) for run in (gone, unreported, reported)]
    assert edit.message is not None
    assert edit.message.id == sent.id
    assert edit.message.components == ()
    assert unlinked(edit.message.content).endswith("Use `/retrain` to start again.")
    assert [run.state for run in found if run] == [RunState.INTERRUPTED] * 3


async def test_a_run_that_ended_as_the_bot_was_killed_is_reported_at_the_next_start(
    local_discord: LocalDiscord, chosen: Settings
) -> None:
    guild, general = local_discord.guild.id, local_discord.general.id
    async with running(Thumbprint(chosen, ScriptedEngine()), local_discord) as bot:
        runs, place = bot.services.store.runs, bot.get_partial_messageable(general)
        reported, half, unsaid = [await runs.start(guild, channel=general, by=2) for _ in range(3)]
        shown = [await place.send("the end"), await place.send("the end"), await place.send("halfway")]
        await shown[2].edit(view=cancel_button(unsaid.id))
        await shown[0].reply("the report")
        for run, message in zip((reported, half, unsaid), shown, strict=True):
            await runs.set_message(run.id, message.id)
            await runs.finish(run.id, RunState.DONE, version="v2")
    later = ScriptedEngine()
    later.available = (Version(replace(model(), version="v2"), serving=True),)
    for _ in range(2):  # the second start has nothing to say any more
        async with running(Thumbprint(chosen, later), local_discord) as bot:
            await bot.wait_until_ready()
            await handled("ready")
    messages = local_discord.world.messages[general].values()
    answers = [[it for it in messages if it.reference_id == message.id] for message in shown]
    assert [len(it) for it in answers] == [1, 1, 1]
    assert answers[0][0].content == "the report"
    for (late,) in answers[1:]:
        assert late.embeds[0]["title"] == SWAPPED
        assert "I was interrupted before I could report" in late.embeds[0]["description"]
        assert late.attachments
    now = local_discord.world.message(general, shown[2].id)
    assert now.content == "**Training is done.**"
    assert now.components == ()
    assert {local_discord.world.message(general, it.id).content for it in shown[:2]} == {"the end"}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RunState.FAILED, "**Training failed.** Nothing has changed."),
        (RunState.NOTHING_NEW, "**There is nothing new to learn from.**"),
        (RunState.DONE, "**Training is done.**"),  # its model has been deleted meanwhile
        (RunState.CANCELLED, None),
    ],
)
async def test_a_missing_report_says_what_is_stored(
    state: RunState, words: str | None, local_discord: LocalDiscord, chosen: Settings
) -> None:
    guild, general = local_discord.guild.id, local_discord.general.id
    async with running(Thumbprint(chosen, ScriptedEngine()), local_discord) as bot:
        runs = bot.services.store.runs
        run = await runs.start(guild, channel=general, by=2)
        shown = await bot.get_partial_messageable(general).send("the end")
        await runs.set_message(run.id, shown.id)
        await runs.finish(run.id, state, version="gone" if state is RunState.DONE else None)
    async with running(Thumbprint(chosen, ScriptedEngine()), local_discord) as bot:
        await bot.wait_until_ready()
        await handled("ready")
    said = [it for it in local_discord.world.messages[general].values() if it.reference_id == shown.id]
    assert [it.content.startswith(words) for it in said] == ([True] if words else [])


@pytest.mark.parametrize("command", COMMANDS)
async def test_weekly_training_is_turned_on_and_off(
    command: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    servers, guild = bot.services.store.servers, local_discord.guild.id
    assert not (await servers.get(guild)).weekly
    answer = await local_discord.answer_to(await call(local_discord, "admin", f"{command} weekly"))
    assert "I'll train every week from now on" in answer.content
    assert (await servers.get(guild)).weekly
    assert not (await servers.get(local_discord.club.id)).weekly
    answer = await local_discord.answer_to(await call(local_discord, "admin", f"{command} never"))
    assert "I'll only train when asked." in answer.content
    assert not (await servers.get(guild)).weekly
    answer = await local_discord.answer_to(await call(local_discord, "owner", f"{command} weekly", direct=True))
    assert answer.content == "That only works in a server."
    if command == "!retrain":
        answer = await local_discord.answer_to(await call(local_discord, "admin", "!retrain daily"))
        assert "I can't read that" in answer.content
    assert not engine.started.is_set()


async def test_a_server_that_is_due_is_trained_and_the_report_goes_to_the_previous_channel(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    guild = local_discord.guild.id
    await weekly(chosen, guild, local_discord.random.id)
    await weekly(chosen, local_discord.club.id, None, days=6)
    async with local_discord.watch() as events, running(Thumbprint(chosen, engine), local_discord) as bot:
        first = (await events.next(with_text("**Training.**"))).message
        assert first is not None
        assert first.channel_id == local_discord.random.id
        assert button(first).startswith("cancel-training:")
        await engine.started.wait()
        engine.finish(retrain_report(**WORSE))
        report = (await events.next(with_text(NOT_SWAPPED))).message
        assert report is not None
        assert report.reference_id == first.id
        assert button(report).startswith("use-anyway:")
        run = await last_run(bot, guild)
        assert run.scheduled
        assert run.state is RunState.KEPT_OLD
        assert await bot.services.store.runs.due(timedelta(days=7)) == ()
    assert engine.owners == [guild]


async def test_a_failed_scheduled_training_is_reported(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    await weekly(chosen, local_discord.guild.id, local_discord.general.id)
    engine.outcome.set_exception(NoNetworkError("YouTube can't be reached. Check the network."))
    async with local_discord.watch() as events, running(Thumbprint(chosen, engine), local_discord) as bot:
        await events.next(with_text("**Training failed.** Nothing has changed.", "MESSAGE_UPDATE"))
        await events.next(with_text("I can't reach YouTube right now. Try again in a few minutes."))
        assert (await last_run(bot, local_discord.guild.id)).state is RunState.FAILED


async def test_scheduled_trainings_run_even_if_they_cannot_be_reported(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine, caplog: pytest.LogCaptureFixture
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
    assert engine.owners == sorted(servers)
    assert "the result could not be reported" in caplog.text


async def test_a_shutdown_stops_scheduled_trainings_too(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    await weekly(chosen, local_discord.guild.id, local_discord.general.id)
    async with local_discord.watch() as events:
        async with running(Thumbprint(chosen, engine), local_discord):
            await engine.started.wait()
        edit = await events.next(with_text(INTERRUPTED, "MESSAGE_UPDATE"), within=0)
    assert edit.message is not None
    assert edit.message.components == ()
