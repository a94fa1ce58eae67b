"""Slash commands, buttons and menus, and the bot's responses to them."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.sandbox.discord import LocalDiscord, NotOfferedError
from tests.bot.sandbox.discord.bots import logged_in, make_bot, picture
from tests.discord_fixtures import MakeDiscord

Answer = Callable[[discord.Interaction], Awaitable[None]]


def bot_with(answer: Answer, **settings: Any) -> commands.Bot:
    """A bot with one command, /go, with this callback."""
    bot = make_bot(**settings)

    @bot.tree.command(name="go", description="Go")
    async def go(interaction: discord.Interaction) -> None:
        await answer(interaction)

    bot.setup_hook = synced(bot)  # type: ignore[method-assign]
    return bot


def synced(bot: commands.Bot) -> Callable[[], Awaitable[None]]:
    async def hook() -> None:
        await bot.tree.sync()

    return hook


async def test_the_first_follow_up_replaces_the_placeholder(local_discord: LocalDiscord) -> None:
    local = local_discord

    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        file = discord.File(io.BytesIO(picture()), "plot.png", description="alt")
        embed = discord.Embed(title="done").set_image(url="attachment://plot.png")
        first = await interaction.followup.send(embed=embed, file=file, wait=True)
        second = await interaction.followup.send("more", wait=True)
        await second.edit(content="more still")
        assert (await interaction.original_response()).id == first.id
        await interaction.edit_original_response(content="edited")

    async with local.watch() as events, logged_in(local, bot_with(answer)):
        asked = await local.slash(local.member, local.general, "go")
        thinking = await events.next(lambda event: event.name == "MESSAGE_CREATE")
        assert thinking.message is not None
        assert thinking.message.loading
        await events.next(lambda e: e.message is not None and e.message.content == "edited")
        done = local.current(thinking.message)
        assert asked.response_id == done.id
        assert done.embeds[0]["title"] == "done"
        assert done.attachments[0].description == "alt"
        assert done.kind == 20
        contents = [message.content for message in local.world.messages[local.general.id].values()]
        assert contents == ["edited", "more still"]


async def test_only_its_user_can_see_an_ephemeral_response(local_discord: LocalDiscord) -> None:
    local = local_discord
    received: list[discord.Message] = []

    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("psst", ephemeral=True)
        original = await interaction.original_response()
        assert original.flags.ephemeral
        await interaction.followup.send("also", ephemeral=True)

    bot = bot_with(answer)

    async def on_message(message: discord.Message) -> None:
        received.append(message)

    bot.add_listener(on_message)
    async with local.watch() as events, logged_in(local, bot):
        said = await local.answer_to(await local.slash(local.member, local.general, "go"))
        assert said.visible(local.member.id)
        assert not said.visible(local.admin.id)
        also = await events.next(lambda e: e.message is not None and e.message.content == "also")
        assert also.message is not None
        assert also.message.visible_to == local.member.id
        with pytest.raises(discord.NotFound):
            await bot.get_partial_messageable(local.general.id).fetch_message(said.id)
        assert [message async for message in bot.get_partial_messageable(local.general.id).history()] == []
    assert received == []


async def test_options_of_every_type(local_discord: LocalDiscord) -> None:
    local = local_discord
    bot = make_bot()
    received: list[Any] = []

    @bot.tree.command(name="all", description="All")
    async def every(
        interaction: discord.Interaction,
        file: discord.Attachment,
        number: int,
        share: float,
        yes: bool,
    ) -> None:
        received.extend((await file.read(), number, share, yes))
        assert interaction.permissions.administrator
        await interaction.response.send_message("ok")

    bot.setup_hook = synced(bot)  # type: ignore[method-assign]
    async with logged_in(local, bot):
        options = {"file": ("a.png", picture()), "number": 3, "share": 0.5, "yes": True}
        await local.answer_to(await local.slash(local.admin, local.general, "all", options))
        with pytest.raises(NotOfferedError, match="required"):
            await local.slash(local.admin, local.general, "all", {"number": 3})
        with pytest.raises(NotOfferedError, match="no option"):
            await local.slash(local.admin, local.general, "all", options | {"more": 1})
    assert received == [picture(), 3, 0.5, True]


async def test_hybrid_groups_context_menus_and_autocompletion(local_discord: LocalDiscord) -> None:
    local = local_discord
    bot = make_bot()

    @bot.hybrid_group(description="Channels", fallback="list")
    async def channels(ctx: commands.Context[Any]) -> None:
        await ctx.reply("list")

    @channels.command(description="Add")
    async def add(ctx: commands.Context[Any], handle: str) -> None:
        await ctx.defer()
        await ctx.reply(f"added {handle}")

    @add.autocomplete("handle")
    async def _handles(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=typed + "x", value=typed + "x")]

    @bot.tree.context_menu(name="Which channel is this?")
    async def which(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(message.content)

    bot.setup_hook = synced(bot)  # type: ignore[method-assign]
    async with logged_in(local, bot):
        said = await local.answer_to(await local.slash(local.member, local.general, "channels add", {"handle": "@a"}))
        assert said.content == "added @a"
        said = await local.answer_to(await local.slash(local.member, local.general, "channels list"))
        assert said.content == "list"
        message = await local.post(local.member, local.general, "!channels add @b")
        assert (await local.answer_to(message)).content == "added @b"
        said = await local.answer_to(await local.context_menu(local.member, message, "Which channel is this?"))
        assert said.content == "!channels add @b"
        choices = await local.autocomplete(local.member, local.general, "channels add", "handle", "ab")
        assert [choice["value"] for choice in choices] == ["abx"]
        with pytest.raises(NotOfferedError):
            await local.slash(local.member, local.general, "channels")


class Buttons(discord.ui.View):
    """One button per kind of response."""

    @discord.ui.button(label="Update", custom_id="update")
    async def update(self, interaction: discord.Interaction, button: discord.ui.Button[Any]) -> None:
        button.disabled = True
        await interaction.response.edit_message(content="updated", view=self)

    @discord.ui.button(label="Later", custom_id="later")
    async def later(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="later")

    @discord.ui.button(label="Say", custom_id="say")
    async def say(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        assert interaction.message is not None
        await interaction.response.send_message(f"you, {interaction.user.id}", ephemeral=True)

    @discord.ui.select(custom_id="menu", options=[discord.SelectOption(label="a"), discord.SelectOption(label="b")])
    async def menu(self, interaction: discord.Interaction, select: discord.ui.Select[Any]) -> None:
        await interaction.response.edit_message(content=select.values[0])


async def test_buttons_and_menus(local_discord: LocalDiscord) -> None:
    local = local_discord

    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("press", view=Buttons())

    async with local.watch() as events, logged_in(local, bot_with(answer)):
        message = await local.answer_to(await local.slash(local.member, local.general, "go"))
        said = await local.answer_to(await local.press(local.admin, message, "say"))
        assert said.content == f"you, {local.admin.id}"
        assert said.reference_id == message.id
        await local.press(local.member, message, "later")
        await events.next(lambda e: e.message is not None and e.message.content == "later")
        await local.choose(local.member, message, "menu", ["b"])
        await events.next(lambda e: e.message is not None and e.message.content == "b")
        await local.press(local.member, message, "update")
        await events.next(lambda e: e.message is not None and e.message.content == "updated")
        with pytest.raises(NotOfferedError, match="disabled"):
            await local.press(local.member, message, "update")


async def test_a_second_response_is_an_error(local_discord: LocalDiscord) -> None:
    local = local_discord
    codes: list[int] = []

    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("one")
        again = discord.Interaction(data=raw(interaction), state=interaction._state)
        with pytest.raises(discord.HTTPException) as error:
            await again.response.send_message("two")
        codes.append(error.value.code)
        await interaction.followup.send("done")

    async with local.watch() as events, logged_in(local, bot_with(answer)):
        await local.slash(local.member, local.general, "go")
        await events.next(lambda e: e.message is not None and e.message.content == "done")
    assert codes == [40060]


def raw(interaction: discord.Interaction) -> Any:
    """The same interaction as a new payload."""
    return {
        "id": str(interaction.id),
        "type": 2,
        "data": interaction.data,
        "token": interaction.token,
        "version": 1,
        "application_id": str(interaction.application_id),
        "attachment_size_limit": 1,
    }


async def test_a_late_response_is_an_error(make_discord: MakeDiscord) -> None:
    late = asyncio.Event()
    error_code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def answer(interaction: discord.Interaction) -> None:
        await late.wait()
        with pytest.raises(discord.NotFound) as error:
            await interaction.response.send_message("too late")
        error_code.set_result(error.value.code)

    async with make_discord(answer_within=0.05) as local, logged_in(local, bot_with(answer)):
        asked = await local.slash(local.member, local.general, "go")
        with pytest.raises(NotOfferedError, match="did not respond"):
            await local.answer_to(asked)
        late.set()
        assert await error_code == 10062


async def test_a_token_expires(make_discord: MakeDiscord) -> None:
    error_code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        with pytest.raises(discord.HTTPException) as error:
            await interaction.followup.send("too late")
        error_code.set_result(error.value.code)

    async with make_discord(token_lifetime=0.0) as local, logged_in(local, bot_with(answer)):
        await local.slash(local.member, local.general, "go")
        assert await error_code == 50027


async def test_only_users_with_its_permission_find_a_command(local_discord: LocalDiscord) -> None:
    local = local_discord
    bot = make_bot()

    @bot.tree.command(name="admins", description="For admins")
    @app_commands.default_permissions(manage_guild=True)
    async def admins(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("ok")

    bot.setup_hook = synced(bot)  # type: ignore[method-assign]
    async with logged_in(local, bot):
        assert [command["name"] for command in local.offered(local.admin, local.general)] == ["admins"]
        assert local.offered(local.member, local.general) == []
        with pytest.raises(NotOfferedError):
            await local.slash(local.member, local.general, "admins")
        (listed,) = await bot.tree.fetch_commands()
        assert listed.name == "admins"
        await listed.delete()
        assert local.offered(local.admin, local.general) == []
