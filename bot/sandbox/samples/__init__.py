"""Sample channels, drawn: four invented ones, each with a style of its own, for a sandbox without real thumbnails."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from bot.sandbox.samples import arcade, code, kitchen, space
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
        shelf = folder / sample.handle.removeprefix("@")
        shelf.mkdir(parents=True, exist_ok=True)
        facts = {
            "id": "UC" + _derived(sample.handle, 22),
            "handle": sample.handle,
            "title": sample.title,
            "fetched_at": "2026-01-01T00:00:00Z",  # drawn, so no date is truer; the same every time
        }
        (shelf / "channel.json").write_text(json.dumps(facts, indent=2), encoding="utf-8")
        for index in range(per_channel):
            path = shelf / f"{_derived(f'{sample.handle}/{index}', 11)}.jpg"
            if not path.exists():
                draft = path.with_suffix(".part")
                picture = sample.paint(np.random.default_rng((number, index)))
                picture.resize(_SIZE, Image.Resampling.BOX).save(draft, "JPEG", quality=90)
                draft.replace(path)
            if on_progress:
                on_progress(number * per_channel + index + 1, total)


def _derived(name: str, length: int) -> str:
    """An id made of a name, in YouTube's alphabet; it begins with a letter or digit."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(name.encode()).digest()).decode()
    return digest.lstrip("-_")[:length]
