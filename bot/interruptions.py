"""Interruptions: training runs that ended with the process that performed them say so."""

import logging

import aiohttp
import discord

from bot.faults import Fate, fate, in_short
from bot.languages import gettext
from bot.replies.training import LAST_WORDS
from bot.reports import CLOCKS_DIFFER, SEARCHED, Reports
from bot.services import Services
from bot.store.values import Run, RunState
from bot.views.training import cancel_of, other_buttons

log = logging.getLogger(__name__)


class Interruptions:
    """Ends runs that nobody performs, and reports how runs ended whose process had no time to."""

    def __init__(self, client: discord.Client, services: Services) -> None:
        self._client = client
        self._runs = services.store.runs
        self._mentions = services.mentions
        self._reports = Reports(client, services)

    async def report(self, run: Run) -> None:
        """Say in a run's message, if it can be found, how it ended, and send the report if it is missing.

        A run that has not ended ends as interrupted. Raises StoreError.
        """
        running = run.state is RunState.RUNNING
        state = RunState.INTERRUPTED if running else run.state
        try:
            if message := await self._message_of(run):
                if running or await _shows(message):
                    await message.edit(
                        content=self._mentions.text(gettext(LAST_WORDS[state])), view=await other_buttons(message)
                    )
                if await self._reports.is_missing(run, message):
                    await self._reports.send_late(run)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            level = logging.INFO if fate(error) is Fate.DROP else logging.WARNING
            log.log(level, "could not report how training run %d ended (%s): %s", run.id, state, in_short(error))
        if running:
            await self._runs.finish(run.id, state)

    async def _message_of(self, run: Run) -> discord.PartialMessage | None:
        """The message that shows a run's progress; it is searched for if the bot was killed before it was recorded."""
        if run.channel is None:
            return None
        channel = self._client.get_partial_messageable(run.channel)
        if run.message is not None:
            return channel.get_partial_message(run.message)
        async for message in channel.history(after=run.started_at - CLOCKS_DIFFER, limit=SEARCHED):
            cancel = cancel_of(message)
            if cancel is not None and cancel.number == run.id:
                return channel.get_partial_message(message.id)
        return None


async def _shows(message: discord.PartialMessage) -> bool:
    """Whether a message still says that a run goes on; one that the bot may not read could."""
    try:
        return cancel_of(await message.fetch()) is not None
    except discord.Forbidden:
        return True
