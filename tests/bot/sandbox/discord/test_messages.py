"""Messages, as an unmodified discord.py receives and sends them."""

import asyncio
import io
from typing import Any

import aiohttp
import discord
import pytest

from bot.sandbox.discord import Event, LocalDiscord, Message
from tests.bot.sandbox.discord.bots import logged_in, make_bot, picture
from tests.discord_fixtures import MakeDiscord


def message_of(event: Event) -> Message:
    assert event.message is not None
    return event.message


async def received_by_bot(local: LocalDiscord, user: Any, channel: Any, *args: Any, **intents: Any) -> discord.Message:
    """Post a message as a user; returns it as the bot receives it."""
    chosen = discord.Intents(guilds=True, messages=True, **intents)
    bot = make_bot(intents=chosen)
    received: list[discord.Message] = []

    async def on_message(message: discord.Message) -> None:
        received.append(message)
        if not message.author.bot:
            await message.channel.send("received")

    bot.add_listener(on_message)
    async with local.watch() as events, logged_in(local, bot):
        await local.post(user, channel, *args)
        await events.next(lambda event: event.name == "MESSAGE_CREATE" and message_of(event).content == "received")
    return received[0]


async def test_the_bot_receives_an_attachment(local_discord: LocalDiscord) -> None:
    bot = make_bot()
    read: list[bytes] = []

    async def on_message(message: discord.Message) -> None:
        if not message.author.bot:
            (attachment,) = message.attachments
            assert (attachment.width, attachment.height, attachment.content_type) == (32, 18, "image/png")
            assert attachment.filename == "my_cat.png"
            read.append(await attachment.read())
            await message.reply("seen")

    bot.add_listener(on_message)
    async with logged_in(local_discord, bot):
        message = await local_discord.post(
            local_discord.member, local_discord.general, "look", files=[("my cat.png", picture())]
        )
        answer = await local_discord.answer_to(message)
    assert read == [picture()]
    assert (answer.kind, answer.reference_id, answer.mentions) == (19, message.id, (local_discord.member.id,))


async def test_the_bot_replies_with_an_embed_a_file_and_alt_text(local_discord: LocalDiscord) -> None:
    async with logged_in(local_discord, make_bot()) as bot:
        message = await local_discord.post(local_discord.member, local_discord.general, "look")
        channel = bot.get_partial_messageable(local_discord.general.id, guild_id=local_discord.guild.id)
        embed = discord.Embed(title="Nerdologia", description="92 %", colour=0x5865F2)
        embed.add_field(name="Also", value="Peixe Babel", inline=False).set_footer(text="model 1")
        embed.set_image(url="attachment://plot.png")
        sent = await channel.get_partial_message(message.id).reply(
            embed=embed,
            file=discord.File(io.BytesIO(picture()), "plot.png", description="92 % Nerdologia"),
            allowed_mentions=discord.AllowedMentions.none(),
        )
        stored = await local_discord.answer_to(message)
        assert stored.attachments[0].description == "92 % Nerdologia"
        assert stored.mentions == ()
        assert sent.attachments == []  # Discord leaves out a file that an embed shows
        image = sent.embeds[0].image
        assert image.url is not None
        assert (image.width, image.height) == (32, 18)
        async with aiohttp.ClientSession() as session, session.get(image.url) as response:
            assert await response.read() == picture()
        fetched = await channel.fetch_message(sent.id)
        assert fetched.reference is not None
        assert isinstance(fetched.reference.resolved, discord.Message)
        assert fetched.reference.resolved.content == "look"


async def test_the_bot_edits_and_deletes_a_message_with_files(local_discord: LocalDiscord) -> None:
    async with local_discord.watch() as events, logged_in(local_discord, make_bot()) as bot:
        channel = bot.get_partial_messageable(local_discord.general.id)
        sent = await channel.send("one", file=discord.File(io.BytesIO(picture()), "a.png"))
        edited = await sent.edit(content="two")
        assert edited.edited_at is not None
        assert [attachment.filename for attachment in edited.attachments] == ["a.png"]
        added = await sent.edit(
            attachments=[*edited.attachments, discord.File(io.BytesIO(picture(8, 8)), "b.png", description="eight")]
        )
        assert [attachment.filename for attachment in added.attachments] == ["a.png", "b.png"]
        swapped = await sent.edit(attachments=[discord.File(io.BytesIO(picture()), "c.png")])
        assert [attachment.filename for attachment in swapped.attachments] == ["c.png"]
        await sent.delete()
        deleted = await events.next(lambda event: event.name == "MESSAGE_DELETE")
        assert message_of(deleted).content == "two"
        with pytest.raises(discord.NotFound) as error:
            await channel.fetch_message(sent.id)
        assert error.value.code == 10008


async def test_the_bot_reads_history_types_and_reacts(local_discord: LocalDiscord) -> None:
    for number in range(5):
        await local_discord.post(local_discord.member, local_discord.general, f"number {number}")
    async with local_discord.watch() as events, logged_in(local_discord, make_bot()) as bot:
        channel = bot.get_partial_messageable(local_discord.general.id)
        history = [message.content async for message in channel.history(limit=3)]
        assert history == ["number 4", "number 3", "number 2"]
        first = [message async for message in channel.history(limit=2, oldest_first=True)]
        assert [message.content for message in first] == ["number 0", "number 1"]
        async with channel.typing():
            await events.next(lambda event: event.name == "TYPING_START")
        await first[0].add_reaction("👍")
        reacted = await channel.fetch_message(first[0].id)
        assert [(reaction.emoji, reaction.count, reaction.me) for reaction in reacted.reactions] == [("👍", 1, True)]
        await first[0].remove_reaction("👍", discord.Object(local_discord.bot.id))
        assert (await channel.fetch_message(first[0].id)).reactions == []


async def test_direct_messages_always_include_their_content(local_discord: LocalDiscord) -> None:
    channel = local_discord.direct(local_discord.member)
    message = await received_by_bot(local_discord, local_discord.member, channel, "just us")
    assert message.guild is None
    assert message.content == "just us"  # even without the Message Content intent
    async with logged_in(local_discord, make_bot()) as bot:
        user = await bot.fetch_user(local_discord.member.id)
        sent = await user.send("hello")
        assert sent.channel.id == channel.id


async def test_the_message_content_intent_is_needed_for_texts_and_pictures(local_discord: LocalDiscord) -> None:
    local = local_discord
    message = await received_by_bot(local, local.member, local.general, "secret", [("a.png", picture())])
    assert (message.content, message.attachments) == ("", [])
    mentioned = await received_by_bot(
        local, local.member, local.general, f"<@{local.bot.id}> look", [("a.png", picture())]
    )
    assert mentioned.content.endswith("look")
    assert len(mentioned.attachments) == 1


async def test_allowed_mentions_limit_pings(local_discord: LocalDiscord) -> None:
    text = f"hi <@{local_discord.member.id}> and <@{local_discord.admin.id}> @everyone"
    async with logged_in(local_discord, make_bot()) as bot:
        channel = bot.get_partial_messageable(local_discord.general.id)
        assert len((await channel.send(text)).mentions) == 2
        silent = await channel.send(text, allowed_mentions=discord.AllowedMentions.none())
        assert (silent.mentions, silent.mention_everyone) == ([], False)
        one = discord.AllowedMentions(users=[discord.Object(local_discord.admin.id)], everyone=False)
        assert [user.id for user in (await channel.send(text, allowed_mentions=one)).mentions] == [
            local_discord.admin.id
        ]


async def test_the_bot_joins_another_guild(local_discord: LocalDiscord) -> None:
    world = local_discord.world
    async with logged_in(local_discord, make_bot()) as bot:
        joined = asyncio.create_task(bot.wait_for("guild_join", timeout=5))
        other = world.add_guild("Elsewhere", local_discord.member, [local_discord.bot])
        assert (await joined).id == other.id
        created = asyncio.create_task(bot.wait_for("guild_channel_create", timeout=5))
        channel = world.add_channel(other, "pictures")
        assert (await created).id == channel.id
        sent = await bot.get_partial_messageable(channel.id).send("hello")
        assert sent.content == "hello"


async def test_the_client_waits_after_an_injected_429(make_discord: MakeDiscord) -> None:
    async with make_discord() as local, logged_in(local, make_bot()) as bot:
        local.fail_next(429, "/messages", times=2)
        sent = await bot.get_partial_messageable(local.general.id).send("at last")
        assert sent.content == "at last"


async def test_the_client_retries_after_a_server_error(local_discord: LocalDiscord) -> None:
    async with logged_in(local_discord, make_bot()) as bot:
        local_discord.fail_next(502, "/messages")
        sent = await bot.get_partial_messageable(local_discord.general.id).send("at last")
        assert sent.content == "at last"
