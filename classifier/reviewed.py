"""Reviewed examples: videos of which people told the channel, and what training makes of them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from classifier.dataset import Dataset
from classifier.errors import DatasetError
from classifier.youtube import is_video_id

_LABELS = TypeAdapter(dict[str, str | None])


def save_labels(file: Path, labels: Mapping[str, str | None]) -> None:
    """Write what people told, by video id: a channel's folder, or None for none of the channels.

    The pictures, `<video_id>.jpg`, lie beside the file. Raises DatasetError.
    """
    draft = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(_LABELS.dump_json(dict(labels)))
        draft.replace(file)
    except OSError as error:
        raise DatasetError(f"{file} can't be written: {error.strerror}; free some space and try again.") from error


def add_reviewed(dataset: Dataset, file: Path) -> tuple[Dataset, tuple[Path, ...]]:
    """A dataset with the examples of its channels, and the pictures that are of none of them.

    What is in the dataset already stays as it is there: that a crawl found it in a channel says more than people. A
    video whose picture is not there, or whose channel is none of these, is left out. Raises DatasetError.
    """
    try:
        labels = _LABELS.validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise DatasetError(f"{file} can't be read as reviewed examples; write it anew.") from error
    targets = {channel.label: target for target, channel in enumerate(dataset.channels)}
    there = {picture.stem for picture in dataset.files}
    pictures = {
        file.with_name(f"{video}.jpg"): label
        for video, label in sorted(labels.items())
        if is_video_id(video) and video not in there
    }
    found = {picture: label for picture, label in pictures.items() if picture.is_file()}
    examples = {picture: targets[label] for picture, label in found.items() if label in targets}
    return replace(
        dataset,
        files=dataset.files + tuple(examples),
        targets=dataset.targets + tuple(examples.values()),
        reviewed=frozenset(examples),
    ), tuple(picture for picture, label in found.items() if label is None)
