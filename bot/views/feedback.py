"""Right, Wrong, and which channel it is instead."""

from collections.abc import Sequence
from typing import Any, Final

import discord
from discord import ui

from bot.delivery import respond
from bot.limits import CHOICE_LENGTH, CHOICES, ROWS
from bot.replies.feedback import ASK, thanks
from bot.replies.message import Reply
from bot.replies.words import line, titles
from bot.store.values import Feedback
from bot.views.buttons import NUMBER, Numbered, NumberedButton, acknowledge, own_answer, services
from classifier.errors import ThumbprintError
from classifier.values import Channel

NONE_OF_THESE: Final = ":none"
"""No label has a colon."""


class UnknownLabelError(ThumbprintError):
    """A choice that is not one of the server's channels, or no longer."""


class Right(NumberedButton, template=rf"right:{NUMBER}"):
    """The answer was right."""

    name = "right"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Record it, and say thanks."""
        await acknowledge(interaction, ephemeral=True, thinking=True)
        shared = services(interaction)
        await own_answer(interaction, self.number)
        given = await shared.store.feedback.agree(
            self.number, interaction.user.id, quota=shared.settings.feedback_per_day
        )
        await respond(interaction, Reply(_thanks(interaction, given)), ephemeral=True)


class Wrong(NumberedButton, template=rf"wrong:{NUMBER}"):
    """The answer was wrong."""

    name = "wrong"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Ask for the right channel."""
        answer = await own_answer(interaction, self.number)
        view = ui.View(timeout=None)
        for menu in _menus(self.number, services(interaction).engine.channels(answer.server)):
            view.add_item(menu)
        await respond(interaction, ASK, view=view, ephemeral=True)


class ChannelMenu(Numbered[ui.Select[ui.View]], template=rf"whose:{NUMBER}:{NUMBER}"):
    """A menu of channels; if there are too many for one menu, there are several."""

    def __init__(self, number: int, part: int, options: Sequence[discord.SelectOption] = ()) -> None:
        self.number = number
        menu: ui.Select[ui.View] = ui.Select(
            custom_id=f"whose:{number}:{part}", placeholder="Choose a Channel", options=list(options)
        )
        super().__init__(menu)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Record the choice, and say thanks."""
        shared, chosen = services(interaction), next(iter(self.item.values), None)
        answer = await own_answer(interaction, self.number)
        labels = {channel.label for channel in shared.engine.channels(answer.server)}
        if chosen not in {NONE_OF_THESE, *labels}:
            raise UnknownLabelError("I don't know that channel any more. Press **Wrong** again to choose another.")
        given = await shared.store.feedback.correct(
            self.number,
            interaction.user.id,
            None if chosen == NONE_OF_THESE else chosen,
            quota=shared.settings.feedback_per_day,
        )
        await interaction.response.edit_message(content=_thanks(interaction, given), view=None)


def _menus(number: int, channels: Sequence[Channel]) -> list[ChannelMenu]:
    """Menus of all channels after "none of these"."""
    none = discord.SelectOption(label="None of these", value=NONE_OF_THESE)
    return [ChannelMenu(number, part, few) for part, few in enumerate(channel_options(channels, none)[:ROWS])]


def channel_options(channels: Sequence[Channel], *before: discord.SelectOption) -> list[list[discord.SelectOption]]:
    """Options for all channels, in the order of their titles, after some others: as many as fit in each menu."""
    titled = sorted(channels, key=lambda channel: channel.title.casefold())
    named = (discord.SelectOption(label=line(it.title, CHOICE_LENGTH), value=it.label) for it in titled)
    options = [*before, *named]
    return [options[start : start + CHOICES] for start in range(0, len(options), CHOICES)]


def _thanks(interaction: discord.Interaction[Any], given: Feedback) -> str:
    names = titles(services(interaction).engine.channels(given.answer.server))
    return thanks(given, names.get(given.label, given.label) if given.label else None).text or ""
