"""`help`."""

from discord.ext import commands

from bot.context import Context, everywhere
from bot.replies.help import guests_help_page, help_page
from bot.services import Services


class Help(commands.Cog):
    """Shows the help page."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        del bot
        self._prefix = services.settings.prefix
        self._sees_posts = services.settings.message_content

    @commands.hybrid_command(description="What I do and how to use me")  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @everywhere
    async def help(self, ctx: Context) -> None:
        """Show what the bot does and how to use it."""
        if ctx.is_guest:
            await ctx.answer(guests_help_page())
            return
        prefix = self._prefix if self._sees_posts else f"@{ctx.me.display_name} "
        await ctx.answer(help_page(prefix, sees_posts=self._sees_posts))
