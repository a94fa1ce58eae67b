"""The button that makes the bot forget a person."""

from typing import Any

import discord

from bot.replies.privacy import forgotten
from bot.views.buttons import NUMBER, NumberedButton, services
from classifier.errors import ThumbprintError


class NotYoursError(ThumbprintError):
    """Somebody pressed what is for another person."""


class ForgetMe(NumberedButton, template=rf"forget-me:{NUMBER}"):
    """Deletes what is kept of the person with this id, who alone may press it."""

    name = "forget-me"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Delete it, and say how much that was."""
        if interaction.user.id != self.number:
            raise NotYoursError("That button is for somebody else. Ask for your own with the command forget me.")
        reply = forgotten(await services(interaction).store.forget(self.number))
        await interaction.response.edit_message(content=reply.text, embeds=reply.embeds, view=None)
