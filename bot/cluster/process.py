"""What a process of a cluster has besides: the queue of jobs, and models that others have trained."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final, Self

from bot.cluster.library import ClusterLibrary
from bot.cluster.local_copies import LocalCopies
from bot.cluster.serving import ServingFollower
from bot.cluster.thumbnails import SharedThumbnails
from bot.jobs.protocol import Perform
from bot.jobs.queue import QueueJobs
from bot.settings import Settings
from bot.store.database import address
from bot.store.store import Store
from classifier.artifacts.place import open_artifacts
from classifier.engine import Engine


class ClusterProcess:
    """Submits `jobs`, follows which models are in use, and deletes copies of others, inside its `async with` block."""

    def __init__(self, settings: Settings, store: Store, engine: Engine, perform: Perform) -> None:
        url = address(settings.database)
        self.jobs: Final = QueueJobs(url, store.runs, perform)
        self._follower = ServingFollower(url, engine)
        self._copies = LocalCopies(store.models, settings.data_dir / "models")
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Raises StoreError."""
        await self._opened.enter_async_context(self.jobs)
        await self._opened.enter_async_context(self._follower)
        tidying = asyncio.create_task(self._copies.keep_tidy())
        self._opened.callback(tidying.cancel)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()


def make_thumbnails(settings: Settings, store: Store) -> SharedThumbnails:
    """The thumbnails that the settings describe. Raises StorageError."""
    artifacts = open_artifacts(settings.artifacts_url)
    return SharedThumbnails(store.archives, artifacts, settings.data_dir / "thumbnails")


def make_library(settings: Settings, store: Store) -> ClusterLibrary:
    """The library that the settings describe. Raises StorageError."""
    artifacts, thumbnails = open_artifacts(settings.artifacts_url), make_thumbnails(settings, store)
    return ClusterLibrary(store.models, artifacts, settings.data_dir / "models", thumbnails)
