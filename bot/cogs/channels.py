"""`channels`, `channel add`, `channel remove`: which YouTube channels a server's model recognises."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.budget import Budget
from bot.channel_lists import ChannelLists
from bot.context import Context
from bot.limits import CHOICE_LENGTH, CHOICES
from bot.replies import actions
from bot.replies.channels import added, already_listed, removed
from bot.replies.words import line
from bot.rights import admins_only
from bot.services import Services
from bot.views.channels import ChannelsPage, page_of_channels


class Channels(commands.Cog):
    """Shows and changes a server's list of channels."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._services = services
        self._lists = ChannelLists(services)
        self._budget = Budget(services)

    async def cog_load(self) -> None:
        """Register the buttons."""
        self._bot.add_dynamic_items(ChannelsPage)

    @app_commands.command(name="channels", description="List the YouTube channels I recognise here")
    async def _channels(self, interaction: discord.Interaction[commands.AutoShardedBot]) -> None:
        """The text command as a slash command of its own: Discord hides a group from members as a whole."""
        await self._list(await self._bot.get_context(interaction, cls=Context))

    @commands.hybrid_group(aliases=["channels"], description="Change which YouTube channels I recognise here")  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def channel(self, ctx: Context) -> None:
        """Show the list: what members can do, too."""
        await self._list(ctx)

    async def _list(self, ctx: Context) -> None:
        """Show the channels on this server's list, and which of them the model knows already."""
        reply, view = await page_of_channels(self._services, ctx.server, 1)
        await ctx.answer(reply, view=view)

    @channel.command(description="Add a YouTube channel to this server's list (server admins)")  # type: ignore[arg-type]
    @app_commands.describe(channel="Its @handle, its id, or a link to it")
    @commands.guild_only()
    @commands.check(admins_only)
    @commands.cooldown(5, 30, commands.BucketType.guild)
    async def add(self, ctx: Context, *, channel: str) -> None:
        """Look a channel up at YouTube and add it to this server's list."""
        if not await self._bot.is_owner(ctx.author):
            await self._budget.check(ctx.own_guild.id)
        async with ctx.typing():
            change = await self._lists.add(ctx.own_guild.id, channel, ctx.author.id)
        await ctx.answer(
            added(change.channel, change.count, copied=change.copied, gone=change.gone)
            if change.changed
            else already_listed(change.channel)
        )
        if change.changed:
            await ctx.record(actions.channel_added(ctx.author.id, change.channel))

    @channel.command(description="Remove a YouTube channel from this server's list (server admins)")  # type: ignore[arg-type]
    @app_commands.describe(channel="One of this server's channels")
    @commands.guild_only()
    @commands.check(admins_only)
    @commands.cooldown(5, 30, commands.BucketType.guild)
    async def remove(self, ctx: Context, *, channel: str) -> None:
        """Remove a channel from this server's list."""
        async with ctx.typing():
            change = await self._lists.remove(ctx.own_guild.id, channel, ctx.author.id)
        await ctx.answer(removed(change.channel, change.count, copied=change.copied, gone=change.gone))
        await ctx.record(actions.channel_removed(ctx.author.id, change.channel))

    @remove.autocomplete("channel")
    async def _choices(self, interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        listed, _ = await self._lists.of(interaction.guild_id)
        return [
            app_commands.Choice(name=line(channel.title, CHOICE_LENGTH), value=channel.id or channel.title)
            for channel in listed
            if typed.casefold() in f"{channel.title} {channel.handle or ''}".casefold()
        ][:CHOICES]
