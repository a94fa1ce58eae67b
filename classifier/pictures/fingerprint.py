"""Fingerprints: whether a training would learn from the same as the last one."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from classifier.disk import on_disk
from classifier.errors import DatasetError
from classifier.image_files import find_images
from classifier.pictures.channel_record import load_record


def fingerprint(data: Path, labels: Sequence[str], *others: object) -> str:
    """The sha256 of everything that a training of some channels of a data folder learns from.

    That is each channel's names and thumbnails, by their content, and `others`, values that JSON can hold. Reads hardly
    more than the records of the channels. Raises DatasetError.
    """
    channels = [_contents(data, data / label) for label in sorted(labels)]
    return hashlib.sha256(json.dumps([channels, others], sort_keys=True).encode()).hexdigest()


def _contents(data: Path, folder: Path) -> object:
    record = load_record(folder)
    known = record.sha256 if record else {}
    with on_disk(folder, DatasetError):
        thumbnails = {
            str(file.relative_to(folder)): known.get(file.stem) or hashlib.sha256(file.read_bytes()).hexdigest()
            for file in find_images(folder, within=data)
        }
    names = (record.id, record.handle, record.title) if record else ()
    return [folder.name, names, thumbnails]
