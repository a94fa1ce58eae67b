"""Folders that the local YouTube serves, and that crawls fill."""

import json
from pathlib import Path

from tests.pictures import draw_channel


def names_in(folder: Path) -> set[str]:
    """The names of the files in a folder, except for hidden ones."""
    return {path.name for path in folder.iterdir() if path.name[0] != "."}


def videos_in(folder: Path) -> set[str]:
    """The ids of the videos whose thumbnails are in a channel's folder."""
    return {path.stem for path in folder.glob("*.jpg")}


def serve_as(folder: Path, name: str, record: dict[str, str]) -> None:
    """Create a channel of two videos to be served, described by a record."""
    draw_channel(folder / name, 2)
    (folder / name / "channel.json").write_text(json.dumps(record))
