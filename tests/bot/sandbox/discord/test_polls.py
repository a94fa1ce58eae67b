"""Polls and stickers, with an unmodified discord.py."""

import asyncio
import datetime
from typing import Any

import discord
import pytest

from bot.sandbox.discord import ApiError, LocalDiscord, Permission
from tests.bot.sandbox.discord.bots import logged_in, make_bot
from tests.bot.sandbox.discord.rest import call, error_codes


def form(**changes: Any) -> dict[str, Any]:
    answers = [{"poll_media": {"text": text}} for text in ("This", "That")]
    return {"question": {"text": "Which?"}, "answers": answers} | changes


async def test_the_bot_sends_a_poll_and_ends_it(local_discord: LocalDiscord) -> None:
    local = local_discord
    intents = discord.Intents.default()
    async with logged_in(local, make_bot(intents=intents)) as bot:
        channel = bot.get_channel(local.general.id)
        assert isinstance(channel, discord.TextChannel)
        poll = discord.Poll("Which?", datetime.timedelta(hours=1))
        poll.add_answer(text="This", emoji="👍").add_answer(text="That")
        sent = await channel.send(poll=poll)
        assert sent.poll is not None
        assert [answer.text for answer in sent.poll.answers] == ["This", "That"]

        voted = asyncio.create_task(bot.wait_for("raw_poll_vote_add", timeout=5))
        local.vote(local.member, local.world.message(channel.id, sent.id), 1)
        vote = await voted
        assert (vote.user_id, vote.answer_id) == (local.member.id, 1)
        removed = asyncio.create_task(bot.wait_for("raw_poll_vote_remove", timeout=5))
        local.vote(local.member, local.world.message(channel.id, sent.id), 2)  # replaces the first vote
        assert (await removed).answer_id == 1
        local.vote(local.admin, local.world.message(channel.id, sent.id), 2)
        fetched = await channel.fetch_message(sent.id)
        assert fetched.poll is not None
        assert [answer.vote_count for answer in fetched.poll.answers] == [0, 2]
        answer = fetched.poll.get_answer(2)
        assert answer is not None
        assert {user.name async for user in answer.voters()} == {"ada", "max"}

        announced = asyncio.create_task(bot.wait_for("message", timeout=5))
        ended = await sent.end_poll()
        assert ended.poll is not None
        assert ended.poll.is_finalised()
        result = await announced
        assert result.type is discord.MessageType.poll_result
        fields = {field.name: field.value for field in result.embeds[0].fields}
        assert (fields["victor_answer_text"], fields["total_votes"]) == ("That", "2")
        with pytest.raises(ApiError, match="Poll expired"):
            local.vote(local.member, local.world.message(channel.id, sent.id), 1)
        with pytest.raises(discord.HTTPException) as error:
            await sent.edit(content="another question")
        assert error.value.code == 520003


async def test_several_votes_if_the_poll_allows_them(local_discord: LocalDiscord) -> None:
    local = local_discord
    for several, expected in ((False, {2}), (True, {1, 2})):
        message = await local.post(local.admin, local.general, poll=form(allow_multiselect=several))
        for answer in (1, 2, 2):
            message = local.vote(local.member, local.current(message), answer)
        assert message.poll is not None
        assert {answer for answer, _ in message.poll.votes} == expected
        message = local.vote(local.member, message, 2, add=False)
        assert message.poll is not None
        assert {answer for answer, _ in message.poll.votes} == expected - {2}


async def test_a_poll_is_left_out_without_the_message_content_intent(local_discord: LocalDiscord) -> None:
    local = local_discord
    for content in (True, False):
        intents = discord.Intents(guilds=True, messages=True, message_content=content)
        async with logged_in(local, make_bot(intents=intents)) as bot:
            received = asyncio.create_task(bot.wait_for("message", timeout=5))
            await local.post(local.member, local.general, poll=form())
            assert ((await received).poll is not None) == content


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"question": {}}, {"poll.question.text": "BASE_TYPE_REQUIRED"}),
        ({"question": {"text": "x" * 301}}, {"poll.question.text": "BASE_TYPE_BAD_LENGTH"}),
        ({"question": 7}, {"poll.question": "DICT_TYPE_CONVERT"}),
        ({"answers": []}, {"poll.answers": "BASE_TYPE_BAD_LENGTH"}),
        ({"answers": [{"poll_media": {"text": "x"}}] * 11}, {"poll.answers": "BASE_TYPE_BAD_LENGTH"}),
        (
            {"answers": [{"poll_media": {"text": "x" * 56}}]},
            {"poll.answers.0.poll_media.text": "BASE_TYPE_BAD_LENGTH"},
        ),
        ({"answers": [{"poll_media": {}}]}, {"poll.answers.0.poll_media.text": "BASE_TYPE_REQUIRED"}),
        ({"duration": 0}, {"poll.duration": "NUMBER_TYPE_MIN"}),
        ({"duration": 769}, {"poll.duration": "NUMBER_TYPE_MAX"}),
        ({"layout_type": 2}, {"poll.layout_type": "BASE_TYPE_CHOICES"}),
    ],
)
async def test_an_invalid_poll_gets_the_fields_error(
    local_discord: LocalDiscord, changes: dict[str, Any], codes: dict[str, str]
) -> None:
    path = f"/channels/{local_discord.general.id}/messages"
    status, body = await call(local_discord, "POST", path, json={"poll": form(**changes)})
    assert (status, body["code"]) == (400, 50035)
    assert error_codes(body["errors"]) == codes


async def test_a_poll_needs_its_permission(local_discord: LocalDiscord) -> None:
    local = local_discord
    local.world.overwrite(local.general, local.member, deny=Permission.SEND_POLLS)
    with pytest.raises(ApiError, match="Missing Permissions"):
        await local.post(local.member, local.general, poll=form())


async def test_stickers_are_sent_and_received(local_discord: LocalDiscord) -> None:
    local = local_discord
    own, other = local.world.add_sticker(local.guild, "wave"), local.world.add_sticker(local.club, "nod")
    async with logged_in(local, make_bot()) as bot:
        guild = bot.get_guild(local.guild.id)
        assert guild is not None
        assert [sticker.name for sticker in guild.stickers] == ["wave"]
        assert [sticker.name for sticker in await guild.fetch_stickers()] == ["wave"]
        assert (await bot.fetch_sticker(own.id)).name == "wave"
        received = asyncio.create_task(bot.wait_for("message", timeout=5))
        await local.post(local.member, local.general, stickers=[own, other])  # people can use those of other servers
        assert [sticker.name for sticker in (await received).stickers] == ["wave", "nod"]
        channel = bot.get_channel(local.general.id)
        assert isinstance(channel, discord.TextChannel)
        sent = await channel.send(stickers=[discord.Object(own.id)])  # type: ignore[list-item]
        assert [sticker.name for sticker in sent.stickers] == ["wave"]
        for wrong, code in ((other.id, 50600), (1, 50081)):
            with pytest.raises(discord.HTTPException) as error:
                await channel.send(stickers=[discord.Object(wrong)])  # type: ignore[list-item]
            assert error.value.code == code


async def test_a_message_has_up_to_three_stickers(local_discord: LocalDiscord) -> None:
    path = f"/channels/{local_discord.general.id}/messages"
    for ids, codes in (
        (["1"] * 4, {"sticker_ids": "BASE_TYPE_MAX_LENGTH"}),
        (["x"], {"sticker_ids.0": "NUMBER_TYPE_COERCE"}),
        ("1", {"sticker_ids": "LIST_TYPE_CONVERT"}),
    ):
        _, body = await call(local_discord, "POST", path, json={"sticker_ids": ids})
        assert error_codes(body["errors"]) == codes
