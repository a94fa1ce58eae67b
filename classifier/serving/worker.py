"""Worker: the child process that crawls and trains, `python -m classifier` at low priority, through JSON."""

import asyncio
import json
import logging
import os
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from classifier import errors
from classifier.errors import CancelledTrainingError, ThumbprintError, TrainingError
from classifier.settings import YouTubeSettings
from classifier.values import CrawlReport, OnProgress, Progress, TrainedModel

log = logging.getLogger(__name__)

NICENESS: Final = 10
GRACE_SECONDS: Final = 2.0
MAX_UNKNOWN: Final = 2000
"""Thumbnails of unknown channels per training."""

_CRAWLED = TypeAdapter(tuple[CrawlReport, ...])
_TRAINED = TypeAdapter(TrainedModel)
_PROGRESS = TypeAdapter(Progress)


class Worker:
    """Runs one verb after another until one fails or somebody cancels."""

    def __init__(self, youtube: YouTubeSettings, on_progress: OnProgress) -> None:
        # One core is left to the caller: torch's threads wait for each other, and a shared core delays them all.
        threads = max(1, (os.cpu_count() or 1) - 1)
        self._environment = {"OMP_NUM_THREADS": str(threads), **os.environ, **youtube.environment()}
        self._on_progress = on_progress
        self._process: asyncio.subprocess.Process | None = None
        self._cancelled = False

    def check(self) -> None:
        """Raise CancelledTrainingError after a cancel."""
        if self._cancelled:
            raise CancelledTrainingError("The training was cancelled. Nothing has changed.")

    async def crawl(self, channels: Sequence[str], data: Path, count: int, *, unknown: Path) -> tuple[CrawlReport, ...]:
        """Crawl channels into a data folder, and thumbnails of unknown channels into the folder `unknown`.

        Raises the crawler's errors, and TrainingError.
        """
        options = ["--data", str(data), "--count", str(count)]
        options += ["--unknown", str(unknown), "--max-unknown", str(MAX_UNKNOWN)]
        answer = await self._run("crawl", *options, "--", *channels)
        return _CRAWLED.validate_python(answer["channels"])

    async def fetch(self, videos: Sequence[str], out: Path) -> None:
        """Download single videos' thumbnails into a folder. Raises the crawler's errors, and TrainingError."""
        await self._run("fetch", "--out", str(out), "--", *videos)

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
        against: Path | None,
    ) -> TrainedModel:
        """Train a network on some channels of a data folder. Raises the training's errors, and TrainingError.

        `features` is the folder where features are kept, at most `feature_bytes` of them; `unknown` are folders of
        unknown channels' thumbnails, `reviewed` is the file of reviewed labels, `against` the folder of a model to
        compare with.
        """
        options = ["--data", str(data), "--out", str(out), "--network", network, "--max-unknown", str(MAX_UNKNOWN)]
        options += ["--features", str(features), "--feature-bytes", str(feature_bytes)]
        options += [word for label in labels for word in ("--only", label)]
        options += [word for folder in unknown for word in ("--unknown", str(folder))]
        options += ["--reviewed", str(reviewed)] if reviewed else []
        options += ["--against", str(against)] if against else []
        return _TRAINED.validate_python(await self._run("train", *options))

    def cancel(self) -> None:
        """Ask the process to stop; whoever awaits it gets CancelledTrainingError."""
        self._cancelled = True
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()

    async def stop(self) -> None:
        """Terminate the process, kill it if need be, and wait until it is gone."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), GRACE_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _run(self, verb: str, *arguments: str) -> dict[str, Any]:
        """Run `python -m classifier VERB --json ...` and return its answer."""
        self.check()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "classifier", verb, "--json", *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment,
            cwd=Path(__file__).parents[2],
        )
        self._process = process
        if self._cancelled:  # while it was being created
            process.terminate()
        with suppress(ProcessLookupError):  # it may have ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        lines, output = await asyncio.gather(self._listen(process.stderr), _read(process.stdout))
        status = await process.wait()
        self.check()
        return _answer(verb, status, output, lines)

    async def _listen(self, stream: asyncio.StreamReader | None) -> Sequence[str]:
        """Pass progress on; returns the last of the other lines."""
        lines: deque[str] = deque(maxlen=20)
        if stream is not None:
            async for line in stream:
                try:
                    self._on_progress(_PROGRESS.validate_json(line))
                except ValidationError:
                    lines.append(line.decode(errors="replace").rstrip())
        return lines


async def _read(stream: asyncio.StreamReader | None) -> bytes:
    return await stream.read() if stream is not None else b""


def _answer(verb: str, status: int, output: bytes, lines: Sequence[str]) -> dict[str, Any]:
    """The answer of a process. Raises the error that it reported, and TrainingError if it gave no answer."""
    try:
        answer: dict[str, Any] = json.loads(output)
    except ValueError:
        log.error(  # noqa: TRY400 - the process's own lines say more than this traceback
            "%s ended with status %d:\n%s", verb, status, "\n".join(lines)
        )
        raise TrainingError(
            f"The {verb} process ended unexpectedly (status {status}). Nothing has changed. See the log, and try again."
        ) from None
    if "error" in answer:
        kind = getattr(errors, str(answer["error"]), TrainingError)
        if not issubclass(kind, ThumbprintError):
            kind = TrainingError
        raise kind(answer["message"], **answer.get("data", {}))
    return answer
