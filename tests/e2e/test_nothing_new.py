"""A training that would learn from the same as the last one ends with "nothing new", and an admin can train anyway."""

from datetime import timedelta

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord, Message
from bot.settings import Settings
from bot.store.values import RunState
from classifier.errors import NothingNewError
from tests.bot.samples import retrain_report
from tests.e2e.chat import ADMINS_ONLY, FORMS, Form, ask, buttons, text_of
from tests.e2e.conftest import ScriptedEngine, running
from tests.e2e.test_retrain import SWAPPED, chosen, last_run, weekly, with_text

pytestmark = pytest.mark.every_database

__all__ = ["chosen"]

LAST_WORD = "**Training found nothing new to learn from.** The current model stays live."
REPORT = "**There is nothing new to learn from.**"


def nothing_new(engine: ScriptedEngine) -> None:
    engine.outcome.set_exception(NothingNewError("There is nothing new to learn from.", units=7))


async def report_of(local: LocalDiscord, form: Form, engine: ScriptedEngine) -> Message:
    """The report of a training that found nothing new."""
    nothing_new(engine)
    async with local.watch() as events:
        first = await ask(local, form, local.admin, "retrain")
        report = (await events.next(with_text(REPORT))).message
    assert report is not None
    assert report.reference_id == first.id
    assert local.current(first).content.startswith(LAST_WORD)
    return report


@pytest.mark.parametrize("form", FORMS)
async def test_an_admin_can_train_anyway(
    form: Form, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    guild = local_discord.guild.id
    report = await report_of(local_discord, form, engine)
    assert not engine.forced
    run = await last_run(bot, guild)
    assert (run.state, run.version) == (RunState.NOTHING_NEW, None)
    assert await bot.services.store.quota.spent(guild) == 7
    assert "found nothing new to learn from" in text_of(await ask(local_discord, "text", local_discord.admin, "model"))
    engine.outcome = type(engine.outcome)()
    button = buttons(report)["Train Anyway"]
    refused = await local_discord.press(local_discord.member, report, button)
    assert (await local_discord.answer_to(refused)).content == ADMINS_ONLY
    assert len(engine.owners) == 1
    engine.finish(retrain_report())
    async with local_discord.watch() as events:
        await local_discord.press(local_discord.admin, report, button)
        await events.next(with_text(SWAPPED))
    assert engine.forced
    assert engine.owners == [guild, guild]
    assert local_discord.current(report).components == ()
    assert (await last_run(bot, guild)).asked_by == local_discord.admin.id


async def test_training_anyway_keeps_to_the_pause_between_trainings(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    report = await report_of(local_discord, "slash", engine)
    run = await bot.services.store.runs.start(local_discord.guild.id, channel=None, by=1)
    await bot.services.store.runs.finish(run.id, RunState.DONE)
    pressed = await local_discord.press(local_discord.admin, report, buttons(report)["Train Anyway"])
    assert "I have just trained for this server." in (await local_discord.answer_to(pressed)).content
    assert list(buttons(local_discord.current(report))) == ["Train Anyway"]


async def test_a_scheduled_one_says_so_in_one_line(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    await weekly(chosen, local_discord.guild.id, local_discord.general.id)
    nothing_new(engine)
    async with local_discord.watch() as events:
        async with running(Thumbprint(chosen, engine), local_discord) as bot:
            edit = await events.next(with_text(LAST_WORD, "MESSAGE_UPDATE"))
            assert edit.message is not None
            assert edit.message.components == ()
            run = await last_run(bot, local_discord.guild.id)
            assert (run.scheduled, run.state) == (True, RunState.NOTHING_NEW)
            assert await bot.services.store.runs.due(timedelta(days=7)) == (), "it waits for the next week"
        with pytest.raises(TimeoutError):
            await events.next(with_text(REPORT), within=0)
