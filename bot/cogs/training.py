"""`retrain`: now or weekly; runs that a restart interrupted say so."""

import asyncio
import logging
from datetime import timedelta
from typing import Any, Final, Literal

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands, tasks

from bot.budget import Budget
from bot.context import Context
from bot.delivery import deliver
from bot.faults import Fate, fate, in_short
from bot.language_choice import speak_in
from bot.languages import gettext, gettext_noop
from bot.replies.actions import schedule_set, training_started
from bot.replies.message import Reply
from bot.replies.training import LAST_WORDS, schedule
from bot.retraining import Retraining
from bot.rights import admins_only
from bot.services import Services
from bot.store.errors import StoreError
from bot.store.values import Run, RunState
from bot.views.buttons import record
from bot.views.training import Cancel, RemoveGone, TrainAnyway, UseAnyway, cancel_of, without_cancel

log = logging.getLogger(__name__)

WEEK: Final = timedelta(days=7)
UNSAID: Final = timedelta(hours=1)
"""How long ago a run may have ended whose message, because the bot was killed just then, does not say so."""
SEARCHED: Final = 100
"""Messages among which the one that shows a run's progress is searched for."""
CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""Discord's and this machine's."""

When = Literal["now", "weekly", "never"]


class Training(commands.Cog):
    """Retrains a server's model, or the default one in direct messages."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._store = services.store
        self._mentions = services.mentions
        self._budget = Budget(services)
        self._retraining: Retraining = bot.retraining  # type: ignore[attr-defined]  # every bot of ours has it
        self._unsaid: tuple[Run, ...] = ()

    async def cog_load(self) -> None:
        """Register the buttons, and find the runs that never ended before any new one starts."""
        self._bot.add_dynamic_items(Cancel, TrainAnyway, UseAnyway, RemoveGone)
        self._unsaid = (*await self._store.runs.interrupted(), *await self._store.runs.ended(UNSAID))
        self._weekly.start()

    async def cog_unload(self) -> None:
        """Stop all training runs."""
        self.stop()

    def stop(self) -> None:
        """Stop all training runs, and start no more; their messages say so."""
        self._weekly.cancel()
        self._retraining.stop()

    @commands.hybrid_command(description=gettext_noop("Download new thumbnails and train a new model (server admins)"))  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @app_commands.describe(when=gettext_noop("now, weekly, or never (turns weekly off)"))
    @app_commands.default_permissions(manage_guild=True)
    @commands.check(admins_only)
    async def retrain(self, ctx: Context, when: When = "now") -> None:
        """Crawl the channels, train, and use the new model. For server admins and the bot's owner."""
        ctx.require("view_channel", "send_messages", "embed_links", "attach_files")
        if when == "now":
            await self._retraining.allow(ctx.server, by_owner=await self._bot.is_owner(ctx.author))
            await self._retrain(ctx)
        else:
            await self._store.servers.set_weekly(ctx.own_guild.id, weekly=when == "weekly")
            await ctx.answer(schedule(weekly=when == "weekly"))
            await ctx.record(schedule_set(ctx.author.id, weekly=when == "weekly"))

    async def train_anyway(self, interaction: discord.Interaction[Any]) -> None:
        """Train, for an admin, although there is nothing new to learn from; removes the button that was pressed."""
        await self._retraining.allow(interaction.guild_id, by_owner=await self._bot.is_owner(interaction.user))
        channel = self._bot.get_partial_messageable(interaction.channel_id or 0)
        await interaction.response.edit_message(view=None)

        async def begin(reply: Reply, view: discord.ui.View) -> discord.PartialMessage:
            first = await deliver(interaction.followup.send, reply, view=view, wait=True)
            await record(interaction, training_started(interaction.user.id))
            return self._message(channel.id, first.id)

        await self._retraining.run(interaction.guild_id, begin, channel=channel, by=interaction.user.id, force=True)

    async def _retrain(self, ctx: Context) -> None:
        async def begin(reply: Reply, view: discord.ui.View) -> discord.PartialMessage:
            first = await ctx.answer(reply, view=view)
            await ctx.record(training_started(ctx.author.id))
            # An ordinary message from here on: an interaction's own can only be edited for 15 minutes.
            return self._message(ctx.channel.id, first.id)

        channel = self._bot.get_partial_messageable(ctx.channel.id)
        await self._retraining.run(ctx.server, begin, channel=channel, by=ctx.author.id)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Say how the runs ended whose messages may not say so; Discord can send this event many times."""
        unsaid, self._unsaid = self._unsaid, ()
        for run in unsaid:
            await speak_in(self._bot.get_guild(run.server or 0), self._store.servers)
            interrupted = run.state is RunState.RUNNING
            state = RunState.INTERRUPTED if interrupted else run.state
            try:
                message = await self._message_of(run)
                if message and (interrupted or await _is_unsaid(message)):
                    words = self._mentions.text(gettext(LAST_WORDS[state]))
                    await message.edit(content=words, view=await _other_buttons(message))
            except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                level = logging.INFO if fate(error) is Fate.DROP else logging.WARNING
                log.log(level, "could not report how training run %d ended (%s): %s", run.id, state, in_short(error))
            if interrupted:
                await self._store.runs.finish(run.id, state)

    @tasks.loop(hours=1)
    async def _weekly(self) -> None:
        try:
            for server in await self._store.runs.due(WEEK):
                if not await self._budget.has_left(server):
                    log.info("the training of server %d waits until tomorrow: its YouTube budget is used up", server)
                    continue
                # Shielded, so that on shutdown the run itself reports that it stops.
                await asyncio.shield(self._retrain_scheduled(server))
        except StoreError as error:
            log.error("%s", error)  # noqa: TRY400 - the sentence says it all

    @_weekly.before_loop
    async def _ready(self) -> None:
        await self._bot.wait_until_ready()

    async def _retrain_scheduled(self, server: int) -> None:
        """Retrain by schedule, and report in the channel of the server's previous run."""
        await speak_in(self._bot.get_guild(server), self._store.servers)
        try:
            channels = (run.channel for run in await self._store.runs.latest(server) if run.channel is not None)
            last = next(channels, None)
            channel = None if last is None else self._bot.get_partial_messageable(last)

            async def begin(reply: Reply, view: discord.ui.View) -> discord.PartialMessage | None:
                if channel is None:
                    return None
                try:
                    first = await deliver(channel.send, reply, view=view)
                except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                    log.warning("the training of server %d can't be shown: %s", server, in_short(error))
                    return None
                return self._message(channel.id, first.id)

            await self._retraining.run(server, begin, channel=channel, by=None)
        except Exception:
            log.exception("the scheduled training of server %d failed", server)

    async def _message_of(self, run: Run) -> discord.PartialMessage | None:
        """The message that shows a run's progress; it is searched for if the bot was killed before it was recorded."""
        if run.channel is None:
            return None
        if run.message is not None:
            return self._message(run.channel, run.message)
        channel = self._bot.get_partial_messageable(run.channel)
        async for message in channel.history(after=run.started_at - CLOCKS_DIFFER, limit=SEARCHED):
            cancel = cancel_of(message)
            if cancel is not None and cancel.number == run.id:
                return self._message(run.channel, message.id)
        return None

    def _message(self, channel: int, message: int) -> discord.PartialMessage:
        return self._bot.get_partial_messageable(channel).get_partial_message(message)


async def _is_unsaid(message: discord.PartialMessage) -> bool:
    """Whether a message still has the button that cancels its training."""
    return cancel_of(await message.fetch()) is not None


async def _other_buttons(message: discord.PartialMessage) -> discord.ui.View | None:
    """What a set-up card has besides the button that cancels its training; none if the bot may not read it."""
    try:
        return without_cancel(await message.fetch())
    except discord.Forbidden:
        return None
