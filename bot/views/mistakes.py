"""A model's mistakes, one page at a time, and what admins decide about them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Self

import discord
from discord import ui

from bot.delivery import respond
from bot.languages import gettext as _
from bot.limits import ROWS
from bot.replies import actions
from bot.replies.message import Reply
from bot.replies.mistakes import ask, given_to, mistakes_page
from bot.replies.words import titles
from bot.rights import is_admin, require_admin
from bot.services import Services
from bot.store.store import Store
from bot.views.buttons import GREATEST, NUMBER, Numbered, NumberedButton, acknowledge, linked, record, services, view_of
from bot.views.feedback import channel_options
from bot.views.pages import PageButton, nearest, pages_of, turner
from classifier.engine import Engine
from classifier.errors import ThumbprintError
from classifier.links import thumbnail_url
from classifier.values import Mistake

PER_PAGE: Final = ROWS - 1
"""One row of buttons each, and one to turn pages."""

_VIDEO: Final = r"([0-9A-Za-z_-]{11})"


class MistakeGoneError(ThumbprintError):
    """A thumbnail that is not among the current model's mistakes."""


class ShowMistakes(NumberedButton, template=rf"show-mistakes:{NUMBER}"):
    """Shows the mistakes of the model that answers here, only to whoever asked; beginning with a page."""

    name = "show-mistakes"

    def __init__(self, number: int = 1) -> None:
        super().__init__(number, label=_("Mistakes"))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Show them."""
        await acknowledge(interaction, ephemeral=True, thinking=True)
        reply, view = await _page(interaction, self.number)
        extra = {"view": view} if view else {}
        await respond(interaction, linked(interaction, reply), ephemeral=True, **extra)


class MistakesPage(PageButton, template=rf"mistakes:{NUMBER}"):
    """Turns to a page of the mistakes."""

    name = "mistakes"

    async def turned(self, interaction: discord.Interaction[Any]) -> tuple[Reply, ui.View | None]:
        """The page, for everyone."""
        return await _page(interaction, self.number)


class _Decision(Numbered[ui.Button[ui.View]], template=r"(?!)"):
    """A button about the thumbnail of a video, for admins."""

    name: ClassVar[str]

    def __init__(
        self,
        video: str,
        *,
        label: str | None = None,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        row: int | None = None,
    ) -> None:
        self.video = video
        super().__init__(ui.Button(custom_id=f"{self.name}:{video}", label=label, style=style, row=row))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: "re.Match[str]", /
    ) -> Self:
        """The button that was pressed."""
        del interaction, item
        return cls(match[1])

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Record what it says, and show the rest."""
        await require_admin(interaction, "feedback")
        shared, server = services(interaction), interaction.guild_id
        open_ones = await _undecided(shared.engine, shared.store, server)
        mistake = _find(open_ones, self.video)
        await shared.store.corrections.set(server, self.video, self.label(mistake), interaction.user.id)
        await _show(interaction, open_ones.index(mistake) // PER_PAGE + 1)
        await record(interaction, actions.corrected(interaction.user.id, self.video))

    @staticmethod
    def label(mistake: Mistake) -> str | None:
        """The label that the button gives a thumbnail; None: it is left out."""
        raise NotImplementedError


class RightLabel(_Decision, template=rf"mistake-right:{_VIDEO}"):
    """The channel is right: the thumbnail stays as it is."""

    name = "mistake-right"

    @staticmethod
    def label(mistake: Mistake) -> str | None:
        """The label that it has."""
        return mistake.label


class LeaveOut(_Decision, template=rf"mistake-out:{_VIDEO}"):
    """The thumbnail is left out of trainings."""

    name = "mistake-out"

    @staticmethod
    def label(mistake: Mistake) -> str | None:
        """None."""
        del mistake
        return None


class OtherChannel(_Decision, template=rf"mistake-other:{_VIDEO}"):
    """The thumbnail is from another of the model's channels."""

    name = "mistake-other"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Ask for the channel."""
        await require_admin(interaction, "feedback")
        shared, server = services(interaction), interaction.guild_id
        mistake = _find(await _undecided(shared.engine, shared.store, server), self.video)
        others = [channel for channel in shared.engine.channels(server) if channel.label != mistake.label]
        view = ui.View(timeout=None)
        for part, options in enumerate(channel_options(others)[:ROWS]):
            view.add_item(OtherChannelMenu(self.video, part, options))
        await respond(interaction, ask(), view=view, ephemeral=True)


class Undo(NumberedButton, template=rf"mistake-undo:{NUMBER}"):
    """Undoes what the admin who presses it decided last; its number is the page that it is on."""

    name = "mistake-undo"

    def __init__(self, number: int, *, row: int | None = None) -> None:
        super().__init__(number, label=_("Undo"), row=row)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Undo it, and show the page where the thumbnail is again."""
        await require_admin(interaction, "feedback")
        shared, server = services(interaction), interaction.guild_id
        video = await shared.store.corrections.undo(server, interaction.user.id)
        if video is None:
            raise MistakeGoneError("You have decided nothing that I could undo.")
        videos = [it.video for it in await _undecided(shared.engine, shared.store, server)]
        await _show(interaction, videos.index(video) // PER_PAGE + 1 if video in videos else self.number)


class OtherChannelMenu(Numbered[ui.Select[ui.View]], template=rf"mistake-whose:{_VIDEO}:{NUMBER}"):
    """A menu of channels; if there are too many for one menu, there are several."""

    def __init__(self, video: str, part: int, options: Sequence[discord.SelectOption] = ()) -> None:
        self.video = video
        super().__init__(
            ui.Select(
                custom_id=f"mistake-whose:{video}:{part}", placeholder=_("Choose a Channel"), options=list(options)
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: "re.Match[str]", /
    ) -> Self:
        """The menu that was used."""
        del interaction, item
        return cls(match[1], min(int(match[2]), GREATEST))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Record the choice."""
        await require_admin(interaction, "feedback")
        shared, server = services(interaction), interaction.guild_id
        chosen, known = next(iter(self.item.values), ""), _titles(shared, server)
        mistake = _find(await _undecided(shared.engine, shared.store, server), self.video)
        if chosen not in known:
            raise MistakeGoneError("I don't know that channel any more. Press **Mistakes** again.")
        await shared.store.corrections.set(server, self.video, chosen, interaction.user.id)
        await interaction.response.edit_message(content=given_to(mistake, known[chosen]).text, view=None)
        await record(interaction, actions.corrected(interaction.user.id, self.video))


async def has_mistakes(engine: Engine, store: Store, server: int | None) -> bool:
    """Whether there is something to look at. Raises StoreError."""
    return bool(await _undecided(engine, store, server))


async def _show(interaction: discord.Interaction[Any], page: int) -> None:
    """Replace the page that was shown."""
    reply, view = await _page(interaction, page)
    reply = linked(interaction, reply)
    await interaction.response.edit_message(content=reply.text, embeds=reply.embeds, view=view)


async def _page(interaction: discord.Interaction[Any], page: int) -> tuple[Reply, ui.View | None]:
    """A page of the mistakes, or the nearest one that exists, and its buttons: for admins, those that decide."""
    shared, server = services(interaction), interaction.guild_id
    admin = await is_admin(interaction, "feedback")
    every, decisions = await shared.engine.mistakes(server), await shared.store.corrections.of(server)
    undecided = [it for it in every if it.video not in decisions]
    pages = pages_of(len(undecided), PER_PAGE)
    page = nearest(page, pages)
    first = (page - 1) * PER_PAGE
    shown = undecided[first : first + PER_PAGE]
    thumbnails = {it.video: thumbnail_url(shared.settings.youtube.thumbnails_url, it.video) for it in shown}
    buttons: list[Numbered[ui.Button[ui.View]]] = []
    for row, it in enumerate(shown if admin else ()):
        number = first + row + 1
        buttons += [
            RightLabel(
                it.video, label=_("Right Label {number}", number=number), style=discord.ButtonStyle.success, row=row
            ),
            LeaveOut(it.video, label=_("Leave Out {number}", number=number), style=discord.ButtonStyle.danger, row=row),
            OtherChannel(it.video, label=_("Other Channel {number}", number=number), row=row),
        ]
    reply = mistakes_page(
        shown,
        _titles(shared, server),
        thumbnails,
        first=first + 1,
        count=len(undecided),
        decided=len(every) - len(undecided),
        admin=admin,
    )
    buttons += turner(MistakesPage, page, pages, row=PER_PAGE)
    if admin and len(every) > len(undecided):
        buttons.append(Undo(page, row=PER_PAGE))
    return reply, view_of(buttons)


async def _undecided(engine: Engine, store: Store, server: int | None) -> tuple[Mistake, ...]:
    """The mistakes of the current model that nobody has decided about, worst first."""
    decisions = await store.corrections.of(server)
    return tuple(it for it in await engine.mistakes(server) if it.video not in decisions)


def _find(mistakes: Sequence[Mistake], video: str) -> Mistake:
    """Raises MistakeGoneError."""
    found = next((it for it in mistakes if it.video == video), None)
    if found is None:
        raise MistakeGoneError("That thumbnail is no longer on the list. Press **Mistakes** again for the rest.")
    return found


def _titles(shared: Services, server: int | None) -> Mapping[str, str]:
    return titles(shared.engine.channels(server))
