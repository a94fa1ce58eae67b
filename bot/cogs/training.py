"""Teaching: `retrain`, with live progress in one message, then a report."""

from discord.ext import commands

from bot.context import Context
from bot.live import LiveMessage
from bot.replies.message import Reply
from bot.replies.training import progress, report
from bot.rights import admins_only
from bot.services import Services
from classifier.errors import TrainingRunningError
from classifier.values import Progress


class Training(commands.Cog):
    """Retrains a server's model, or the default one in direct messages, on the channels of the settings."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        del bot
        self._engine = services.engine
        self._channels = services.settings.channels
        self._running: set[int | None] = set()
        self._in_flight = services.in_flight

    async def cog_unload(self) -> None:
        """Stop all trainings, whose messages then say so."""
        for server in self._running:
            self._engine.cancel(server)

    @commands.hybrid_command(description="Fetch new thumbnails and train a new model (server admins)")  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @commands.check(admins_only)
    async def retrain(self, ctx: Context) -> None:
        """Crawl the channels, train, and let the new model answer. For server admins and the bot's owner."""
        server = ctx.guild.id if ctx.guild else None
        if server in self._running:
            raise TrainingRunningError("A training is running already. Wait for its report, then ask again.")
        self._running.add(server)
        try:
            with self._in_flight.work():
                await self._retrain(ctx, server)
        finally:
            self._running.discard(server)

    async def _retrain(self, ctx: Context, server: int | None) -> None:
        ctx.require("view_channel", "send_messages", "embed_links", "attach_files")
        steps: dict[str, Progress] = {}
        first = await ctx.answer(Reply(progress(steps)))
        # An ordinary message from here on: an interaction's own may be edited for 15 minutes only.
        message = ctx.bot.get_partial_messageable(ctx.channel.id).get_partial_message(first.id)
        last_word = "**The training stopped.**"
        async with LiveMessage(message) as live:

            def on_progress(step: Progress) -> None:
                steps[step.stage] = step
                live.show(progress(steps))

            try:
                outcome = await self._engine.retrain(server, self._channels, on_progress)
                last_word = "**The training is done.**"
            finally:
                live.show(progress(steps, last_word=last_word))
        reply = report(outcome)
        await ctx.channel.send(
            embeds=reply.embeds, files=reply.files(), reference=message.to_reference(fail_if_not_exists=False)
        )
