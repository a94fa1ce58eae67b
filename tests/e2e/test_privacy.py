"""What is stored about people and servers, and how they see and delete it."""

import json
from pathlib import Path

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.youtube import LocalYouTube
from classifier.values import Channel
from tests.bot.samples import prediction
from tests.e2e.chat import ADMINS_ONLY, FORMS, Form, ask, buttons, refused, text_of
from tests.e2e.conftest import ScriptedEngine, bot_settings, running

pytestmark = pytest.mark.every_database


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("direct", [False, True])
async def test_everybody_can_see_what_is_stored(
    form: Form, direct: bool, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    member = local_discord.member
    command = "privacy show" if form == "slash" else "privacy"
    answer = await ask(local_discord, form, member, command, where=local_discord.direct(member) if direct else None)
    assert "never people's pictures" in text_of(answer)
    assert "30 days" in text_of(answer)
    assert "YouTube API Services" in text_of(answer)
    assert "https://www.youtube.com/t/terms" in text_of(answer)
    assert "https://policies.google.com/privacy" in text_of(answer)
    assert "`/forget me` immediately deletes what I store about you." in text_of(answer)
    assert answer.visible_to == (member.id if form == "slash" else None)


async def feedback_of(bot: Thumbprint, *people: int) -> list[int]:
    """How much feedback of these people is stored."""
    waiting = await bot.services.store.feedback.queue(None)
    return [sum(given.user == person for given in waiting) for person in people]


@pytest.mark.parametrize("form", FORMS)
async def test_a_person_is_forgotten_after_confirming(
    form: Form, local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    me, other = local_discord.member, local_discord.owner
    bot = Thumbprint(chosen, ScriptedEngine())
    async with running(bot, local_discord):
        store = bot.services.store
        for person in (me.id, me.id, other.id):
            answer = await store.answers.record(None, prediction(0.9, 0.1), video="v")
            await store.feedback.agree(answer.id, person, quota=9)
        await store.channels.add(local_discord.guild.id, Channel("a", "A", "UCa"), me.id)
        asked = await ask(local_discord, form, me, "forget me")
        assert "can't be undone" in asked.content
        assert await feedback_of(bot, me.id, other.id) == [2, 1]
    bot = Thumbprint(chosen, ScriptedEngine())
    async with running(bot, local_discord):
        button = buttons(asked)["Forget Me"]
        if form == "text":
            refused = await local_discord.answer_to(await local_discord.press(other, asked, button))
            assert "That button isn't yours. Use `/forget me` to get your own." in text_of(refused)
            assert await feedback_of(bot, me.id, other.id) == [2, 1]
        await local_discord.settled(await local_discord.press(me, asked, button))
        done = local_discord.current(asked)
        assert "Deleted 2 pieces of feedback. I no longer store anything about you." in text_of(done)
        assert done.content == ""
        assert buttons(done) == {}
        assert await feedback_of(bot, me.id, other.id) == [0, 1]
        assert [it.added_by for it in await bot.services.store.channels.of(local_discord.guild.id)] == [None]


async def test_forget_without_a_sub_command_asks_the_same(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    answer = await ask(local_discord, "text", local_discord.member, "forget")
    assert list(buttons(answer)) == ["Forget Me"]


# Export


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("direct", [False, True])
async def test_a_person_gets_what_is_stored_about_them(
    form: Form, direct: bool, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    me, guild = local_discord.member, local_discord.guild.id
    answer = await bot.services.store.answers.record(guild, prediction(0.9, 0.1), video="abcdefghijk")
    await bot.services.store.feedback.agree(answer.id, me.id, quota=9)
    where = local_discord.direct(me) if direct else local_discord.general
    async with local_discord.watch() as events:
        shown = await ask(local_discord, form, me, "privacy export", where=where)
        if form == "text" and not direct:
            assert shown.content == "I've sent you a file with everything that I store about you, in a direct message."
            assert shown.attachments == ()
            sent = await events.next(
                lambda event: event.message is not None and event.message.channel_id == local_discord.direct(me).id
            )
            assert sent.message is not None
            shown = sent.message
        else:
            assert shown.visible_to == (me.id if form == "slash" else None)
    (file,) = shown.attachments
    assert file.filename == "thumbprint-data.json"
    data = json.loads(local_discord.read(file))
    assert data["user"] == str(me.id)
    ((video, server),) = [(row["video"], row["server"]) for row in data["feedback"]]
    assert (video, server) == ("abcdefghijk", str(guild))
    assert data["training_runs"] == []


async def test_closed_direct_messages_are_explained(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    local_discord.fail_next(403, "/messages")
    asked = await local_discord.post(local_discord.member, local_discord.general, "!privacy export")
    refused = await local_discord.answer_to(asked)
    assert "Use `/privacy export`, or allow direct messages." in text_of(refused)


# A server's data


@pytest.mark.parametrize("form", FORMS)
async def test_an_admin_deletes_everything_about_a_server(
    form: Form, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    guild, store = local_discord.guild.id, bot.services.store
    for server in (guild, local_discord.club.id):
        await store.channels.add(server, Channel("a", "A", "UCa"), 1)
        await store.servers.set_threshold(server, 0.5)
    asked = await ask(local_discord, form, local_discord.admin, "wipe")
    assert "This deletes everything about this server" in asked.content
    assert asked.visible_to == (local_discord.admin.id if form == "slash" else None)
    button = buttons(asked)["Delete Everything"]
    if form == "text":
        refused = await local_discord.answer_to(await local_discord.press(local_discord.member, asked, button))
        assert refused.content == ADMINS_ONLY
        assert engine.forgotten == []
    async with local_discord.watch() as events:
        await local_discord.press(local_discord.admin, asked, button)
        edit = await events.next(lambda event: event.message is not None and event.message.id == asked.id)
    done = local_discord.current(asked)
    assert edit.message == done
    assert "Everything about this server is deleted." in done.content
    assert buttons(done) == {}
    assert engine.forgotten == [guild]
    assert await store.channels.of(guild) == ()
    assert (await store.servers.get(guild)).threshold is None
    assert len(await store.channels.of(local_discord.club.id)) == 1


@pytest.mark.parametrize("form", FORMS)
async def test_members_cannot_delete_a_servers_data(form: Form, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    assert await refused(local_discord, form, local_discord.member, "wipe") == ADMINS_ONLY


async def test_a_server_has_no_data_in_direct_messages(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    where = local_discord.direct(local_discord.owner)
    reply = await ask(local_discord, "text", local_discord.owner, "wipe", where=where)
    assert "That only works in a server." in reply.content


# What came from YouTube


async def test_what_came_from_youtube_is_refreshed_soon_after_a_start(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    first = Thumbprint(chosen, ScriptedEngine())
    async with running(first, local_discord):
        await first.services.store.channels.add(local_discord.guild.id, Channel("a", "A", "UCa"), 1)
    engine = ScriptedEngine()
    async with running(Thumbprint(chosen, engine), local_discord):
        await engine.refreshed.wait()
    assert engine.listed == (*chosen.channels, "UCa")
