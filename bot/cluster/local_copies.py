"""Local copies: the versions of models that this machine has fetched or trained; those that serve nobody go."""

import asyncio
import logging
from collections.abc import Collection
from pathlib import Path
from typing import Final

from bot.store.errors import StoreError
from bot.store.models import ModelStore
from classifier.errors import ArtifactError
from classifier.serving.library import DEFAULT
from classifier.serving.versions import Versions

log = logging.getLogger(__name__)

TIDY_SECONDS: Final = 3600.0


class LocalCopies:
    """The copies in `folder`, which has a folder per owner, with one per version."""

    def __init__(self, models: ModelStore, folder: Path) -> None:
        self._models = models
        self._folder = folder
        self._idle: frozenset[Path] = frozenset()

    async def keep_tidy(self) -> None:
        """Tidy up once an hour, until cancelled."""
        while True:
            await asyncio.sleep(TIDY_SECONDS)
            await self.tidy()

    async def tidy(self) -> None:
        """Delete the copies that serve nobody, and did not at the last call either: nothing uses them by now.

        Whoever needs one again fetches it again. A failure is logged.
        """
        try:
            serving = await self._models.serving()
            used = [
                self._folder / (DEFAULT if server is None else str(server)) / it.info.version
                for server, it in serving.items()
            ]
            self._idle = await asyncio.to_thread(_delete, self._folder, used, self._idle)
        except (StoreError, ArtifactError) as error:
            log.warning("copies of models that are of no use stay for now: %s", error)


def _delete(folder: Path, used: Collection[Path], idle: Collection[Path]) -> frozenset[Path]:
    """Delete those copies in `idle` that are not `used`; returns the others that are not."""
    left = set()
    for owner in sorted(folder.iterdir()) if folder.is_dir() else ():
        versions = Versions(owner)
        for name in versions.names() if owner.is_dir() else ():
            copy = owner / name
            if copy in idle and copy not in used:
                versions.remove(name)
            elif copy not in used:
                left.add(copy)
    return frozenset(left)
