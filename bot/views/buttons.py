"""What all buttons and menus are built on."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Self

import discord
from discord import ui
from discord.ui.dynamic import BaseT

from bot.context import server_of
from bot.delivery import respond
from bot.errors import answer_interaction
from bot.faults import ACKNOWLEDGED
from bot.language_choice import speak_to
from bot.logs import work
from bot.replies.actions import Action, unlogged
from bot.replies.message import Reply
from bot.services import Services
from bot.store.errors import AnswerGoneError
from bot.store.values import AnswerRow

if TYPE_CHECKING:
    import re

NUMBER: Final = r"(\d{1,99})"
"""A number in a custom id, which somebody may have made up."""
GREATEST: Final = 2**63 - 1
"""The greatest id of Discord's and of the store's; there is nothing with this one."""


class Numbered(ui.DynamicItem[BaseT], Generic[BaseT], template=r"(?!)"):
    """A button or menu that works after a restart, because all it needs is the numbers in its custom id.

    A subclass is created from the groups of its template, as numbers, and does its work in `pressed`.
    """

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: "re.Match[str]", /
    ) -> Self:
        """The item that was pressed; its message may have been sent before a restart."""
        del interaction, item
        return cls(*(min(int(number), GREATEST) for number in match.groups()))  # type: ignore[arg-type]  # subclasses take numbers

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do it; errors are only shown to the user."""
        await perform(interaction, self.pressed)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the label says."""
        raise NotImplementedError


class NumberedButton(Numbered[ui.Button[ui.View]], template=r"(?!)"):
    """A button about one numbered thing: an answer, a training run, feedback; `more` are further numbers that it needs.

    A subclass sets `name` and `template=rf"name:{NUMBER}"`, with a further `:{NUMBER}` for each of `more`.
    """

    name: ClassVar[str]

    def __init__(
        self,
        number: int,
        *more: int,
        label: str | None = None,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        row: int | None = None,
    ) -> None:
        self.number, self.more = number, more
        custom_id = ":".join(map(str, (self.name, number, *more)))
        button: ui.Button[ui.View] = ui.Button(custom_id=custom_id, label=label, style=style, row=row)
        super().__init__(button)


class NamedButton(Numbered[ui.Button[ui.View]], template=r"(?!)"):
    """A button about something with an id or a handle of YouTube's.

    A subclass sets `name` and `template=rf"name:(…)"`, with the pattern of the id.
    """

    name: ClassVar[str]

    def __init__(
        self,
        about: str,
        *,
        label: str | None = None,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        row: int | None = None,
    ) -> None:
        self.about = about
        super().__init__(ui.Button(custom_id=f"{self.name}:{about}", label=label, style=style, row=row))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: "re.Match[str]", /
    ) -> Self:
        """The button that was pressed."""
        del interaction, item
        return cls(match[1])


async def perform(
    interaction: discord.Interaction[Any], pressed: Callable[[discord.Interaction[Any]], Awaitable[None]]
) -> None:
    """Do what a button, menu or modal does, in the language of whoever used it; errors are only shown to them."""
    with work(interaction.id):
        await speak_to(interaction, services(interaction).store.servers)
        try:
            with services(interaction).in_flight.work():
                await pressed(interaction)
        except Exception as error:  # noqa: BLE001 - discord.py would only log it
            await answer_interaction(interaction, error)


def view_of(buttons: Sequence[Numbered[ui.Button[ui.View]]]) -> ui.View | None:
    """Buttons as the view of a message."""
    if not buttons:
        return None
    view = ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    return view


async def acknowledge(interaction: discord.Interaction[Any], **options: bool) -> None:
    """Tell Discord that a response is coming; that it has heard so already is fine."""
    try:
        await interaction.response.defer(**options)
    except discord.HTTPException as error:
        if error.code != ACKNOWLEDGED:
            raise


async def own_answer(interaction: discord.Interaction[Any], number: int) -> AnswerRow:
    """An answer of the server where its button was pressed. Raises AnswerGoneError, StoreError."""
    answer = await services(interaction).store.answers.get(number)
    if answer.server != server_of(interaction):
        raise AnswerGoneError
    return answer


async def record(interaction: discord.Interaction[Any], action: Action, *, server: int | None = None) -> None:
    """Log what an admin has done; if that fails, the admin hears of it once.

    `server` is the one that it is about, if it was done in direct messages.
    """
    shared, place = services(interaction), interaction.guild_id or server
    if unwritable := await shared.admin_log.post(interaction.client, place, action):
        await respond(interaction, unlogged(unwritable), ephemeral=True)


def services(interaction: discord.Interaction[Any]) -> Services:
    """The bot's services, for items that were created from a custom id."""
    shared: Services = interaction.client.services
    return shared


def linked(interaction: discord.Interaction[Any], reply: Reply) -> Reply:
    """A reply with clickable commands."""
    return services(interaction).mentions.reply(reply)
