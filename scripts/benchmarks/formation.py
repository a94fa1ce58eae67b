"""The processes of a whole cluster: a bot per shard, a hot spare, and workers; those that end are replaced."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from scripts.benchmarks.bot_process import START_SECONDS, BotProcess
from scripts.benchmarks.cluster import POLL_SECONDS, Cluster

WORKERS: Final = 2
_SERVING: Final = "ok (shard group"


@dataclass(slots=True)
class Formation:
    """Processes that each serve one of so many `shards`, one to spare, and workers.

    `ended` counts the processes that have ended besides those in `doomed`.
    """

    bots: Cluster
    workers: Cluster
    shards: int
    doomed: list[BotProcess] = field(default_factory=list)
    ended: int = 0

    def retire(self) -> None:
        """Count the processes that have ended, and forget them."""
        for cluster in (self.bots, self.workers):
            gone = [it for it in cluster.bots if it.child.returncode is not None]
            self.ended += sum(it not in self.doomed for it in gone)
            cluster.bots = [it for it in cluster.bots if it not in gone]

    async def complete(self) -> None:
        """Start what is missing, and wait until all are ready. Raises TimeoutError."""
        self.retire()
        for cluster, count in ((self.bots, self.shards + 1), (self.workers, WORKERS)):
            for _ in range(count - len(cluster.bots)):
                await cluster.start()
        await asyncio.gather(*(self.workers.until_ready(it, "ok") for it in self.workers.bots))
        await until(self._served)

    async def serving(self, shard: int, besides: BotProcess | None = None) -> BotProcess:
        """The process that serves a shard, as soon as there is one. Raises TimeoutError."""
        others = [it for it in self.bots.bots if it is not besides]
        found: list[BotProcess] = []

        async def serves() -> bool:
            found.extend([it for it in others if f"{_SERVING} {shard}," in await it.page("readyz")])
            return bool(found)

        await until(serves)
        return found[0]

    async def training(self) -> BotProcess:
        """A worker that trains, as soon as there is one. Raises TimeoutError."""
        found: list[BotProcess] = []

        async def trains() -> bool:
            found.extend(it for it in self.workers.bots if it.trains())
            return bool(found)

        await until(trains)
        return found[0]

    async def _served(self) -> bool:
        pages = [await it.page("readyz") for it in self.bots.bots]
        return sum(_SERVING in page for page in pages) == self.shards and all(pages)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds, which other processes do. Raises TimeoutError after START_SECONDS."""
    async with asyncio.timeout(START_SECONDS):
        while not await holds():  # noqa: ASYNC110 - of other processes, there is no event
            await asyncio.sleep(POLL_SECONDS)
