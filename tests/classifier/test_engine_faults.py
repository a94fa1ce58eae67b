"""The engine on a disk that is full: real worker processes, in which every write of some files fails."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.youtube import LocalYouTube
from classifier.engine import Engine
from classifier.errors import ArtifactError, DatasetError, ThumbprintError
from classifier.serving import versions
from tests.classifier.engines import CHANNELS, FakeWorker, png, served_version
from tests.pictures import video_name

_FULL = """
import errno, os, pathlib, tempfile

open_file, make_folder = pathlib.Path.open, tempfile.mkdtemp

def open_or_fail(path, mode="r", *arguments, **options):
    if "r" not in mode and path.match(os.environ["PYTHONFULL"]):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))
    return open_file(path, mode, *arguments, **options)

def make_or_fail(*arguments, dir=None, **options):
    if dir is not None and (pathlib.Path(dir) / "folder").match(os.environ["PYTHONFULL"]):
        raise OSError(errno.ENOSPC, "No space left on device", str(dir))
    return make_folder(*arguments, dir=dir, **options)

pathlib.Path.open, tempfile.mkdtemp = open_or_fail, make_or_fail
"""


@pytest.fixture
async def engine(home: Path, drawn: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Engine]:
    """An engine with a model, whose worker processes can't write what PYTHONFULL matches."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (tmp_path / "faults").mkdir()
    (tmp_path / "faults" / "sitecustomize.py").write_text(_FULL)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "faults"), prepend=os.pathsep)
    monkeypatch.setenv("PYTHONFULL", "nothing")
    async with LocalYouTube(drawn) as youtube:
        engine = Engine(home, youtube.settings, thumbnails_per_channel=10)
        await engine.start()
        yield engine
        await engine.close()


@pytest.mark.parametrize(
    ("full", "kind"),
    [
        ("thumbnails/*/.*.jpg.part", DatasetError),
        (".channel.json.part", DatasetError),
        ("reviewed/.*.jpg.part", DatasetError),
        ("default/folder", ArtifactError),
        ("model.safetensors", ArtifactError),
        ("model.json", ArtifactError),
        ("confusion.png", ArtifactError),
    ],
)
async def test_a_full_disk_is_named_and_the_current_model_stays(
    full: str, kind: type[ThumbprintError], engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONFULL", full)
    before, reviewed = engine.info(None), [(video_name("fern", 20), "fern")]
    with pytest.raises(kind, match="the disk is full") as caught:
        await engine.retrain(None, CHANNELS, lambda _: None, reviewed=reviewed)
    assert caught.value.data == {"disk": "full"}
    assert engine.info(None) == before
    assert (await engine.classify(None, png())).channel.label == "fern"
    drafts = await asyncio.to_thread(
        lambda: [it for it in home.rglob(".*") if it.name not in (".exhausted", ".etags.json")]
    )
    assert drafts == []


async def test_features_that_cannot_be_kept_do_not_stop_a_training(
    engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONFULL", "features/*/*/*.part")
    report = await engine.retrain(None, CHANNELS, lambda _: None)
    assert report.model == engine.info(None) or not report.swapped
    assert not await asyncio.to_thread(lambda: any(path.is_file() for path in (home / "features").rglob("*")))


async def test_a_model_that_cannot_be_put_in_use_leaves_the_current_one(
    engine: Engine, home: Path, fake_worker: FakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = engine.info(None)
    with monkeypatch.context() as faulty:
        faulty.setattr(versions, "write_whole", full)
        with pytest.raises(ArtifactError, match=r"the disk is full\. The current model stays in use\.") as caught:
            await engine.retrain(None, CHANNELS, lambda _: None)
    assert caught.value.data == {"disk": "full"}
    assert engine.info(None) == before
    assert before is not None
    assert served_version(home) == before.version
    assert (await engine.classify(None, png())).version == before.version
    assert (await engine.serve(None, fake_worker.version)).version == served_version(home)
