"""The buttons of training runs.

Cancel one, train although nothing is new, use a model that was measured as worse, remove a channel that is gone.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Final, Protocol, Self

import discord
from discord import ui
from discord.ext import commands

from bot.channel_lists import ChannelLists, ListError
from bot.delivery import respond
from bot.languages import gettext as _
from bot.replies import actions
from bot.replies.channels import dropped
from bot.replies.message import Reply
from bot.replies.training import used_anyway
from bot.replies.words import line
from bot.rights import require_admin
from bot.store.values import Run, RunState
from bot.views.buttons import NUMBER, Numbered, NumberedButton, acknowledge, linked, record, services, view_of
from bot.views.mistakes import ShowMistakes
from classifier.errors import TrainingError
from classifier.values import Channel, LeftOut

MOST_BUTTONS: Final = 5
"""Buttons under a report: one row."""


class Cancel(NumberedButton, template=rf"cancel-training:{NUMBER}"):
    """Stops a training run, by its number."""

    name = "cancel-training"

    def __init__(self, number: int) -> None:
        super().__init__(number, label=_("Cancel"), style=discord.ButtonStyle.danger)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Stop it; its message says so."""
        run = await _run(self.number, interaction, "retrain")
        if run.state is not RunState.RUNNING or not services(interaction).engine.cancel(run.server):
            raise TrainingError("That training run isn't in progress. See its report or `/model` for the result.")
        await acknowledge(interaction)
        await record(interaction, actions.training_cancelled(interaction.user.id), server=run.server)


class Trainer(Protocol):
    """What starts trainings."""

    async def train_anyway(self, interaction: discord.Interaction[Any]) -> None:
        """Train, for an admin, although there is nothing new to learn from."""


class TrainAnyway(NumberedButton, template=rf"train-anyway:{NUMBER}"):
    """Trains although there was nothing new to learn from."""

    name = "train-anyway"

    def __init__(self, number: int) -> None:
        super().__init__(number, label=_("Train Anyway"))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Start a training, and remove the button."""
        await _run(self.number, interaction, "retrain")
        trainer: Trainer = interaction.client.get_cog("Training")
        await trainer.train_anyway(interaction)


class UseAnyway(NumberedButton, template=rf"use-anyway:{NUMBER}"):
    """Uses the model of a training run, although it was measured as worse."""

    name = "use-anyway"

    def __init__(self, number: int) -> None:
        super().__init__(number, label=_("Use It Anyway"))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Use it, say so, and remove the button."""
        run = await _run(self.number, interaction, "rollback")
        if run.state is not RunState.KEPT_OLD or run.version is None:
            raise TrainingError("That model is already live. See `/model`.")
        await acknowledge(interaction)  # loading a model takes seconds
        model = await services(interaction).engine.serve(run.server, run.version)
        await services(interaction).store.runs.finish(run.id, RunState.DONE)
        await _remove_button(interaction)
        await respond(interaction, Reply(used_anyway(model, interaction.user.mention)))
        await record(interaction, actions.used_anyway(interaction.user.id, model.version), server=run.server)


class RemoveGone(Numbered[ui.Button[ui.View]], template=r"remove-gone:(.{1,60})"):
    """Removes a channel that YouTube no longer has from the server's list, by its id or handle."""

    def __init__(self, channel: str, label: str | None = None) -> None:
        self.channel = channel
        super().__init__(
            ui.Button(custom_id=f"remove-gone:{channel}", label=label or _("Remove {channel}", channel=channel))
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: "re.Match[str]", /
    ) -> Self:
        """The button that was pressed."""
        del interaction, item
        return cls(match[1])

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Remove the channel, say so, and remove the button."""
        await require_admin(interaction, "channel remove")
        if interaction.guild_id is None:
            raise commands.NoPrivateMessage
        await acknowledge(interaction)  # a server's first change asks YouTube
        try:
            change = await ChannelLists(services(interaction)).remove(
                interaction.guild_id, self.channel, interaction.user.id
            )
        except ListError:  # somebody has removed it already
            await _remove_button(interaction)
            raise
        await _remove_button(interaction)
        await respond(interaction, linked(interaction, dropped(change.channel, copied=change.copied)))
        await record(interaction, actions.channel_removed(interaction.user.id, change.channel))


_OfReport = UseAnyway | RemoveGone | ShowMistakes


def cancel_of(message: discord.Message | None) -> Cancel | None:
    """The button of a message that stops a run, if it has one."""
    for row in () if message is None else message.components:
        for button in row.children if isinstance(row, discord.ActionRow) else ():
            name, _, number = (button.custom_id or "").partition(":")
            if name == Cancel.name and number.isdecimal():
                return Cancel(int(number))
    return None


def without_cancel(message: discord.Message) -> ui.View | None:
    """The buttons and menus of a message but for the one that stops a run; None if there are no others.

    Those that were disabled while it ran can be pressed again.
    """
    view = ui.View.from_message(message, timeout=None)
    for item in view.children:
        if isinstance(item, ui.Button) and (item.custom_id or "").startswith(f"{Cancel.name}:"):
            view.remove_item(item)
        elif isinstance(item, ui.Button):
            item.disabled = False
    view.stop()  # what they do is known by their custom ids
    return view if isinstance(view, ui.View) and view.children else None


def cancel_button(run: int) -> ui.View:
    """The button that stops a run."""
    return ui.View(timeout=None).add_item(Cancel(run))


def report_buttons(run: Run, state: RunState, left_out: Sequence[LeftOut], *, mistakes: bool = False) -> ui.View | None:
    """The buttons under a report: use the model that was kept back, and remove the server's channels that are gone.

    If there was nothing new: train anyway. `mistakes` says whether the new model has some to look at.
    """
    if state is RunState.NOTHING_NEW:
        return view_of([TrainAnyway(run.id)])
    buttons: list[_OfReport] = [UseAnyway(run.id)] if state is RunState.KEPT_OLD else []
    if state is RunState.DONE and mistakes:
        buttons.append(ShowMistakes())
    if run.server is not None:
        buttons += islice(_removals(it.channel for it in left_out if it.gone), MOST_BUTTONS - len(buttons))
    return view_of(buttons)


def _removals(channels: Iterable[Channel]) -> Iterator[RemoveGone]:
    for channel in channels:
        name = channel.id or channel.handle or ""
        if 0 < len(name) <= 60:
            yield RemoveGone(name, label=_("Remove {channel}", channel=line(channel.handle or channel.title, 60)))


async def _remove_button(interaction: discord.Interaction[Any]) -> None:
    """Remove the pressed button from its report, and leave the others."""
    buttons: list[_OfReport] = []
    for row in interaction.message.components if interaction.message else ():
        for button in row.children if isinstance(row, discord.ActionRow) else ():
            name, _, rest = (button.custom_id or "").partition(":")
            if isinstance(button, discord.Button) and button.custom_id != interaction.custom_id:
                kept = {UseAnyway.name: UseAnyway, ShowMistakes.name: ShowMistakes}.get(name)
                buttons.append(kept(int(rest)) if kept else RemoveGone(rest, button.label))
    with suppress(discord.NotFound):  # somebody deleted the report
        await interaction.edit_original_response(view=view_of(buttons))


async def _run(number: int, interaction: discord.Interaction[Any], command: str) -> Run:
    """The run of a button, for the admins of its server who may use `command`; in direct messages of any server.

    Raises AdminsOnlyError, TrainingError, StoreError.
    """
    run = await services(interaction).store.runs.get(number)
    direct = interaction.guild_id is None
    await require_admin(interaction, command, server=run.server if run and direct else None)
    if run is None or (run.server != interaction.guild_id and not direct):
        raise TrainingError("I no longer remember that training run. Use `/retrain` to start a new one.")
    return run
