"""The buttons of a round of the guessing game."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import discord
from discord import ui

from bot.delivery import respond
from bot.replies.game import guessed, guessed_before
from bot.replies.words import line, titles
from bot.store.errors import GuessedError, RoundOverError
from bot.store.game_values import Round
from bot.store.scoring import FAST_SECONDS
from bot.views.buttons import NUMBER, Numbered, acknowledge, services
from classifier.values import Channel

LABEL_LENGTH: Final = 80
"""Characters of a button's label."""
PER_ROW: Final = 2
"""Names are long, and phones narrow."""


class GuessButton(Numbered[ui.Button[ui.View]], template=rf"guess:{NUMBER}:{NUMBER}"):
    """One of the channels of a round, by its place; the custom id does not say which is right."""

    def __init__(self, number: int, place: int, *, label: str | None = None) -> None:
        self.number, self.place = number, place
        super().__init__(ui.Button(custom_id=f"guess:{number}:{place}", label=label, row=place // PER_ROW))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Record the guess, and say so, only to the person who guessed."""
        await acknowledge(interaction, ephemeral=True, thinking=True)
        shared, server, message = services(interaction), interaction.guild_id, interaction.message
        if server is None or message is None:
            raise RoundOverError
        names = titles(shared.engine.channels(server))
        # By Discord's clock, so that nobody's connection to the bot counts.
        fast = interaction.created_at - message.created_at <= timedelta(seconds=FAST_SECONDS)
        try:
            begun = await shared.store.game.guess(self.number, server, interaction.user.id, self.place, fast=fast)
        except GuessedError as error:
            reply = guessed_before(error.round, error.choice, names)
        else:
            reply = guessed(begun, self.place, names)
        await respond(interaction, reply, ephemeral=True)


def guess_buttons(begun: Round, channels: Sequence[Channel]) -> ui.View:
    """The channels of a round as buttons; those with the same title also have their handles."""
    chosen = [next(channel for channel in channels if channel.label == label) for label in begun.options]
    names = [line(channel.title, LABEL_LENGTH) for channel in chosen]
    view = ui.View(timeout=None)
    for place, (channel, name) in enumerate(zip(chosen, names, strict=True)):
        label = name if names.count(name) == 1 else line(f"{channel.handle or channel.label} · {name}", LABEL_LENGTH)
        view.add_item(GuessButton(begun.id, place, label=label))
    return view
