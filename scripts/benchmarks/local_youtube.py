"""A local YouTube in a separate process, so that it does not share an event loop with its client."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from PIL import Image
from pydantic import SecretStr

from bot.sandbox.youtube import LocalYouTube
from classifier.settings import YouTubeSettings


@dataclass(slots=True)
class Served:
    """Its settings and, once it has ended, the quota units and requests that it counted."""

    settings: YouTubeSettings
    units: int = field(default=0)
    requests: int = field(default=0)


@contextmanager
def served(folder: Path, delay: float) -> Iterator[Served]:
    """Serve a folder of channels inside the block; every response takes `delay` seconds longer."""
    command = (sys.executable, "-m", __name__, str(folder), str(delay))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own module
        stdin, stdout = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
        settings = json.loads(stdout.readline())
        youtube = Served(YouTubeSettings(**{**settings, "api_key": SecretStr(settings["api_key"])}))
        try:
            yield youtube
        finally:
            stdin.close()
            counts = json.loads(stdout.readline())
            youtube.units, youtube.requests = counts["units"], counts["requests"]


def draw_channel(folder: Path, count: int, *, tint: tuple[int, int, int] = (70, 110, 200)) -> Path:
    """Fill a folder with `count` different 320×180 JPEGs named by video ids."""
    folder.mkdir(parents=True)
    for index in range(count):
        shades = bytes((shade * (17 * index + 31 * cell)) % 256 for cell in range(24) for shade in tint)
        Image.frombytes("RGB", (6, 4), shades).resize((320, 180)).save(folder / f"{folder.name[:5]:_<5}-{index:05}.jpg")
    return folder


async def _serve(folder: Path, delay: float) -> None:
    async with LocalYouTube(folder) as youtube:
        for faults in (youtube.faults.api, youtube.faults.thumbnails):
            faults.delay = delay
        addresses = {name: getattr(youtube, name) for name in ("api_url", "thumbnails_url", "oembed_url", "api_key")}
        _print(addresses)
        await asyncio.to_thread(sys.stdin.read)
        _print({"units": youtube.units, "requests": len(youtube.requests)})


def _print(values: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), float(sys.argv[2])))
