"""One bot in several processes: answers per second, what cluster settings cost per answer, and what a kill loses."""

import asyncio
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console

from bot.sandbox.discord import GatewaySettings
from scripts.benchmarks.bot_process import START_SECONDS, BotProcess, settings_of_bot
from scripts.benchmarks.crowd import Tally
from scripts.benchmarks.load import machine
from scripts.benchmarks.load_stage import SERVERS, WARM_UP, Stage, staged
from scripts.benchmarks.report import Measure, Report, Row

PEOPLE: Final = 40
SHARDS: Final = 4
COUNTS: Final = (1, 2, SHARDS)
"""Of processes."""
TAKEOVER_SECONDS: Final = 15
POLL_SECONDS: Final = 0.05

_RATES: Final = (
    Measure("rate", "/s"),
    Measure("processor", "ms", more_is_better=False),
    Measure("p95", "s", more_is_better=False, drawn=False),
    Measure("lost", "pictures", more_is_better=False, goal=0, drawn=False),
    Measure("twice", "pictures", more_is_better=False, goal=0, drawn=False),
)
_KILLS: Final = (
    Measure("taken over", "s", more_is_better=False),
    Measure("lost", "pictures", more_is_better=False, goal=0, drawn=False),
    Measure("twice", "pictures", more_is_better=False, goal=0, drawn=False),
)


@dataclass(frozen=True, slots=True)
class Size:
    """How many pictures at once, how many per second during `kills`."""

    burst: int
    rate: float
    kills: int


@dataclass(slots=True)
class Cluster:
    """Processes of one bot, each with a copy of the stage's data folder; all have these `settings`.

    `verb` is what they do, `run` or `work`; `logs` are the files to which all that were ever started log.
    """

    stage: Stage
    settings: dict[str, str]
    verb: str = "run"
    bots: list[BotProcess] = field(default_factory=list)
    logs: list[Path] = field(default_factory=list)

    async def start(self) -> BotProcess:
        """Start one more."""
        home = self.stage.data.with_name(f"{self.verb}-{id(self)}-{len(self.logs)}")
        await asyncio.to_thread(_copy, self.stage.data, home / "data")
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        env = settings_of_bot(self.stage.discord, self.stage.youtube, home / "data", port) | self.settings
        env["THUMBPRINT_CHANNELS"] = " ".join(f"@{channel}" for channel in self.stage.channels)
        self.logs.append(home / "log")
        with self.logs[-1].open("wb") as log:
            command = (sys.executable, "-m", "bot", self.verb)
            child = await asyncio.create_subprocess_exec(*command, env=env, cwd=home, stdout=log, stderr=log)
        self.bots.append(BotProcess(child, f"http://127.0.0.1:{port}"))
        return self.bots[-1]

    async def stop(self) -> None:
        """Stop them all in order."""
        await asyncio.gather(*(bot.stop() for bot in self.bots if bot.child.returncode is None))

    def processor(self) -> float:
        """Seconds of processor time of all processes and their children."""
        processes = [it for bot in self.bots for it in (bot.process, *bot.process.children(recursive=True))]
        return sum(sum(it.cpu_times()[:2]) for it in processes)

    async def until_ready(self, bot: BotProcess, word: str) -> None:
        """Wait until a process is ready, and says this word. Raises TimeoutError."""
        async with asyncio.timeout(START_SECONDS):
            while word not in await bot.page("readyz"):
                if bot.child.returncode is not None:
                    raise RuntimeError("a process ended:\n" + "\n".join(log.read_text() for log in self.logs))
                await asyncio.sleep(POLL_SECONDS)


def measure(database: str, size: Size) -> Sequence[Report]:
    """Measure both: bursts with 1, 2 and 4 processes, then kills of one after the other of four, and a hot spare."""
    return asyncio.run(_measure(database, size))


async def _measure(database: str, size: Size) -> Sequence[Report]:
    console = Console(stderr=True)
    gateway = GatewaySettings(shards=SHARDS, max_concurrency=SHARDS, identify_interval=5.0)
    local: dict[str, str] = {}
    shared = {"THUMBPRINT_DATABASE_URL": database, "THUMBPRINT_TAKEOVER_SECONDS": str(TAKEOVER_SECONDS)}
    kinds = [
        ("1 process, SQLite", 1, local),
        ("1 process, PostgreSQL", 1, shared),
        *(
            (
                f"{count} process{'es' if count > 1 else ''}, cluster settings",
                count,
                shared | {"THUMBPRINT_SHARDS_PER_PROCESS": str(SHARDS // count)},
            )
            for count in COUNTS
        ),
    ]
    rows = []
    async with staged(PEOPLE, console, gateway) as stage:
        for name, count, settings in kinds:
            with console.status(name):
                async with _running(stage, count, settings) as cluster:
                    rows.append(Row.of(name, size.burst, [await _burst(cluster, size.burst)], ours=True))
        with console.status("SIGKILL"):
            async with _running(stage, SHARDS, kinds[-1][2]) as cluster:
                killed = await _kill_each(cluster, size)
    return (
        Report(
            "cluster",
            f"{size.burst:,} pictures at once",
            f"{PEOPLE} people on {SERVERS} servers and {SHARDS} shards. Processor: time of all processes of the bot "
            f"per answer. {machine()}",
            _RATES,
            tuple(rows),
        ),
        Report(
            "cluster-kills",
            f"Processes are killed by SIGKILL, {size.rate:g} pictures per second",
            f"Four processes with a shard each, and a hot spare; takeover after {TAKEOVER_SECONDS} s. Taken over: "
            "until the spare is connected to Discord.",
            _KILLS,
            (Row.of("killed in turn", len(killed), killed, ours=True),),
        ),
    )


async def _burst(cluster: Cluster, count: int) -> dict[str, float]:
    crowd, tally = cluster.stage.crowd, Tally()
    await cluster.stage.warm_up()
    before = cluster.processor()
    await crowd.at_once(crowd.people, count, tally)
    await crowd.settled(tally)
    return {
        "rate": tally.rate,
        "processor": 1000 * (cluster.processor() - before) / max(1, len(tally.answered)),
        "p95": tally.percentile(95),
        "lost": tally.waiting,
        "twice": len(tally.twice),
    }


async def _kill_each(cluster: Cluster, size: Size) -> list[dict[str, float]]:
    """Kill the processes in turn under load, each time with a hot spare, and start a new one."""
    figures = []
    for _ in range(size.kills):
        spare = await cluster.start()
        await cluster.until_ready(spare, "ok (a spare")
        crowd, tally = cluster.stage.crowd, Tally()
        posting = asyncio.create_task(crowd.at_rate(10**6, size.rate, tally))
        await crowd.at_once(crowd.people, WARM_UP, tally)
        victim = cluster.bots.pop(0)
        began = time.perf_counter()
        victim.child.kill()
        await victim.child.wait()
        await cluster.until_ready(spare, "ok (shard group")
        taken_over = time.perf_counter() - began
        posting.cancel()
        await asyncio.wait({posting})
        await crowd.settled(tally)
        lost = tally.waiting + tally.refused.total()
        figures.append({"taken over": taken_over, "lost": lost, "twice": len(tally.twice)})
    return figures


@asynccontextmanager
async def _running(stage: Stage, count: int, settings: dict[str, str]) -> AsyncIterator[Cluster]:
    """So many processes, started at the same time, when all are ready."""
    cluster = Cluster(stage, settings)
    grouped = "THUMBPRINT_SHARDS_PER_PROCESS" in settings
    try:
        for started in [await cluster.start() for _ in range(count)]:
            await cluster.until_ready(started, "ok (shard group" if grouped else "ok")
        yield cluster
    finally:
        await cluster.stop()


def _copy(data: Path, to: Path) -> None:
    to.parent.mkdir()
    if not data.exists():
        return
    shutil.copytree(data, to, ignore=shutil.ignore_patterns("lock", "heartbeat"))
