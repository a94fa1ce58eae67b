"""Training runs while a bot answers: its own, or beside a bot that has none."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bot.sandbox.discord import Event
from classifier.settings import EYE
from scripts.benchmarks.load_stage import Stage

NICENESS: Final = 10
"""Of a training beside a bot: as of this project's own."""
_ANSWER_SECONDS: Final = 60


Left = Callable[[], int]
"""How many training runs are going on or waiting."""


@asynccontextmanager
async def own_trainings(stage: Stage) -> AsyncIterator[Left]:
    """All servers of the crowd have asked this project's bot for a training; it runs them one after the other."""
    left: set[int] = set()

    def listen(event: Event) -> None:
        if event.message is not None:
            left.discard(event.message.reference_id or 0)  # a report

    leave = stage.discord.world.feed.listen(listen)
    for admin in stage.crowd.admins:
        posted = await stage.discord.post(admin.user, admin.channel, "!retrain")
        left.add((await stage.discord.answer_to(posted, within=_ANSWER_SECONDS)).id)
    try:
        yield lambda: len(left)
    finally:
        leave()


@asynccontextmanager
async def trainings_beside(stage: Stage) -> AsyncIterator[Left]:
    """One training after the other runs, in processes like those of this project's bot."""
    with TemporaryDirectory() as out:
        training = asyncio.create_task(_train_again_and_again(stage, Path(out)))
        try:
            yield lambda: int(not training.done())
        finally:
            training.cancel()
            await asyncio.wait([training])


async def _train_again_and_again(stage: Stage, out: Path) -> None:
    command = [sys.executable, "-m", "classifier", "train", "--json", "--out", str(out / "model"), "--network", EYE]
    command += ["--data", str(stage.data / "thumbnails"), "--features", str(stage.data / "features")]
    command += ["--against", str(stage.model)]
    environment = {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) - 1)), **os.environ}
    nowhere = asyncio.subprocess.DEVNULL
    while True:
        process = await asyncio.create_subprocess_exec(*command, stdout=nowhere, stderr=nowhere, env=environment)
        with suppress(ProcessLookupError):  # it may have ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        try:
            status = await process.wait()
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if status != 0:
            raise RuntimeError(f"the training beside the bot ended with status {status}")
