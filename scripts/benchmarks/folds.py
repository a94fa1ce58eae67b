"""Real thumbnails in five folds, and one model of this project per fold."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

from classifier.models.predictor import Predictor
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import read_examples
from classifier.pictures.splits import near_duplicate_leaders
from classifier.pictures.thumbnail import Thumbnail
from classifier.pictures.unknown import unknown_channel, unknown_thumbnails
from classifier.terminal import progress_bars
from classifier.training.config import TrainingConfig
from classifier.training.publish import publish

FOLDS: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """One way to split the thumbnails of `known` channels into a training and a test set, by their indices.

    `teacher` are thumbnails of other channels, if there are any: from them, models learn what "unknown" looks like.
    `unknown` are thumbnails of further ones, to test.
    """

    number: int
    known: Dataset
    training: NDArray[np.int64]
    test: NDArray[np.int64]
    teacher: Dataset | None = None
    unknown: Dataset | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The model in `folder`, whose training on a fold took `seconds`, also those of the `processor`."""

    fold: Fold
    network: str
    folder: Path
    predictor: Predictor
    seconds: float
    processor: float


def split_folds(data: Path, count: int) -> list[Fold]:
    """The first `count` of five folds of `thumbnails/`: stratified by channel, near-duplicates in the same set.

    Unknown channels are in `varied/`, if that is there: each tests in one fold and teaches in the others.
    """
    with progress_bars(Console(stderr=True)) as on_progress:
        examples = read_examples(Dataset.open(data / "thumbnails"), Thumbnail.histograms, on_progress)
    known = examples.dataset(np.arange(len(examples.files)))
    unknown = unknown_thumbnails([data / "varied"], known) if (data / "varied").is_dir() else None
    leaders = near_duplicate_leaders(examples, np.ones(len(examples.files), dtype=np.bool_))
    splits = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(leaders, known.targets, groups=leaders)
    unknown_sets = _split_unknown(unknown) if unknown else [()] * FOLDS
    pairs = enumerate(zip(splits, unknown_sets, strict=True))
    return [Fold(number, known, *sets, *unknown_parts) for number, (sets, unknown_parts) in pairs][:count]


def _split_unknown(unknown: Dataset) -> list[tuple[Dataset, Dataset]]:
    """A teacher and a test set per fold, which share no channel."""
    channels = [unknown_channel(file) for file in unknown.files]
    splits = GroupKFold(FOLDS, shuffle=True, random_state=0).split(channels, groups=channels)
    return [(part(unknown, training), part(unknown, test)) for training, test in splits]


def train_models(folds: Sequence[Fold], config: TrainingConfig, out: Path) -> Iterator[Model]:
    """Train one model per fold, with a progress bar on standard error; their folders are in the folder `out`."""
    for fold in folds:
        yield train_model(fold, config, out / f"{config.network}-{fold.number}")


def train_model(fold: Fold, config: TrainingConfig, folder: Path) -> Model:
    """Train as the command line does, and write the model to `folder`; no features are kept from earlier."""
    with progress_bars(Console(stderr=True)) as on_progress:
        start, processor = time.perf_counter(), time.process_time()
        publish(
            part(fold.known, fold.training),
            config,
            folder,
            unknown=fold.teacher,
            against=None,
            on_progress=on_progress,
            on_epoch=lambda _: None,
        )
        seconds, processor = time.perf_counter() - start, time.process_time() - processor
    return Model(fold, config.network, folder, Predictor.load(folder), seconds, processor)


def part(dataset: Dataset, indices: NDArray[np.int64]) -> Dataset:
    """Some thumbnails of a dataset."""
    return Dataset(
        dataset.channels,
        files=tuple(dataset.files[index] for index in indices),
        targets=tuple(dataset.targets[index] for index in indices),
    )


def method(model: Model) -> str:
    """The name of a model in reports."""
    return f"this project: {model.network}"


def evenly(indices: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """At most `count` of the indices, evenly spaced, because the thumbnails are sorted by channel."""
    return indices[np.linspace(0, len(indices) - 1, min(count, len(indices))).astype(np.int64)]
