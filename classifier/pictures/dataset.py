"""The data folder: one sub-folder per channel, as torchvision's ImageFolder reads it."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from classifier.errors import DatasetError
from classifier.image_files import channel_folders, find_images
from classifier.pictures.channel_record import channel_of
from classifier.values import Channel


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

        Thumbnails may lie in folders of a channel's folder. `only` names the channels' folders to use; by default, all
        that hold images. Raises DatasetError if the folder does not exist, can't be read or holds no images.
        """
        if not folder.is_dir():
            raise DatasetError("There is no folder {folder}. Crawl some channels into it first.", folder=str(folder))
        listed = [(channel, files) for channel, files in channel_folders(folder) if not only or channel.name in only]
        if missing := set(only or ()) - {channel.name for channel, _ in listed}:
            raise DatasetError(
                "{folder} has no thumbnails of {channels}. Crawl or omit that channel.",
                folder=str(folder),
                channels=", ".join(sorted(missing)),
            )
        if not listed:
            raise DatasetError(
                "{folder} has no thumbnails. It needs one sub-folder of images per channel.", folder=str(folder)
            )
        return cls(
            channels=tuple(channel_of(channel) for channel, _ in listed),
            files=tuple(file for _, files in listed for file in files),
            targets=tuple(target for target, (_, files) in enumerate(listed) for _ in files),
        )


def unlabelled(folder: Path) -> Dataset:
    """All images below a folder, however deep, as one nameless channel. Raises DatasetError if there are none."""
    files = find_images(folder)
    if not files:
        raise DatasetError("{folder} has no images. Choose a folder that has some.", folder=str(folder))
    return Dataset(channels=(Channel(label=folder.name, title=folder.name),), files=files, targets=(0,) * len(files))
