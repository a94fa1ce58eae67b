"""Load: many pictures at once or for a while, on a bot in a process of its own, beside naive bots in the same run."""

import asyncio
import os
import platform
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Final

from rich.console import Console

from scripts.benchmarks.bot_process import BotProcess, Samples, lag, total
from scripts.benchmarks.crowd import PATIENCE_SECONDS, Tally
from scripts.benchmarks.load_stage import SERVERS, Stage, staged
from scripts.benchmarks.report import Measure, Report, Row
from scripts.benchmarks.trainings import Left, own_trainings, trainings_beside

OURS: Final = "this project"
PYPLOT: Final = "naive bot, pyplot"
SAME_PLOT: Final = "naive bot, this project's plot"

OUTCOME: Final = (
    Measure("lost", "pictures", more_is_better=False, goal=0),
    Measure("busy", "pictures", more_is_better=False, drawn=False),
    Measure("median", "s", more_is_better=False, drawn=False),
    Measure("p95", "s", more_is_better=False, drawn=False),
    Measure("p99", "s", more_is_better=False),
    Measure("lag p99", "ms", more_is_better=False, goal=50),
    Measure("lag max", "ms", more_is_better=False, goal=250),
)
_MEMORY: Final = (
    Measure("before", "MiB", more_is_better=False, drawn=False),
    Measure("after", "MiB", more_is_better=False),
)
_RATES: Final = (Measure("rate", "/s"), Measure("× naive", "×", goal=3), Measure("× naive, same plot", "×"))
_TRAININGS: Final = Measure("trainings", "left", goal=1, drawn=False)
_OTHER: Final = Measure("other's wait", "s", more_is_better=False, goal=3)
_STOP: Final = (
    Measure("lost", "pictures", more_is_better=False, goal=0),
    Measure("answered", "pictures"),
    Measure("declined", "pictures"),
    Measure("time to exit", "s", more_is_better=False, goal=10),
    Measure("exit status", "", more_is_better=False, goal=0, drawn=False),
)
_IN_FLIGHT: Final = 150

_DROPPED: Final = "thumbprint_pictures_dropped_total"

Figures = dict[str, float]
Training = Callable[[], AbstractAsyncContextManager[Left]]
"""Begins training runs; they are to last as long as the block."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many pictures: `steady` at `rate` per second by `people`, and `burst` at once."""

    steady: int
    rate: float
    people: int
    burst: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """What people do: `run` posts the pictures, and returns what came of them, and further figures."""

    name: str
    title: str
    note: str
    measures: tuple[Measure, ...]
    run: Callable[[Stage, Training], Awaitable[tuple[Tally, Figures]]]


def measure(size: Size) -> Sequence[Report]:
    """Measure all scenarios with all bots."""
    return asyncio.run(_measure(size))


async def _measure(size: Size) -> Sequence[Report]:
    console = Console(stderr=True)
    scenarios = _scenarios(size)
    figures: dict[str, dict[str, Figures]] = {scenario.name: {} for scenario in scenarios}
    async with staged(size.people, console) as stage:
        bots: dict[str, tuple[Callable[[], AbstractAsyncContextManager[BotProcess]], Training]] = {
            OURS: (stage.bot, partial(own_trainings, stage)),
            PYPLOT: (partial(stage.naive_bot, "pyplot"), partial(trainings_beside, stage)),
            SAME_PLOT: (partial(stage.naive_bot, "ours"), partial(trainings_beside, stage)),
        }
        for bot, (start, training) in bots.items():
            async with start() as process:
                await stage.warm_up()
                for scenario in scenarios:
                    with console.status(f"{bot}: {scenario.title}"):
                        figures[scenario.name][bot] = await _observed(process, stage, scenario, training)
        with console.status("SIGTERM"):
            stopped = await _stop(stage, min(_IN_FLIGHT, size.burst))
    return [*(_report(scenario, figures[scenario.name]) for scenario in scenarios), stopped]


def _scenarios(size: Size) -> Sequence[Scenario]:
    """In this order, because training runs outlast their scenario."""
    return (
        Scenario(
            "load-burst",
            f"{size.burst:,} pictures at once",
            f"From {size.people} people on {SERVERS} servers.",
            _RATES,
            partial(_burst, size),
        ),
        Scenario(
            "load-fair",
            f"{size.burst:,} pictures at once by one person, and then a single one by another on the same server",
            "All figures but the other's wait are of the first person's pictures.",
            (_OTHER,),
            partial(_fair, size),
        ),
        Scenario(
            "load-steady",
            f"{size.steady:,} pictures at {size.rate:g} per second from {size.people} people while a training runs",
            f"The people are on {SERVERS} servers. Trainings: how many were going on or waiting at the end.",
            (*_RATES, _TRAININGS),
            partial(_steady, size),
        ),
    )


async def _observed(bot: BotProcess, stage: Stage, scenario: Scenario, training: Training) -> Figures:
    """The figures of a scenario, with those of the bot's own metrics and memory."""
    before, resident = await bot.samples(), bot.memory()
    tally, others = await scenario.run(stage, training)
    figures = what_came_of(tally, before, await bot.samples())
    return figures | others | {"posted": tally.posted, "before": resident, "after": bot.memory()}


def what_came_of(tally: Tally, before: Samples, after: Samples) -> Figures:
    """How the pictures of a tally were answered, and how late the event loop was between two readings.

    Pictures that the bot has dropped on purpose, and counted, count as busy.
    """
    dropped = min(total(after, _DROPPED) - total(before, _DROPPED), tally.waiting)
    late = lag(before, after)
    return {
        "lost": tally.waiting - dropped,
        "busy": tally.refused.total() + dropped,
        "rate": tally.rate,
        "median": tally.percentile(50),
        "p95": tally.percentile(95),
        "p99": tally.percentile(99),
        "lag p99": 1000 * late.p99,
        "lag max": 1000 * late.longest,
    }


async def _steady(size: Size, stage: Stage, training: Training) -> tuple[Tally, Figures]:
    tally = Tally()
    async with training() as left:
        await stage.crowd.at_rate(size.steady, size.rate, tally)
        await stage.crowd.settled(tally)
        return tally, {"trainings": left()}


async def _burst(size: Size, stage: Stage, _: Training) -> tuple[Tally, Figures]:
    tally = Tally()
    await stage.crowd.at_once(stage.crowd.people, size.burst, tally)
    await stage.crowd.settled(tally)
    return tally, {}


async def _fair(size: Size, stage: Stage, _: Training) -> tuple[Tally, Figures]:
    one, other = stage.crowd.people[0], stage.crowd.people[SERVERS]  # on the same server
    many, single = Tally(), Tally()
    await stage.crowd.at_once([one], size.burst, many)
    await stage.crowd.at_once([other], 1, single)
    await stage.crowd.settled(single)
    await stage.crowd.settled(many)
    return many, {"other's wait": single.answered[0] if single.answered else float(PATIENCE_SECONDS)}


async def _stop(stage: Stage, count: int) -> Report:
    """SIGTERM while pictures are in flight. Declined are those whose people read that it restarts."""
    tally = Tally()
    async with stage.bot() as bot:
        await stage.warm_up()
        await stage.crowd.at_once(stage.crowd.people, count, tally)
        seconds = await bot.stop()
    figures = {
        "lost": tally.waiting,
        "answered": len(tally.answered),
        "declined": tally.refused.total(),
        "time to exit": seconds,
        "exit status": bot.child.returncode or 0,
    }
    return Report(
        "load-stop",
        f"SIGTERM right after {count} pictures were posted at once",
        f"Declined: answered by one sentence, such as that the bot restarts. Lost: not a word. {machine()}",
        _STOP,
        (Row.of(OURS, count, [figures], ours=True),),
    )


def _report(scenario: Scenario, measured: dict[str, Figures]) -> Report:
    ours = measured[OURS]
    for measure, naive in zip(_RATES[1:], (PYPLOT, SAME_PLOT), strict=True):
        ours[measure.name] = ours["rate"] / measured[naive]["rate"]
    return Report(
        scenario.name,
        scenario.title,
        f"{scenario.note} {machine()}",
        (*scenario.measures, *OUTCOME, *_MEMORY),
        tuple(Row.of(bot, int(it["posted"]), [it], ours=bot == OURS) for bot, it in measured.items()),
    )


def machine() -> str:
    """The machine, and what shares it."""
    return f"{os.cpu_count()} processor cores ({platform.machine()}), for the bot, the local Discord and the people."
