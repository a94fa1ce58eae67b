"""Who is an admin, on every entry point: slash, text, button, menu and form; and what the Integrations page changes."""

import re
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import ui

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord, Message, NotOfferedError, Permission, Role
from bot.sandbox.youtube import LocalYouTube
from tests.bot.samples import prediction
from tests.e2e.chat import ADMINS_ONLY, FORMS, OWNER_ONLY, Form, ask, buttons, refused, text_of
from tests.e2e.conftest import VIDEO, ScriptedEngine, bot_settings, running

pytestmark = pytest.mark.every_database

SETTINGS = {
    "admins",
    "channel",
    "daily",
    "language",
    "log",
    "setup",
    "threshold",
    "unknown",
    "unwatch",
    "watch",
    "wipe",
}
ADMIN_COMMANDS = {"daily", "feedback", "retrain", "rollback", "wipe", *SETTINGS}
ANYBODYS = {"channels", "classify", "compare", "forget", "guess", "help", "leaderboard", "model", "privacy", "stats"}

ADMIN_BUTTONS = (
    "accept-page:1:1:0",
    "accept:1:0",
    "cancel-training:{run}",
    "drop:1:0",
    "forget-server:{server}",
    "mistake-other:{video}",
    "mistake-out:{video}",
    "mistake-right:{video}",
    "mistake-undo:1",
    "queue:1:0",
    "remove-gone:UCx",
    "setup-add:{server}",
    "setup-train:{server}",
    "train-anyway:{run}",
    "use-anyway:{run}",
)
CHANNEL_MENUS = ("setup-places:{server}",)
ADMIN_MENUS = ("mistake-whose:{video}:0", "setup-language:{server}", "setup-where:{server}", *CHANNEL_MENUS)
ANYBODYS_BUTTONS = {
    "about",
    "channels",
    "forget-me",
    "guess",
    "mistakes",
    "right",
    "show-mistakes",
    "whose",
    "why",
    "wrong",
}


@pytest.fixture
def role(local_discord: LocalDiscord) -> Role:
    """A role of the member's, without permissions."""
    return local_discord.world.add_role(local_discord.guild, "Curator", 0, local_discord.member).roles[-1]


async def started(local: LocalDiscord, engine: ScriptedEngine) -> Message:
    """The message of a training run that an admin has started."""
    message = await ask(local, "text", local.admin, "retrain")
    await engine.started.wait()
    return message


async def cancelled(local: LocalDiscord, message: Message) -> Message:
    """What the member is answered who presses Cancel."""
    return await local.answer_to(await local.press(local.member, message, buttons(message)["Cancel"]))


async def test_members_see_no_command_that_they_may_not_use(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    def offered(who: Any) -> set[str]:
        return {command["name"] for command in local_discord.offered(who, local_discord.general)}

    assert offered(local_discord.member) >= ANYBODYS
    assert not offered(local_discord.member) & ADMIN_COMMANDS
    assert offered(local_discord.admin) >= ADMIN_COMMANDS | ANYBODYS


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("command", sorted(ADMIN_COMMANDS - {"channel", "unwatch"}))
async def test_a_member_is_refused_every_admin_command(
    form: Form, command: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    assert await refused(local_discord, form, local_discord.member, command) == ADMINS_ONLY
    assert not engine.started.is_set()


def test_every_button_and_menu_is_for_admins_or_for_everyone() -> None:
    files = (Path(__file__).parents[2] / "bot" / "views").glob("*.py")
    names = {
        name
        for file in files
        for name in re.findall(r'^class .*template=rf?"([a-z-]+):', file.read_text(), re.MULTILINE)
    }
    assert names == {it.partition(":")[0] for it in (*ADMIN_BUTTONS, *ADMIN_MENUS)} | ANYBODYS_BUTTONS


@pytest.mark.parametrize("custom_id", [*ADMIN_BUTTONS, *ADMIN_MENUS])
async def test_a_member_is_refused_forged_buttons(custom_id: str, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    run = await bot.services.store.runs.start(local_discord.guild.id, channel=None, by=1)
    name = custom_id.format(run=run.id, server=local_discord.guild.id, video=VIDEO)
    item: ui.Item[ui.View] = ui.Button(custom_id=name, label="Press")
    if custom_id in ADMIN_MENUS:
        item = ui.Select(custom_id=name, options=[discord.SelectOption(label="Choose", value="x")])
    if custom_id in CHANNEL_MENUS:
        item = ui.ChannelSelect(custom_id=name)
    view = ui.View(timeout=None).add_item(item)
    sent = await bot.get_partial_messageable(local_discord.general.id).send("forged", view=view)
    message = local_discord.world.message(local_discord.general.id, sent.id)
    if custom_id in ADMIN_MENUS:
        value = str(local_discord.random.id) if custom_id in CHANNEL_MENUS else "x"
        used = await local_discord.choose(local_discord.member, message, name, [value])
    else:
        used = await local_discord.press(local_discord.member, message, name)
    answer = await local_discord.answer_to(used)
    assert answer.content == ADMINS_ONLY
    assert answer.visible_to == local_discord.member.id


async def test_whom_the_server_allows_a_command_uses_it_and_its_buttons_but_no_others(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, role: Role
) -> None:
    local_discord.allow(local_discord.guild, "retrain", role)
    message = await ask(local_discord, "slash", local_discord.member, "retrain")
    assert "**Training.**" in message.content
    await engine.started.wait()
    assert await refused(local_discord, "text", local_discord.member, "retrain") == ADMINS_ONLY
    assert await refused(local_discord, "slash", local_discord.member, "feedback") == ADMINS_ONLY
    answer = await bot.services.store.answers.record(local_discord.guild.id, prediction(0.9, 0.1), video=VIDEO)
    await bot.services.store.feedback.correct(answer.id, local_discord.owner.id, "peixe", quota=9)
    queue = await ask(local_discord, "text", local_discord.admin, "feedback")
    accept = await local_discord.press(local_discord.member, queue, buttons(queue)["Accept 1"])
    assert (await local_discord.answer_to(accept)).content == ADMINS_ONLY
    async with local_discord.watch() as events:
        await local_discord.press(local_discord.member, message, buttons(message)["Cancel"])
        await events.next(lambda it: it.message is not None and "was cancelled" in it.message.content)


async def test_the_page_allows_a_button_to_a_member_in_person_and_denies_it(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, role: Role
) -> None:
    message = await started(local_discord, engine)
    local_discord.allow(local_discord.guild, "retrain", role)
    local_discord.allow(local_discord.guild, "retrain", local_discord.member, allowed=False)
    assert (await cancelled(local_discord, message)).content == ADMINS_ONLY
    local_discord.allow(local_discord.guild, "retrain", local_discord.member)
    local_discord.allow(local_discord.guild, "retrain", local_discord.general, allowed=False)
    assert (await cancelled(local_discord, message)).content == ADMINS_ONLY, "not in this channel"
    assert not engine.outcome.done()


async def test_allowing_all_commands_makes_no_admin(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    local_discord.allow(local_discord.guild, "", local_discord.member)
    assert (await cancelled(local_discord, await started(local_discord, engine))).content == ADMINS_ONLY


async def test_everyone_can_be_allowed_a_command(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    everyone = local_discord.world.guild(local_discord.guild.id).roles[0]
    local_discord.allow(local_discord.guild, "retrain", everyone)
    message = await started(local_discord, engine)
    async with local_discord.watch() as events:
        await local_discord.press(local_discord.member, message, buttons(message)["Cancel"])
        await events.next(lambda it: it.message is not None and "was cancelled" in it.message.content)


@pytest.mark.parametrize("form", FORMS)
async def test_a_role_can_be_made_admin_for_text_commands_and_buttons(
    form: Form, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, role: Role
) -> None:
    admin, member = local_discord.admin, local_discord.member
    command = "admins set" if form == "slash" else "admins"
    assert "Only members with **Manage Server**" in text_of(await ask(local_discord, form, admin, command))
    if form == "slash":
        chosen = await local_discord.answer_to(
            await local_discord.slash(admin, local_discord.general, command, {"role": role})
        )
    else:
        chosen = await local_discord.answer_to(
            await local_discord.post(admin, local_discord.general, f"!admins <@&{role.id}>")
        )
    assert text_of(chosen).startswith(
        f"Members with <@&{role.id}> may use my text commands and buttons for admins, too."
    )
    assert "70%" in text_of(await ask(local_discord, "text", member, "threshold", sure="70"))
    assert await refused(local_discord, "slash", member, "threshold") == ADMINS_ONLY
    message = await started(local_discord, engine)
    assert await refused(local_discord, "text", member, "admins") == ADMINS_ONLY, "that could make more admins"
    other = await ask(local_discord, "text", local_discord.owner, "threshold")
    assert other.content.startswith("I name a channel"), "the bot's owner may, too"
    eve = local_discord.world.add_user("Eve")
    local_discord.world.join(local_discord.guild, eve)
    with_role = f"Only server admins (**Manage Server**), members with <@&{role.id}> and my owner can do that."
    assert await refused(local_discord, "text", eve, "threshold") == with_role
    async with local_discord.watch() as events:
        await local_discord.press(member, message, buttons(message)["Cancel"])
        await events.next(lambda it: it.message is not None and "was cancelled" in it.message.content)
    off = await ask(local_discord, form, admin, "admins off")
    assert "Only members with **Manage Server**" in text_of(off)
    assert await refused(local_discord, "text", member, "threshold") == ADMINS_ONLY


async def test_everyone_cannot_be_made_admin(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    everyone = local_discord.guild.id
    asked = await local_discord.post(local_discord.admin, local_discord.general, f"!admins <@&{everyone}>")
    assert text_of(await local_discord.answer_to(asked)).startswith("Everybody has that role.")
    assert (await bot.services.store.servers.get(everyone)).admin_role is None


@pytest.mark.parametrize("words", ["nobody", '"', "<@&1>"])
async def test_a_role_that_cannot_be_read_changes_nothing(
    words: str, local_discord: LocalDiscord, bot: Thumbprint, role: Role
) -> None:
    await bot.services.store.servers.set_admin_role(local_discord.guild.id, role.id)
    asked = await local_discord.post(local_discord.admin, local_discord.general, f"!admins {words}")
    answer = await local_discord.answer_to(asked)
    assert "unexpected" not in answer.content
    assert "Members with" not in answer.content
    assert (await bot.services.store.servers.get(local_discord.guild.id)).admin_role == role.id


async def test_a_member_who_manages_the_server_may_do_all_of_that(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    local_discord.world.add_role(local_discord.guild, "Manager", Permission.MANAGE_GUILD, local_discord.member)
    for form in FORMS:
        reply = await ask(local_discord, form, local_discord.member, "threshold", sure="80")
        assert "**80%**" in text_of(reply)


async def test_commands_that_discord_does_not_guard_yet_are_guarded_by_the_bot(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, engine: ScriptedEngine, tmp_path: Any
) -> None:
    old = [{"name": "retrain", "description": "Of an earlier version, for everybody"}]
    local_discord._state.commands.overwrite(None, old)
    local_discord.fail_next(403, "/commands$", method="PUT")
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    async with running(Thumbprint(chosen, engine), local_discord):
        asked = await local_discord.slash(local_discord.member, local_discord.general, "retrain")
        assert (await local_discord.answer_to(asked)).content == ADMINS_ONLY
        assert not engine.started.is_set()
        answer = await local_discord.answer_to(
            await local_discord.slash(local_discord.admin, local_discord.general, "retrain")
        )
        assert "**Training.**" in answer.content


@pytest.mark.parametrize("command", ["retrain", "rollback", "feedback"])
async def test_in_direct_messages_only_the_owner_is_an_admin(
    command: str, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    local_discord.allow(local_discord.guild, command, local_discord.member)
    place = local_discord.direct(local_discord.member)
    for form in FORMS:
        reply = await ask(local_discord, form, local_discord.member, command, where=place)
        assert reply.content.startswith(OWNER_ONLY)


async def test_completions_are_only_offered_to_who_may_use_the_command(
    local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    with pytest.raises(NotOfferedError):
        await local_discord.autocomplete(local_discord.member, local_discord.general, "channel remove", "channel", "")
