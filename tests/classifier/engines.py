"""Helpers for the engine's tests."""

import asyncio
import io
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import SecretStr

from classifier.engine import Engine
from classifier.models import artifact
from classifier.settings import YouTubeSettings
from classifier.training.result import TrainingResult
from classifier.values import Channel, Comparison, CrawlReport, CrawlSummary, Progress, TrainedModel
from tests.classifier.drawn import COLOURS, pixels

CHANNELS = ("@amber", "@fern")
NOWHERE = YouTubeSettings(_env_file=None, api_key=SecretStr("none"))


def served_version(home: Path, owner: str = "default") -> str:
    """The version in use according to an owner's record."""
    return (home / "models" / owner / "serving").read_text().split()[-1]


def png(name: str = "fern", seed: object = "new") -> bytes:
    """A picture that no model was trained on."""
    file = io.BytesIO()
    Image.fromarray(pixels(COLOURS[name], seed)).save(file, "PNG")
    return file.getvalue()


async def decoded(engine: Engine) -> None:
    """Wait until the decoders have done all that they can while the worker thread is busy."""
    while decoding := tuple(engine._batcher._decoding):
        await asyncio.wait(decoding)
        await asyncio.sleep(0)


class StageWatch:
    """Collects progress, and sets `reached` at a given stage."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.reached = asyncio.Event()
        self.steps: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        self.steps.append(progress)
        if progress.stage == self.stage:
            self.reached.set()


async def wait_for_stage(watch: StageWatch, retrain: "asyncio.Task[Any]") -> None:
    """Wait until a retrain reaches a stage; fail if it ends before."""
    reached = asyncio.create_task(watch.reached.wait())
    await asyncio.wait({reached, retrain}, return_when=asyncio.FIRST_COMPLETED)
    if retrain.done():
        reached.cancel()
        pytest.fail(f"the retrain ended early: {retrain.exception() or retrain.result()}")


def process_of(engine: Engine) -> int:
    """The id of the process of an engine's worker."""
    (worker, *_) = engine._trainings._line.values()
    assert worker._process is not None
    return worker._process.pid


def arguments_of(process: int) -> bytes:
    """A process's command line, which every user of the machine can read."""
    return Path(f"/proc/{process}/cmdline").read_bytes()


def assert_gone(process: int) -> None:
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


class FakeWorker:
    """Crawls nothing, and "trains" a given model under a new version, as soon as the test lets it."""

    def __init__(self, model: Path, trained: TrainingResult) -> None:
        self.worse = False
        self.version = "20990101-000000"
        self.against: list[Path | None] = []
        self.unknown: Sequence[Path] = ()
        self.reviewed: Path | None = None
        self.corrected: Path | None = None
        self.fetched: list[Sequence[str]] = []
        self.may_crawl = asyncio.Event()
        self.may_crawl.set()
        self._model = model
        self._trained = trained

    async def crawl(self, channels: Sequence[str], data: Path, count: int, *, unknown: Path) -> CrawlSummary:
        del data, unknown
        await self.may_crawl.wait()
        reports = tuple(CrawlReport(Channel(name, name), count, count, 2) for name in channels)
        return CrawlSummary(reports, (), units=2 * len(reports))

    async def fetch(self, videos: Sequence[str], out: Path) -> None:
        del out
        self.fetched.append(videos)

    async def train(
        self,
        data: Path,
        labels: Sequence[str],
        out: Path,
        *,
        network: str,
        features: Path,
        feature_bytes: int,
        unknown: Sequence[Path],
        reviewed: Path | None,
        corrected: Path | None,
        against: Path | None,
    ) -> TrainedModel:
        del data, labels, network, features, feature_bytes
        self.against.append(against)
        self.unknown, self.reviewed, self.corrected = unknown, reviewed, corrected
        result = self._trained.artifact
        info = replace(result.info, version=self.version)
        artifact.save(replace(result, info=info), out, {"confusion.png": self.version.encode()})
        comparison = Comparison(result.info.metrics, only_before=9, only_after=2, worse=self.worse)
        return TrainedModel(info, comparison, (), self._trained.history)
