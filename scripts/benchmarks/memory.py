"""`python -m scripts.benchmarks.memory FOLDER NETWORK [retrain]`: an engine's resident MiB, as JSON.

It has answered some pictures. FOLDER holds `data/`, the engine's folder with a serving model, and `channels/`, what a
local YouTube serves. With `retrain` a second figure follows: once it has learned those, and answered by that model.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Final

import psutil

from classifier.engine import Engine
from scripts.benchmarks.local_youtube import served

PICTURES: Final = 20
"""Of each channel, to learn from."""


async def main(folder: Path, network: str, *, retrain: bool) -> None:
    """Answer, measure; where it is wanted, retrain, answer with the new model and measure again."""
    channels = sorted((folder / "channels").iterdir())
    picture = next(channels[0].iterdir()).read_bytes()
    with served(folder / "channels", 0.0) as youtube:
        engine = Engine(folder / "data", youtube.settings, network=network, thumbnails_per_channel=PICTURES)
        await engine.start()
        figures = [await _batcher(engine, picture)]
        if retrain:
            await engine.retrain(None, [f"@{channel.name}" for channel in channels], lambda _: None)
            figures.append(await _batcher(engine, picture))
        await engine.close()
    sys.stdout.write(json.dumps(figures))


async def _batcher(engine: Engine, picture: bytes) -> float:
    """Resident MiB, once it has answered some pictures."""
    for _ in range(20):
        await engine.classify(None, picture)
    return psutil.Process().memory_info().rss / 2**20


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], retrain=sys.argv[3:] == ["retrain"]))
