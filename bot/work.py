"""Work: a worker process. It performs training runs that bots of the same cluster have submitted, and never answers.

It logs in to Discord, to show progress and send reports, but never connects to the gateway.
"""

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import Final, Self

import discord
from discord import app_commands
from discord.ext import commands

from bot import languages
from bot.app import COGS
from bot.cluster.library import ClusterLibrary
from bot.cluster.process import ClusterProcess, make_library, make_thumbnails
from bot.group import WholeBot
from bot.health import HealthServer
from bot.heartbeat import BEAT_SECONDS, beat
from bot.interruptions import Interruptions
from bot.jobs.worker import QueueWorker
from bot.language_choice import speak_in
from bot.replies.commands import mentions_of
from bot.rest import persistent
from bot.retention import YouTubeRetention
from bot.retraining import Retraining
from bot.services import make_engine, make_services
from bot.settings import Settings
from bot.store.database import address
from bot.store.errors import StoreError
from bot.store.store import Store
from bot.trainings import Trainings
from bot.weekly import Weekly

log = logging.getLogger(__name__)

CLOSING_SECONDS: Final = 7.0
"""How long a shutdown waits until the run in progress is handed back."""
DAY_SECONDS: Final = 24 * 3600
LOST_AFTER: Final = timedelta(minutes=10)
"""A run that nobody performs so long after its start was interrupted: its bot was killed before it submitted it.

A report is missing so long after its run has ended.
"""


class Worker:
    """A worker process; everything is open inside its `async with` block."""

    def __init__(self, settings: Settings) -> None:
        """Raises StorageError, UnsupportedDatabaseError."""
        self._settings = settings
        self._store = Store(settings.database)
        library: ClusterLibrary = make_library(settings, self._store)
        self._services = make_services(settings, make_engine(settings, library), self._store, WholeBot(settings))
        self._client = discord.Client(intents=discord.Intents(guilds=True))
        self._client.http.request = persistent(self._client.http.request)  # type: ignore[assignment,method-assign]
        self._thumbnails = make_thumbnails(settings, self._store)
        self._trainings = Trainings(self._client, self._services, library.publish, self._thumbnails.fetch)
        self._cluster = ClusterProcess(settings, self._store, self._services.engine, self._trainings.perform)
        self._retraining = Retraining(self._services, self._cluster.jobs, elsewhere=True)
        self._weekly = Weekly(self._client, self._services, self._retraining)
        self._interruptions = Interruptions(self._client, self._services)
        self._queue = QueueWorker(
            address(settings.database),
            self._store.runs,
            self._trainings.perform,
            lease=settings.job_lease,
            hourly=self._every_hour,
        )
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Raises StoreError, and what discord.py raises at a login."""
        await self._client.login(self._settings.discord.token.get_secret_value())
        self._opened.push_async_callback(self._client.close)
        await asyncio.to_thread(languages.load)
        await self._store.open()
        self._opened.push_async_callback(self._store.close)
        await self._services.engine.start()
        self._opened.push_async_callback(self._services.engine.close)
        await self._opened.enter_async_context(self._cluster)
        await self._learn_commands()
        if self._settings.metrics_port:
            await self._opened.enter_async_context(self._health())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

    async def run(self) -> None:
        """Perform jobs until cancelled; the one in progress is handed back then, and another worker begins it again."""
        working = asyncio.create_task(self._queue.run())
        others = [asyncio.create_task(work) for work in (self._beat(), self._every_day())]
        log.info("ready to train as %s", self._client.user)
        try:
            await asyncio.shield(working)
        finally:
            for task in others:
                task.cancel()
            self._queue.stop()
            self._trainings.stop()
            _, pending = await asyncio.wait({working}, timeout=CLOSING_SECONDS)
            if pending:
                log.warning("the training in progress was not handed back; another worker takes it over")

    async def _learn_commands(self) -> None:
        """Learn the commands' ids, so that they can be clicked; without them, they are plain text."""
        try:
            known = await app_commands.CommandTree(self._client).fetch_commands()
        except (discord.DiscordException, OSError) as error:
            log.warning("commands in reports can't be clicked: %s", error)
            return
        groups = (it for cog in COGS for it in cog.__cog_commands__ if isinstance(it, commands.HybridGroup))
        self._services.mentions.update(mentions_of(known, {it.name: it.fallback for it in groups if it.fallback}))

    async def _every_hour(self) -> None:
        """Start the weekly trainings that are due, and end the runs that nobody performs."""
        await self._weekly.train_due(wait=False)
        await self._thumbnails.expire()
        long_ago = datetime.now(UTC) - LOST_AFTER
        with suppress(StoreError):
            lost = [run for run in await self._retraining.interrupted() if run.started_at < long_ago]
            # Those that ended just now may still be reported by their worker.
            ended = [run for run in await self._retraining.ended() if run.ended_at and run.ended_at < long_ago]
            for run in (*lost, *ended):
                await speak_in(None, self._store.servers, run.server)
                await self._interruptions.report(run)

    async def _every_day(self) -> None:
        """Refresh what came from YouTube into this data folder."""
        while True:
            await YouTubeRetention(self._services).refresh()
            await asyncio.sleep(DAY_SECONDS)

    def _health(self) -> HealthServer:
        settings = self._settings
        registry = self._services.metrics.registry
        return HealthServer(
            settings.metrics_host, settings.metrics_port, registry, alive=lambda: None, ready=lambda: None
        )

    async def _beat(self) -> None:
        while True:
            try:
                await asyncio.to_thread(beat, self._settings.data_dir)
            except OSError as error:
                log.warning("health checks will fail, because the heartbeat can't be written: %s", error.strerror)
            await asyncio.sleep(BEAT_SECONDS)
