"""`model`, `rollback`: the current model, and the way back to an earlier one."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.context import Context
from bot.languages import gettext_noop
from bot.limits import CHOICES
from bot.replies import actions
from bot.replies.confusion import confusion_matrix
from bot.replies.models import model_page, rolled_back, version_choice
from bot.rights import admins_only
from bot.services import Services
from bot.views.buttons import view_of
from bot.views.mistakes import (
    LeaveOut,
    MistakesPage,
    OtherChannel,
    OtherChannelMenu,
    RightLabel,
    ShowMistakes,
    Undo,
    has_mistakes,
)
from classifier.errors import NoModelError

RUNS_SHOWN = 5


class Models(commands.Cog):
    """Shows the model of a server, or the default one, and goes back to an earlier one."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._engine = services.engine
        self._store = services.store
        self._draw = services.draw

    async def cog_load(self) -> None:
        """Register the buttons of a model's mistakes."""
        self._bot.add_dynamic_items(
            ShowMistakes, MistakesPage, RightLabel, LeaveOut, OtherChannel, OtherChannelMenu, Undo
        )

    @app_commands.command(name="model", description=gettext_noop("Show the current model, its accuracy and age"))
    async def _model(self, interaction: discord.Interaction[commands.AutoShardedBot]) -> None:
        """The text command as a slash command."""
        await self._show(await self._bot.get_context(interaction, cls=Context))

    @commands.group(invoke_without_command=True)
    async def model(self, ctx: Context) -> None:
        """Show the current model; the slash command is one of its own, because members can use it."""
        await self._show(ctx)

    async def _show(self, ctx: Context) -> None:
        ctx.require("embed_links", "attach_files")
        async with ctx.typing():
            info = self._engine.info(ctx.server)
            if info is None:
                raise NoModelError("There is no model yet. Train one first.")
            versions = await self._engine.versions(ctx.server)
            runs = await self._store.runs.latest(ctx.server, RUNS_SHOWN)
            matrix = await self._draw(confusion_matrix, info)
        serving = next((it.model.version for it in versions if it.serving), None)
        own = ctx.server is not None and serving == info.version
        view = view_of([ShowMistakes()]) if await has_mistakes(self._engine, self._store, ctx.server) else None
        await ctx.answer(model_page(info, own=own, versions=versions, runs=runs, matrix=matrix), view=view)

    @model.command(name="rollback")  # type: ignore[arg-type]  # the same
    @commands.check(admins_only)
    async def _model_rollback(self, ctx: Context, version: str = commands.parameter(default=None)) -> None:
        """The same as `rollback`."""
        await self._roll_back(ctx, version)

    @commands.hybrid_command(description=gettext_noop("Roll back to an earlier model (server admins)"))  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @app_commands.describe(version=gettext_noop("The version to go back to; omit for the previous one"))
    @app_commands.default_permissions(manage_guild=True)
    @commands.check(admins_only)
    async def rollback(self, ctx: Context, version: str = commands.parameter(default=None)) -> None:
        """Go back to an earlier version. For server admins and the bot's owner."""
        # `str | None` would make discord.py read a version with a lone quotation mark as none at all.
        await self._roll_back(ctx, version)

    async def _roll_back(self, ctx: Context, version: str | None) -> None:
        async with ctx.typing():
            info = await self._engine.rollback(ctx.server, version)
        await ctx.answer(rolled_back(info))
        await ctx.record(actions.rolled_back(ctx.author.id, info.version))

    @rollback.autocomplete("version")
    async def _versions(self, interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
        choices = [(version_choice(it), it.model.version) for it in await self._engine.versions(interaction.guild_id)]
        found = [(name, value) for name, value in choices if current.lower() in f"{name} {value}".lower()]
        return [app_commands.Choice(name=name, value=value) for name, value in found[:CHOICES]]
