"""The log channel: what admins do is posted there, without pings, and softly."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord, Message, Permission
from classifier.values import Channel, Version
from tests.bot.samples import NERDOLOGIA, PEIXE, model, prediction
from tests.e2e.chat import FORMS, Form, ask, buttons, text_of
from tests.e2e.conftest import VIDEO, ScriptedEngine

pytestmark = pytest.mark.every_database


def logged(local: LocalDiscord) -> list[str]:
    """The lines of the log channel, #random."""
    messages: list[Message] = list(local.world.messages[local.random.id].values())
    return [it.content for it in messages]


async def test_every_action_is_logged_with_who_did_it(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    local, admin, store, server = local_discord, local_discord.admin, bot.services.store, local_discord.guild.id
    await store.channels.add(server, NERDOLOGIA, 1)
    await store.channels.add(server, Channel("evil", "**@everyone** <@1> `x`", "UCevil"), 1)
    await store.channels.add(server, replace(PEIXE, id="UCpeixe"), 1)
    answer = await store.answers.record(server, prediction(0.9, 0.1), video=VIDEO)
    await store.feedback.correct(answer.id, local.member.id, "peixe", quota=9)
    engine.available = (Version(model(), serving=True),)

    await ask(local, "text", admin, "log", channel=local.random)
    await ask(local, "slash", admin, "threshold", sure="80")
    await ask(local, "text", admin, "threshold")
    await ask(local, "text", admin, "threshold", sure="auto")
    await ask(local, "text", admin, "watch", channel=local.general)
    await ask(local, "text", admin, "unwatch", channel=local.general)
    await ask(local, "text", admin, "retrain weekly")
    await ask(local, "text", admin, "retrain never")
    await ask(local, "text", admin, "rollback")
    await ask(local, "text", admin, "channels remove", channel="UCevil")
    queue = await ask(local, "text", admin, "feedback")
    await local.settled(await local.press(admin, queue, buttons(queue)["Accept 1"]))
    training = await ask(local, "text", admin, "retrain")
    await engine.started.wait()
    await local.settled(await local.press(admin, training, buttons(training)["Cancel"]))
    await idle(bot)
    await ask(local, "text", admin, "log off")
    await ask(local, "text", admin, "threshold", sure="90")

    await idle(bot)
    who, general = f"<@{admin.id}>", f"<#{local.general.id}>"
    assert sorted(logged(local)) == sorted(
        [
            f"{who} chose <#{local.random.id}> for this log.",
            f"{who} set how sure I must be to name a channel to **80%**.",
            f"{who} let the model decide how sure I must be to name a channel.",
            f"{who} added {general} to the channels where I answer posted pictures.",
            f"{who} removed {general} from the channels where I answer posted pictures.",
            f"{who} turned the weekly training on.",
            f"{who} turned the weekly training off.",
            f"{who} rolled back to the model `v2`.",
            f"{who} removed **\\*\\*@\u200beveryone\\*\\* \\<@1\\> \\`x\\`** from the YouTube channels.",
            f"{who} accepted feedback about <https://youtu.be/{VIDEO}>.",
            f"{who} started a training run.",
            f"{who} cancelled the training run.",
            f"{who} turned this log off.",
        ]
    )


async def idle(bot: Thumbprint) -> None:
    """Wait until the bot has done everything that it was asked, also what comes after its answers."""
    await bot.services.in_flight._until_ended(10)


@pytest.mark.parametrize("form", FORMS)
async def test_a_log_that_cannot_be_written_is_reported_once(
    form: Form, local_discord: LocalDiscord, bot: Thumbprint, tmp_path: Path
) -> None:
    local, admin = local_discord, local_discord.admin
    await bot.services.store.servers.set_log_channel(local.guild.id, local.random.id)
    local.world.overwrite(local.random, local.bot, deny=Permission.SEND_MESSAGES)

    async def warned(sure: str) -> bool:
        async with local.watch() as events:
            reply = await ask(local, form, admin, "threshold", sure=sure)
            assert f"**{sure}%**" in text_of(reply), "what was asked is done"
            await idle(bot)
            try:
                await events.next(
                    lambda it: it.message is not None and "I can't write in the log channel" in it.message.content,
                    within=0,
                )
            except TimeoutError:
                return False
        return True

    assert await warned("70")
    assert not await warned("71")
    local.world.overwrite(local.random, local.bot, allow=Permission.SEND_MESSAGES)
    assert not await warned("72")
    assert logged(local) == [f"<@{admin.id}> set how sure I must be to name a channel to **72%**."]
    local.world.remove_channel(local.random)
    assert await warned("73"), "it had worked again"


async def test_the_log_is_shown_and_members_are_refused(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    shown = await ask(local_discord, "slash", local_discord.admin, "log set")
    assert text_of(shown) == "I don't log what admins do. Use `/log set` to choose a channel for that."
    chosen = await ask(local_discord, "slash", local_discord.admin, "log set", channel=local_discord.random)
    assert text_of(chosen) == f"I log what admins do in <#{local_discord.random.id}>. Use `/log off` to stop that."


async def test_each_server_has_its_own_log(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    await ask(local_discord, "text", local_discord.admin, "log", channel=local_discord.random)
    await ask(local_discord, "text", local_discord.member, "threshold", where=local_discord.posters, sure="80")
    assert len(logged(local_discord)) == 1
