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
    if not (ctx.guild is not None and _is_admin(ctx.permissions)) and not await ctx.bot.is_owner(ctx.author):
        raise AdminsOnlyError
    return True


async def is_admin(interaction: discord.Interaction[Any]) -> bool:
    """Whether whoever presses a button is the server's admin or the bot's owner."""
    admin = interaction.guild_id is not None and _is_admin(interaction.permissions)
    return admin or bool(await interaction.client.is_owner(interaction.user))


async def require_admin(interaction: discord.Interaction[Any]) -> None:
    """Allow only them. Raises AdminsOnlyError."""
    if not await is_admin(interaction):
        raise AdminsOnlyError


def _is_admin(permissions: discord.Permissions) -> bool:
    return permissions.administrator or permissions.manage_guild
