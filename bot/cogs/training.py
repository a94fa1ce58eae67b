"""`retrain`: now or weekly; runs that a restart interrupted say so."""

from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands, tasks

from bot.context import Context
from bot.delivery import deliver
from bot.interruptions import Interruptions
from bot.language_choice import speak_in
from bot.languages import gettext_noop
from bot.replies.actions import schedule_set, training_started
from bot.replies.message import Reply
from bot.replies.training import schedule
from bot.retraining import Retraining
from bot.rights import admins_only
from bot.services import Services
from bot.store.values import Run
from bot.views.buttons import record
from bot.views.training import Cancel, RemoveGone, TrainAnyway, UseAnyway
from bot.weekly import Weekly

When = Literal["now", "weekly", "never"]


class Training(commands.Cog):
    """Retrains a server's model, or the default one in direct messages."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._store = services.store
        self._elsewhere = services.settings.jobs == "queue"
        self._retraining: Retraining = bot.retraining  # type: ignore[attr-defined]  # every bot of ours has it
        self._weekly = Weekly(bot, services, self._retraining)
        self._interruptions = Interruptions(bot, services)
        self._unsaid: tuple[Run, ...] = ()

    async def cog_load(self) -> None:
        """Register the buttons, and find the runs that never ended before any new one starts."""
        self._bot.add_dynamic_items(Cancel, TrainAnyway, UseAnyway, RemoveGone)
        if not self._elsewhere:  # workers do both
            self._unsaid = (*await self._retraining.interrupted(), *await self._retraining.ended())
            self._hourly.start()

    async def cog_unload(self) -> None:
        """Start no more training runs."""
        self.stop()

    def stop(self) -> None:
        """Start no more training runs."""
        self._hourly.cancel()

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
            await self._interruptions.report(run)

    @tasks.loop(hours=1)
    async def _hourly(self) -> None:
        await self._weekly.train_due()

    @_hourly.before_loop
    async def _ready(self) -> None:
        await self._bot.wait_until_ready()

    def _message(self, channel: int, message: int) -> discord.PartialMessage:
        return self._bot.get_partial_messageable(channel).get_partial_message(message)
