"""Real thumbnails in five folds, and one model of this project per fold."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from sklearn.model_selection import KFold, StratifiedGroupKFold

from classifier.models.artifact import Artifact
from classifier.pictures.dataset import Dataset, unlabelled
from classifier.pictures.examples import read_examples
from classifier.pictures.splits import near_duplicate_leaders
from classifier.pictures.thumbnail import Thumbnail
from classifier.terminal import progress_bars
from classifier.training.fit import TrainingConfig
from classifier.training.train import train

FOLDS: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """One way to split the thumbnails of `known` and of `unknown` channels into training and test sets.

    `training` and `test` are indices into `known`, `unknown_training` and `unknown_test` into `unknown`.
    """

    number: int
    known: Dataset
    training: NDArray[np.int64]
    test: NDArray[np.int64]
    unknown: Dataset
    unknown_training: NDArray[np.int64]
    unknown_test: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The result of training on a fold, which took `seconds`."""

    fold: Fold
    config: TrainingConfig
    artifact: Artifact
    seconds: float


def split_folds(thumbnails: Path, unknown_channels: Path, count: int) -> list[Fold]:
    """The first `count` of the five folds: stratified by channel, near-duplicates in the same set.

    The thumbnails of unknown channels are split into five as well.
    """
    unknown = unlabelled(unknown_channels)
    with progress_bars(Console(stderr=True)) as on_progress:
        examples = read_examples(Dataset.open(thumbnails), Thumbnail.histograms, on_progress)
    known = examples.dataset(np.arange(len(examples.files)))
    leaders = near_duplicate_leaders(examples, np.ones(len(examples.files), dtype=np.bool_))
    of_known = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(leaders, known.targets, groups=leaders)
    of_unknown = KFold(FOLDS, shuffle=True, random_state=0).split(np.zeros(len(unknown.files)))
    splits = enumerate(zip(of_known, of_unknown, strict=True))
    folds = [Fold(number, known, *own, unknown, *foreign) for number, (own, foreign) in splits]
    return folds[:count]


def train_models(folds: Sequence[Fold], config: TrainingConfig) -> Iterator[Model]:
    """Train one model per fold, with a progress bar on standard error."""
    for fold in folds:
        with progress_bars(Console(stderr=True)) as on_progress:
            start = time.perf_counter()
            result = train(part(fold.known, fold.training), config, on_progress=on_progress)
            seconds = time.perf_counter() - start
        yield Model(fold, config, result.artifact, seconds)


def part(dataset: Dataset, indices: NDArray[np.int64]) -> Dataset:
    """Some thumbnails of a dataset."""
    return Dataset(
        dataset.channels,
        files=tuple(dataset.files[index] for index in indices),
        targets=tuple(dataset.targets[index] for index in indices),
    )


def method(model: Model) -> str:
    """The name of a model in reports."""
    return f"this project: {model.config.network}"


def evenly(indices: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """At most `count` of the indices, evenly spaced, because the thumbnails are sorted by channel."""
    return indices[np.linspace(0, len(indices) - 1, min(count, len(indices))).astype(np.int64)]
