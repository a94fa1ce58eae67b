"""The buttons of training runs: cancel a running one, and use a model that was measured as worse."""

from contextlib import suppress
from typing import Any

import discord
from discord import ui

from bot.delivery import respond
from bot.replies.message import Reply
from bot.replies.training import used_anyway
from bot.rights import require_admin
from bot.store.values import Run, RunState
from bot.views.buttons import NUMBER, NumberedButton, acknowledge, services
from classifier.errors import TrainingError


class Cancel(NumberedButton, template=rf"cancel-training:{NUMBER}"):
    """Stops a training run, by its number."""

    name = "cancel-training"

    def __init__(self, number: int) -> None:
        super().__init__(number, label="Cancel", style=discord.ButtonStyle.danger)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Stop it; its message says so."""
        run = await _run(self.number, interaction)
        if run.state is not RunState.RUNNING or not services(interaction).engine.cancel(run.server):
            raise TrainingError("That training run isn't in progress. See its report or `/model` for the result.")
        await acknowledge(interaction)


class UseAnyway(NumberedButton, template=rf"use-anyway:{NUMBER}"):
    """Uses the model of a training run, although it was measured as worse."""

    name = "use-anyway"

    def __init__(self, number: int) -> None:
        super().__init__(number, label="Use It Anyway")

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Use it, say so, and remove the button."""
        run = await _run(self.number, interaction)
        if run.state is not RunState.KEPT_OLD or run.version is None:
            raise TrainingError("That model is already live. See `/model`.")
        await acknowledge(interaction)  # loading a model takes seconds
        model = await services(interaction).engine.serve(run.server, run.version)
        await services(interaction).store.runs.finish(run.id, RunState.DONE)
        with suppress(discord.NotFound):  # somebody deleted the report
            await interaction.edit_original_response(view=None)
        await respond(interaction, Reply(used_anyway(model, interaction.user.mention)))


def cancel_button(run: int) -> ui.View:
    """The button that stops a run."""
    return ui.View(timeout=None).add_item(Cancel(run))


def use_anyway_button(run: int) -> ui.View:
    """The button that uses a run's model."""
    return ui.View(timeout=None).add_item(UseAnyway(run))


async def _run(number: int, interaction: discord.Interaction[Any]) -> Run:
    """The run of a button, for admins of its server. Raises AdminsOnlyError, TrainingError, StoreError."""
    await require_admin(interaction)
    run = await services(interaction).store.runs.get(number)
    if run is None or run.server != interaction.guild_id:
        raise TrainingError("I no longer remember that training run. Use `/retrain` to start a new one.")
    return run
