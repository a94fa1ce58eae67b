"""Generated thumbnails for the sandbox: four sample channels, each with its own style, and unknown channels, with which
a model learns to reject thumbnails as unknown.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from bot.sandbox.samples import arcade, code, kitchen, look_alikes, space, unknown
from bot.sandbox.samples.brush import Random

_SIZE = (320, 180)


@dataclass(frozen=True, slots=True)
class _Sample:
    handle: str
    title: str
    paint: Callable[[Random], Image.Image]


_SAMPLES = (
    _Sample("@orbithour", "Orbit Hour", space.paint),
    _Sample("@spoonandsalt", "Spoon & Salt", kitchen.paint),
    _Sample("@leveluplab", "Level Up Lab", arcade.paint),
    _Sample("@bytegarden", "Byte Garden", code.paint),
)
_LOOK_ALIKES = (
    _Sample("@leveluplabclips", "Level Up Clips", partial(look_alikes.paint, arcade.paint, "CLIPS")),
    _Sample("@orbithourlive", "Orbit Hour Live", partial(look_alikes.paint, space.paint, "LIVE")),
)
_FIRST_LOOK_ALIKE = 1000
"""Far above the numbers of unknown channels: a sample's number is the seed of its thumbnails."""


def draw_samples(folder: Path, per_channel: int = 160, on_progress: Callable[[int, int], None] | None = None) -> None:
    """Draw the sample channels as an ImageFolder of 320×180 JPEGs with a channel.json each; always the same ones.

    Existing thumbnails are not changed. `on_progress` receives the number of finished thumbnails and the total. This
    takes seconds: call it in a thread.
    """
    total = per_channel * len(_SAMPLES)
    for number, sample in enumerate(_SAMPLES):
        for index in _draw(folder, sample, number, per_channel):
            if on_progress:
                on_progress(number * per_channel + index + 1, total)


def draw_unknown(folder: Path, channels: int = 40, per_channel: int = 2) -> None:
    """Draw unknown channels in the same way as draw_samples; takes about a second."""
    for number in range(channels):
        sample = _Sample(f"@unknown{number}", f"Unknown {number}", partial(unknown.paint, number))
        for _ in _draw(folder, sample, len(_SAMPLES) + number, per_channel):
            pass


def draw_look_alikes(folder: Path, per_channel: int = 160) -> None:
    """Draw two channels that are hard to distinguish from sample channels, in the same way as draw_samples."""
    for number, sample in enumerate(_LOOK_ALIKES, _FIRST_LOOK_ALIKE):
        for _ in _draw(folder, sample, number, per_channel):
            pass


def _draw(folder: Path, sample: _Sample, number: int, count: int) -> Iterator[int]:
    """Draw a channel's missing thumbnails one by one; yields the index of each."""
    channel = folder / sample.handle.removeprefix("@")
    channel.mkdir(parents=True, exist_ok=True)
    facts = {
        "id": "UC" + _derived(sample.handle, 22),
        "handle": sample.handle,
        "title": sample.title,
        "fetched_at": "2026-01-01T00:00:00Z",  # any date, but always the same one
    }
    (channel / "channel.json").write_text(json.dumps(facts, indent=2), encoding="utf-8")
    for index in range(count):
        path = channel / f"{_derived(f'{sample.handle}/{index}', 11)}.jpg"
        if not path.exists():
            draft = path.with_suffix(".part")
            thumbnail = sample.paint(np.random.default_rng((number, index)))
            thumbnail.resize(_SIZE, Image.Resampling.BOX).save(draft, "JPEG", quality=90)
            draft.replace(path)
        yield index


def _derived(name: str, length: int) -> str:
    """An id derived from a name, in YouTube's alphabet; it begins with a letter or digit."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(name.encode()).digest()).decode()
    return digest.lstrip("-_")[:length]
