"""Forwards: a message's snapshot, as an unmodified discord.py receives and sends it."""

import asyncio
from typing import Any

import discord
import pytest

from bot.sandbox.discord import ApiError, LocalDiscord, Permission
from tests.bot.sandbox.discord.bots import logged_in, make_bot, picture
from tests.bot.sandbox.discord.rest import call, error_codes


async def received(local: LocalDiscord, work: Any, **settings: Any) -> discord.Message:
    """The next message that a bot receives while `work` is done."""
    async with logged_in(local, make_bot(**settings)) as bot:
        waiting = asyncio.create_task(bot.wait_for("message", timeout=5))
        await asyncio.sleep(0)  # it listens
        await work
        message: discord.Message = await waiting
        return message


async def test_a_forward_shows_the_message_as_it_was(local_discord: LocalDiscord) -> None:
    local = local_discord
    first = await local.post(local.admin, local.random, "look", [("dog.png", picture())])
    message = await received(local, local.forward(local.member, first, local.general))
    assert (message.content, message.attachments, message.flags.forwarded) == ("", [], True)
    assert message.type is discord.MessageType.default
    assert message.reference is not None
    assert message.reference.type is discord.MessageReferenceType.forward
    assert (message.reference.channel_id, message.reference.message_id) == (local.random.id, first.id)
    (snapshot,) = message.message_snapshots
    assert snapshot.content == "look"
    assert [attachment.filename for attachment in snapshot.attachments] == ["dog.png"]

    await local.edit(local.admin, first, "changed")
    local.delete(local.admin, first)
    stored = local.current(await local.post(local.member, local.random, "afterwards"))
    assert stored.snapshot is None
    (forward,) = local.world.messages[local.general.id].values()
    assert forward.snapshot is not None
    assert (forward.snapshot.content, forward.reference_id) == ("look", first.id)


async def test_a_forward_of_a_forward_shows_the_same_message(local_discord: LocalDiscord) -> None:
    local = local_discord
    first = await local.post(local.admin, local.random, "look")
    again = await local.forward(local.member, await local.forward(local.member, first, local.general), local.random)
    assert again.snapshot is not None
    assert (again.snapshot.id, again.snapshot.content) == (first.id, "look")


async def test_the_bot_forwards_a_message(local_discord: LocalDiscord) -> None:
    local = local_discord
    first = await local.post(local.admin, local.random, "look", [("dog.png", picture())])
    async with logged_in(local, make_bot()) as bot:
        source, target = bot.get_channel(local.random.id), bot.get_channel(local.general.id)
        assert isinstance(source, discord.TextChannel)
        assert isinstance(target, discord.TextChannel)
        sent = await (await source.fetch_message(first.id)).forward(target)
        assert [snapshot.content for snapshot in sent.message_snapshots] == ["look"]
        fetched = await target.fetch_message(sent.id)
        assert fetched.message_snapshots[0].attachments[0].width == 32


async def test_a_snapshot_needs_the_message_content_intent_too(local_discord: LocalDiscord) -> None:
    local = local_discord
    first = await local.post(local.admin, local.random, "look", [("dog.png", picture())])
    plain = discord.Intents(guilds=True, messages=True)
    message = await received(local, local.forward(local.member, first, local.general), intents=plain)
    (snapshot,) = message.message_snapshots
    assert (snapshot.content, snapshot.attachments) == ("", [])


async def test_a_message_command_receives_the_snapshot(local_discord: LocalDiscord) -> None:
    local, found = local_discord, list[str]()
    bot = make_bot()

    @bot.tree.context_menu(name="Look")
    async def look(interaction: discord.Interaction, message: discord.Message) -> None:
        found.extend(snapshot.content for snapshot in message.message_snapshots)
        await interaction.response.send_message("ok", ephemeral=True)

    bot.setup_hook = bot.tree.sync  # type: ignore[assignment]
    first = await local.post(local.admin, local.random, "look")
    forward = await local.forward(local.member, first, local.general)
    async with logged_in(local, bot):
        await local.answer_to(await local.context_menu(local.member, forward, "Look"))
    assert found == ["look"]


POLL = {"question": {"text": "Which?"}, "answers": [{"poll_media": {"text": "This"}}]}
FORWARD = {"type": 1, "message_id": "1", "channel_id": "1"}
AT = "message_reference"


@pytest.mark.parametrize(
    ("form", "codes"),
    [
        ({"content": "mine", AT: FORWARD}, {AT: "FORWARD_CONTAINS_UNSUPPORTED_CONTENT"}),
        ({"poll": POLL, AT: FORWARD}, {AT: "FORWARD_CONTAINS_UNSUPPORTED_CONTENT"}),
        ({AT: FORWARD | {"type": 2}}, {f"{AT}.type": "BASE_TYPE_CHOICES"}),
        ({AT: {"type": 1, "message_id": "1"}}, {f"{AT}.channel_id": "BASE_TYPE_REQUIRED"}),
        ({AT: {"type": 1, "channel_id": "1"}}, {f"{AT}.message_id": "BASE_TYPE_REQUIRED"}),
        ({AT: "7"}, {AT: "DICT_TYPE_CONVERT"}),
    ],
)
async def test_an_invalid_forward_gets_the_fields_error(
    local_discord: LocalDiscord, form: dict[str, Any], codes: dict[str, str]
) -> None:
    status, body = await call(local_discord, "POST", f"/channels/{local_discord.general.id}/messages", json=form)
    assert (status, body["code"], error_codes(body["errors"])) == (400, 50035, codes)


async def test_a_message_that_does_not_exist_cannot_be_forwarded(local_discord: LocalDiscord) -> None:
    path = f"/channels/{local_discord.general.id}/messages"
    reference = FORWARD | {"channel_id": str(local_discord.random.id)}
    _, body = await call(local_discord, "POST", path, json={AT: reference})
    assert error_codes(body["errors"]) == {AT: "REPLIES_UNKNOWN_MESSAGE"}
    _, body = await call(local_discord, "POST", path, json={AT: FORWARD})
    assert body["code"] == 10003


async def test_what_cannot_be_forwarded(local_discord: LocalDiscord) -> None:
    local, world = local_discord, local_discord.world
    poll = await local.post(local.admin, local.random, poll=POLL)
    with pytest.raises(ApiError, match="cannot be forwarded"):
        await local.forward(local.member, poll, local.general)
    local.start_thread(local.admin, local.random, "A thread")
    notice = list(world.messages[local.random.id].values())[-1]
    with pytest.raises(ApiError, match="system message"):
        await local.forward(local.member, notice, local.general)
    with pytest.raises(ApiError, match="Cannot reply to a system message"):
        await local.post(local.member, local.random, "why", reply_to=notice)
    first = await local.post(local.admin, local.random, "look")
    world.overwrite(local.random, local.member, deny=Permission.READ_MESSAGE_HISTORY)
    with pytest.raises(ApiError, match="without permission to read message history"):
        await local.forward(local.member, first, local.general)
    world.overwrite(local.random, local.member, deny=Permission.VIEW_CHANNEL)
    with pytest.raises(ApiError, match="Missing Access"):
        await local.forward(local.member, first, local.general)
