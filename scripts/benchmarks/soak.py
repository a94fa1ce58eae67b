"""Soak: pictures at a steady rate for a long time; what is lost, and whether memory grows."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rich.console import Console

from scripts.benchmarks.bot_process import BotProcess
from scripts.benchmarks.crowd import Tally
from scripts.benchmarks.load import OURS, OUTCOME, machine, what_came_of
from scripts.benchmarks.load_stage import SERVERS, staged
from scripts.benchmarks.report import Measure, Report, Row

PEOPLE: Final = 100
READINGS: Final = 200
"""How often memory is read, in equal intervals."""
SETTLING: Final = 0.1
"""The share of the time after which memory counts: a new process fills its caches first."""

_MEMORY: Final = (
    Measure("start", "MiB", more_is_better=False, drawn=False),
    Measure("end", "MiB", more_is_better=False, drawn=False),
    Measure("growth", "%", more_is_better=False, goal=0.05),
    Measure("slope", "MiB/h", more_is_better=False),
)


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory over time, in MiB: the means of the first and last tenth of the readings, and the slope per hour."""

    start: float
    end: float
    slope: float

    @classmethod
    def of(cls, readings: Sequence[tuple[float, float]]) -> "Memory":
        """From at least two readings, each the seconds since the start and MiB."""
        seconds, resident = np.array(readings).T
        tenth = max(1, len(readings) // 10)
        slope = float(np.polyfit(seconds / 3600, resident, 1)[0])
        return cls(float(resident[:tenth].mean()), float(resident[-tenth:].mean()), slope)

    @property
    def growth(self) -> float:
        """From start to end, as a share of the start."""
        return self.end / self.start - 1


def measure(minutes: float, rate: float) -> Report:
    """Post `rate` pictures per second for some minutes."""
    return asyncio.run(_measure(minutes, rate))


async def _measure(minutes: float, rate: float) -> Report:
    console = Console(stderr=True)
    tally = Tally()
    async with staged(PEOPLE, console) as stage, stage.bot() as bot:
        await stage.warm_up()
        before = await bot.samples()
        with console.status(f"Posting for {minutes:g} minutes"):
            reading = asyncio.create_task(_read(bot, 60 * minutes))
            await stage.crowd.at_rate(max(1, round(60 * minutes * rate)), rate, tally)
            await stage.crowd.settled(tally)
        readings = await reading
        figures = what_came_of(tally, before, await bot.samples())
    memory = Memory.of(readings[round(SETTLING * len(readings)) :])
    figures |= {"start": memory.start, "end": memory.end, "growth": memory.growth, "slope": memory.slope}
    return Report(
        "soak",
        f"{minutes:g} minutes with {rate:g} pictures per second",
        f"{PEOPLE} people on {SERVERS} servers. Memory: after the first {SETTLING:.0%} of the time. {machine()}",
        (*OUTCOME, *_MEMORY),
        (Row.of(OURS, tally.posted, [figures], ours=True),),
    )


async def _read(bot: BotProcess, seconds: float) -> Sequence[tuple[float, float]]:
    """Memory at equal intervals, each with the seconds since the start."""
    loop = asyncio.get_running_loop()
    start, readings = loop.time(), []
    for number in range(READINGS):
        await asyncio.sleep(max(0.0, start + seconds * number / READINGS - loop.time()))
        readings.append((loop.time() - start, bot.memory()))
    return readings
