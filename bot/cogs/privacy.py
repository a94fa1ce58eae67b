"""`privacy`, `forget me`: what is stored about people, and how to delete it."""

import discord
from discord.ext import commands

from bot.context import Context, everywhere
from bot.replies.privacy import ASK, privacy
from bot.services import Services
from bot.store.servers import RETENTION
from bot.views.buttons import view_of
from bot.views.privacy import ForgetMe


class Privacy(commands.Cog):
    """Says what is stored, and deletes it."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        del services
        self._bot = bot

    async def cog_load(self) -> None:
        """Register the button."""
        self._bot.add_dynamic_items(ForgetMe)

    @commands.hybrid_command(description="What I store about you and this server, and for how long")  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @everywhere
    async def privacy(self, ctx: Context) -> None:
        """Say what is stored and for how long."""
        await ctx.answer(privacy(days=RETENTION.days), private=True)

    @commands.hybrid_group(description="Delete what I store about you")  # type: ignore[arg-type]
    @everywhere
    async def forget(self, ctx: Context) -> None:
        """The same as its only sub-command."""
        await self._ask(ctx)

    @forget.command(description="Delete what I store about you")  # type: ignore[arg-type]
    async def me(self, ctx: Context) -> None:
        """Delete what is stored about a person, once they confirm with the button."""
        await self._ask(ctx)

    async def _ask(self, ctx: Context) -> None:
        button = ForgetMe(ctx.author.id, label="Forget Me", style=discord.ButtonStyle.danger)
        await ctx.answer(ASK, view=view_of([button]), private=True)
