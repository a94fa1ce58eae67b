"""Worker: the child process that crawls and trains, `python -m classifier` at low priority, through JSON."""

import asyncio
import json
import logging
import os
import re
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from classifier import errors
from classifier.errors import CancelledTrainingError, ThumbprintError, TrainingError
from classifier.settings import YouTubeSettings
from classifier.values import CrawlSummary, OnProgress, Progress, RefreshReport, TrainedModel

log = logging.getLogger(__name__)

NICENESS: Final = 10
GRACE_SECONDS: Final = 2.0
"""How long a process has to end after SIGTERM, before SIGKILL."""
SILENCE_SECONDS: Final = 600.0
"""How long a process can print nothing, no progress either, before it counts as hung and is killed.

The longest silence of a working one is the factorisation of a matrix: minutes on a slow core, for 50 channels.
"""
MAX_UNKNOWN: Final = 2000
"""Thumbnails of unknown channels per training."""

_LINE: Final = 2**16
"""Bytes of a line that are looked at."""
_INHERITED: Final = re.compile(
    r"PATH|HOME|TZ|TMPDIR|LANG|LANGUAGE|LC_\w+|"
    r"PYTHON\w+|LD_LIBRARY_PATH|(OMP|MKL|OPENBLAS|CUDA|NVIDIA)_\w+|TORCH_HOME|MPLCONFIGDIR|XDG_CACHE_HOME|"
    r"(?i:(http|https|all|no)_proxy)|SSL_CERT_(FILE|DIR)"
)
"""Names of the environment variables that a process inherits: none with a secret that it does not need."""

_OF_YOUTUBE: Final = ("crawl", "fetch", "refresh")
"""Verbs that need YouTube, and so its key."""

_CRAWLED = TypeAdapter(CrawlSummary)
_REFRESHED = TypeAdapter(RefreshReport)
_TRAINED = TypeAdapter(TrainedModel)
_PROGRESS = TypeAdapter(Progress)


class Worker:
    """Runs one verb after another until one fails or somebody cancels.

    A process that prints nothing for `silence` seconds is killed. None outlives this one: see `lifeline`.
    """

    def __init__(
        self,
        youtube: YouTubeSettings,
        on_progress: OnProgress,
        *,
        silence: float = SILENCE_SECONDS,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._environment = inherited(os.environ)
        self._youtube = youtube.environment()
        # One core is left to the caller: torch's threads wait for each other, and a shared core delays them all.
        self._environment.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) - 1)))
        self._on_progress = on_progress
        self._silence = silence
        self._sleep = sleep
        self._process: asyncio.subprocess.Process | None = None
        self._cancelled = asyncio.Event()

    def check(self) -> None:
        """Raise CancelledTrainingError after a cancel."""
        if self._cancelled.is_set():
            raise CancelledTrainingError("The training was cancelled. Nothing has changed.")

    async def crawl(self, channels: Sequence[str], data: Path, count: int, *, unknown: Path) -> CrawlSummary:
        """Crawl channels into a data folder, and thumbnails of unknown channels into the folder `unknown`.

        Raises the crawler's errors, and TrainingError.
        """
        options = ["--data", str(data), "--count", str(count)]
        options += ["--unknown", str(unknown), "--max-unknown", str(MAX_UNKNOWN)]
        return _CRAWLED.validate_python(await self._run("crawl", *options, "--", *channels))

    async def fetch(self, videos: Sequence[str], out: Path) -> None:
        """Download single videos' thumbnails into a folder. Raises the crawler's errors, and TrainingError."""
        await self._run("fetch", "--out", str(out), "--", *videos)

    async def refresh(
        self, data: Path, unknown: Path, reviewed: Path, *, listed: Sequence[str], used: Sequence[str], now: datetime
    ) -> RefreshReport:
        """Refresh what came from YouTube in these folders; `listed` channels stay, and `used` ones are looked up too.

        Raises DatasetError, TrainingError.
        """
        options = ["--data", str(data), "--unknown", str(unknown), "--reviewed", str(reviewed)]
        options += [f"--listed={name}" for name in listed] + [f"--used={name}" for name in used]
        options += ["--now", now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")]
        return _REFRESHED.validate_python(await self._run("refresh", *options))

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
        """Train a network on some channels of a data folder. Raises the training's errors, and TrainingError.

        `features` is the folder where features are kept, at most `feature_bytes` of them; `unknown` are folders of
        unknown channels' thumbnails, `reviewed` is the file of reviewed labels, `corrected` that of corrected ones,
        `against` the folder of a model to compare with.
        """
        options = ["--data", str(data), "--out", str(out), "--network", network, "--max-unknown", str(MAX_UNKNOWN)]
        options += ["--features", str(features), "--feature-bytes", str(feature_bytes)]
        options += [word for label in labels for word in ("--only", label)]
        options += [word for folder in unknown for word in ("--unknown", str(folder))]
        options += ["--reviewed", str(reviewed)] if reviewed else []
        options += ["--corrected", str(corrected)] if corrected else []
        options += ["--against", str(against)] if against else []
        return _TRAINED.validate_python(await self._run("train", *options))

    def cancel(self) -> None:
        """Stop the process, by force if need be; whoever awaits it gets CancelledTrainingError."""
        self._cancelled.set()

    async def stop(self) -> None:
        """Terminate the process, kill it if need be, and wait until it is gone."""
        process = self._process
        if process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            if process.returncode is not None:
                return
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), GRACE_SECONDS)
        if process.returncode is None:
            log.error("process %d can't be killed: it waits for a disk", process.pid)

    async def _run(self, verb: str, *arguments: str) -> dict[str, Any]:
        """Run `python -m classifier VERB --json ...` and return its answer."""
        self.check()
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "classifier", "--parent", str(os.getpid()), verb, "--json", *arguments),
            stdin=asyncio.subprocess.PIPE,  # nothing is written: it is the process's lifeline
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment | (self._youtube if verb in _OF_YOUTUBE else {}),
            cwd=Path(__file__).parents[2],
            # Ctrl-C in a terminal is for the caller, which then stops the process. A session of its own would do, too,
            # but Linux gives every session an equal share of the processor, and the low priority would be for nothing.
            process_group=0,
        )
        with suppress(ProcessLookupError):  # it may have ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        heard, lines = asyncio.Event(), deque[str](maxlen=20)
        reading = asyncio.gather(
            _read(process.stdout, heard), self._listen(process.stderr, heard, lines), process.wait()
        )
        watching = asyncio.create_task(self._until_silent(heard))
        cancelling = asyncio.create_task(self._cancelled.wait())
        tasks: tuple[asyncio.Future[Any], ...] = (reading, watching, cancelling)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                output, _, status = await reading
                self.check()
                return _answer(verb, status, output, lines)
        finally:
            await self.stop()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        self.check()
        log.error("%s was silent for %g s and was killed:\n%s", verb, self._silence, "\n".join(lines))
        raise TrainingError(
            f"The {verb} process hung: it printed nothing for {self._silence:g} s and was stopped. Nothing has "
            "changed. See the log, and try again."
        )

    async def _until_silent(self, heard: asyncio.Event) -> None:
        """Wait until nothing is heard for `silence` seconds."""
        while True:
            heard.clear()
            waiting = {asyncio.ensure_future(self._sleep(self._silence)), asyncio.ensure_future(heard.wait())}
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in waiting:
                    task.cancel()
            if not heard.is_set():
                return

    async def _listen(self, stream: asyncio.StreamReader | None, heard: asyncio.Event, lines: deque[str]) -> None:
        """Pass progress on, and add the other lines."""
        async for line in _lines(_chunks(stream, heard)):
            try:
                self._on_progress(_PROGRESS.validate_json(line))
            except ValidationError:
                lines.append(line.decode(errors="replace").rstrip())


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """What a process inherits of an environment: no token, no password of a database."""
    return {name: value for name, value in environment.items() if _INHERITED.fullmatch(name)}


async def _chunks(stream: asyncio.StreamReader | None, heard: asyncio.Event) -> AsyncIterator[bytes]:
    while stream is not None and (chunk := await stream.read(_LINE)):
        heard.set()
        yield chunk


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Lines without their ends; only the beginning of an endless one."""
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line[:_LINE]
        rest = rest[:_LINE]
    if rest:
        yield rest


async def _read(stream: asyncio.StreamReader | None, heard: asyncio.Event) -> bytes:
    return b"".join([chunk async for chunk in _chunks(stream, heard)])


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
