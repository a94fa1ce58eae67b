"""What is kept of people, and its end: `privacy`, `forget me`."""

import discord
from discord.ext import commands

from bot.context import Context
from bot.replies.privacy import ASK, privacy
from bot.services import Services
from bot.store.servers import KEPT
from bot.views.buttons import view_of
from bot.views.privacy import ForgetMe


class Privacy(commands.Cog):
    """Tells what is kept, and deletes it."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._prefix = services.settings.prefix

    async def cog_load(self) -> None:
        """Let the button work."""
        self._bot.add_dynamic_items(ForgetMe)

    @commands.hybrid_command(description="What I keep of you and this server, and for how long")  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    async def privacy(self, ctx: Context) -> None:
        """Say what is kept and for how long."""
        await ctx.answer(privacy(self._prefix, days=KEPT.days), private=True)

    @commands.hybrid_group(description="Delete what I keep of you")  # type: ignore[arg-type]
    async def forget(self, ctx: Context) -> None:
        """Ask what to forget: there is but one answer."""
        await self._ask(ctx)

    @forget.command(description="Delete what I keep of you")  # type: ignore[arg-type]
    async def me(self, ctx: Context) -> None:
        """Delete what is kept of a person, once they have pressed the button."""
        await self._ask(ctx)

    async def _ask(self, ctx: Context) -> None:
        button = ForgetMe(ctx.author.id, label="Forget me", style=discord.ButtonStyle.danger)
        await ctx.answer(ASK, view=view_of([button]), private=True)
