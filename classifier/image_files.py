"""The image files of a data folder, as torchvision's ImageFolder finds them: however deep in a channel's folder."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NoReturn

from classifier.errors import DatasetError

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".ppm", ".pgm", ".tif", ".tiff"})
"""Those that ImageFolder knows, and GIF. Formats that can't be decoded are skipped by name when they are read."""

_FOREIGN: Final = frozenset({"__MACOSX", "@eaDir", "@Recycle", "#recycle", "$RECYCLE.BIN", "lost+found"})
"""Folders that archives, network drives and file systems make; they may hold copies of pictures."""


def channel_folders(data: Path) -> Iterator[tuple[Path, tuple[Path, ...]]]:
    """The sub-folders of a data folder that hold images, in the order of their names, each with its images.

    Raises DatasetError if a folder can't be read.
    """
    try:
        folders = sorted(data.iterdir())
    except PermissionError as error:
        _refuse(error)
    for folder in folders:
        if folder.is_dir() and not _is_ignored(folder.name) and (files := find_images(folder, within=data)):
            yield folder, files


def find_images(folder: Path, *, within: Path | None = None) -> tuple[Path, ...]:
    """All images below a folder, however deep; none if it does not exist.

    Links are followed, but no folder is entered twice, nor one that the folder, or `within`, lies in. Raises
    DatasetError if a folder can't be read.
    """
    entered = set(folder.resolve().parents) if within is None else {within.resolve(), *within.resolve().parents}
    found: list[Path] = []
    for path, folders, files in os.walk(folder, followlinks=True, onerror=_refuse) if folder.is_dir() else ():
        here = Path(path)
        if (real := here.resolve()) in entered:
            folders.clear()
            continue
        entered.add(real)
        folders[:] = sorted(name for name in folders if not _is_ignored(name))
        found += (here / name for name in files if _is_image(here / name))
    return tuple(sorted(found, key=lambda file: (str(file.parent), file.name)))


def _is_ignored(folder: str) -> bool:
    return folder.startswith(".") or folder in _FOREIGN


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def _refuse(error: OSError) -> NoReturn:
    raise DatasetError(
        "{file} can't be read: {cause}. Check its permissions.", file=str(error.filename), cause=error.strerror
    ) from error
