"""An application that people install to their own account: where its commands are offered, and what it can do there."""

import asyncio
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.sandbox.discord import Channel, LocalDiscord
from tests.bot.sandbox.discord.bots import logged_in, make_bot


def bot_with(answer: Any, **where: Any) -> commands.Bot:
    """A bot with the commands /go, for people who have installed it, and /stay, for servers that have added it."""
    bot = make_bot()

    @bot.tree.command(name="go", description="Go")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def go(interaction: discord.Interaction) -> None:
        await answer(interaction)

    @bot.tree.command(name="stay", description="Stay")
    @app_commands.allowed_installs(guilds=True)
    async def stay(interaction: discord.Interaction) -> None:
        await answer(interaction)

    async def hook() -> None:
        await bot.tree.sync()

    bot.setup_hook = hook  # type: ignore[method-assign]
    return bot


def names(local: LocalDiscord, channel: Channel) -> list[str]:
    return [command["name"] for command in local.offered(local.member, channel)]


def elsewhere(local: LocalDiscord) -> Channel:
    """A channel of a server that the bot is not in."""
    return local.world.add_channel(local.world.add_guild("Elsewhere", local.admin, (local.member,)), "lounge")


async def test_commands_are_offered_where_their_installation_and_their_contexts_allow(
    local_discord: LocalDiscord,
) -> None:
    local = local_discord
    private, foreign = local.world.add_direct(local.member, local.admin), elsewhere(local)
    async with logged_in(local, bot_with(None)):
        assert names(local, local.general) == names(local, local.direct(local.member)) == ["go", "stay"]
        assert names(local, private) == names(local, foreign) == []
        local.world.install(local.member)
        assert names(local, private) == names(local, foreign) == ["go"]
        assert names(local, local.general) == ["go", "stay"]


@pytest.mark.parametrize("place", ["general", "foreign", "private", "direct"])
async def test_an_interaction_says_who_authorized_it_and_where_it_began(
    place: str, local_discord: LocalDiscord
) -> None:
    local, seen = local_discord, []
    guild = {"0": str(local.guild.id)}
    user = {"1": str(local.member.id)}
    channel, owners, context = {
        "general": (local.general, guild | user, 0),
        "foreign": (elsewhere(local), user, 0),
        "private": (local.world.add_direct(local.member, local.admin), user, 2),
        "direct": (local.direct(local.member), {"0": "0"} | user, 1),
    }[place]
    local.world.install(local.member)

    async def answer(interaction: discord.Interaction) -> None:
        seen.append(interaction)
        view = discord.ui.View(timeout=None)
        view.add_item(discord.ui.Button(label="Again", custom_id="again"))
        await interaction.response.send_message("here", view=view)

    bot = bot_with(answer)

    @bot.event
    async def on_interaction(interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.component:
            seen.append(interaction)
            await interaction.response.defer()

    async with logged_in(local, bot):
        sent = await local.answer_to(await local.slash(local.member, channel, "go"))
        presser = local.member if place == "direct" else local.admin
        await local.settled(await local.press(presser, sent, "again"))
        for interaction in seen:
            assert interaction._integration_owners == {int(kind): int(owner) for kind, owner in owners.items()}
            assert interaction.context.to_array() == [context]
        assert seen[0].app_permissions.attach_files
        assert seen[0].is_guild_integration() is (place == "general")
        assert sent.interaction is not None
        assert sent.interaction["interaction_metadata"]["authorizing_integration_owners"] == owners


async def test_where_the_bot_is_not_it_gets_nothing_but_interactions(local_discord: LocalDiscord) -> None:
    local, errors = local_discord, []
    done, heard = asyncio.Event(), asyncio.Queue[discord.Message]()
    local.world.install(local.member)
    place = elsewhere(local)

    async def answer(interaction: discord.Interaction) -> None:
        assert isinstance(interaction.channel, discord.TextChannel)
        await interaction.response.send_message("here")
        follow_ups = (interaction.followup.send(str(number)) for number in range(6))
        for attempt in (interaction.channel.send("more"), interaction.channel.fetch_message(posted.id), *follow_ups):
            try:
                await attempt
            except discord.HTTPException as error:
                errors.append(error.code)
        done.set()

    bot = bot_with(answer)

    @bot.event
    async def on_message(message: discord.Message) -> None:
        heard.put_nowait(message)

    async with logged_in(local, bot):
        posted = await local.post(local.admin, place, "hidden from the bot")
        await local.slash(local.member, place, "go")
        await done.wait()
        await local.post(local.member, local.general, "seen")
        assert (await heard.get()).content == "seen"
    assert errors == [50001, 50001, 40094]
