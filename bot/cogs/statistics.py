"""How the bot did: `stats`."""

import asyncio

from discord.ext import commands

from bot.context import Context
from bot.replies.chart import weekly_chart
from bot.replies.statistics import statistics
from bot.services import Services


class Statistics(commands.Cog):
    """Shows what was answered here, week by week, and how much of it was right."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        del bot
        self._statistics = services.store.statistics
        self._drawing = services.drawing

    @commands.hybrid_command(description="What I answered here, week by week, and how much was right")  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @commands.cooldown(3, 30, commands.BucketType.user)
    async def stats(self, ctx: Context) -> None:
        """Show the counts of the last weeks, in this server or in all direct messages, as a plot."""
        ctx.require("embed_links", "attach_files")
        async with ctx.typing():
            weeks = await self._statistics.weekly(ctx.guild.id if ctx.guild else None)
            chart = None
            if any(week.answered for week in weeks):
                chart = await asyncio.get_running_loop().run_in_executor(self._drawing, weekly_chart, weeks)
        await ctx.answer(statistics(weeks, chart))
