"""Sample channels, drawn, for a sandbox without real thumbnails: four invented ones, each with a style of its own, and
strangers, from whose pictures a model learns what unknown looks like.
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

from bot.sandbox.samples import arcade, code, kitchen, space, strangers
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


def draw_samples(folder: Path, per_channel: int = 160, on_progress: Callable[[int, int], None] | None = None) -> None:
    """Draw the sample channels as an ImageFolder of 320×180 JPEGs, each with its channel.json; the same every time.

    Pictures that are there already stay. `on_progress` gets the pictures done and their total. Takes seconds: call it
    in a thread.
    """
    total = per_channel * len(_SAMPLES)
    for number, sample in enumerate(_SAMPLES):
        for index in _drawn(folder, sample, number, per_channel):
            if on_progress:
                on_progress(number * per_channel + index + 1, total)


def draw_strangers(folder: Path, channels: int = 40, per_channel: int = 2) -> None:
    """Draw channels that nobody asks for, like draw_samples; about a second."""
    for number in range(channels):
        sample = _Sample(f"@passerby{number}", f"Passer-by {number}", partial(strangers.paint, number))
        for _ in _drawn(folder, sample, len(_SAMPLES) + number, per_channel):
            pass


def _drawn(folder: Path, sample: _Sample, number: int, count: int) -> Iterator[int]:
    """Draw a channel's pictures one by one, and say which is done."""
    shelf = folder / sample.handle.removeprefix("@")
    shelf.mkdir(parents=True, exist_ok=True)
    facts = {
        "id": "UC" + _derived(sample.handle, 22),
        "handle": sample.handle,
        "title": sample.title,
        "fetched_at": "2026-01-01T00:00:00Z",  # drawn, so no date is truer; the same every time
    }
    (shelf / "channel.json").write_text(json.dumps(facts, indent=2), encoding="utf-8")
    for index in range(count):
        path = shelf / f"{_derived(f'{sample.handle}/{index}', 11)}.jpg"
        if not path.exists():
            draft = path.with_suffix(".part")
            picture = sample.paint(np.random.default_rng((number, index)))
            picture.resize(_SIZE, Image.Resampling.BOX).save(draft, "JPEG", quality=90)
            draft.replace(path)
        yield index


def _derived(name: str, length: int) -> str:
    """An id made of a name, in YouTube's alphabet; it begins with a letter or digit."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(name.encode()).digest()).decode()
    return digest.lstrip("-_")[:length]
