"""One file of the corpus, and what its makers have in common."""

import io
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from tests.classifier.drawn import COLOURS, pixels


class Outcome(StrEnum):
    """How decoding a file may end."""

    ANSWERED = "answered"
    REFUSED = "refused"
    EITHER = "either"


class Sample(NamedTuple):
    """A file, and how decoding it must end."""

    name: str
    data: bytes
    expected: Outcome = Outcome.EITHER


PICTURE = Image.fromarray(pixels(COLOURS["amber"], "corpus"))
SMALL = PICTURE.resize((64, 36))


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    """A picture that compresses badly."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def cuts(name: str, data: bytes, count: int = 24) -> Iterator[Sample]:
    """A file cut short at many places, most of them in its headers."""
    places = {*range(count), *(len(data) * step // count for step in range(count)), len(data) - 1, len(data) - 2}
    for place in sorted(place for place in places if 0 <= place < len(data)):
        yield Sample(f"{name} cut at byte {place}", data[:place])


def flips(name: str, data: bytes, count: int = 40) -> Iterator[Sample]:
    """A file with some bytes changed."""
    random = np.random.default_rng(len(data))
    for number in range(count):
        changed = bytearray(data)
        for place in random.integers(0, len(data) if number % 2 else min(len(data), 200), 1 + number % 5):
            changed[place] = int(random.choice([0, 1, 0x7F, 0x80, 0xFF, random.integers(256)]))
        yield Sample(f"{name} changed, number {number}", bytes(changed))
