"""A bot in a process of its own: starting and stopping it, its metrics, its memory."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
import psutil
from prometheus_client.parser import text_string_to_metric_families

from bot.sandbox.discord import LocalDiscord
from bot.settings import settings_table
from classifier.settings import YouTubeSettings

_ROOT: Final = Path(__file__).parents[2]
START_SECONDS: Final = 120
STOP_SECONDS: Final = 15
PAGE_SECONDS: Final = 5

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass(frozen=True, slots=True)
class Lag:
    """How late an event loop ran its tasks, in seconds: the 99th percentile, and an upper bound of the maximum.

    Neither is ever more than the largest bound of the metric's buckets.
    """

    p99: float
    longest: float


@dataclass(frozen=True, slots=True)
class BotProcess:
    """A running bot, which serves its metrics at `url`."""

    child: asyncio.subprocess.Process
    url: str

    @property
    def process(self) -> psutil.Process:
        """The same process, to look into."""
        return psutil.Process(self.child.pid)

    async def page(self, path: str) -> str:
        """One of its pages; empty if it does not answer, or is not well."""
        timeout = aiohttp.ClientTimeout(total=PAGE_SECONDS)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(f"{self.url}/{path}") as response:
                return await response.text() if response.status == 200 else ""
        except (aiohttp.ClientError, TimeoutError):
            return ""

    def trains(self) -> bool:
        """Whether it has a child process that trains a model, or crawls for one; not one that only refreshes."""
        commands = map(_command, self.process.children(recursive=True))
        return any("classifier" in it and ("crawl" in it or "train" in it) for it in commands)

    async def samples(self) -> Samples:
        """All its metrics, by name and labels."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/metrics") as response:
            families = text_string_to_metric_families(await response.text())
            return {
                (sample.name, frozenset(sample.labels.items())): sample.value
                for family in families
                for sample in family.samples
            }

    async def stop(self) -> float:
        """End it by SIGTERM, or by SIGKILL after STOP_SECONDS; returns how many seconds that took."""
        began = time.perf_counter()
        self.child.terminate()
        try:
            await asyncio.wait_for(self.child.wait(), STOP_SECONDS)
        except TimeoutError:
            self.child.kill()
            await self.child.wait()
        return time.perf_counter() - began

    def memory(self) -> float:
        """Resident MiB of the bot and its children, but for a training's, which comes and goes."""
        process = self.process
        resident = process.memory_info().rss
        for child in process.children(recursive=True):
            if "classifier" not in _command(child):
                with suppress(psutil.NoSuchProcess):
                    resident += child.memory_info().rss
        return float(resident) / 2**20


def _command(process: psutil.Process) -> Sequence[str]:
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return ()


def total(samples: Samples, name: str) -> float:
    """The sum of all samples of a name; 0 if there is none."""
    return sum(value for (found, _), value in samples.items() if found == name)


def lag(before: Samples, after: Samples) -> Lag:
    """The event loop's lag between two readings, interpolated within a bucket as Prometheus does."""
    buckets = sorted(
        (float(dict(labels)["le"]), value - before.get((name, labels), 0.0))
        for (name, labels), value in after.items()
        if name == "thumbprint_loop_lag_seconds_bucket"
    )
    rank, largest = 0.99 * buckets[-1][1], buckets[-2][0]
    p99 = longest = lower = below = 0.0
    for bound, count in buckets:
        upper = min(bound, largest)
        if count > below:
            longest = upper
            if below < rank:
                p99 = lower + (upper - lower) * min((rank - below) / (count - below), 1.0)
        lower, below = upper, count
    return Lag(p99, longest)


def settings_of_bot(discord: LocalDiscord, youtube: YouTubeSettings, data: Path, port: int) -> dict[str, str]:
    """An environment in which a bot uses the local services, and serves its metrics at `port`."""
    ours = {row.name for row in settings_table()}
    return {name: value for name, value in os.environ.items() if name not in ours} | {
        "PYTHONPATH": str(_ROOT),
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "DISCORD_CDN_URLS": discord.url,
        **youtube.environment(),
        "THUMBPRINT_DATA_DIR": str(data),
        "THUMBPRINT_METRICS_PORT": str(port),
        "THUMBPRINT_LOG_LEVEL": "WARNING",
    }


@asynccontextmanager
async def running(
    arguments: Sequence[str], discord: LocalDiscord, youtube: YouTubeSettings, data: Path, **settings: str
) -> AsyncIterator[BotProcess]:
    """`python ARGUMENTS`, once it is logged in; it logs to standard error."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    env = settings_of_bot(discord, youtube, data, port) | settings
    async with discord.watch() as events:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *arguments), env=env, cwd=data.parent, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            await events.next(lambda event: event.name == "GATEWAY_READY", within=START_SECONDS)
        except TimeoutError:
            process.kill()
            raise
    bot = BotProcess(process, f"http://127.0.0.1:{port}")
    try:
        yield bot
    finally:
        if process.returncode is None:
            await bot.stop()
