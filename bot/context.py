"""Context: where a command was called, and how it is answered there."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.delivery import deliver
from bot.faults import ACKNOWLEDGED, LAPSED, in_short
from bot.replies.actions import Action, unlogged
from bot.replies.message import Reply
from bot.services import Services

log = logging.getLogger(__name__)

F = TypeVar("F")


def server_of(interaction: discord.Interaction[Any]) -> int | None:
    """The id of the server that the bot is in, and an interaction comes from.

    None in direct messages, and in chats of people who have only installed the bot to their own account.
    """
    return interaction.guild_id if interaction.is_guild_integration() else None


def everywhere(command: F) -> F:
    """Offer a slash command in every chat, also to people who have installed the bot to their own account."""
    offered = app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)(command)
    return app_commands.allowed_installs(guilds=True, users=True)(offered)


class Context(commands.Context[commands.AutoShardedBot]):
    """A message or an interaction; both are answered alike."""

    @property
    def server(self) -> int | None:
        """The id of the server that the bot is in; None elsewhere."""
        if self.interaction is not None:
            return server_of(self.interaction)
        return self.guild.id if self.guild else None

    @property
    def is_guest(self) -> bool:
        """Whether the bot itself is not here, but only the interactions of people who have installed it."""
        if self.interaction is None:
            return False
        return self.interaction.context.private_channel or (self.guild is not None and self.server is None)

    @property
    def own_guild(self) -> discord.Guild:
        """The server, for commands that only work in one. Raises commands.NoPrivateMessage."""
        if self.guild is None or self.server is None:
            raise commands.NoPrivateMessage
        return self.guild

    async def answer(
        self, reply: Reply, *, private: bool = False, view: discord.ui.View | None = None, once: bool = False
    ) -> discord.Message:
        """Reply to the message, or answer the interaction (`private`: only visible to its author).

        `once`: this is all there is to say to the message, so that Discord shows only one such reply to it, even if
        an earlier process sent one, too.
        """
        services: Services = self.bot.services  # type: ignore[attr-defined]  # every bot of ours has them
        reply = services.mentions.reply(reply)
        extra: dict[str, Any] = {"view": view} if view else {}
        if self.interaction is None:
            if once:
                extra["nonce"] = self.message.id
            message: discord.Message = await deliver(self.send, reply, to=self.message, **extra)
            return message
        try:
            message = await deliver(self.send, reply, ephemeral=private, **extra)
        except discord.HTTPException as error:
            if error.code == ACKNOWLEDGED:
                message = await deliver(self.interaction.followup.send, reply, ephemeral=private, wait=True, **extra)
            elif error.code == LAPSED and not private:
                message = await deliver(self.channel.send, reply, **extra)
            else:
                raise
        return message

    async def record(self, action: Action) -> None:
        """Log what an admin has done; if that fails, the admin hears of it once."""
        services: Services = self.bot.services  # type: ignore[attr-defined]
        if unwritable := await services.admin_log.post(self.bot, self.server, action):
            await self.answer(unlogged(unwritable), private=True)

    @asynccontextmanager
    async def typing(self, *, ephemeral: bool = False) -> AsyncIterator[None]:  # type: ignore[override]  # not awaitable
        """Show that an answer is coming: acknowledge the interaction, or type. That it fails is no reason to stop."""
        if self.interaction is not None:
            try:
                if not self.interaction.response.is_done():
                    await self.defer(ephemeral=ephemeral)
            except discord.HTTPException as error:
                if error.code not in (ACKNOWLEDGED, LAPSED):
                    raise
                log.info("interaction %s: %s", self.interaction.id, in_short(error))
            yield
            return
        typing = asyncio.create_task(self._type())
        try:
            yield
        finally:
            typing.cancel()

    async def _type(self) -> None:
        try:
            async with super().typing():
                await asyncio.get_running_loop().create_future()  # until it is cancelled
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.debug("no typing in channel %s: %s", self.channel.id, in_short(error))

    def lacks(self, *permissions: str) -> list[str]:
        """Which of these permissions the bot is missing in the channel; threads have their own one for sending."""
        # An interaction can be answered without them, but what comes after its 15 minutes can't.
        try:
            granted = self.interaction.app_permissions if self.interaction else self.bot_permissions
        except discord.ClientException:  # a thread whose channel the bot can't see
            granted = discord.Permissions.none()
        if isinstance(self.channel, discord.Thread):
            permissions = tuple("send_messages_in_threads" if it == "send_messages" else it for it in permissions)
        return [name for name in permissions if not getattr(granted, name)]

    def require(self, *permissions: str) -> None:
        """Raise commands.BotMissingPermissions unless the bot has these permissions in the channel."""
        if missing := self.lacks(*permissions):
            raise commands.BotMissingPermissions(missing)
