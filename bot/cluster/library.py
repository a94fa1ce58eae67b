"""The models of a cluster: what there is and what is in use are rows of the database; the files are artifacts.

A version's files are fetched into the data folder when they are first needed.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.store.models import ModelStore, StoredModel
from bot.store.values import Run
from classifier.artifacts.archive import pack, unpack
from classifier.artifacts.protocol import Artifacts
from classifier.errors import NoVersionError, StorageError
from classifier.serving.library import DEFAULT, Finished
from classifier.serving.versions import KEPT_MODELS, Versions
from classifier.values import ModelInfo, Version

log = logging.getLogger(__name__)


class ClusterLibrary:
    """The models of all owners. `folder` has a folder per owner, with one per version that is on this machine.

    All methods raise StoreError if the database fails; those that need files, StorageError and ArtifactError.
    """

    def __init__(self, models: ModelStore, artifacts: Artifacts, folder: Path) -> None:
        self._models = models
        self._artifacts = artifacts
        self._folder = folder.absolute()
        self._fetching: defaultdict[Path, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def serving(self, *owners: str) -> Mapping[str, ModelInfo]:
        """The models in use by some owners, or by all."""
        found: dict[int | None, StoredModel] = {}
        if not owners:
            found |= await self._models.serving()
        for owner in owners:
            found |= await self._models.serving(_server(owner), everyone=False)
        return {DEFAULT if server is None else str(server): model.info for server, model in found.items()}

    async def all(self, owner: str) -> tuple[Version, ...]:
        """Every version, newest first."""
        serving = (await self.serving(owner)).get(owner)
        stored = await self._models.all(_server(owner))
        return tuple(Version(it.info, serving=serving is not None and it.info == serving) for it in stored)

    async def read(self, owner: str, version: str) -> ModelInfo:
        """Describe a version. Raises NoVersionError if there is none of this name."""
        return (await self._find(owner, version)).info

    async def before(self, owner: str) -> str:
        """The version used before the current one. Raises NoVersionError if there is none."""
        earlier = await self._models.before(_server(owner))
        if earlier is None:
            raise NoVersionError("There is no earlier version to go back to.")
        return earlier

    async def learned(self, owner: str) -> str | None:
        """The fingerprint of what the newest version was trained on; None if there is none."""
        newest = await self._models.all(_server(owner))
        return newest[0].learned if newest else None

    async def folder(self, owner: str, version: str) -> Path:
        """The folder of a version, which is fetched if this machine does not have it."""
        folder = self._folder / owner / version
        if not await asyncio.to_thread(folder.is_dir):
            async with self._fetching[folder]:
                if not await asyncio.to_thread(folder.is_dir):
                    model = await self._find(owner, version)
                    await asyncio.to_thread(unpack, await self._artifacts.get(model.digest), folder)
                    log.info("fetched the model %s of %s", version, owner)
            self._fetching.pop(folder, None)
        return folder

    async def serve(self, owner: str, version: str) -> None:
        """Use a version from now on. Raises NoVersionError if there is none of this name."""
        if not await self._models.serve(_server(owner), version):
            raise _no_version()

    async def delete(self, owner: str) -> None:
        """Delete everything of an owner."""
        await self._drop(await self._models.forget(_server(owner)))
        await asyncio.to_thread(Versions(self._folder / owner).delete)

    async def publish(self, run: Run, attempt: int, finished: Finished) -> bool | None:
        """Add the model of a claimed run, and end the run; see `bot.trainings.Publisher`."""
        digest = await self._artifacts.put(await asyncio.to_thread(pack, finished.folder))
        model = StoredModel(run.server, digest, finished.learned, finished.model)
        used = await self._models.publish(
            model, swap=finished.swap, before=finished.before, run=run.id, attempt=attempt
        )
        if used is not None:
            await self._drop(await self._models.prune(run.server, KEPT_MODELS))
        return used

    async def _find(self, owner: str, version: str) -> StoredModel:
        found = await self._models.find(_server(owner), version)
        if found is None:
            raise _no_version()
        return found

    async def _drop(self, digests: Iterable[str]) -> None:
        """Drop artifacts that nobody needs; one that can't be dropped now only takes up space."""
        for digest in digests:
            try:
                await self._artifacts.drop(digest)
            except StorageError as error:
                log.warning("the artifact %s stays: %s", digest, error)


def _server(owner: str) -> int | None:
    return None if owner == DEFAULT else int(owner)


def _no_version() -> NoVersionError:
    return NoVersionError("There is no such version of the model. Choose one that still exists.")
