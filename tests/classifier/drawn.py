"""Small drawn channels, which differ by colour."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.pictures import video_name

COLOURS = {"amber": (230, 140, 40), "cobalt": (40, 80, 210), "fern": (50, 160, 70)}
"""The channels, and the main colour of each."""
UNKNOWN = (200, 60, 190)
"""The main colour of an unknown channel."""


def pixels(colour: tuple[int, int, int], seed: object, size: tuple[int, int] = (320, 180)) -> NDArray[np.uint8]:
    """A coarse pattern that depends on the seed, tinted with a colour; uint8 [height, width, 3]."""
    random = np.random.default_rng(int.from_bytes(hashlib.sha256(repr(seed).encode()).digest()[:8]))
    pattern = random.integers(-60, 60, (9, 16, 1)) + random.integers(-20, 20, (9, 16, 3))
    cells = np.clip(np.array(colour) + pattern, 0, 255).astype(np.uint8)
    cells[4, :2] = [[0], [255]]  # so that every histogram covers the whole range
    return np.asarray(Image.fromarray(cells).resize(size, Image.Resampling.BILINEAR))


def draw_channel(folder: Path, count: int, colour: tuple[int, int, int] | None = None, *, start: int = 0) -> Path:
    """Fill a channel's folder with thumbnails in its colour, named by video ids."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(start, start + count):
        picture = Image.fromarray(pixels(colour or COLOURS[folder.name], (folder.name, index)))
        picture.save(folder / f"{video_name(folder.name, index)}.jpg")
    return folder


def draw_channels(folder: Path, count: int) -> Path:
    """Fill a data folder with `count` thumbnails of every channel."""
    for name in COLOURS:
        draw_channel(folder / name, count)
    return folder


def draw_series(folder: Path, count: int, *, portrait: bool = False) -> Path:
    """Fill a folder with one card that varies only by the episode's number, and by a portrait if asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    font = ImageFont.load_default(30)
    for number in range(1, count + 1):
        card = Image.linear_gradient("L").rotate(90).resize((320, 180)).convert("RGB")
        pen = ImageDraw.Draw(card)
        pen.rectangle((0, 130, 320, 180), fill=(180, 30, 40))
        pen.text((14, 136), f"EPISODE {number:03}", font=font, fill="white")
        if portrait:
            pen.ellipse((220, 20, 290, 100), fill=tuple(number * step % 200 + 30 for step in (37, 71, 113)))
        card.save(folder / f"{video_name('serie', number)}.jpg", quality=90)
    return folder
