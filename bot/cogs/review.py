"""The feedback that admins review before a training learns from it: `feedback`."""

from discord.ext import commands

from bot.context import Context
from bot.rights import admins_only
from bot.services import Services
from bot.views.review import Accept, Drop, QueuePage, page_of_queue


class Review(commands.Cog):
    """Shows admins the queue."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._services = services

    async def cog_load(self) -> None:
        """Let the buttons work."""
        self._bot.add_dynamic_items(QueuePage, Accept, Drop)

    @commands.hybrid_command(description="Accept or drop what people said of my answers (server admins)")  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @commands.check(admins_only)
    async def feedback(self, ctx: Context) -> None:
        """Show the feedback that waits for review, oldest first; to whoever used the slash command alone."""
        reply, view = await page_of_queue(self._services, ctx.guild.id if ctx.guild else None, 1)
        await ctx.answer(reply, view=view, private=True)
