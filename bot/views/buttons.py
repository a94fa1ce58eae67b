"""The buttons that every face builds on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Self

import discord
from discord import ui

from bot.errors import answer_interaction
from bot.services import Services

if TYPE_CHECKING:
    import re

NUMBER = r"(?P<number>\d{1,19})"
"""What a numbered button's custom id ends in."""


class NumberedButton(ui.DynamicItem[ui.Button[ui.View]], template=r"(?!)"):
    """A button about one numbered thing: an answer, a training run, feedback.

    A subclass gives `name` and `template=rf"name:{NUMBER}"`, and does its work in `pressed`.
    """

    name: ClassVar[str]

    def __init__(
        self,
        number: int,
        *,
        label: str | None = None,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        row: int | None = None,
    ) -> None:
        self.number = number
        button: ui.Button[ui.View] = ui.Button(custom_id=f"{self.name}:{number}", label=label, style=style, row=row)
        super().__init__(button)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: "re.Match[str]", /
    ) -> Self:
        """The button that was pressed, as the message that holds it was sent before a restart perhaps."""
        del interaction, item
        return cls(int(match["number"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do it."""
        async with telling(interaction):
            await self.pressed(interaction)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button promises."""
        raise NotImplementedError


@asynccontextmanager
async def telling(interaction: discord.Interaction[Any]) -> AsyncIterator[None]:
    """Answer an interaction inside; whatever goes wrong is told to the person alone."""
    with services(interaction).in_flight.work():
        try:
            yield
        except Exception as error:  # noqa: BLE001 - discord.py would only log it; the registry does, and tells
            await answer_interaction(interaction, error)


def services(interaction: discord.Interaction[Any]) -> Services:
    """The bot's services, for what was made from a custom id alone."""
    shared: Services = interaction.client.services
    return shared
