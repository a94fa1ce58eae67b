"""Thumbnails that one worker has crawled are fetched by the others."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cluster.thumbnails import SharedThumbnails
from bot.store.store import Store
from classifier.artifacts.folder import FolderArtifacts
from classifier.values import Channel
from tests.bot.samples import NERDOLOGIA
from tests.bot.store.conftest import Clock


@pytest.fixture
async def store(postgres: str) -> AsyncIterator[Store]:
    store = Store(postgres, clock=Clock())
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def machines(store: Store, tmp_path: Path) -> tuple[SharedThumbnails, SharedThumbnails]:
    artifacts = FolderArtifacts(tmp_path / "artifacts")
    one, other = (SharedThumbnails(store.archives, artifacts, tmp_path / name) for name in ("one", "other"))
    return one, other


def crawl(folder: Path, *videos: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for video in videos:
        (folder / f"{video}.jpg").write_bytes(video.encode())
    (folder / "channel.json").write_text("{}")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file() and path.name != ".archive"}


@pytest.mark.parametrize("asked", [NERDOLOGIA.id, "@Nerdologia"])
async def test_what_one_has_crawled_the_other_fetches(
    machines: tuple[SharedThumbnails, SharedThumbnails], tmp_path: Path, asked: str
) -> None:
    one, other = machines
    await asyncio.to_thread(crawl, tmp_path / "one" / "nerdologia", "a", "b")
    await one.share([NERDOLOGIA, Channel("none", "Without a folder", id="UC" + "x" * 22), Channel("no id", "")])
    await other.fetch([asked])
    assert names(tmp_path / "other") == {"a.jpg", "b.jpg", "channel.json"}
    (tmp_path / "other" / "nerdologia" / "a.jpg").unlink()
    await other.fetch([asked])  # there is no newer one
    assert names(tmp_path / "other") == {"b.jpg", "channel.json"}
    await asyncio.to_thread(crawl, tmp_path / "one" / "nerdologia", "c")
    await one.share([NERDOLOGIA])
    await other.fetch([asked])
    assert names(tmp_path / "other") == {"a.jpg", "b.jpg", "c.jpg", "channel.json"}
    assert len(names(tmp_path / "artifacts")) == 1


async def test_archives_expire(
    machines: tuple[SharedThumbnails, SharedThumbnails], store: Store, tmp_path: Path
) -> None:
    one, other = machines
    await asyncio.to_thread(crawl, tmp_path / "one" / "nerdologia", "a")
    await one.share([NERDOLOGIA])
    await one.expire()
    assert len(names(tmp_path / "artifacts")) == 1
    clock = store.now
    assert isinstance(clock, Clock)
    clock.forward(days=timedelta(days=31).days)
    await one.expire()
    assert names(tmp_path / "artifacts") == set()
    await other.fetch(["@nerdologia"])
    assert names(tmp_path / "other") == set()
