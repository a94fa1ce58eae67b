"""What a process of a cluster has besides: the queue of jobs, and models that others have trained."""

from contextlib import AsyncExitStack
from typing import Final, Self

from bot.cluster.library import ClusterLibrary
from bot.cluster.serving import ServingFollower
from bot.jobs.protocol import Perform
from bot.jobs.queue import QueueJobs
from bot.settings import Settings
from bot.store.database import address
from bot.store.store import Store
from classifier.artifacts.place import open_artifacts
from classifier.engine import Engine


class ClusterProcess:
    """Submits `jobs`, and follows which models are in use, inside its `async with` block."""

    def __init__(self, settings: Settings, store: Store, engine: Engine, perform: Perform) -> None:
        url = address(settings.database)
        self.jobs: Final = QueueJobs(url, store.runs, perform)
        self._follower = ServingFollower(url, engine)
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Raises StoreError."""
        await self._opened.enter_async_context(self.jobs)
        await self._opened.enter_async_context(self._follower)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()


def make_library(settings: Settings, store: Store) -> ClusterLibrary:
    """The library that the settings describe. Raises StorageError."""
    return ClusterLibrary(store.models, open_artifacts(settings.artifacts_url), settings.data_dir / "models")
