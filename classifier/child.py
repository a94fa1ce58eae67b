"""The child process that crawls and trains: `python -m classifier` at low priority, spoken to in JSON."""

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
MOST_STRANGERS: Final = 400
"""Other channels' pictures that a training is shown: as many as of one of its own."""

_CRAWLED = TypeAdapter(tuple[CrawlReport, ...])
_TRAINED = TypeAdapter(TrainedModel)
_PROGRESS = TypeAdapter(Progress)


class Child:
    """Runs one verb after another until one fails or somebody cancels."""

    def __init__(self, youtube: YouTubeSettings, on_progress: OnProgress) -> None:
        # One core is left to the bot: torch's threads wait for each other, and a core that is shared holds up all.
        threads = max(1, (os.cpu_count() or 1) - 1)
        self._environment = {"OMP_NUM_THREADS": str(threads), **os.environ, **youtube.environment()}
        self._on_progress = on_progress
        self._process: asyncio.subprocess.Process | None = None
        self._cancelled = False

    def check(self) -> None:
        """Raise CancelledTrainingError where somebody has cancelled."""
        if self._cancelled:
            raise CancelledTrainingError("The training was stopped; the old model goes on.")

    async def crawl(
        self, channels: Sequence[str], data: Path, count: int, *, strangers: Path
    ) -> tuple[CrawlReport, ...]:
        """Crawl channels into a data folder, and other channels' pictures into the folder `strangers`.

        Raises the crawler's errors, and TrainingError.
        """
        words = ("--data", str(data), "--count", str(count), "--strangers", str(strangers))
        answer = await self._run("crawl", *words, "--", *channels)
        return _CRAWLED.validate_python(answer["channels"])

    async def fetch(self, videos: Sequence[str], out: Path) -> None:
        """Fetch single videos' thumbnails into a folder. Raises the crawler's errors, and TrainingError."""
        await self._run("fetch", "--out", str(out), "--", *videos)

    async def train(
        self,
        data: Path,
        labels: Sequence[str],
        out: Path,
        *,
        network: str,
        others: Sequence[Path],
        reviewed: Path | None,
        against: Path | None,
    ) -> TrainedModel:
        """Train a network on some channels of a data folder. Raises the training's errors, and TrainingError.

        From `others` it learns what other channels look like; `reviewed` is the file of reviewed examples.
        """
        words = ["--data", str(data), "--out", str(out), "--network", network, "--most-others", str(MOST_STRANGERS)]
        words += [word for label in labels for word in ("--only", label)]
        words += [word for folder in others for word in ("--others", str(folder))]
        words += ["--reviewed", str(reviewed)] if reviewed else []
        words += ["--against", str(against)] if against else []
        return _TRAINED.validate_python(await self._run("train", *words))

    def cancel(self) -> None:
        """Ask the child to stop; whoever waits for it gets CancelledTrainingError."""
        self._cancelled = True
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()

    async def gone(self) -> None:
        """Wait until no process is left, and make sure of it."""
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
        """Run `python -m classifier VERB --json ...` and give its answer."""
        self.check()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "classifier", verb, "--json", *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment,
            cwd=Path(__file__).parents[1],
        )
        self._process = process
        if self._cancelled:  # while it was being made
            process.terminate()
        with suppress(ProcessLookupError):  # it may have ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        words, output = await asyncio.gather(self._listen(process.stderr), _whole(process.stdout))
        status = await process.wait()
        self.check()
        return _answer(verb, status, output, words)

    async def _listen(self, stream: asyncio.StreamReader | None) -> Sequence[str]:
        """Pass progress on; keep the last of what else the child says."""
        words: deque[str] = deque(maxlen=20)
        if stream is not None:
            async for line in stream:
                try:
                    self._on_progress(_PROGRESS.validate_json(line))
                except ValidationError:
                    words.append(line.decode(errors="replace").rstrip())
        return words


async def _whole(stream: asyncio.StreamReader | None) -> bytes:
    return await stream.read() if stream is not None else b""


def _answer(verb: str, status: int, output: bytes, words: Sequence[str]) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads(output)
    except ValueError:
        log.error(  # noqa: TRY400 - the child's own words tell more than this traceback
            "%s ended with status %d:\n%s", verb, status, "\n".join(words)
        )
        raise TrainingError(
            f"The {verb} process broke off (status {status}); the old model goes on. The log says more; try again."
        ) from None
    if "error" in answer:
        kind = getattr(errors, str(answer["error"]), TrainingError)
        raise (kind if issubclass(kind, ThumbprintError) else TrainingError)(answer["message"])
    return answer
