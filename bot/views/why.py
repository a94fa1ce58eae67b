"""Why?: where the model looked, and the colours of the picture."""

from typing import Any

import discord
from discord import ui

from bot.intake import Source
from bot.replies.why import why
from bot.store.errors import AnswerGoneError
from bot.views.buttons import NUMBER, Numbered, services
from classifier.errors import PictureError


class Why(Numbered[ui.Button[ui.View]], template=rf"why:{NUMBER}:{NUMBER}"):
    """Explains an answer, only to the person who asked."""

    def __init__(self, number: int, place: int, *, label: str = "Why?", row: int | None = None) -> None:
        self.number, self.place = number, place
        button: ui.Button[ui.View] = ui.Button(custom_id=f"why:{number}:{place}", label=label, row=row)
        super().__init__(button)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Fetch the picture again, because none is stored, and explain it."""
        shared = services(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        picture = await shared.intake.fetch(await self._source(interaction))
        reply = why(await shared.engine.explain(interaction.guild_id, picture.content))
        await interaction.followup.send(embeds=reply.embeds, files=reply.files(), ephemeral=True)

    async def _source(self, interaction: discord.Interaction[Any]) -> Source:
        """Where the picture is: at YouTube, in the answer's corner, or in the message that was answered.

        Raises AnswerGoneError, PictureError.
        """
        shared, message = services(interaction), interaction.message
        answer = await shared.store.answers.get(self.number)
        if message is None:
            raise AnswerGoneError
        if answer.video:
            return shared.intake.link(f"https://youtu.be/{answer.video}")
        if message.embeds and (address := message.embeds[0].thumbnail.proxy_url or message.embeds[0].thumbnail.url):
            return Source("picture", address)
        try:
            answered = message.reference and message.reference.message_id
            posted = await message.channel.fetch_message(answered or 0)
            shown = posted.reference and posted.reference.resolved  # if a reply to the picture was answered
            sources = shared.intake.message(posted)
            if not sources and isinstance(shown, discord.Message):
                sources = shared.intake.message(shown)
            return sources[self.place]
        except (discord.NotFound, discord.Forbidden, IndexError) as error:
            raise PictureError("I can't find that picture any more. Post it again.") from error
