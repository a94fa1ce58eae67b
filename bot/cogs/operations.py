"""Operations: measures the running bot, and serves its health and metrics."""

import asyncio
import logging
from contextlib import AsyncExitStack

from discord.ext import commands, tasks

from bot.budget import Budget
from bot.health import HealthServer
from bot.metrics import Reading
from bot.services import Services
from bot.store.errors import StoreError

log = logging.getLogger(__name__)


class Operations(commands.Cog):
    """Nothing that people see."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self.problem = ""
        """What keeps the bot from answering, by its last probe."""
        self._metrics = services.metrics
        self._metrics.add(*_readings(bot, services))
        settings = services.settings
        self.server = HealthServer(
            settings.metrics_host,
            settings.metrics_port,
            self._metrics.registry,
            alive=lambda: self.problem or None,
            ready=self._unready,
        )
        self._budget = Budget(services)
        self._enabled = settings.metrics_port > 0
        self._opened = AsyncExitStack()
        self._connected: set[int] = set()

    async def cog_load(self) -> None:
        """Start to measure and to serve."""
        if self._enabled:
            await self._opened.enter_async_context(self.server)
            self._opened.callback(asyncio.create_task(self._metrics.watch_loop()).cancel)
            self._opened.callback(self._read_quota.start().cancel)

    async def cog_unload(self) -> None:
        """Stop both."""
        await self._opened.aclose()

    @commands.Cog.listener()
    async def on_shard_connect(self, shard: int) -> None:
        """Count the new sessions of a shard, but for its first one."""
        if shard in self._connected:
            self._metrics.reconnects.labels("new").inc()
        self._connected.add(shard)

    @commands.Cog.listener()
    async def on_shard_resumed(self, shard: int) -> None:
        """Count the sessions that went on."""
        del shard
        self._metrics.reconnects.labels("resumed").inc()

    @tasks.loop(minutes=1)
    async def _read_quota(self) -> None:
        try:
            self._metrics.quota_left.set(await self._budget.left())
        except StoreError as error:
            log.warning("the quota that is left can't be read: %s", error)

    def _unready(self) -> str | None:
        if not self._bot.is_ready():
            return "not connected to Discord yet"
        closed = [number for number, shard in self._bot.shards.items() if shard.is_closed()]
        return f"not connected to Discord: shards {closed}" if closed else None


def _readings(bot: commands.AutoShardedBot, services: Services) -> tuple[Reading, ...]:
    """What the parts of the bot count themselves."""
    return (
        Reading(
            "thumbprint_pictures_waiting",
            "Pictures that wait to be classified.",
            "gauge",
            lambda: services.engine.waiting,
        ),
        Reading(
            "thumbprint_decoder_restarts",
            "Processes that decode pictures that were replaced, because a picture brought them down.",
            "counter",
            lambda: services.engine.decoder_restarts,
        ),
        Reading(
            "thumbprint_work_in_flight",
            "Answers, commands and training runs that have begun and not ended.",
            "gauge",
            lambda: len(services.in_flight),
        ),
        Reading(
            "thumbprint_rows_waiting",
            "Answers and ends of training runs that wait for the database.",
            "gauge",
            lambda: services.store.queue.queued,
        ),
        Reading(
            "thumbprint_rows_lost",
            "Answers and ends of training runs that were not stored, because the database failed for too long.",
            "counter",
            lambda: services.store.queue.lost,
        ),
        Reading(
            "thumbprint_gateway_latency_seconds",
            "Time that Discord's gateway takes to acknowledge a heartbeat, in seconds, as the mean of all shards.",
            "gauge",
            lambda: bot.latency,
        ),
    )
