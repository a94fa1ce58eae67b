"""What the bot does and how to ask it."""

from discord.ext import commands

from bot.context import Context
from bot.replies import help_page


class Help(commands.Cog):
    """Lists the doors."""

    def __init__(self, prefix: str, *, sees_posts: bool) -> None:
        self._prefix = prefix
        self._sees_posts = sees_posts

    @commands.hybrid_command(description="What I do and how to ask me")  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    async def help(self, ctx: Context) -> None:
        """Show what the bot does."""
        prefix = self._prefix if self._sees_posts else f"@{ctx.me.display_name} "
        await ctx.answer(help_page(prefix, sees_posts=self._sees_posts))
