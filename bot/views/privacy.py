"""The buttons that delete what is stored about a person, or about a server."""

from typing import Any

import discord

from bot.replies import actions
from bot.replies.privacy import WIPED, forgotten
from bot.rights import require_admin
from bot.views.buttons import NUMBER, NumberedButton, acknowledge, linked, record, services
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


class ForgetServer(NumberedButton, template=rf"forget-server:{NUMBER}"):
    """Deletes what is stored about the server with this id; only its admins can press it."""

    name = "forget-server"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Delete it, and say so."""
        await require_admin(interaction, "wipe")
        if interaction.guild_id != self.number:
            raise NotYoursError("That button is for another server. Use `/wipe` here.")
        await acknowledge(interaction)  # a training that runs is stopped first
        shared = services(interaction)
        await record(interaction, actions.server_wiped(interaction.user.id))  # while it is known where to log that
        await shared.engine.forget(self.number)
        await shared.store.wipe(self.number)
        reply = linked(interaction, WIPED)
        await interaction.edit_original_response(content=reply.text, view=None)
