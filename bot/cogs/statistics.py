"""`stats`: how the bot did."""

from discord.ext import commands

from bot.context import Context
from bot.languages import gettext_noop
from bot.replies.chart import weekly_chart
from bot.replies.statistics import statistics
from bot.services import Services


class Statistics(commands.Cog):
    """Shows how many answers there were per week, and how many of them were right."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        del bot
        self._statistics = services.store.statistics
        self._draw = services.draw

    @commands.hybrid_command(description=gettext_noop("My answers here, week by week, and how many were right"))  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @commands.cooldown(3, 30, commands.BucketType.user)
    async def stats(self, ctx: Context) -> None:
        """Show the counts of the last weeks, in this server or in all direct messages, with a chart."""
        ctx.require("embed_links", "attach_files")
        async with ctx.typing():
            weeks = await self._statistics.weekly(ctx.server)
            chart = None
            if any(week.answered for week in weeks):
                chart = await self._draw(weekly_chart, weeks)
        await ctx.answer(statistics(weeks, chart))
