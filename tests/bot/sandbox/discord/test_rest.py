"""The rest of the REST API: methods, counts, nonces, members, pins and permission overwrites."""

import asyncio
from typing import Any

import discord
import pytest

from bot.sandbox.discord import ApiError, LocalDiscord, Permission
from tests.bot.sandbox.discord.bots import logged_in, make_bot, picture
from tests.bot.sandbox.discord.rest import call
from tests.discord_fixtures import MakeDiscord


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/users/@me/guilds"), ("DELETE", "/gateway"), ("PATCH", "/users/1")]
)
async def test_a_wrong_method_is_refused(local_discord: LocalDiscord, method: str, path: str) -> None:
    status, body = await call(local_discord, method, path)
    assert (status, body) == (405, {"message": "405: Method Not Allowed", "code": 0})


async def test_counts_are_sent_if_they_are_asked_for(local_discord: LocalDiscord) -> None:
    local = local_discord
    for path in ("/users/@me/guilds", f"/guilds/{local.guild.id}"):
        for asked in ("true", "1", "false", ""):
            _, body = await call(local, "GET", path + (f"?with_counts={asked}" if asked else ""))
            guild: Any = body[0] if isinstance(body, list) else body
            expected = 4 if asked in ("true", "1") else None
            assert (guild.get("approximate_member_count"), guild.get("approximate_presence_count")) == (expected,) * 2


async def send(local: LocalDiscord, content: str, nonce: str | int | None, *, enforce: bool = True) -> str:
    form = {"content": content, "nonce": nonce, "enforce_nonce": enforce}
    status, body = await call(local, "POST", f"/channels/{local.general.id}/messages", json=form)
    assert status == 200
    return str(body["id"])


async def test_an_enforced_nonce_is_sent_once(local_discord: LocalDiscord) -> None:
    local = local_discord
    first = await send(local, "one", "a")
    assert await send(local, "two", "a") == first
    at_once = await asyncio.gather(*(send(local, f"at once {number}", 7) for number in range(5)))
    assert len(set(at_once)) == 1
    others = [await send(local, "three", "a", enforce=False), await send(local, "four", "b")]
    others += [await send(local, "five", None), await send(local, "six", None)]
    assert len({first, *at_once, *others}) == 6
    texts = [message.content for message in local.world.messages[local.general.id].values()]
    assert texts[0] == "one"
    assert texts[1].startswith("at once")
    assert texts[2:] == ["three", "four", "five", "six"]


async def test_a_nonce_of_a_refused_message_can_be_used_again(local_discord: LocalDiscord) -> None:
    local = local_discord
    form = {"content": "", "nonce": "a", "enforce_nonce": True}
    _, body = await call(local, "POST", f"/channels/{local.general.id}/messages", json=form)
    assert body["code"] == 50006
    assert await send(local, "now", "a")


async def test_the_list_of_members_needs_the_intent(make_discord: MakeDiscord) -> None:
    async with make_discord() as local:
        status, body = await call(local, "GET", f"/guilds/{local.guild.id}/members")
        assert (status, body["code"]) == (403, 50001)
    intents = discord.Intents(guilds=True, members=True)
    async with make_discord(members_allowed=True) as local, logged_in(local, make_bot(intents=intents)) as bot:
        guild = await bot.fetch_guild(local.guild.id)
        assert {member.name async for member in guild.fetch_members(limit=None)} == {"ada", "max", "olga", "Thumbprint"}
        _, page = await call(local, "GET", f"/guilds/{local.guild.id}/members?limit=2&after={local.admin.id}")
        assert [member["user"]["username"] for member in page] == ["max", "olga"]  # type: ignore[index]
        _, found = await call(local, "GET", f"/guilds/{local.guild.id}/members/search?query=OL&limit=5")
        assert [member["user"]["username"] for member in found] == ["olga"]  # type: ignore[index]


async def test_messages_without_the_history_permission_are_none(local_discord: LocalDiscord) -> None:
    local = local_discord
    message = await local.post(local.member, local.general, "secret")
    local.world.overwrite(local.general, local.bot, deny=Permission.READ_MESSAGE_HISTORY)
    path = f"/channels/{local.general.id}/messages"
    assert await call(local, "GET", path) == (200, [])
    status, body = await call(local, "GET", f"{path}/{message.id}")
    assert (status, body["code"]) == (403, 50013)


async def test_the_bot_pins_messages(local_discord: LocalDiscord) -> None:
    local = local_discord
    local.world.overwrite(local.general, local.bot, allow=Permission.PIN_MESSAGES)
    first = await local.post(local.member, local.general, "one", [("a.png", picture())])
    second = await local.post(local.member, local.general, "two")
    async with logged_in(local, make_bot()) as bot:
        channel = bot.get_channel(local.general.id)
        assert isinstance(channel, discord.TextChannel)
        updated = asyncio.create_task(bot.wait_for("guild_channel_pins_update", timeout=5))
        noticed = asyncio.create_task(bot.wait_for("message", timeout=5))
        await channel.get_partial_message(first.id).pin()
        assert (await updated)[1] is not None
        notice = await noticed
        assert notice.type is discord.MessageType.pins_add
        assert notice.reference is not None
        assert notice.reference.message_id == first.id
        await channel.get_partial_message(second.id).pin()
        pins = [message async for message in channel.pins()]
        assert [(message.content, message.pinned) for message in pins] == [("two", True), ("one", True)]
        await channel.get_partial_message(second.id).unpin()
        assert [message.content async for message in channel.pins()] == ["one"]
        assert [message["content"] for message in await bot.http.request(old_pins(channel.id))] == ["one"]
        local.world.overwrite(local.general, local.bot, deny=Permission.PIN_MESSAGES)
        with pytest.raises(discord.Forbidden) as error:
            await channel.get_partial_message(second.id).pin()
        assert error.value.code == 50013


def old_pins(channel_id: int) -> discord.http.Route:
    """The route of pins before they had times."""
    return discord.http.Route("GET", "/channels/{channel_id}/pins", channel_id=channel_id)


async def test_a_channel_can_have_250_pins(local_discord: LocalDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    local = local_discord
    monkeypatch.setattr("bot.sandbox.discord.posts.MAX_PINS", 1)
    local.world.overwrite(local.general, local.bot, allow=Permission.PIN_MESSAGES)
    statuses = []
    for text in ("one", "two"):
        message = await local.post(local.member, local.general, text)
        path = f"/channels/{local.general.id}/messages/pins/{message.id}"
        async with logged_in(local, make_bot()) as bot:
            try:
                await bot.http.request(discord.http.Route("PUT", path))
            except discord.HTTPException as error:
                statuses.append(error.code)
    assert statuses == [30003]


async def test_the_bot_sets_permission_overwrites(local_discord: LocalDiscord) -> None:
    local = local_discord
    async with logged_in(local, make_bot()) as bot:
        channel = bot.get_channel(local.general.id)
        assert isinstance(channel, discord.TextChannel)
        with pytest.raises(discord.Forbidden):
            await channel.set_permissions(channel.guild.default_role, send_messages=False)
        local.world.overwrite(local.general, local.bot, allow=Permission.MANAGE_ROLES)
        await channel.set_permissions(channel.guild.default_role, send_messages=False)
        (own, everyone) = local.world.channels[channel.id].overwrites
        assert (own.kind, everyone.kind, everyone.deny) == ("member", "role", Permission.SEND_MESSAGES)
        with pytest.raises(ApiError, match="Missing Permissions"):
            await local.post(local.member, local.general, "may I?")
        with pytest.raises(discord.Forbidden):  # the bot cannot give what it does not have
            await channel.set_permissions(channel.guild.default_role, manage_guild=True)
        await channel.set_permissions(channel.guild.default_role, overwrite=None)
        await local.post(local.member, local.general, "I may")
        for target in (1, local.guild.id):
            with pytest.raises(discord.NotFound) as error:
                await bot.http.delete_channel_permissions(channel.id, target)
            assert error.value.code == 10009
        with pytest.raises(discord.NotFound) as unknown:
            await bot.http.edit_channel_permissions(channel.id, 1, "0", "0", 0)
        assert unknown.value.code == 10011


async def test_the_bot_changes_and_deletes_a_channel(local_discord: LocalDiscord) -> None:
    local = local_discord
    async with logged_in(local, make_bot()) as bot:
        channel = bot.get_channel(local.random.id)
        assert isinstance(channel, discord.TextChannel)
        with pytest.raises(discord.Forbidden):
            await channel.edit(name="renamed")
        local.world.overwrite(local.random, local.bot, allow=Permission.MANAGE_CHANNELS)
        edited = await channel.edit(name="renamed", topic="Cats", slowmode_delay=5)
        assert edited is not None
        assert (edited.name, edited.topic, edited.slowmode_delay) == ("renamed", "Cats", 5)
        thread = local.start_thread(local.member, local.random, "Inside")
        deleted = asyncio.create_task(bot.wait_for("guild_channel_delete", timeout=5))
        await channel.delete()
        assert (await deleted).id == local.random.id
        for gone in (local.random, thread):
            with pytest.raises(discord.NotFound) as error:
                await bot.fetch_channel(gone.id)
            assert error.value.code == 10003
