"""The engine's refresh: a real child process brings folders and models up to date, in turn with trainings."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.youtube import LocalYouTube
from classifier.engine import Engine
from classifier.errors import CancelledTrainingError
from classifier.models.folder import CARD_NAME
from classifier.pictures.channel_record import ChannelRecord, save_record
from tests.classifier.drawn import COLOURS, draw_channel
from tests.classifier.engines import CHANNELS, FakeWorker, assert_gone, png, served_version

NOW = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture
async def youtube(drawn: Path) -> AsyncIterator[LocalYouTube]:
    async with LocalYouTube(drawn) as youtube:
        yield youtube


@pytest.fixture
async def engine(home: Path, youtube: LocalYouTube) -> AsyncIterator[Engine]:
    """An engine whose model and data folder know the channel amber by an old title."""
    amber = youtube.library.by_handle["@amber"]
    file = home / "models" / "default" / served_version(home) / CARD_NAME
    card = json.loads(file.read_bytes())
    card["info"]["channels"][0] |= {"id": amber.id, "title": "Old Amber", "handle": "@old"}
    file.write_text(json.dumps(card))
    folder = draw_channel(home / "thumbnails" / "amber", 3, COLOURS["amber"])
    save_record(folder, ChannelRecord(amber.id, "@old", "Old Amber", NOW - timedelta(days=20)))
    for thumbnail in folder.glob("*.jpg"):
        os.utime(thumbnail, ((NOW - timedelta(days=25)).timestamp(),) * 2)
    engine = Engine(home, youtube.settings)
    await engine.start()
    yield engine
    await engine.close()


async def test_names_are_new_in_folders_models_and_answers(engine: Engine, home: Path, youtube: LocalYouTube) -> None:
    assert (await engine.classify(None, png("amber"))).channel.title == "Old Amber"
    report = await engine.refresh(("@amber",), NOW)
    assert (report.units, report.checked, report.deleted, report.problem) == (1, 3, 0, None)
    assert (await engine.classify(None, png("amber"))).channel.title == "Amber"
    assert [it.title for it in engine.channels(None)][:1] == ["Amber"]
    assert json.loads((home / "thumbnails" / "amber" / "channel.json").read_bytes())["title"] == "Amber"
    assert [*engine._trainings] == []
    assert (await engine.refresh((), NOW + timedelta(days=1))).checked == 0
    assert not (home / "thumbnails" / "amber").exists(), "nobody lists it any more"
    assert (await engine.classify(None, png("amber"))).channel.title == "Amber", "but the model uses it"


async def test_a_refresh_waits_for_the_training_that_runs(engine: Engine, fake_worker: FakeWorker) -> None:
    fake_worker.may_crawl.clear()
    training = asyncio.create_task(engine.retrain(None, CHANNELS, lambda _: None))
    await asyncio.sleep(0)
    refreshing = asyncio.create_task(engine.refresh(("@amber",), NOW))
    await asyncio.sleep(0)
    assert [*engine._trainings] == ["default", "refresh"]
    fake_worker.may_crawl.set()
    await training
    assert (await refreshing).checked == 3


async def test_closing_ends_a_refresh(engine: Engine, youtube: LocalYouTube, monkeypatch: pytest.MonkeyPatch) -> None:
    youtube.faults.api.delay = 30
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    create = asyncio.create_subprocess_exec

    async def watched(*arguments: Any, **options: Any) -> asyncio.subprocess.Process:
        process = await create(*arguments, **options)
        started.set_result(process.pid)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    refreshing = asyncio.create_task(engine.refresh(("@amber",), NOW))
    process = await started
    await engine.close()
    with pytest.raises(CancelledTrainingError):
        await refreshing
    assert_gone(process)
