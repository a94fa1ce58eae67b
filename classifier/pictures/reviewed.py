"""Reviewed examples: videos that people labelled, and how they join a dataset or correct it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from classifier.disk import on_disk, write_whole
from classifier.errors import DatasetError
from classifier.links import is_video_id
from classifier.pictures.dataset import Dataset

_LABELS = TypeAdapter(dict[str, str | None])


def save_labels(file: Path, labels: Mapping[str, str | None]) -> None:
    """Write the labels of videos, by id: a channel's folder, or None for none of the channels.

    Their thumbnails, `<video_id>.jpg`, are in the same folder. Raises DatasetError.
    """
    with on_disk(file, DatasetError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, _LABELS.dump_json(dict(labels)))


def add_reviewed(dataset: Dataset, file: Path) -> tuple[Dataset, tuple[Path, ...]]:
    """Add reviewed examples to a dataset; also returns the thumbnails labelled as none of its channels.

    A video that the dataset has already keeps its channel: a crawl is better evidence than people's labels. Videos
    without a thumbnail, or of other channels, are left out. Raises DatasetError.
    """
    labels = _load(file)
    targets = {channel.label: target for target, channel in enumerate(dataset.channels)}
    crawled = {path.stem for path in dataset.files}
    thumbnails = {
        file.with_name(f"{video}.jpg"): label
        for video, label in sorted(labels.items())
        if is_video_id(video) and video not in crawled
    }
    found = {thumbnail: label for thumbnail, label in thumbnails.items() if thumbnail.is_file()}
    examples = {thumbnail: targets[label] for thumbnail, label in found.items() if label in targets}
    return replace(
        dataset,
        files=dataset.files + tuple(examples),
        targets=dataset.targets + tuple(examples.values()),
        reviewed=dataset.reviewed | frozenset(examples),
    ), tuple(thumbnail for thumbnail, label in found.items() if label is None)


def correct(dataset: Dataset, file: Path) -> Dataset:
    """Correct the channels of crawled videos by the labels in a file; None leaves a video out.

    Those that another channel gets are for training only. A channel that the dataset does not have gets nothing: the
    video is left out. Raises DatasetError.
    """
    labels = _load(file)
    targets = {channel.label: target for target, channel in enumerate(dataset.channels)}
    kept: dict[Path, int] = {}
    moved: set[Path] = set()
    for path, target in zip(dataset.files, dataset.targets, strict=True):
        corrected = targets.get(labels[path.stem] or "") if path.stem in labels else target
        if corrected is not None:
            kept[path] = corrected
            moved |= {path} if corrected != target else set()
    return replace(
        dataset, files=tuple(kept), targets=tuple(kept.values()), reviewed=dataset.reviewed | frozenset(moved)
    )


def _load(file: Path) -> dict[str, str | None]:
    try:
        return _LABELS.validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise DatasetError(f"{file} can't be read as reviewed labels. Write it again.") from error
