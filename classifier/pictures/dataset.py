"""The data folder: one sub-folder per channel, as torchvision's ImageFolder reads it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from classifier.errors import DatasetError
from classifier.pictures.channel_record import channel_of
from classifier.values import Channel

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif"})


@dataclass(frozen=True, slots=True)
class Dataset:
    """The thumbnails of a data folder: `files[i]` is from channel `channels[targets[i]]`.

    The `reviewed` ones were labelled by people. They are for training only: people choose what they label, so measuring
    on it would flatter a model, or wrong it.
    """

    channels: tuple[Channel, ...]
    files: tuple[Path, ...]
    targets: tuple[int, ...]
    reviewed: frozenset[Path] = frozenset()

    @classmethod
    def open(cls, folder: Path, *, only: Collection[str] | None = None) -> Self:
        """List the thumbnails of a data folder: one sub-folder per channel, in the order of their names.

        `only` names the sub-folders to use; by default, all that hold images. Raises DatasetError if the folder does
        not exist or holds no images.
        """
        if not folder.is_dir():
            raise DatasetError(f"There is no folder {folder}. Crawl some channels into it first.")
        chosen = (path for path in sorted(folder.iterdir()) if not only or path.name in only)
        listed = [(channel, list(_images_in(channel))) for channel in chosen if _is_visible_folder(channel)]
        listed = [(channel, files) for channel, files in listed if files]
        if missing := set(only or ()) - {channel.name for channel, _ in listed}:
            raise DatasetError(
                f"{folder} has no thumbnails of {', '.join(sorted(missing))}. Crawl or omit that channel."
            )
        if not listed:
            raise DatasetError(f"{folder} has no thumbnails. It needs one sub-folder of images per channel.")
        return cls(
            channels=tuple(channel_of(channel) for channel, _ in listed),
            files=tuple(file for _, files in listed for file in files),
            targets=tuple(target for target, (_, files) in enumerate(listed) for _ in files),
        )


def find_images(folder: Path) -> tuple[Path, ...]:
    """All images below a folder, however deep; none if the folder does not exist."""
    return tuple(path for path in sorted(folder.rglob("*")) if _is_image(path))


def unlabelled(folder: Path) -> Dataset:
    """All images below a folder, however deep, as one nameless channel. Raises DatasetError if there are none."""
    files = find_images(folder)
    if not files:
        raise DatasetError(f"{folder} has no images. Choose a folder that has some.")
    return Dataset(channels=(Channel(label=folder.name, title=folder.name),), files=files, targets=(0,) * len(files))


def _is_visible_folder(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")


def _images_in(folder: Path) -> Iterator[Path]:
    return filter(_is_image, sorted(folder.iterdir()))


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
