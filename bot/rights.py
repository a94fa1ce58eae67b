"""Who may do what, for every entry point: prefix, slash command, message menu and button."""

from typing import TYPE_CHECKING, Any

import discord
from discord.ext import commands

if TYPE_CHECKING:
    from bot.context import Context


class AdminsOnlyError(commands.CheckFailure):
    """A member used something that is for admins only."""


async def admins_only(ctx: "Context") -> bool:
    """Allow the server's admins and the bot's owner, as a check of a command. Raises AdminsOnlyError."""
    if not (ctx.server is not None and _is_admin(ctx.permissions)) and not await ctx.bot.is_owner(ctx.author):
        raise AdminsOnlyError
    return True


async def require_admin(interaction: discord.Interaction[Any]) -> None:
    """The same for whoever presses a button. Raises AdminsOnlyError."""
    admin = interaction.is_guild_integration() and _is_admin(interaction.permissions)
    if not admin and not await interaction.client.is_owner(interaction.user):
        raise AdminsOnlyError


def _is_admin(permissions: discord.Permissions) -> bool:
    return permissions.administrator or permissions.manage_guild
