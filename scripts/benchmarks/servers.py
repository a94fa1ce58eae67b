"""Many servers with a model each: how long answers take, and how much memory they need."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console
from rich.progress import track

from scripts.benchmarks.report import Measure, Report, Row

COUNTS: Final = (1, 10, 50, 100, 1000)
VERSION: Final = "20260101-000000"

MEASURES: Final = (
    Measure("one answer", "ms", more_is_better=False),
    Measure("each of 64 at once", "ms", more_is_better=False),
    Measure("memory", "MiB", more_is_better=False),
)

_PROGRAM: Final = """
import asyncio, json, sys, time
from pathlib import Path
import psutil
from threadpoolctl import threadpool_limits
import bot.app
from classifier.engine import Engine
from classifier.settings import YouTubeSettings

async def main(data, picture, count):
    threadpool_limits(1)  # as the bot has it
    engine = Engine(Path(data), YouTubeSettings(_env_file=None))
    await engine.start()
    picture = Path(picture).read_bytes()
    for owner in range(1, count + 1):
        await engine.classify(owner, picture)
    times = []
    for turn in range(30):
        start = time.perf_counter()
        await engine.classify(1 + turn % count, picture)
        times.append(time.perf_counter() - start)
    start = time.perf_counter()
    await asyncio.gather(*(engine.classify(1 + turn % count, picture) for turn in range(64)))
    together = (time.perf_counter() - start) / 64
    bot = psutil.Process()
    sizes = [process.memory_full_info() for process in (bot, *bot.children())]
    held = sum(getattr(size, "pss", size.rss) for size in sizes)  # only Linux has pss
    await engine.close()
    print(json.dumps([1000 * sorted(times)[15], 1000 * together, held / 2**20]))

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def measure(model: Path, picture: Path, counts: Sequence[int] = COUNTS) -> Report:
    """Measure the bot's process with a copy of a model for each of many servers, all of which have answered."""
    rows = []
    for count in track(counts, "Servers", console=Console(stderr=True)):
        with TemporaryDirectory() as temporary:
            for owner in range(1, count + 1):
                folder = Path(temporary) / "models" / str(owner)
                shutil.copytree(model, folder / VERSION)
                (folder / "serving").write_text(f"{VERSION}\n")
            command = (sys.executable, "-c", _PROGRAM, temporary, str(picture), str(count))
            answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
        figures = dict(zip((it.name for it in MEASURES), json.loads(answer), strict=True))
        rows.append(Row.of(f"{count:,} server{'s' if count > 1 else ''}", count, [figures], ours=True))
    return Report(
        name="servers",
        title="Servers with a model each",
        note=(
            "A process with the bot's code, and its decoders. One answer: median of 30, decoding included, without the "
            "plot. Memory: after all answers, the proportional set sizes, in which pages that processes share count "
            "once."
        ),
        measures=MEASURES,
        rows=tuple(rows),
    )
