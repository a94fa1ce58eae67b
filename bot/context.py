"""Context: what a command was called from, and the one way to answer there."""

from typing import Any

import discord
from discord.ext import commands

from bot.replies.message import Reply


class Context(commands.Context[commands.AutoShardedBot]):
    """A message or an interaction that is answered alike."""

    async def answer(
        self, reply: Reply, *, private: bool = False, view: discord.ui.View | None = None
    ) -> discord.Message:
        """Send a reply beside the message, or as the interaction's answer (`private`: to its author alone)."""
        extra: dict[str, Any] = {"view": view} if view else {}
        if self.interaction is None and self.bot_permissions.read_message_history:
            extra["reference"] = self.message.to_reference(fail_if_not_exists=False)
        return await self.send(reply.text, embeds=reply.embeds, files=reply.files(), ephemeral=private, **extra)

    def lacks(self, *permissions: str) -> list[str]:
        """Which of these permissions the bot itself lacks in the channel; a thread has another one for sending."""
        # An interaction may be answered without them, but what comes after its 15 minutes may not.
        held = self.interaction.app_permissions if self.interaction else self.bot_permissions
        if isinstance(self.channel, discord.Thread):
            permissions = tuple("send_messages_in_threads" if it == "send_messages" else it for it in permissions)
        return [name for name in permissions if not getattr(held, name)]

    def require(self, *permissions: str) -> None:
        """Raise commands.BotMissingPermissions unless the bot itself has these in the channel."""
        if missing := self.lacks(*permissions):
            raise commands.BotMissingPermissions(missing)
