"""A whole cluster under load, and what becomes of pictures and trainings when one part of it dies, hangs or is away."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from rich.console import Console

from bot.sandbox.discord import GatewaySettings
from scripts.benchmarks.asked_trainings import AskedTrainings
from scripts.benchmarks.cluster import Cluster
from scripts.benchmarks.cluster_scene import FAULTS, Scene
from scripts.benchmarks.crowd import Tally
from scripts.benchmarks.formation import WORKERS, Formation
from scripts.benchmarks.load import machine
from scripts.benchmarks.load_stage import SERVERS, Stage, staged
from scripts.benchmarks.local_postgres import Postgres, running_postgres
from scripts.benchmarks.local_s3 import LocalS3, running_s3
from scripts.benchmarks.report import Measure, Report, Row

PEOPLE: Final = 40
SHARDS: Final = 4
TAKEOVER_SECONDS: Final = 15
JOB_LEASE: Final = 30

_MEASURES: Final = (
    Measure("taken over", "s", more_is_better=False),
    Measure("accepted", "s", more_is_better=False),
    Measure("reported", "s", more_is_better=False),
    Measure("longest wait", "s", more_is_better=False),
    Measure("lost", "pictures", more_is_better=False, goal=0, drawn=False),
    Measure("twice", "pictures", more_is_better=False, goal=0, drawn=False),
    Measure("trainings lost", "trainings", more_is_better=False, goal=0, drawn=False),
    Measure("trainings twice", "trainings", more_is_better=False, goal=0, drawn=False),
    Measure("ended", "processes", more_is_better=False, goal=0, drawn=False),
)


@dataclass(frozen=True, slots=True)
class Round:
    """What is known of one fault; what came of the pictures and trainings is counted at the end of all rounds."""

    fault: str
    pictures: Tally
    trainings: tuple[int, int]
    times: dict[str, float]
    ended: int

    def figures(self, trainings: AskedTrainings) -> dict[str, float]:
        """All figures."""
        return self.times | {
            "longest wait": max(self.pictures.answered, default=0.0),
            "lost": self.pictures.waiting + self.pictures.refused.total(),
            "twice": len(self.pictures.twice),
            "trainings lost": sum(map(trainings.lost, self.trainings)),
            "trainings twice": sum(len(trainings.reports[it]) > 1 for it in self.trainings),
            "ended": self.ended,
        }


def measure(faults: Sequence[str], rate: float, repeats: int) -> Report:
    """Strike with each of these faults in turn, `repeats` times, while people post `rate` pictures per second.

    Raises NotInstalledError.
    """
    with running_postgres() as postgres, running_s3() as store:
        rounds, trainings = asyncio.run(_measure(postgres, store, list(faults) * repeats, rate))
    rows = []
    for fault in faults:
        ours = [it for it in rounds if it.fault == fault]
        posted = sum(it.pictures.posted for it in ours)
        rows.append(Row.of(FAULTS[fault][0], posted, [it.figures(trainings) for it in ours], ours=True))
    return Report(
        "cluster-faults",
        f"Parts of a cluster die, hang or are away, {rate:g} pictures per second",
        f"{SHARDS} bots with a shard each, a hot spare and {WORKERS} workers, PostgreSQL and an object store; people "
        f"on {SERVERS} servers. The lease of a shard lasts {TAKEOVER_SECONDS} s, that of a training {JOB_LEASE} s. "
        "From the fault on: until another process serves the shard; until a training is accepted that is asked for "
        f"then; until the training in progress is reported. {machine()}",
        _MEASURES,
        tuple(rows),
    )


async def _measure(
    postgres: Postgres, store: LocalS3, faults: Sequence[str], rate: float
) -> tuple[Sequence[Round], AskedTrainings]:
    console = Console(stderr=True)
    gateway = GatewaySettings(shards=SHARDS, max_concurrency=SHARDS, identify_interval=5.0)
    settings = {
        "THUMBPRINT_DATABASE_URL": postgres.empty(),
        "THUMBPRINT_TAKEOVER_SECONDS": str(TAKEOVER_SECONDS),
        "THUMBPRINT_SHARDS_PER_PROCESS": "1",
        "THUMBPRINT_JOBS": "queue",
        "THUMBPRINT_JOB_LEASE": str(JOB_LEASE),
        "THUMBPRINT_ARTIFACTS_URL": store.url,
        **store.environment,
    }
    async with staged(PEOPLE, console, gateway, trained=False) as stage:
        trainings = AskedTrainings(stage.discord, SHARDS, 2 * (len(faults) // SHARDS + 1))
        async with _running(stage, settings) as formation:
            with console.status("Training"):
                await stage.train()
            scene = Scene(stage, formation, postgres, store, trainings)
            rounds = []
            for number, fault in enumerate(faults):
                with console.status(FAULTS[fault][0]):
                    rounds.append(await _round(scene, number % SHARDS, fault, rate))
                console.print(f"{FAULTS[fault][0]}: {rounds[-1].figures(trainings)}", highlight=False)
        for log in (*formation.bots.logs, *formation.workers.logs):
            if "Traceback" in (said := await asyncio.to_thread(log.read_text)):
                console.print(f"A process logged an error:\n{said}", markup=False)
        return rounds, trainings


async def _round(scene: Scene, shard: int, fault: str, rate: float) -> Round:
    """One fault, while a training is in progress, and another one is asked for."""
    crowd, trainings, tally = scene.stage.crowd, scene.trainings, Tally()
    await scene.formation.complete()
    scene.shard, scene.taken_over, scene.struck = shard, 0.0, asyncio.Event()
    posting = asyncio.create_task(crowd.at_rate(10**6, rate, tally))
    scene.first = await trainings.ask(shard)
    await scene.formation.training()
    striking = asyncio.create_task(FAULTS[fault][1](scene))
    await asyncio.wait({striking, asyncio.create_task(scene.struck.wait())}, return_when=asyncio.FIRST_COMPLETED)
    second = await trainings.ask(shard)
    await striking
    await trainings.until_reported(scene.first, second)
    posting.cancel()
    await asyncio.wait({posting})
    await crowd.settled(tally)
    before = scene.formation.ended
    scene.formation.retire()
    times = {
        "accepted": trainings.accepted[second] - scene.began,
        "reported": next(iter(trainings.reports[scene.first]), scene.began) - scene.began,
    }
    if scene.taken_over:
        times["taken over"] = scene.taken_over
    return Round(fault, tally, (scene.first, second), times, scene.formation.ended - before)


@asynccontextmanager
async def _running(stage: Stage, settings: dict[str, str]) -> AsyncIterator[Formation]:
    """All processes, ready."""
    formation = Formation(Cluster(stage, settings), Cluster(stage, settings, "work"), SHARDS)
    try:
        await formation.complete()
        yield formation
    finally:
        await asyncio.gather(formation.bots.stop(), formation.workers.stop())
