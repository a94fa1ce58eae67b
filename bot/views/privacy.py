"""The button that deletes what is stored about a person."""

from typing import Any

import discord

from bot.replies.privacy import forgotten
from bot.views.buttons import NUMBER, NumberedButton, services
from classifier.errors import ThumbprintError


class NotYoursError(ThumbprintError):
    """Somebody pressed another person's button."""


class ForgetMe(NumberedButton, template=rf"forget-me:{NUMBER}"):
    """Deletes what is stored about the person with this id; only they can press it."""

    name = "forget-me"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Delete it, and say how much it was."""
        if interaction.user.id != self.number:
            raise NotYoursError("That button isn't yours. Use `/forget me` to get your own.")
        reply = forgotten(await services(interaction).store.forget(self.number))
        await interaction.response.edit_message(content=reply.text, embeds=reply.embeds, view=None)
