"""Strangers: the pictures of other channels from which training learns what "unknown" looks like."""

from collections.abc import Collection, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Final

from classifier.dataset import Dataset, channel_of, draw, find_pictures
from classifier.errors import DatasetError
from classifier.shelf import STRANGER
from classifier.values import Channel

FEWEST_CHANNELS: Final = 10
"""Pictures of fewer channels may teach what those look like, and no more."""


def strangers(
    folders: Sequence[Path], known: Dataset, *, told: Sequence[Path] = (), most: int | None = None
) -> Dataset | None:
    """Pictures below some folders of other channels than the known ones, as one nameless channel.

    No picture is among them that lies in a known channel's folder, or has the video of one, or is of a known channel by
    the id in its name or in its folder's record. Of more than `most`, the channels give one picture each in turn.
    `told` are further pictures, which people say are of none of the known channels. None where there are fewer than
    FEWEST_CHANNELS. Raises DatasetError where none of the folders holds any picture.
    """
    ids = {channel.id for channel in known.channels if channel.id}
    shelves, videos = {file.parent for file in known.files}, {file.stem for file in known.files}
    files = [file for folder in folders for file in find_pictures(folder)]
    if folders and not files:
        raise DatasetError(f"{' and '.join(map(str, folders))} holds no pictures; give a folder that does.")
    homes = {shelf: _channel_id(shelf) for shelf in {file.parent for file in files}}
    channels: dict[str, list[Path]] = {}
    for file in files:
        named = STRANGER.fullmatch(file.stem)
        channel = named["channel"] if named else homes[file.parent]
        video = file.stem[-11:] if named else file.stem
        if channel not in ids and file.parent not in shelves and video not in videos:
            channels.setdefault(channel or str(file), []).append(file)  # a folder without a record may hold any
    if len(channels) + len(told) < FEWEST_CHANNELS:
        return None
    chosen = (*_in_turn(channels.values(), most), *told)
    return Dataset((Channel("strangers", "strangers"),), chosen, (0,) * len(chosen))


def _in_turn(channels: Collection[list[Path]], most: int | None) -> tuple[Path, ...]:
    """At most so many pictures: one of each channel, then another of each; always the same ones of the same folders."""
    drawn = (sorted(files, key=lambda file: draw(file.stem)) for files in channels)
    lines = sorted(drawn, key=lambda files: draw(files[0].stem))
    return tuple(file for file in chain.from_iterable(zip_longest(*lines)) if file)[:most]


def _channel_id(shelf: Path) -> str | None:
    try:
        return channel_of(shelf).id
    except DatasetError:  # another channel's broken record is no reason to stop
        return None
