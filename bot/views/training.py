"""The buttons of trainings: cancel one that runs, and use a model that was measured as worse."""

from typing import Any

import discord
from discord import ui

from bot.replies.training import insisted
from bot.rights import require_admin
from bot.store.values import Run, RunState
from bot.views.buttons import NUMBER, NumberedButton, services
from classifier.errors import TrainingError


class Cancel(NumberedButton, template=rf"cancel-training:{NUMBER}"):
    """Stops a training run, by its number."""

    name = "cancel-training"

    def __init__(self, number: int) -> None:
        super().__init__(number, label="Cancel", style=discord.ButtonStyle.danger)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Stop it; its message then says so."""
        run = await _run(self.number, interaction)
        if run.state is not RunState.RUNNING or not services(interaction).engine.cancel(run.server):
            raise TrainingError("That training is not running. Its report or the command model says how it ended.")
        await interaction.response.defer()


class UseAnyway(NumberedButton, template=rf"use-anyway:{NUMBER}"):
    """Lets the model of a training run serve, though it was measured as worse."""

    name = "use-anyway"

    def __init__(self, number: int) -> None:
        super().__init__(number, label="Use it anyway")

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Let it serve, say so, and take the button away."""
        run = await _run(self.number, interaction)
        if run.state is not RunState.KEPT_OLD or run.version is None:
            raise TrainingError("That model is in use already. The command model says what answers now.")
        await interaction.response.defer()  # loading a model takes seconds
        model = await services(interaction).engine.serve(run.server, run.version)
        await services(interaction).store.runs.finish(run.id, RunState.DONE)
        await interaction.edit_original_response(view=None)
        await interaction.followup.send(insisted(model, interaction.user.mention))


def cancel_button(run: int) -> ui.View:
    """The button that stops a run."""
    return ui.View(timeout=None).add_item(Cancel(run))


def insist_button(run: int) -> ui.View:
    """The button that lets a run's model serve."""
    return ui.View(timeout=None).add_item(UseAnyway(run))


async def _run(number: int, interaction: discord.Interaction[Any]) -> Run:
    """The run of a button, for admins of its server. Raises AdminsOnlyError, TrainingError, StoreError."""
    await require_admin(interaction)
    run = await services(interaction).store.runs.get(number)
    if run is None or run.server != interaction.guild_id:
        raise TrainingError("I no longer know that training. Ask for a new one with the command retrain.")
    return run
