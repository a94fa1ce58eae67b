"""Custom ids that the bot never sent here: each is refused in one line."""

import re
from typing import Any

import discord
import pytest
from discord import ui

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord, Message
from bot.store.values import Verdict
from tests.bot.samples import prediction
from tests.e2e.chat import buttons
from tests.e2e.conftest import VIDEO, ScriptedEngine

GREATEST = int("9" * 80)
BUTTONS = ("right:{}", "wrong:{}", "why:{}:0", "cancel-training:{}", "use-anyway:{}", "accept:{}:0", "drop:{}:0")
PAGES = ("channels:{}", "queue:{}:0")


async def forged(bot: Thumbprint, local: LocalDiscord, item: ui.Item[Any]) -> Message:
    """A message of the bot's with this button or menu."""
    view = ui.View(timeout=None).add_item(item)
    sent = await bot.get_partial_messageable(local.general.id).send("forged", view=view)
    return local.world.message(local.general.id, sent.id)


async def pressed(bot: Thumbprint, local: LocalDiscord, custom_id: str) -> Message:
    message = await forged(bot, local, ui.Button(custom_id=custom_id, label="Press"))
    return await local.answer_to(await local.press(local.admin, message, custom_id))


def assert_refused(answer: Message, local: LocalDiscord, caplog: pytest.LogCaptureFixture) -> None:
    assert answer.visible_to == local.admin.id
    assert answer.content
    assert "\n" not in answer.content
    assert "unexpected" not in answer.content
    assert not [record for record in caplog.records if record.levelname == "ERROR" or record.exc_info]


@pytest.mark.parametrize("number", [0, 2**63 - 1, 2**63, GREATEST])
@pytest.mark.parametrize("custom_id", [*BUTTONS, "forget-me:{}"])
async def test_ids_of_nothing_are_refused(
    custom_id: str, number: int, local_discord: LocalDiscord, bot: Thumbprint, caplog: pytest.LogCaptureFixture
) -> None:
    assert_refused(await pressed(bot, local_discord, custom_id.format(number)), local_discord, caplog)


@pytest.mark.parametrize("custom_id", PAGES)
async def test_a_page_that_does_not_exist_is_the_nearest_one(
    custom_id: str, local_discord: LocalDiscord, bot: Thumbprint, caplog: pytest.LogCaptureFixture
) -> None:
    message = await forged(bot, local_discord, ui.Button(custom_id=custom_id.format(GREATEST), label="Press"))
    await local_discord.settled(await local_discord.press(local_discord.admin, message, custom_id.format(GREATEST)))
    assert local_discord.current(message).embeds or local_discord.current(message).content != "forged"
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("custom_id", ["right:{}", "wrong:{}", "why:{}:0", f"why:{{}}:{10**40}"])
async def test_answers_of_another_server_are_refused(
    custom_id: str,
    local_discord: LocalDiscord,
    bot: Thumbprint,
    engine: ScriptedEngine,
    caplog: pytest.LogCaptureFixture,
) -> None:
    elsewhere = await bot.services.store.answers.record(local_discord.club.id, prediction(0.9, 0.1), video=VIDEO)
    answer = await pressed(bot, local_discord, custom_id.format(elsewhere.id))
    assert_refused(answer, local_discord, caplog)
    assert answer.content == "I no longer remember that answer. Post the picture again."
    assert engine.explained == []
    (week,) = await bot.services.store.statistics.weekly(local_discord.club.id, weeks=1)
    assert week.right_by_feedback == week.wrong_by_feedback == 0


@pytest.mark.parametrize(
    ("place", "label", "words"),
    [
        ("here", "nobody", "I don't know that channel any more."),
        ("here", "x" * 100, "I don't know that channel any more."),
        ("elsewhere", "peixe", "I no longer remember that answer."),
    ],
)
async def test_labels_of_nobody_and_answers_of_another_server_are_refused(
    place: str, label: str, words: str, local_discord: LocalDiscord, bot: Thumbprint, caplog: pytest.LogCaptureFixture
) -> None:
    server = local_discord.guild.id if place == "here" else local_discord.club.id
    answer = await bot.services.store.answers.record(server, prediction(0.9, 0.1), video=VIDEO)
    custom_id = f"whose:{answer.id}:0"
    menu: ui.Select[ui.View] = ui.Select(
        custom_id=custom_id, options=[discord.SelectOption(label="Forged", value=label)]
    )
    message = await forged(bot, local_discord, menu)
    refused = await local_discord.answer_to(
        await local_discord.choose(local_discord.admin, message, custom_id, [label])
    )
    assert_refused(refused, local_discord, caplog)
    assert words in refused.content
    assert await bot.services.store.feedback.queue(server) == ()


async def test_the_right_label_is_accepted(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    answer = await bot.services.store.answers.record(local_discord.guild.id, prediction(0.9, 0.1), video=VIDEO)
    message = await forged(bot, local_discord, ui.Button(custom_id=f"wrong:{answer.id}", label="Wrong"))
    asked = await local_discord.answer_to(
        await local_discord.press(local_discord.admin, message, buttons(message)["Wrong"])
    )
    menu = asked.components[0]["components"][0]["custom_id"]
    await local_discord.answer_to(await local_discord.choose(local_discord.admin, asked, menu, ["peixe"]))
    (given,) = await bot.services.store.feedback.queue(local_discord.guild.id)
    assert (given.verdict, given.label) == (Verdict.WRONG, "peixe")


QUOTES = ('"', '"v1', 'v1"', "“v1", "'\"", '" "', '"v1" "')


@pytest.mark.parametrize("words", QUOTES)
async def test_unbalanced_quotation_marks_roll_nothing_back(
    words: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    asked = await local_discord.post(local_discord.admin, local_discord.general, f"!model rollback {words}")
    answer = await local_discord.answer_to(asked)
    assert re.search(r"because of its quotation marks|There is no such version", answer.content), answer.content
    assert [owner for owner in engine.owners if owner is None] == []
    assert engine.available[0].serving


@pytest.mark.parametrize("words", ['"', '"#random', "nowhere", "<#1>", '<#1> "'])
@pytest.mark.parametrize("command", ["watch", "unwatch"])
async def test_a_channel_that_cannot_be_read_changes_nothing(
    command: str, words: str, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    await bot.services.store.watched.add(local_discord.guild.id, local_discord.random.id)
    asked = await local_discord.post(local_discord.admin, local_discord.general, f"!{command} {words}")
    answer = await local_discord.answer_to(asked)
    assert re.search("because of its quotation marks|I can't find that channel", answer.content), answer.content
    assert await bot.services.store.watched.of(local_discord.guild.id) == {local_discord.random.id}


@pytest.mark.parametrize("command", ["classify", "channel add", "channel remove", "threshold", "retrain"])
async def test_a_lone_quotation_mark_is_refused_by_every_command(
    command: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    asked = await local_discord.post(local_discord.admin, local_discord.general, f'!{command} "')
    answer = await local_discord.answer_to(asked)
    assert answer.embeds == ()
    assert "unexpected" not in answer.content
    assert not engine.started.is_set()
