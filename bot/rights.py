"""Who may do what, for every entry point: text command, slash command, button, menu and modal.

Slash commands of admins are guarded by Discord, which asks the server's Integrations page. For everything else, admins
are those with Manage Server or the role that the server chose; buttons also trust whom that page allows their command.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import discord
from discord.ext import commands

from bot.context import server_of
from bot.services import Services

if TYPE_CHECKING:
    from discord.types.command import ApplicationCommandPermissions

    from bot.context import Context

_ROLE, _USER, _CHANNEL = 1, 2, 3
"""What an overwrite of the Integrations page is about."""
_ALL_CHANNELS: Final = -1
"""A server's id and this is all its channels."""


class AdminsOnlyError(commands.CheckFailure):
    """A member used something that is for admins only; `role` is the one that the server chose, if it did."""

    def __init__(self, role: int | None = None) -> None:
        self.role = role
        super().__init__("That is for admins only.")


async def admins_only(ctx: "Context") -> bool:
    """Allow the server's admins and the bot's owner, as a check of a command. Raises AdminsOnlyError, StoreError."""
    if not _is_guarded(ctx):
        await _require(ctx.bot, ctx.author, ctx.server, ctx.permissions)
    return True


async def managers_only(ctx: "Context") -> bool:
    """The same without the role that the server chose, for what chooses it. Raises AdminsOnlyError."""
    manages = ctx.server is not None and _manages(ctx.permissions)
    if not (_is_guarded(ctx) or manages or await ctx.bot.is_owner(ctx.author)):
        raise AdminsOnlyError
    return True


async def require_admin(interaction: discord.Interaction[Any], command: str, *, server: int | None = None) -> None:
    """Allow the same people to use a button, menu or modal that does what `command` does.

    `server` is the one that it is about, if that can be used in direct messages; None there is the default model.
    Raises AdminsOnlyError, StoreError, discord.DiscordException.
    """
    here = server_of(interaction)
    if here is None and server is not None:
        member = await _member(interaction, server)
        await _require(interaction.client, member, server, member.guild_permissions)
        return
    try:
        await _require(interaction.client, interaction.user, here, interaction.permissions)
    except AdminsOnlyError:
        if not await _is_allowed(interaction, command):
            raise


async def is_admin(interaction: discord.Interaction[Any], command: str) -> bool:
    """Whether somebody may use a button, menu or modal that does what `command` does. Raises as `require_admin`."""
    try:
        await require_admin(interaction, command)
    except AdminsOnlyError:
        return False
    return True


async def _require(
    client: Any,  # noqa: ANN401 - every client of ours has services
    user: discord.abc.User,
    server: int | None,
    permissions: discord.Permissions,
) -> None:
    role = None
    if server is not None:
        if _manages(permissions):
            return
        services: Services = client.services
        role = (await services.store.servers.get(server)).admin_role
        if isinstance(user, discord.Member) and any(it.id == role for it in user.roles):
            return
    if not await client.is_owner(user):
        raise AdminsOnlyError(role)


async def _member(interaction: discord.Interaction[Any], server: int) -> discord.Member:
    guild: discord.Guild | None = interaction.client.get_guild(server)
    if guild is None:
        raise AdminsOnlyError
    try:
        return await guild.fetch_member(interaction.user.id)
    except discord.NotFound:
        raise AdminsOnlyError from None


def _manages(permissions: discord.Permissions) -> bool:
    return permissions.administrator or permissions.manage_guild


def _is_guarded(ctx: "Context") -> bool:
    """Whether Discord has decided that somebody may use this command: only for a server that added the bot."""
    services: Services = ctx.bot.services  # type: ignore[attr-defined]  # every bot of ours has them
    if ctx.interaction is None or ctx.command is None or not ctx.interaction.is_guild_integration():
        return False
    return services.guarded.id_of(ctx.command.qualified_name) is not None


async def _is_allowed(interaction: discord.Interaction[Any], command: str) -> bool:
    """Whether the Integrations page allows a command, in this channel, to a member who does not manage the server."""
    client, server, user = interaction.client, server_of(interaction), interaction.user
    services: Services = client.services
    guarded = services.guarded.id_of(command)
    if server is None or guarded is None or not isinstance(user, discord.Member):
        return False
    stored = await client.http.get_guild_application_command_permissions(client.application_id, server)
    pages: dict[int, Sequence[ApplicationCommandPermissions]] = {int(it["id"]): it["permissions"] for it in stored}
    own, general = (pages.get(it, ()) for it in (guarded, client.application_id))
    channel = (
        interaction.channel.parent_id if isinstance(interaction.channel, discord.Thread) else interaction.channel_id
    )
    about_place = [_decision(it, _CHANNEL, [[channel], [server + _ALL_CHANNELS]]) for it in (own, general)]
    if next((it for it in about_place if it is not None), True) is False:
        return False
    about_user = _decision(own, _USER, [[user.id]])
    if about_user is None:
        about_user = _decision(own, _ROLE, [[it.id for it in user.roles if not it.is_default()], [server]])
    return about_user is True


def _decision(
    overwrites: "Sequence[ApplicationCommandPermissions]", kind: int, layers: Iterable[Iterable[int | None]]
) -> bool | None:
    """What the overwrites of one kind say: the first layer that has any decides, and one that allows is enough."""
    for ids in layers:
        found = [it["permission"] for it in overwrites if it["type"] == kind and int(it["id"]) in set(ids)]
        if found:
            return any(found)
    return None
