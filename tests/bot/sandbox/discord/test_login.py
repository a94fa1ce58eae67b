"""Login, intents and reconnecting."""

import aiohttp
import discord
import pytest
from discord.ext import commands

from bot.sandbox.discord import Event, GatewaySettings, LocalDiscord
from tests.bot.sandbox.discord.bots import logged_in, make_bot
from tests.discord_fixtures import MakeDiscord


async def test_an_unmodified_client_receives_the_world(local_discord: LocalDiscord) -> None:
    async with logged_in(local_discord, make_bot()) as bot:
        guild = bot.get_guild(local_discord.guild.id)
        assert guild is not None
        assert [channel.name for channel in guild.text_channels] == ["general", "random"]
        assert bot.user is not None
        assert bot.user.id == local_discord.bot.id
        assert await bot.is_owner(discord.Object(local_discord.owner.id))  # type: ignore[arg-type]
        assert guild.owner_id == local_discord.admin.id
        assert bot.application is not None
        assert bot.application.flags.gateway_message_content_limited


async def test_a_restart_has_the_same_world_without_messages(make_discord: MakeDiscord) -> None:
    async with make_discord() as first:
        before = await first.post(first.member, first.general, "before")
        old = first.world
    async with make_discord() as second:
        assert second.world.messages[second.general.id] == {}
        after = await second.post(second.member, second.general, "after")
        new = second.world
    assert (new.users, new.guilds, new.channels) == (old.users, old.guilds, old.channels)
    assert len({*new.users, *new.guilds, *new.channels}) == 4 + 2 + 4
    assert max(new.channels) < before.id < after.id


async def test_rest_returns_guilds_channels_and_users(local_discord: LocalDiscord) -> None:
    async with logged_in(local_discord, make_bot()) as bot:
        guild = await bot.fetch_guild(local_discord.guild.id)
        assert [role.name for role in await guild.fetch_roles()] == ["@everyone", "Thumbprint", "Admin"]
        assert len(await guild.fetch_channels()) == 2
        member = await guild.fetch_member(local_discord.admin.id)
        assert [role.name for role in member.roles] == ["@everyone", "Admin"]
        assert (await bot.fetch_user(local_discord.member.id)).display_name == "Max"
        assert (await bot.fetch_channel(local_discord.general.id)).id == local_discord.general.id


async def test_a_sharded_bot_logs_in(local_discord: LocalDiscord) -> None:
    bot = commands.AutoShardedBot("!", intents=discord.Intents.default(), guild_ready_timeout=0.05)
    async with logged_in(local_discord, bot):
        assert bot.shard_count == 1
        assert bot.get_guild(local_discord.guild.id) is not None


async def test_a_wrong_token_cannot_log_in(local_discord: LocalDiscord) -> None:
    with pytest.raises(discord.LoginFailure):
        async with logged_in(local_discord, make_bot(), token="wrong"):
            raise AssertionError("logged in")


async def test_a_privileged_intent_needs_its_allowance(make_discord: MakeDiscord) -> None:
    async with make_discord(message_content_allowed=False) as local:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            async with logged_in(local, make_bot()):
                raise AssertionError("logged in")


async def test_the_members_intent_delivers_all_members(make_discord: MakeDiscord) -> None:
    intents = discord.Intents(guilds=True, members=True)
    async with make_discord(members_allowed=True) as local, logged_in(local, make_bot(intents=intents)) as bot:
        names = {member.display_name for member in bot.get_all_members()}
        assert names == {"Ada", "Max", "Olga", "Thumbprint"}


async def test_the_gateway_closes_with_4004_after_a_wrong_token(local_discord: LocalDiscord) -> None:
    address = f"{local_discord.gateway_url}?v=10&encoding=json"
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        assert (await socket.receive_json())["op"] == 10
        await socket.send_json({"op": 2, "d": {"token": "wrong", "intents": 0, "properties": {}}})
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 4004


async def no_wait(*_: object, **__: object) -> None:
    """Replaces discord.py's wait of 5 s before it identifies again."""


async def test_shards_start_as_the_gateway_says(make_discord: MakeDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = GatewaySettings(shards=2, max_concurrency=2, identify_interval=60)
    received: dict[str, int | None] = {}
    bot = commands.AutoShardedBot("!", intents=discord.Intents.default(), guild_ready_timeout=0.05)
    monkeypatch.setattr(bot, "before_identify_hook", no_wait)

    async def on_message(message: discord.Message) -> None:
        if not message.author.bot:
            assert message.guild is not None
            received[message.guild.name] = message.guild.shard_id
            await message.channel.send("received")

    bot.add_listener(on_message)
    async with make_discord(gateway=settings) as local, logged_in(local, bot), local.watch() as events:
        assert bot.shard_count == 2
        for channel in (local.general, local.posters):
            await local.post(local.member, channel, "look")
            await events.next(lambda event: event.message is not None and event.message.content == "received")
    assert received == {guild.name: (guild.id >> 22) % 2 for guild in (local.guild, local.club)}


async def received_around(local: LocalDiscord, bot: commands.Bot, fault: str) -> tuple[list[str], str]:
    """Interrupt the connection; returns the received ones of two messages, and the event of the reconnection."""
    received: list[str] = []

    async def on_message(message: discord.Message) -> None:
        received.append(message.content)
        await message.channel.send("received")

    bot.add_listener(on_message)
    async with local.watch() as events, logged_in(local, bot):
        await events.next(lambda event: event.name == "GATEWAY_READY")
        if fault == "drop":
            local.gateway.drop()
        elif fault == "reconnect":
            local.gateway.ask_to_reconnect()
        else:
            local.gateway.invalidate(resumable=fault == "invalidate-resumable")
        await events.next(lambda event: event.name == "GATEWAY_CLOSED")
        await local.post(local.member, local.general, "meanwhile")
        reconnected = await events.next(lambda e: e.name in ("GATEWAY_RESUMED", "GATEWAY_READY"), within=20)

        def answered(event: Event) -> bool:
            return event.message is not None and event.message.content == "received"

        if reconnected.name == "GATEWAY_RESUMED":
            await events.next(answered)
        await local.post(local.member, local.general, "afterwards")
        await events.next(answered)
    return [text for text in received if text != "received"], reconnected.name


@pytest.mark.parametrize("fault", ["drop", "reconnect", "invalidate-resumable"])
async def test_a_lost_connection_resumes_without_missing_events(local_discord: LocalDiscord, fault: str) -> None:
    received, event = await received_around(local_discord, make_bot(), fault)
    assert (received, event) == (["meanwhile", "afterwards"], "GATEWAY_RESUMED")


async def test_an_invalid_session_is_replaced(local_discord: LocalDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    bot = make_bot()
    monkeypatch.setattr(bot, "before_identify_hook", no_wait)
    received, event = await received_around(local_discord, bot, "invalidate")
    assert (received, event) == (["afterwards"], "GATEWAY_READY")
