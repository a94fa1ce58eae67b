"""What can happen to a cluster: processes are killed, stopped or paused, PostgreSQL or the object store are away."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from scripts.benchmarks.asked_trainings import AskedTrainings
from scripts.benchmarks.bot_process import START_SECONDS, BotProcess
from scripts.benchmarks.formation import Formation, until
from scripts.benchmarks.load_stage import Stage
from scripts.benchmarks.local_postgres import Postgres
from scripts.benchmarks.local_s3 import LocalS3

POSTGRES_AWAY_SECONDS: Final = 6
"""Less than the lease that is left when a process could not renew it any more."""
STORE_AWAY_SECONDS: Final = 30
LOST_GROUP: Final = 74
"""Exit status of a process that may no longer serve its shards."""


@dataclass(slots=True)
class Scene:
    """What a fault can strike. `shard` and `first` are the shard and the message of the training in progress."""

    stage: Stage
    formation: Formation
    postgres: Postgres
    store: LocalS3
    trainings: AskedTrainings
    shard: int = 0
    first: int = 0
    taken_over: float = 0.0
    struck: asyncio.Event = field(default_factory=asyncio.Event)
    began: float = 0.0

    def strike(self) -> None:
        """Note that the fault begins now."""
        self.began = now()
        self.struck.set()

    async def victim(self) -> BotProcess:
        """The process that serves the shard."""
        victim = await self.formation.serving(self.shard)
        self.formation.doomed.append(victim)
        return victim

    async def until_taken_over(self, victim: BotProcess) -> None:
        """Wait until another process serves the shard."""
        await self.formation.serving(self.shard, besides=victim)
        self.taken_over = now() - self.began


async def _nothing(scene: Scene) -> None:
    scene.strike()


async def _kill_bot(scene: Scene) -> None:
    victim = await scene.victim()
    scene.strike()
    victim.child.kill()
    await scene.until_taken_over(victim)


async def _stop_bot(scene: Scene) -> None:
    victim = await scene.victim()
    scene.strike()
    victim.child.terminate()
    await scene.until_taken_over(victim)


async def _pause_bot(scene: Scene) -> None:
    victim = await scene.victim()
    scene.strike()
    victim.child.send_signal(signal.SIGSTOP)
    await scene.until_taken_over(victim)
    victim.child.send_signal(signal.SIGCONT)
    async with asyncio.timeout(START_SECONDS):
        if await victim.child.wait() != LOST_GROUP:
            raise RuntimeError(f"a process that was paused ended with status {victim.child.returncode}")


async def _kill_worker(scene: Scene) -> None:
    victim = await scene.formation.training()
    scene.formation.doomed.append(victim)
    scene.strike()
    victim.child.kill()


async def _pause_worker(scene: Scene) -> None:
    victim = await scene.formation.training()
    scene.strike()
    victim.child.send_signal(signal.SIGSTOP)
    await scene.trainings.until_reported(scene.first)
    victim.child.send_signal(signal.SIGCONT)

    async def notices() -> bool:
        return not victim.trains()

    await until(notices)


async def _without_postgres(scene: Scene, seconds: float) -> None:
    scene.strike()
    await asyncio.to_thread(scene.postgres.stop)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(scene.postgres.start)


async def _restart_postgres(scene: Scene) -> None:
    await _without_postgres(scene, 0)


async def _postgres_away(scene: Scene) -> None:
    await _without_postgres(scene, POSTGRES_AWAY_SECONDS)


async def _store_away(scene: Scene) -> None:
    scene.strike()
    await asyncio.to_thread(scene.store.stop)
    await asyncio.sleep(STORE_AWAY_SECONDS)
    await asyncio.to_thread(scene.store.start)


FAULTS: Final[Mapping[str, tuple[str, Callable[[Scene], Awaitable[None]]]]] = {
    "none": ("nothing happens", _nothing),
    "kill-bot": ("a bot is killed", _kill_bot),
    "stop-bot": ("a bot is stopped in order", _stop_bot),
    "pause-bot": ("a bot is paused past its lease", _pause_bot),
    "kill-worker": ("the worker that trains is killed", _kill_worker),
    "pause-worker": ("the worker that trains is paused past its lease", _pause_worker),
    "restart-postgres": ("PostgreSQL restarts", _restart_postgres),
    "postgres-away": (f"PostgreSQL is away for {POSTGRES_AWAY_SECONDS} s", _postgres_away),
    "store-away": (f"the object store is away for {STORE_AWAY_SECONDS} s", _store_away),
}
"""By the names of the option: what happens, and what does it."""


def now() -> float:
    """The event loop's clock, in seconds."""
    return asyncio.get_running_loop().time()
