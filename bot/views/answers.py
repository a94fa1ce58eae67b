"""What is under an answer: buttons and, if it is about several pictures, a menu of which one they are about."""

import re
from collections.abc import Sequence
from typing import Any, Final, Self

import discord
from discord import ui

from bot.limits import CHOICE_LENGTH
from bot.replies.answers import in_short
from bot.store.errors import AnswerGoneError
from bot.values import Answer
from bot.views.buttons import NUMBER, Numbered
from bot.views.feedback import Right, Wrong
from bot.views.why import Why
from classifier.titles import clip

_CHOICE: Final = re.compile(rf"{NUMBER}:{NUMBER}")
"""An answer's id, and the place of its picture."""


class PictureMenu(Numbered[ui.Select[ui.View]], template=rf"about:{NUMBER}"):
    """A menu of an answer's pictures: the buttons below it are about the chosen one."""

    def __init__(self, number: int, options: Sequence[discord.SelectOption] = ()) -> None:
        menu: ui.Select[ui.View] = ui.Select(
            custom_id=f"about:{number}", placeholder="About picture …", options=list(options)
        )
        super().__init__(menu)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The menu with the options that its message has."""
        menu = await super().from_custom_id(interaction, item, match)
        if isinstance(item, ui.Select):
            menu.item.options = item.options
        return menu

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Replace the buttons by those of the chosen picture. Raises AnswerGoneError."""
        chosen = next((option for option in self.item.options if option.value in self.item.values), None)
        about = _CHOICE.fullmatch(chosen.value) if chosen else None
        if about is None:
            raise AnswerGoneError
        for option in self.item.options:
            option.default = option is chosen
        view = ui.View(timeout=None)
        view.add_item(self)
        await interaction.response.edit_message(view=_with_buttons(view, int(about[1]), int(about[2])))


def answer_view(given: Sequence[Answer]) -> ui.View:
    """Right, Wrong and Why? about the only picture, or about the one that is chosen in a menu."""
    view = ui.View(timeout=None)
    if len(given) > 1:
        options = [
            discord.SelectOption(
                label=f"About picture {answer.number}",
                description=clip(in_short(answer.prediction), CHOICE_LENGTH),
                value=f"{answer.id}:{answer.place}",
                default=answer is given[0],
            )
            for answer in given
        ]
        view.add_item(PictureMenu(given[0].id, options))
    return _with_buttons(view, given[0].id, given[0].place)


def _with_buttons(view: ui.View, answer: int, place: int) -> ui.View:
    view.add_item(Right(answer, label="Right", style=discord.ButtonStyle.success))
    view.add_item(Wrong(answer, label="Wrong", style=discord.ButtonStyle.danger))
    view.add_item(Why(answer, place))
    return view
