"""Context: where a command was called, and the one way to answer there."""

from typing import Any

import discord
from discord.ext import commands

from bot.replies.message import Reply
from bot.services import Services


class Context(commands.Context[commands.AutoShardedBot]):
    """A message or an interaction; both are answered alike."""

    @property
    def server(self) -> int | None:
        """The server's id; None in direct messages."""
        return self.guild.id if self.guild else None

    @property
    def own_guild(self) -> discord.Guild:
        """The server, for commands that only work in one. Raises commands.NoPrivateMessage."""
        if self.guild is None:
            raise commands.NoPrivateMessage
        return self.guild

    async def answer(
        self, reply: Reply, *, private: bool = False, view: discord.ui.View | None = None
    ) -> discord.Message:
        """Reply to the message, or answer the interaction (`private`: only visible to its author)."""
        services: Services = self.bot.services  # type: ignore[attr-defined]  # every bot of ours has them
        reply = services.mentions.reply(reply)
        extra: dict[str, Any] = {"view": view} if view else {}
        if self.interaction is None and self.bot_permissions.read_message_history:
            extra["reference"] = self.message.to_reference(fail_if_not_exists=False)
        return await self.send(reply.text, embeds=reply.embeds, files=reply.files(), ephemeral=private, **extra)

    def lacks(self, *permissions: str) -> list[str]:
        """Which of these permissions the bot is missing in the channel; threads have their own one for sending."""
        # An interaction can be answered without them, but what comes after its 15 minutes can't.
        granted = self.interaction.app_permissions if self.interaction else self.bot_permissions
        if isinstance(self.channel, discord.Thread):
            permissions = tuple("send_messages_in_threads" if it == "send_messages" else it for it in permissions)
        return [name for name in permissions if not getattr(granted, name)]

    def require(self, *permissions: str) -> None:
        """Raise commands.BotMissingPermissions unless the bot has these permissions in the channel."""
        if missing := self.lacks(*permissions):
            raise commands.BotMissingPermissions(missing)
