"""Why?: where the model looked, and the colours of the picture."""

from dataclasses import replace
from typing import Any, Final

import discord
from discord import ui

from bot.context import server_of
from bot.delivery import respond
from bot.languages import gettext as _
from bot.replies.answers import hides
from bot.replies.why import why, words_of_figures
from bot.sources import Source
from bot.store.errors import AnswerGoneError
from bot.views.buttons import NUMBER, Numbered, acknowledge, own_answer, services
from classifier.errors import PictureError

_GONE: Final = "I can't find that picture any more. Post it again."
_UNREADABLE: Final = "I can't read messages in this chat, so I can't find that picture again. Use `/classify` with it."


class Why(Numbered[ui.Button[ui.View]], template=rf"why:{NUMBER}:{NUMBER}"):
    """Explains an answer, only to the person who asked."""

    def __init__(self, number: int, place: int, *, label: str = "") -> None:
        self.number, self.place = number, place
        button: ui.Button[ui.View] = ui.Button(custom_id=f"why:{number}:{place}", label=label or _("Why?"))
        super().__init__(button)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Fetch the picture again, because none is stored, and explain it."""
        shared = services(interaction)
        await acknowledge(interaction, ephemeral=True, thinking=True)
        picture = await shared.intake.fetch(await self._source(interaction))
        explained = await shared.engine.explain(server_of(interaction), picture.content, words_of_figures())
        await respond(interaction, why(explained, spoiler=picture.source.spoiler), ephemeral=True)

    async def _source(self, interaction: discord.Interaction[Any]) -> Source:
        """Where the picture is: at YouTube, in the answer's corner, or in the message that was answered.

        Raises AnswerGoneError, PictureError.
        """
        intake, message = services(interaction).intake, interaction.message
        answer = await own_answer(interaction, self.number)
        if message is None:
            raise AnswerGoneError
        if answer.video:
            source = intake.link(f"https://youtu.be/{answer.video}")
            return replace(source, spoiler=any(hides(embed) for embed in message.embeds))
        if message.embeds and (address := message.embeds[0].thumbnail.proxy_url or message.embeds[0].thumbnail.url):
            return Source("picture", address)
        try:
            posted = await message.channel.fetch_message(_asked_about(message))
            return intake.message(posted, interaction.client.user.id)[self.place]
        except discord.Forbidden as error:
            raise PictureError(_UNREADABLE) from error
        except (discord.NotFound, IndexError) as error:
            raise PictureError(_GONE) from error


def _asked_about(message: discord.Message) -> int:
    """The message that an answer replies to, or whose menu was used. Raises PictureError if there is none."""
    replied, used = message.reference, message.interaction_metadata
    about = (replied and replied.message_id) or (used and used.target_message_id)
    if not about:
        raise PictureError(_GONE)
    return about
