"""What every place for artifacts does: a folder, and an object store."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from classifier.artifacts import protocol
from classifier.artifacts.folder import FolderArtifacts
from classifier.artifacts.place import open_artifacts
from classifier.artifacts.protocol import Artifacts, digest_of, name_of
from classifier.errors import ArtifactError, StorageError
from tests.object_store import LocalS3, overwrite


@dataclass
class Place:
    """A place under test, and a way to change what lies there."""

    artifacts: Artifacts
    overwrite: Callable[[str, bytes], None]


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":

        def overwrite_file(name: str, content: bytes) -> None:
            path = tmp_path / "artifacts" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

        return Place(open_artifacts((tmp_path / "artifacts").as_uri()), overwrite_file)
    server: LocalS3 = request.getfixturevalue("local_s3")
    return Place(open_artifacts(server.url), partial(overwrite, server))


async def test_what_is_put_can_be_got_by_its_digest(place: Place) -> None:
    content = b"a model" * 1000
    digest = await place.artifacts.put(content)
    assert digest == digest_of(content)
    assert await place.artifacts.get(digest) == content


async def test_nothing_can_be_stored_too(place: Place) -> None:
    assert await place.artifacts.get(await place.artifacts.put(b"")) == b""


async def test_putting_it_again_changes_nothing(place: Place) -> None:
    digests = await asyncio.gather(*(place.artifacts.put(b"the same") for _ in range(8)))
    assert {*digests} == {digest_of(b"the same")}
    assert await place.artifacts.get(digests[0]) == b"the same"


async def test_large_ones_come_back_whole(place: Place) -> None:
    content = bytes(range(256)) * 50_000  # 12 MiB: more than an upload in one part by default
    assert await place.artifacts.get(await place.artifacts.put(content)) == content


async def test_a_missing_one_is_an_artifact_error(place: Place) -> None:
    with pytest.raises(ArtifactError, match="is missing"):
        await place.artifacts.get(digest_of(b"never stored"))


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "a" * 63, "A" * 64, f"{'a' * 64}\n"])
async def test_what_is_no_digest_is_refused(digest: str, place: Place) -> None:
    for use in (place.artifacts.get, place.artifacts.drop):
        with pytest.raises(ArtifactError, match="is not the digest"):
            await use(digest)


async def test_a_foreign_object_is_refused_and_replaced_by_the_next_put(place: Place) -> None:
    digest = await place.artifacts.put(b"ours")
    place.overwrite(name_of(digest), b"somebody else's")
    with pytest.raises(ArtifactError, match="is broken"):
        await place.artifacts.get(digest)
    assert await place.artifacts.put(b"ours") == digest
    assert await place.artifacts.get(digest) == b"ours"


async def test_a_truncated_object_is_refused(place: Place) -> None:
    digest = await place.artifacts.put(b"ours, whole")
    place.overwrite(name_of(digest), b"ours, wh")
    with pytest.raises(ArtifactError, match="is broken"):
        await place.artifacts.get(digest)


async def test_a_dropped_one_is_gone_and_dropping_it_again_does_nothing(place: Place) -> None:
    digest = await place.artifacts.put(b"to be dropped")
    await place.artifacts.drop(digest)
    await place.artifacts.drop(digest)
    with pytest.raises(ArtifactError, match="is missing"):
        await place.artifacts.get(digest)


async def test_too_large_ones_are_not_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = await place.artifacts.put(b"12345")
    for module in ("folder", "object_store"):
        monkeypatch.setattr(f"classifier.artifacts.{module}.MAX_BYTES", 4)
    with pytest.raises(ArtifactError, match="is broken"):
        await place.artifacts.get(digest)


async def test_nothing_of_an_interrupted_write_is_left_in_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match="the disk is full"):
        await FolderArtifacts(tmp_path).put(b"x")
    left = await asyncio.to_thread(lambda: [path for path in tmp_path.rglob("*") if path.is_file()])
    assert left == []


async def test_a_store_that_is_away_is_tried_again(local_s3: LocalS3) -> None:
    artifacts = open_artifacts(local_s3.url)
    digest = await artifacts.put(b"before")
    await asyncio.to_thread(local_s3.stop)
    waiting = asyncio.create_task(artifacts.get(digest))
    await asyncio.sleep(0)
    await asyncio.to_thread(local_s3.start)
    assert await waiting == b"before"


async def test_a_store_that_stays_away_is_a_storage_error(local_s3: LocalS3) -> None:
    from classifier.artifacts.object_store import ObjectStoreArtifacts  # noqa: PLC0415 - may not be installed

    artifacts = ObjectStoreArtifacts(local_s3.url, retry_seconds=0)
    await asyncio.to_thread(local_s3.stop)
    try:
        for use in (artifacts.put(b"x"), artifacts.get(digest_of(b"x")), artifacts.drop(digest_of(b"x"))):
            with pytest.raises(StorageError, match="The object store can't be used"):
                await use
    finally:
        await asyncio.to_thread(local_s3.start)


@pytest.mark.parametrize("url", ["", "ftp://x/y", "/a/path", "https://x.y/z", "file://", "file://host/x"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(StorageError, match="THUMBPRINT_ARTIFACTS_URL"):
        open_artifacts(url)


def test_artifacts_are_named_by_their_digest() -> None:
    digest = protocol.digest_of(b"")
    assert protocol.name_of(digest) == f"e3/{digest}"
