"""`python -m scripts.benchmarks.memory FOLDER [retrain]`: an engine's resident MiB, once it has (trained and) answered.

FOLDER holds `data/`, the engine's folder with a serving model, and `channels/`, what a local YouTube serves.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from classifier.engine import Engine
from scripts.benchmarks.local_youtube import served


async def main(folder: Path, *, retrain: bool) -> None:
    """Answer; where it is wanted, retrain and answer with the new model; measure."""
    channels = sorted((folder / "channels").iterdir())
    picture = next(channels[0].iterdir()).read_bytes()
    with served(folder / "channels", 0.0) as youtube:
        engine = Engine(folder / "data", youtube.settings, thumbnails_per_channel=20)
        await engine.start()
        await _answer(engine, picture)
        if retrain:
            await engine.retrain(None, [f"@{channel.name}" for channel in channels], lambda _: None)
            await _answer(engine, picture)
        sys.stdout.write(json.dumps(_resident()))
        await engine.close()


async def _answer(engine: Engine, picture: bytes) -> None:
    for _ in range(20):
        await engine.classify(None, picture)


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), retrain=sys.argv[2:] == ["retrain"]))
