"""`admins`, `log`: whose text commands of admins are obeyed, and where admins' actions are logged."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.context import Context
from bot.replies import actions
from bot.replies.admins import admins, everyone_is_no_admin, log_channel, log_off
from bot.rights import admins_only, managers_only
from bot.services import Services


class Admins(commands.Cog):
    """Changes who is an admin, and who hears of what admins do."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        del bot
        self._servers = services.store.servers

    @commands.hybrid_group(  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
        fallback="set", description="Choose a role whose members may use my text commands for admins (server admins)"
    )
    @app_commands.describe(role="The role; omit to show the current one")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    @commands.guild_only()
    @commands.check(managers_only)
    async def admins(self, ctx: Context, role: discord.Role = commands.parameter(default=None)) -> None:  # noqa: B008
        """Let members with a role use the text commands and buttons of admins; without a role, show it."""
        # `discord.Role | None` would make discord.py read a role that it can't find as none at all.
        server = ctx.own_guild.id
        if role is None:
            await ctx.answer(admins((await self._servers.get(server)).admin_role))
        elif role.is_default():
            await ctx.answer(everyone_is_no_admin())
        else:
            await self._servers.set_admin_role(server, role.id)
            await ctx.answer(admins(role.id))
            await ctx.record(actions.admins_set(ctx.author.id, role.id))

    @admins.command(name="off", description="Let no role use my text commands for admins (server admins)")  # type: ignore[arg-type]
    @commands.guild_only()
    @commands.check(managers_only)
    async def _no_role(self, ctx: Context) -> None:
        """Leave the text commands of admins to those with Manage Server."""
        await self._servers.set_admin_role(ctx.own_guild.id, None)
        await ctx.answer(admins(None))
        await ctx.record(actions.admins_set(ctx.author.id, None))

    @commands.hybrid_group(  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
        fallback="set", description="Choose a channel in which I log what admins do (server admins)"
    )
    @app_commands.describe(channel="The channel; omit to show the current one")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    @commands.guild_only()
    @commands.check(admins_only)
    async def log(self, ctx: Context, channel: discord.TextChannel = commands.parameter(default=None)) -> None:  # noqa: B008
        """Log admins' actions in a channel; without one, show it."""
        server = ctx.own_guild.id
        if channel is None:
            await ctx.answer(log_channel((await self._servers.get(server)).log_channel))
            return
        await self._servers.set_log_channel(server, channel.id)
        await ctx.answer(log_channel(channel.id))
        await ctx.record(actions.log_set(ctx.author.id, channel.id))

    @log.command(name="off", description="Stop logging what admins do (server admins)")  # type: ignore[arg-type]
    @commands.guild_only()
    @commands.check(admins_only)
    async def _no_log(self, ctx: Context) -> None:
        """Log no more, and say so in the log."""
        await ctx.record(actions.log_stopped(ctx.author.id))
        await self._servers.set_log_channel(ctx.own_guild.id, None)
        await ctx.answer(log_off())
