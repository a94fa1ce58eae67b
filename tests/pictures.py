"""Tiny folders of thumbnails for tests."""

import hashlib
from pathlib import Path

from PIL import Image


def draw_channel(folder: Path, count: int, *, start: int = 0) -> Path:
    """Fill a channel's folder with plain 320×180 JPEGs, named by consecutive video ids."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(start, start + count):
        digest = hashlib.sha256(f"{folder.name}/{index}".encode()).digest()
        picture = Image.frombytes("RGB", (2, 2), digest[:12]).resize((320, 180))
        picture.save(folder / f"{video_name(folder.name, index)}.jpg")
    return folder


def video_name(channel: str, index: int) -> str:
    """The id of a channel's video: 11 characters."""
    return f"{channel[:5]:_<5}-{index:05}"
