"""What users can do: run commands and edit messages, and add the bot to servers or remove it."""

import asyncio
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.sandbox.discord import ApiError, LocalDiscord, NotOfferedError, Permission
from tests.bot.sandbox.discord.bots import logged_in, make_bot
from tests.bot.sandbox.discord.test_interactions import synced


def menu_bot(received: list[Any]) -> commands.Bot:
    """A bot with a user command, and a slash command with limits on its options."""
    bot = make_bot()

    @bot.tree.context_menu(name="Statistics")
    async def statistics(interaction: discord.Interaction, member: discord.Member) -> None:
        received.append((member.id, isinstance(member, discord.Member), member.guild_permissions.administrator))
        await interaction.response.send_message("ok", ephemeral=True)

    @bot.tree.command(name="bounded", description="Bounded")
    @app_commands.choices(way=[app_commands.Choice(name="Up", value="up")])
    async def bounded(
        interaction: discord.Interaction,
        text: app_commands.Range[str, 2, 4] = "ab",
        number: app_commands.Range[int, 1, 9] = 1,
        way: app_commands.Choice[str] | None = None,
        who: discord.Member | None = None,
        where: discord.TextChannel | None = None,
    ) -> None:
        received.append((text, number, way and way.value, who and who.display_name, where and where.name))
        await interaction.response.send_message("ok")

    bot.setup_hook = synced(bot)  # type: ignore[method-assign]
    return bot


async def test_a_user_command_receives_the_member(local_discord: LocalDiscord) -> None:
    local, received = local_discord, list[Any]()
    async with logged_in(local, menu_bot(received)):
        asked = await local.user_menu(local.member, local.general, local.admin, "Statistics")
        assert (await local.answer_to(asked)).visible_to == local.member.id
        with pytest.raises(NotOfferedError):
            await local.user_menu(local.member, local.general, local.admin, "Which channel is this?")
    assert received == [(local.admin.id, True, True)]


async def test_values_outside_an_options_limits_are_not_sent(local_discord: LocalDiscord) -> None:
    local, received = local_discord, list[Any]()
    async with logged_in(local, menu_bot(received)):
        invalid: list[dict[str, Any]] = [
            {"text": "a"},
            {"text": "abcde"},
            {"number": 0},
            {"number": 10},
            {"number": True},
            {"way": "down"},
            {"where": local.posters},
            {"where": local.direct(local.member)},
        ]
        for options in invalid:
            with pytest.raises(NotOfferedError):
                await local.slash(local.member, local.general, "bounded", options)
        valid = {"text": "abc", "number": 9, "way": "up", "who": local.admin, "where": local.random}
        await local.answer_to(await local.slash(local.member, local.general, "bounded", valid))
        with pytest.raises(NotOfferedError, match="no autocompletion"):
            await local.autocomplete(local.member, local.general, "bounded", "text", "a")
    assert received == [("abc", 9, "up", "Ada", "random")]


async def test_autocompletion_receives_the_other_options(local_discord: LocalDiscord) -> None:
    local, bot = local_discord, make_bot()

    @bot.tree.command(name="both", description="Both")
    async def both(interaction: discord.Interaction, first: str, second: int) -> None:
        await interaction.response.send_message(f"{first} {second}")

    @both.autocomplete("second")
    async def _second(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[int]]:
        return [app_commands.Choice(name=f"{interaction.namespace.first} {typed}", value=7)]

    bot.setup_hook = synced(bot)  # type: ignore[method-assign]
    async with logged_in(local, bot):
        choices = await local.autocomplete(local.member, local.general, "both", "second", "x", {"first": "a"})
        assert [(choice["name"], choice["value"]) for choice in choices] == [("a x", 7)]


async def test_users_can_only_change_their_own_messages(local_discord: LocalDiscord) -> None:
    local = local_discord
    message = await local.post(local.member, local.general, "one")
    assert (await local.edit(local.member, message, "two")).edited_at is not None
    with pytest.raises(ApiError, match="another user"):
        await local.edit(local.admin, message, "three")
    with pytest.raises(ApiError, match="Missing Permissions"):
        local.delete(local.owner, message)
    local.delete(local.admin, message)
    with pytest.raises(ApiError, match="Unknown Message"):
        local.delete(local.member, message)


async def test_only_administrators_find_a_command_with_permissions_0(local_discord: LocalDiscord) -> None:
    local, bot = local_discord, make_bot()

    @bot.tree.command(name="hidden", description="Hidden")
    @app_commands.default_permissions()
    async def hidden(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("ok")

    bot.setup_hook = synced(bot)  # type: ignore[method-assign]
    async with logged_in(local, bot):
        assert local.offered(local.member, local.general) == []
        assert [command["name"] for command in local.offered(local.admin, local.general)] == ["hidden"]
        assert [command["name"] for command in local.offered(local.member, local.posters)] == ["hidden"]
        local.world.overwrite(local.posters, local.admin, deny=Permission.USE_APPLICATION_COMMANDS)
        assert local.offered(local.admin, local.posters) == []


async def test_a_server_removes_the_bot_and_adds_it_again(local_discord: LocalDiscord) -> None:
    local = local_discord
    async with logged_in(local, make_bot()) as bot:
        assert {guild.name async for guild in bot.fetch_guilds()} == {"Thumbprint sandbox", "Film club"}
        removed = asyncio.create_task(bot.wait_for("guild_remove", timeout=5))
        await asyncio.sleep(0)
        local.world.leave(local.club, local.bot)
        assert (await removed).id == local.club.id
        assert bot.get_guild(local.club.id) is None
        assert local.offered(local.member, local.posters) == []
        with pytest.raises(discord.Forbidden):
            await bot.get_partial_messageable(local.posters.id).send("hello?")
        joined = asyncio.create_task(bot.wait_for("guild_join", timeout=5))
        await asyncio.sleep(0)
        local.world.join(local.club, local.bot)
        guild = await joined
        assert [channel.name for channel in guild.text_channels] == ["posters", "trailers"]
        assert (await bot.get_partial_messageable(local.posters.id).send("hello")).content == "hello"


async def test_the_bot_leaves_a_server(local_discord: LocalDiscord) -> None:
    local = local_discord
    async with logged_in(local, make_bot()) as bot:
        removed = asyncio.create_task(bot.wait_for("guild_remove", timeout=5))
        await asyncio.sleep(0)
        guild = bot.get_guild(local.club.id)
        assert guild is not None
        await guild.leave()
        assert (await removed).id == local.club.id
        with pytest.raises(discord.NotFound):
            await guild.leave()


async def test_a_server_removes_the_bot_while_it_is_offline(local_discord: LocalDiscord) -> None:
    local = local_discord
    local.world.leave(local.club, local.bot)
    async with logged_in(local, make_bot()) as bot:
        assert [guild.name for guild in bot.guilds] == ["Thumbprint sandbox"]
        with pytest.raises(discord.Forbidden):
            await bot.fetch_guild(local.club.id)
