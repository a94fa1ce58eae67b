"""Right, wrong, and whose it is instead."""

from collections.abc import Sequence
from typing import Any, Final

import discord
from discord import ui

from bot.replies.feedback import ASK, thanks
from bot.replies.words import line
from bot.store.errors import GoneError
from bot.store.values import Feedback
from bot.views.buttons import NUMBER, Numbered, NumberedButton, services
from classifier.values import Channel

NONE_OF_THESE: Final = ":none"
"""No label has a colon."""
MOST_OPTIONS: Final = 25
MOST_MENUS: Final = 5


class Right(NumberedButton, template=rf"right:{NUMBER}"):
    """The answer was right."""

    name = "right"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Note it, and thank for it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        shared = services(interaction)
        given = await shared.store.feedback.agree(
            self.number, interaction.user.id, quota=shared.settings.feedback_per_day
        )
        await interaction.followup.send(thanks(given, _title(interaction, given)).text or "", ephemeral=True)


class Wrong(NumberedButton, template=rf"wrong:{NUMBER}"):
    """The answer was wrong."""

    name = "wrong"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Ask whose the picture is."""
        answer = await services(interaction).store.answers.get(self.number)
        if answer is None:
            raise GoneError("I no longer know that answer. Post the picture again.")
        view = ui.View(timeout=None)
        for menu in _menus(self.number, _channels(interaction, answer.server)):
            view.add_item(menu)
        await interaction.response.send_message(ASK.text, view=view, ephemeral=True)


class Whose(Numbered[ui.Select[ui.View]], template=rf"whose:{NUMBER}:{NUMBER}"):
    """A menu of channels; one that has too many for a menu gets several."""

    def __init__(self, number: int, part: int, options: Sequence[discord.SelectOption] = ()) -> None:
        self.number = number
        menu: ui.Select[ui.View] = ui.Select(
            custom_id=f"whose:{number}:{part}", placeholder="Choose a channel", options=list(options)
        )
        super().__init__(menu)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Note the choice, and thank for it."""
        shared, (chosen,) = services(interaction), self.item.values
        given = await shared.store.feedback.correct(
            self.number,
            interaction.user.id,
            None if chosen == NONE_OF_THESE else chosen,
            quota=shared.settings.feedback_per_day,
        )
        await interaction.response.edit_message(content=thanks(given, _title(interaction, given)).text, view=None)


def _menus(number: int, channels: Sequence[Channel]) -> list[Whose]:
    """Menus of all channels, in the order of their titles; "none of these" comes first."""
    titled = sorted(channels, key=lambda channel: channel.title.casefold())
    options = [
        discord.SelectOption(label="None of these", value=NONE_OF_THESE),
        *(discord.SelectOption(label=line(channel.title, 100), value=channel.label) for channel in titled),
    ]
    parts = [options[start : start + MOST_OPTIONS] for start in range(0, len(options), MOST_OPTIONS)]
    return [Whose(number, part, few) for part, few in enumerate(parts[:MOST_MENUS])]


def _channels(interaction: discord.Interaction[Any], server: int | None) -> Sequence[Channel]:
    """The channels of the model that answers."""
    model = services(interaction).engine.info(server)
    return model.channels if model else ()


def _title(interaction: discord.Interaction[Any], given: Feedback) -> str | None:
    """The title of the channel that somebody chose."""
    titles = {channel.label: channel.title for channel in _channels(interaction, given.answer.server)}
    return titles.get(given.label, given.label) if given.label else None
