"""`python -m scripts.benchmarks.memory FOLDER NETWORK [retrain]`: an engine's resident MiB, as JSON.

Measured after some answers. FOLDER contains `data/`, the engine's data folder with a model in use, and `channels/`,
which a local YouTube serves. With `retrain`, it is measured again after a retrain on them and some more answers.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Final

import psutil

from classifier.engine import Engine
from scripts.benchmarks.local_youtube import served

THUMBNAILS: Final = 20
"""Per channel, to train on."""


async def main(folder: Path, network: str, *, retrain: bool) -> None:
    """Answer and measure; with `retrain`, retrain, answer with the new model and measure again."""
    channels = sorted((folder / "channels").iterdir())
    picture = next(channels[0].iterdir()).read_bytes()
    with served(folder / "channels", 0.0) as youtube:
        engine = Engine(folder / "data", youtube.settings, network=network, thumbnails_per_channel=THUMBNAILS)
        await engine.start()
        figures = [await _resident(engine, picture)]
        if retrain:
            await engine.retrain(None, [f"@{channel.name}" for channel in channels], lambda _: None)
            figures.append(await _resident(engine, picture))
        await engine.close()
    sys.stdout.write(json.dumps(figures))


async def _resident(engine: Engine, picture: bytes) -> float:
    """Resident MiB after some answers."""
    for _ in range(20):
        await engine.classify(None, picture)
    return psutil.Process().memory_info().rss / 2**20


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], retrain=sys.argv[3:] == ["retrain"]))
