"""Threads and the posts of forums, with an unmodified discord.py."""

import asyncio
import io
from typing import Any

import discord
import pytest

from bot.sandbox.discord import ApiError, ChannelType, LocalDiscord, Permission
from tests.bot.sandbox.discord.bots import logged_in, make_bot, picture
from tests.bot.sandbox.discord.rest import call, error_codes
from tests.discord_fixtures import MakeDiscord


async def test_a_thread_from_a_message_has_its_id(local_discord: LocalDiscord) -> None:
    local = local_discord
    async with logged_in(local, make_bot()) as bot:
        created = asyncio.create_task(bot.wait_for("thread_create", timeout=5))
        edited = asyncio.create_task(bot.wait_for("raw_message_edit", timeout=5))
        message = await local.post(local.member, local.general, "look")
        local.start_thread(local.member, message, "About this")
        thread = await created
        assert (thread.id, thread.name, thread.parent_id) == (message.id, "About this", local.general.id)
        assert (thread.type, thread.owner_id) == (discord.ChannelType.public_thread, local.member.id)
        assert (await edited).data["thread"]["id"] == str(message.id)
        starter = [it async for it in thread.history(limit=5)]
        assert [it.type for it in starter] == [discord.MessageType.thread_starter_message]
        assert starter[0].reference is not None
        assert isinstance(starter[0].reference.resolved, discord.Message)
        assert starter[0].reference.resolved.content == "look"
    with pytest.raises(ApiError, match="already been created"):
        local.start_thread(local.member, message, "Again")


async def test_the_bot_answers_in_a_thread(local_discord: LocalDiscord) -> None:
    local, bot = local_discord, make_bot()

    async def on_message(message: discord.Message) -> None:
        if not message.author.bot and isinstance(message.channel, discord.Thread):
            await message.reply("seen", file=discord.File(io.BytesIO(picture()), "a.png"))

    bot.add_listener(on_message)
    async with logged_in(local, bot):
        thread = local.start_thread(local.member, local.general, "Pictures")
        asked = await local.post(local.member, thread, "look", [("b.png", picture())])
        answer = await local.answer_to(asked)
        assert (answer.content, answer.channel_id) == ("seen", thread.id)
    stored = local.world.channels[thread.id].thread
    assert stored is not None
    assert {member.user_id for member in stored.members} == {local.member.id, local.bot.id}  # who writes joins
    assert stored.total_sent == 2
    notice = next(iter(local.world.messages[local.general.id].values()))
    assert (notice.kind, notice.content) == (18, "Pictures")


async def test_open_threads_are_there_from_the_start(local_discord: LocalDiscord) -> None:
    local = local_discord
    thread = local.start_thread(local.member, local.general, "Open")
    closed = local.start_thread(local.member, local.general, "Closed")
    private = local.start_thread(local.member, local.general, "Private", private=True)
    local.archive(local.member, closed)
    async with logged_in(local, make_bot()) as bot:
        guild = bot.get_guild(local.guild.id)
        assert guild is not None
        assert [it.name for it in guild.threads] == ["Open"]
        assert [it.name for it in await guild.active_threads()] == ["Open"]
        assert [channel.name for channel in guild.text_channels] == ["general", "random"]
        general = bot.get_channel(local.general.id)
        assert isinstance(general, discord.TextChannel)
        assert [it.name async for it in general.archived_threads()] == ["Closed"]
        assert [channel.id for channel in await guild.fetch_channels()] == [local.general.id, local.random.id]
        fetched = await bot.fetch_channel(thread.id)
        assert isinstance(fetched, discord.Thread)
        with pytest.raises(discord.Forbidden) as error:
            await bot.fetch_channel(private.id)
        assert error.value.code == 50001


async def test_a_private_thread_is_seen_by_those_who_are_added(local_discord: LocalDiscord) -> None:
    local = local_discord
    thread = local.start_thread(local.member, local.general, "Private", private=True)
    with pytest.raises(ApiError, match="Missing Access"):
        await local.post(local.owner, thread, "me too")
    async with logged_in(local, make_bot()) as bot:
        joined = asyncio.create_task(bot.wait_for("thread_join", timeout=5))
        local.add_to_thread(local.member, thread, local.bot)
        assert (await joined).id == thread.id
        received = asyncio.create_task(bot.wait_for("message", timeout=5))
        await local.post(local.admin, thread, "a moderator sees it")
        assert (await received).channel.id == thread.id
        removed = asyncio.create_task(bot.wait_for("thread_remove", timeout=5))
        local.remove_from_thread(local.admin, thread, local.bot)
        assert (await removed).id == thread.id


async def test_an_archived_thread_opens_for_a_message_but_not_if_it_is_locked(local_discord: LocalDiscord) -> None:
    local = local_discord
    thread = local.start_thread(local.member, local.general, "Old")
    asked = await local.post(local.member, thread, "one")
    local.archive(local.member, thread)
    with pytest.raises(ApiError, match="Thread is archived"):
        await local.edit(local.member, asked, "two")
    await local.post(local.member, thread, "three")
    stored = local.world.channels[thread.id].thread
    assert stored is not None
    assert not stored.archived
    local.archive(local.admin, thread, locked=True)
    with pytest.raises(ApiError, match="Thread is locked"):
        await local.post(local.member, thread, "four")
    async with logged_in(local, make_bot()) as bot:
        with pytest.raises(discord.HTTPException) as error:
            await bot.get_partial_messageable(thread.id).send("five")
        assert error.value.code == 160005


async def test_sending_in_threads_is_a_permission_of_its_own(local_discord: LocalDiscord) -> None:
    local = local_discord
    thread = local.start_thread(local.member, local.general, "Quiet")
    local.world.overwrite(local.general, local.bot, deny=Permission.SEND_MESSAGES)
    async with logged_in(local, make_bot()) as bot:
        assert (await bot.get_partial_messageable(thread.id).send("allowed")).content == "allowed"
        local.world.overwrite(local.general, local.bot, deny=Permission.SEND_MESSAGES_IN_THREADS)
        with pytest.raises(discord.Forbidden) as error:
            await bot.get_partial_messageable(thread.id).send("refused")
        assert error.value.code == 50013


async def test_the_bot_starts_changes_and_deletes_threads(local_discord: LocalDiscord) -> None:
    local = local_discord
    local.world.overwrite(local.general, local.bot, allow=Permission.MANAGE_THREADS)
    async with logged_in(local, make_bot()) as bot:
        general = bot.get_channel(local.general.id)
        assert isinstance(general, discord.TextChannel)
        thread = await general.create_thread(name="Mine", type=discord.ChannelType.public_thread)
        assert thread.me is not None
        edited = await thread.edit(name="Still mine", auto_archive_duration=60, slowmode_delay=5)
        assert (edited.name, edited.auto_archive_duration, edited.slowmode_delay) == ("Still mine", 60, 5)
        await thread.add_user(discord.Object(local.member.id))
        assert (await thread.fetch_member(local.member.id)).id == local.member.id
        await thread.remove_user(discord.Object(local.member.id))
        with pytest.raises(discord.NotFound):
            await thread.fetch_member(local.member.id)
        assert (await thread.edit(archived=True)).archived
        with pytest.raises(discord.HTTPException) as error:
            await thread.edit(name="Too late")
        assert error.value.code == 50083
        await (await general.send("look")).create_thread(name="From a message")
        deleted = asyncio.create_task(bot.wait_for("raw_thread_delete", timeout=5))
        await thread.delete()
        assert (await deleted).thread_id == thread.id
        with pytest.raises(discord.NotFound) as gone:
            await thread.send("anybody there?")
        assert gone.value.code == 10003


@pytest.mark.parametrize("kind", [ChannelType.GUILD_FORUM, ChannelType.GUILD_MEDIA])
async def test_a_forum_has_posts_and_no_messages(local_discord: LocalDiscord, kind: ChannelType) -> None:
    local = local_discord
    forum = local.world.add_channel(local.guild, "pictures", kind, tags=["cat", "dog"])
    async with logged_in(local, make_bot()) as bot:
        channel = bot.get_channel(forum.id)
        assert isinstance(channel, discord.ForumChannel)
        assert channel.is_media() == (kind == ChannelType.GUILD_MEDIA)
        assert [tag.name for tag in channel.available_tags] == ["cat", "dog"]
        received = asyncio.create_task(bot.wait_for("message", timeout=5))
        post, _ = await local.post_in_forum(local.member, forum, "My cat", "look", [("cat.png", picture())])
        message = await received
        assert (message.id, message.channel.id, message.content) == (post.id, post.id, "look")
        assert isinstance(message.channel, discord.Thread)
        assert message.channel.parent == channel
        assert await message.attachments[0].read() == picture()

        created = await channel.create_thread(
            name="My dog",
            content="mine",
            file=discord.File(io.BytesIO(picture()), "dog.png"),
            applied_tags=[channel.available_tags[1]],
        )
        assert (created.message.id, created.thread.id) == (created.thread.id, created.message.id)
        assert [tag.name for tag in created.thread.applied_tags] == ["dog"]
        with pytest.raises(discord.HTTPException) as error:
            await bot.get_partial_messageable(forum.id).send("not here")
        assert error.value.code == 40058


@pytest.mark.parametrize(
    ("form", "codes"),
    [
        ({}, {"name": "BASE_TYPE_REQUIRED"}),
        ({"name": "x" * 101}, {"name": "BASE_TYPE_BAD_LENGTH"}),
        ({"name": "a", "auto_archive_duration": 61}, {"auto_archive_duration": "BASE_TYPE_CHOICES"}),
        ({"name": "a", "type": 0}, {"type": "BASE_TYPE_CHOICES"}),
        ({"name": "a", "rate_limit_per_user": -1}, {"rate_limit_per_user": "NUMBER_TYPE_MIN"}),
    ],
)
async def test_an_invalid_thread_gets_the_fields_error(
    local_discord: LocalDiscord, form: dict[str, Any], codes: dict[str, str]
) -> None:
    status, body = await call(local_discord, "POST", f"/channels/{local_discord.general.id}/threads", json=form)
    assert (status, body["code"], error_codes(body["errors"])) == (400, 50035, codes)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"name": "a"}, 50035),
        ({"name": "a", "message": {"content": ""}}, 50006),
        ({"name": "a", "message": {"content": "x" * 2001}}, 50035),
        ({"name": "a", "message": {"content": "b"}, "applied_tags": ["1"]}, 10087),
    ],
)
async def test_an_invalid_post_is_refused_and_leaves_nothing(
    local_discord: LocalDiscord, form: dict[str, Any], code: int
) -> None:
    local = local_discord
    forum = local.world.add_channel(local.guild, "pictures", ChannelType.GUILD_FORUM)
    _, body = await call(local, "POST", f"/channels/{forum.id}/threads", json=form)
    assert body["code"] == code
    assert local.world.threads_of(forum) == []


async def test_the_members_of_a_thread_need_the_intent(make_discord: MakeDiscord) -> None:
    for allowed, expected in ((False, 403), (True, 200)):
        async with make_discord(members_allowed=allowed) as local:
            thread = local.start_thread(local.member, local.general, "Ours")
            status, body = await call(local, "GET", f"/channels/{thread.id}/thread-members?with_member=true")
            assert status == expected
            if allowed:
                assert [member["member"]["user"]["username"] for member in body] == ["max"]  # type: ignore[index]
