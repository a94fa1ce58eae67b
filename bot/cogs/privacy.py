"""`privacy`, `privacy export`, `forget me`, `wipe`: what is stored, and how to see and delete it."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.context import Context, everywhere
from bot.delivery import deliver
from bot.replies.privacy import ASK, ASK_SERVER, EXPORTED, export, privacy
from bot.rights import admins_only
from bot.services import Services
from bot.store.servers import RETENTION
from bot.views.buttons import view_of
from bot.views.privacy import ForgetMe, ForgetServer
from classifier.errors import ThumbprintError


class ClosedDirectMessagesError(ThumbprintError):
    """A person who does not accept direct messages from the bot."""


class Privacy(commands.Cog):
    """Says what is stored, shows it, and deletes it."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._store = services.store

    async def cog_load(self) -> None:
        """Register the buttons."""
        self._bot.add_dynamic_items(ForgetMe, ForgetServer)

    @commands.hybrid_group(fallback="show", description="What I store about you and this server, and for how long")  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @everywhere
    async def privacy(self, ctx: Context) -> None:
        """Say what is stored and for how long."""
        await ctx.answer(privacy(days=RETENTION.days), private=True)

    @privacy.command(description="Get a file with everything I store about you")  # type: ignore[arg-type]
    async def export(self, ctx: Context) -> None:
        """Give a person everything that is stored about them: only they see it, so text commands send it directly."""
        reply = export(await self._store.export(ctx.author.id), ctx.author.id, self._store.now())
        if ctx.interaction is not None or ctx.guild is None:
            await ctx.answer(reply, private=True)
            return
        try:
            await deliver(ctx.author.send, reply)
        except discord.Forbidden as error:
            raise ClosedDirectMessagesError(
                "You don't accept direct messages from me. Use `/privacy export`, or allow direct messages."
            ) from error
        await ctx.answer(EXPORTED)

    @commands.hybrid_group(description="Delete what I store about you")  # type: ignore[arg-type]
    @everywhere
    async def forget(self, ctx: Context) -> None:
        """The same as its only sub-command."""
        await self._ask(ctx)

    @forget.command(description="Delete what I store about you")  # type: ignore[arg-type]
    async def me(self, ctx: Context) -> None:
        """Delete what is stored about a person, once they confirm with the button."""
        await self._ask(ctx)

    @commands.hybrid_command(description="Delete everything about this server (server admins)")  # type: ignore[arg-type]
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @commands.check(admins_only)
    async def wipe(self, ctx: Context) -> None:
        """Delete what is stored about a server, once an admin confirms with the button."""
        button = ForgetServer(ctx.own_guild.id, label="Delete Everything", style=discord.ButtonStyle.danger)
        await ctx.answer(ASK_SERVER, view=view_of([button]), private=True)

    async def _ask(self, ctx: Context) -> None:
        button = ForgetMe(ctx.author.id, label="Forget Me", style=discord.ButtonStyle.danger)
        await ctx.answer(ASK, view=view_of([button]), private=True)
