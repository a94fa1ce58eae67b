"""Held-out thumbnails: those of a model's test split, recorded beside it because it did not learn from them."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from classifier.errors import TooFewHeldOutError
from classifier.image_files import find_images
from classifier.links import is_video_id
from classifier.pictures.dataset import Dataset

HELD_OUT_NAME: Final = "held-out.json"

_RECORD: Final = TypeAdapter(Mapping[str, Sequence[str]])
"""Ids of videos by their channel's label."""


@dataclass(frozen=True, slots=True)
class HeldOutFile:
    """The file of a held-out thumbnail, and the label of its channel."""

    file: Path
    label: str

    @property
    def video_id(self) -> str:
        """The thumbnail's video."""
        return self.file.stem


def held_out_record(test: Dataset) -> bytes:
    """What is written beside a model: the videos of its test split, as JSON."""
    videos: dict[str, list[str]] = {channel.label: [] for channel in test.channels}
    for file, target in zip(test.files, test.targets, strict=True):
        if is_video_id(file.stem):
            videos[test.channels[target].label].append(file.stem)
    return _RECORD.dump_json(videos, indent=2)


def find_held_out(model: Path, labels: Sequence[str], thumbnails: Path) -> tuple[HeldOutFile, ...]:
    """The held-out thumbnails of a model that are still in the data folder, of its channels with these labels.

    None if the record is missing, as beside a model of an earlier version, or broken. Blocks on the disk.
    """
    try:
        record = _RECORD.validate_json((model / HELD_OUT_NAME).read_bytes())
    except (OSError, ValidationError):
        return ()
    return tuple(
        HeldOutFile(file, label)
        for label in labels
        if (videos := set(record.get(label, ())))
        for file in find_images(thumbnails / label, within=thumbnails)
        if file.stem in videos
    )


def draw_held_out(found: Sequence[HeldOutFile], avoid: Sequence[str]) -> HeldOutFile:
    """Draw a channel, then one of its thumbnails, each with the same chance.

    `avoid` are ids of videos, newest first: none of them is drawn, or if that leaves nothing, only the one that comes
    last. Raises TooFewHeldOutError unless there are at least two channels.
    """
    if len({it.label for it in found}) < 2:
        raise TooFewHeldOutError(
            "Fewer than 2 channels have thumbnails that the model did not learn from. Train again, with more channels."
        )
    here = {it.video_id for it in found}
    avoided = [video for video in dict.fromkeys(avoid) if video in here][: len(here) - 1]
    left = [it for it in found if it.video_id not in avoided]
    label = secrets.choice(sorted({it.label for it in left}))
    return secrets.choice([it for it in left if it.label == label])
