"""Teaching: `retrain` now, or weekly by itself; a training that a restart cut short is told of."""

import asyncio
import logging
from datetime import timedelta
from typing import Final, Literal

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands, tasks

from bot.context import Context
from bot.replies.message import Reply
from bot.replies.training import LAST_WORDS, schedule
from bot.retraining import Retraining
from bot.rights import admins_only
from bot.services import Services
from bot.store.errors import StoreError
from bot.store.values import Run, RunState
from bot.views.training import Cancel, UseAnyway

log = logging.getLogger(__name__)

WEEK: Final = timedelta(days=7)

When = Literal["now", "weekly", "never"]


class Training(commands.Cog):
    """Retrains a server's model, or the default one in direct messages."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._store = services.store
        self._retraining = Retraining(services)
        self._cut_short: tuple[Run, ...] = ()

    async def cog_load(self) -> None:
        """Look, before any new run starts, which ones never ended."""
        self._bot.add_dynamic_items(Cancel, UseAnyway)
        self._cut_short = await self._store.runs.interrupted()
        self._weekly.start()

    async def cog_unload(self) -> None:
        """Stop all trainings, whose messages then say so."""
        self._weekly.cancel()
        self._retraining.stop()

    @commands.hybrid_command(description="Fetch new thumbnails and train a new model (server admins)")  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @app_commands.describe(when="now, or by itself every week (never: no longer)")
    @commands.check(admins_only)
    async def retrain(self, ctx: Context, when: When = "now") -> None:
        """Crawl the channels, train, and let the new model answer. For server admins and the bot's owner."""
        ctx.require("view_channel", "send_messages", "embed_links", "attach_files")
        if when == "now":
            await self._retrain(ctx)
        elif ctx.guild is None:
            raise commands.NoPrivateMessage
        else:
            await self._store.servers.set_weekly(ctx.guild.id, weekly=when == "weekly")
            await ctx.answer(schedule(weekly=when == "weekly"))

    async def _retrain(self, ctx: Context) -> None:
        async def begin(reply: Reply, view: discord.ui.View) -> discord.PartialMessage:
            first = await ctx.answer(reply, view=view)
            # An ordinary message from here on: an interaction's own may be edited for 15 minutes only.
            return self._message(ctx.channel.id, first.id)

        server = ctx.guild.id if ctx.guild else None
        await self._retraining.run(server, begin, channel=ctx.channel.id, by=ctx.author.id)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Tell of the runs that a restart cut short; Discord may say so many times."""
        cut_short, self._cut_short = self._cut_short, ()
        for run in cut_short:
            try:
                if run.channel is not None and run.message is not None:
                    message = self._message(run.channel, run.message)
                    await message.edit(content=LAST_WORDS[RunState.INTERRUPTED], view=None)
            except discord.NotFound:
                log.info("run %d was interrupted, and the message that told of it is gone", run.id)
            except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                log.warning("that run %d was interrupted could not be told: %s", run.id, error)
            try:
                await self._store.runs.finish(run.id, RunState.INTERRUPTED)
            except StoreError as error:
                log.error("%s", error)  # noqa: TRY400 - the sentence says it all

    @tasks.loop(hours=1)
    async def _weekly(self) -> None:
        try:
            for server in await self._store.runs.due(WEEK):
                # A shutdown that ends this loop lets the run itself say that it stops.
                await asyncio.shield(self._retrain_unasked(server))
        except StoreError as error:
            log.error("%s", error)  # noqa: TRY400

    @_weekly.before_loop
    async def _ready(self) -> None:
        await self._bot.wait_until_ready()

    async def _retrain_unasked(self, server: int) -> None:
        """Retrain by schedule, and tell so where the server's last run was told."""
        try:
            told = (run.channel for run in await self._store.runs.latest(server) if run.channel is not None)
            channel = next(told, None)

            async def begin(reply: Reply, view: discord.ui.View) -> discord.PartialMessage | None:
                if channel is None:
                    return None
                try:
                    first = await self._bot.get_partial_messageable(channel).send(reply.text, view=view)
                except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                    log.warning("server %d is retrained, but can't be told: %s", server, error)
                    return None
                return self._message(channel, first.id)

            await self._retraining.run(server, begin, channel=channel, by=None)
        except Exception:
            log.exception("server %d could not be retrained by schedule", server)

    def _message(self, channel: int, message: int) -> discord.PartialMessage:
        return self._bot.get_partial_messageable(channel).get_partial_message(message)
