"""Thumbnails of unknown channels, from which training learns to recognise what it does not know."""

import re
from collections.abc import Collection, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Final

from classifier.errors import DatasetError
from classifier.image_files import find_images
from classifier.pictures.channel_record import RECORD_NAME, channel_of
from classifier.pictures.dataset import Dataset
from classifier.pictures.splits import draw
from classifier.values import Channel

UNKNOWN_NAME: Final = re.compile(r"(?P<channel>UC[0-9A-Za-z_-]{22})_(?P<video>[0-9A-Za-z_-]{11})")
"""How a file of an unknown channel is named: the channel's id and the video's."""

MIN_CHANNELS: Final = 10
"""With fewer unknown channels, a model would only learn what those few look like."""


def unknown_thumbnails(
    folders: Sequence[Path], known: Dataset, *, reviewed: Sequence[Path] = (), limit: int | None = None
) -> Dataset | None:
    """The thumbnails below some folders that are from none of the known channels, as one nameless channel.

    Left out is what lies in a known channel's folder, shows one of its videos, or has its id in the file's name or in
    the record of a folder above. Over the `limit`, channels take turns, one thumbnail each. `reviewed` are further
    images that people labelled as none of the known channels. None if there are fewer than MIN_CHANNELS. Raises
    DatasetError if none of the folders holds any image.
    """
    ids = {channel.id for channel in known.channels if channel.id}
    known_folders, videos = {file.parent for file in known.files}, {file.stem for file in known.files}
    files = [file for folder in folders for file in find_images(folder)]
    if folders and not files:
        raise DatasetError(
            "{folder} has no images. Choose a folder that has some.", folder=" and ".join(map(str, folders))
        )
    recorded = {folder: _channel_id(channel_folder(folder)) for folder in {file.parent for file in files}}
    channels: dict[str, list[Path]] = {}
    for file in files:
        named = UNKNOWN_NAME.fullmatch(file.stem)
        channel = named["channel"] if named else recorded[file.parent]
        video = named["video"] if named else file.stem
        if channel not in ids and file.parent not in known_folders and video not in videos:
            channels.setdefault(channel or str(file), []).append(file)  # without a record, each file counts by itself
    if len(channels) + len(reviewed) < MIN_CHANNELS:
        return None
    chosen = (*_in_turn(channels.values(), limit), *reviewed)
    return Dataset((Channel("unknown", "unknown"),), chosen, (0,) * len(chosen))


def unknown_channel(file: Path) -> str:
    """The channel of an unknown thumbnail: by the file's name, else the folder's, wherever that lies."""
    named = UNKNOWN_NAME.fullmatch(file.stem)
    return named["channel"] if named else channel_folder(file.parent).name


def channel_folder(folder: Path) -> Path:
    """The folder of a channel whose thumbnails lie in `folder`: the nearest one up that has a record, else itself."""
    return next((above for above in (folder, *folder.parents) if (above / RECORD_NAME).is_file()), folder)


def _in_turn(channels: Collection[list[Path]], limit: int | None) -> tuple[Path, ...]:
    """One thumbnail of each channel, then another of each; always the same ones for the same folders."""
    drawn = (sorted(files, key=lambda file: draw(file.stem)) for files in channels)
    lines = sorted(drawn, key=lambda files: draw(files[0].stem))
    return tuple(file for file in chain.from_iterable(zip_longest(*lines)) if file)[:limit]


def _channel_id(folder: Path) -> str | None:
    try:
        return channel_of(folder).id
    except DatasetError:  # another channel's broken record is no reason to stop
        return None
