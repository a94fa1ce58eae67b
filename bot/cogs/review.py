"""`feedback`: admins review members' feedback before it is used for training."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.context import Context
from bot.languages import gettext_noop
from bot.rights import admins_only
from bot.services import Services
from bot.views.review import EVERYBODY, Accept, AcceptPage, Drop, OldReview, QueuePage, page_of_queue


class Review(commands.Cog):
    """Shows admins the queue of feedback."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._services = services

    async def cog_load(self) -> None:
        """Register the buttons."""
        self._bot.add_dynamic_items(QueuePage, Accept, Drop, AcceptPage, OldReview)

    @commands.hybrid_command(description=gettext_noop("Review members' feedback (server admins)"))  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @app_commands.describe(person=gettext_noop("Only show feedback from this person; omit for everybody's"))
    @app_commands.default_permissions(manage_guild=True)
    @commands.check(admins_only)
    async def feedback(self, ctx: Context, person: discord.User = commands.parameter(default=None)) -> None:  # noqa: B008
        """Show the feedback to review, newest first; the slash command shows it only to its author."""
        # `discord.User | None` would make discord.py read a person that it can't find as nobody.
        reply, view = await page_of_queue(self._services, ctx.server, 1, person.id if person else EVERYBODY)
        await ctx.answer(reply, view=view, private=True)
