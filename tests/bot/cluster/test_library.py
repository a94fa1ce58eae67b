"""The models of a cluster: published by one process, heard of and fetched by the others."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.cluster.library import ClusterLibrary
from bot.cluster.local_copies import LocalCopies
from bot.store.errors import StoreError
from bot.store.store import Store
from bot.store.values import Run
from classifier.artifacts.folder import FolderArtifacts
from classifier.engine import Owner
from classifier.errors import ArtifactError, NoVersionError
from classifier.serving.library import Finished
from tests.bot.samples import model
from tests.bot.store.samples import ADMIN, SERVER

OWNER = str(SERVER)


@dataclass
class Places:
    """Two machines that share a database and a place for artifacts."""

    url: str
    store: Store
    artifacts: Path
    one: ClusterLibrary
    other: ClusterLibrary
    folder: Path

    async def publish(self, version: str, *, before: str | None = None) -> bool | None:
        """Train a version on one machine."""
        run = await self.store.runs.start(SERVER, channel=1, by=ADMIN)
        assert await self.store.runs.claim(run.id)
        return await self.one.publish(run, 1, await asyncio.to_thread(self._finished, run, version, before))

    def _finished(self, run: Run, version: str, before: str | None) -> Finished:
        folder = self.folder / "one" / OWNER / version
        folder.mkdir(parents=True)
        (folder / "model.json").write_text(json.dumps({"version": version, "run": run.id}))
        return Finished(folder, replace(model(), version=version), "f" * 64, swap=True, before=before)


@pytest.fixture
async def places(postgres: str, tmp_path: Path) -> AsyncIterator[Places]:
    store = Store(postgres)
    await store.open()
    artifacts = FolderArtifacts(tmp_path / "artifacts")
    one, other = (ClusterLibrary(store.models, artifacts, tmp_path / name) for name in ("one", "other"))
    yield Places(postgres, store, tmp_path / "artifacts", one, other, tmp_path)
    await store.close()


def read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_a_published_version_is_fetched_once_by_whoever_needs_it(places: Places) -> None:
    assert await places.publish("v1")
    assert await places.other.serving() == {OWNER: replace(model(), version="v1")}
    assert await places.other.learned(OWNER) == "f" * 64
    folders = await asyncio.gather(*(places.other.folder(OWNER, "v1") for _ in range(5)))
    assert {*folders} == {places.folder / "other" / OWNER / "v1"}
    assert read(folders[0]) == read(places.folder / "one" / OWNER / "v1")


async def test_a_broken_artifact_is_never_put_in_place(places: Places) -> None:
    await places.publish("v1")
    (file,) = [path for path in await asyncio.to_thread(lambda: [*places.artifacts.rglob("*")]) if path.is_file()]
    file.write_bytes(b"something else")
    with pytest.raises(ArtifactError, match="is broken"):
        await places.other.folder(OWNER, "v1")
    assert not (places.folder / "other").exists()


async def test_rolling_back_is_a_row(places: Places) -> None:
    await places.publish("v1")
    await places.publish("v2", before="v1")
    assert [(it.model.version, it.serving) for it in await places.other.all(OWNER)] == [("v2", True), ("v1", False)]
    await places.other.serve(OWNER, await places.other.before(OWNER))
    assert (await places.one.serving(OWNER))[OWNER].version == "v1"
    with pytest.raises(NoVersionError):
        await places.one.before(OWNER)
    with pytest.raises(NoVersionError):
        await places.one.serve(OWNER, "v9")


async def test_old_versions_and_their_artifacts_go(places: Places) -> None:
    before = None
    for number in range(7):
        await places.publish(f"v{number}", before=before)
        before = f"v{number}"
    assert [it.model.version for it in await places.one.all(OWNER)] == ["v6", "v5", "v4", "v3", "v2"]
    assert len([path for path in places.artifacts.rglob("*") if path.is_file()]) == 5
    await places.one.delete(OWNER)
    assert [path for path in places.artifacts.rglob("*") if path.is_file()] == []
    assert await places.other.serving() == {}


class ListeningEngine:
    """Notes what it is to follow."""

    def __init__(self) -> None:
        self.followed: asyncio.Queue[tuple[Owner, ...]] = asyncio.Queue()

    async def follow_library(self, *owners: Owner) -> None:
        self.followed.put_nowait(owners)


async def test_a_change_is_heard_of_at_once(places: Places) -> None:
    pytest.importorskip("pgqueuer")
    from bot.cluster.serving import ServingFollower  # noqa: PLC0415 - may not be installed
    from bot.store.database import address  # noqa: PLC0415

    engine: Any = ListeningEngine()
    async with asyncio.timeout(20), ServingFollower(address(places.url), engine):
        assert await engine.followed.get() == ()
        await places.publish("v1")
        assert await engine.followed.get() == (SERVER,)
        await places.one.delete(OWNER)
        assert await engine.followed.get() == (SERVER,)


async def test_copies_that_serve_nobody_for_a_while_are_deleted(places: Places) -> None:
    await places.publish("v1")
    await places.other.folder(OWNER, "v1")
    copies, there = LocalCopies(places.store.models, places.folder / "other"), places.folder / "other" / OWNER
    for _ in range(2):
        await copies.tidy()
        assert names(there) == ["v1"]
    await places.publish("v2", before="v1")
    await places.other.folder(OWNER, "v2")
    await copies.tidy()
    assert names(there) == ["v1", "v2"]  # an answer may still need the first
    await places.other.serve(OWNER, "v1")
    await copies.tidy()
    assert names(there) == ["v1", "v2"]
    await copies.tidy()
    assert names(there) == ["v1"]
    await places.other.serve(OWNER, "v2")
    assert read(await places.other.folder(OWNER, "v2")) == read(places.folder / "one" / OWNER / "v2")


async def test_copies_of_an_owner_who_is_forgotten_are_deleted(places: Places) -> None:
    await places.publish("v1")
    await places.other.folder(OWNER, "v1")
    copies = LocalCopies(places.store.models, places.folder / "other")
    await places.one.delete(OWNER)
    await copies.tidy()
    await copies.tidy()
    assert names(places.folder / "other" / OWNER) == []


async def test_copies_stay_while_the_database_is_away(
    places: Places, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise StoreError("The database is away.")

    await places.publish("v1")
    copies = LocalCopies(places.store.models, places.folder / "one")
    monkeypatch.setattr(places.store.models, "serving", fail)
    await copies.tidy()
    await copies.tidy()
    assert names(places.folder / "one" / OWNER) == ["v1"]
    assert "The database is away." in caplog.text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
