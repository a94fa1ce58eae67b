"""Channels that can be told apart, drawn small and fast."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.pictures import video_name

COLOURS = {"amber": (230, 140, 40), "cobalt": (40, 80, 210), "fern": (50, 160, 70)}
"""The channels there are, and the colour that each one loves."""
STRANGE = (200, 60, 190)
"""A colour that no channel loves."""


def pixels(colour: tuple[int, int, int], seed: object, size: tuple[int, int] = (320, 180)) -> NDArray[np.uint8]:
    """One picture: a coarse pattern that no other seed gives, tinted by a colour; uint8 [height, width, 3]."""
    random = np.random.default_rng(int.from_bytes(hashlib.sha256(repr(seed).encode()).digest()[:8]))
    pattern = random.integers(-60, 60, (9, 16, 1)) + random.integers(-20, 20, (9, 16, 3))
    cells = np.clip(np.array(colour) + pattern, 0, 255).astype(np.uint8)
    cells[4, :2] = [[0], [255]]  # histograms reach from the darkest to the brightest
    return np.asarray(Image.fromarray(cells).resize(size, Image.Resampling.BILINEAR))


def draw_channel(folder: Path, count: int, colour: tuple[int, int, int] | None = None, *, start: int = 0) -> Path:
    """Fill a channel's folder with pictures of its colour, named by video ids."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(start, start + count):
        picture = Image.fromarray(pixels(colour or COLOURS[folder.name], (folder.name, index)))
        picture.save(folder / f"{video_name(folder.name, index)}.jpg")
    return folder


def draw_channels(folder: Path, count: int) -> Path:
    """A data folder of all channels, `count` pictures each."""
    for name in COLOURS:
        draw_channel(folder / name, count)
    return folder
