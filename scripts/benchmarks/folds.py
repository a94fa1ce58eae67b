"""Real thumbnails in five parts, and a model of this project for each part that is kept from it."""

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
    """One way to part the pictures, and other channels' pictures: those to learn from, and those kept for measuring.

    `learned` and `kept` are indices into `pictures`, `strange_learned` and `strange_kept` into `strange`.
    """

    number: int
    pictures: Dataset
    learned: NDArray[np.int64]
    kept: NDArray[np.int64]
    strange: Dataset
    strange_learned: NDArray[np.int64]
    strange_kept: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What a training on a fold gave, in so many seconds."""

    fold: Fold
    config: TrainingConfig
    artifact: Artifact
    seconds: float


def deal(thumbnails: Path, other_channels: Path, count: int) -> list[Fold]:
    """The first `count` of the five folds: stratified by channel, near-duplicates on one side.

    Other channels' pictures are dealt to the same five.
    """
    strange = unlabelled(other_channels)
    with progress_bars(Console(stderr=True)) as on_progress:
        features = read_examples(Dataset.open(thumbnails), Thumbnail.histograms, on_progress)
    pictures = features.dataset(np.arange(len(features.files)))
    alike = near_duplicate_leaders(features, np.ones(len(features.files), dtype=np.bool_))
    known = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(alike, pictures.targets, groups=alike)
    unknown = KFold(FOLDS, shuffle=True, random_state=0).split(np.zeros(len(strange.files)))
    dealt = zip(known, unknown, strict=True)
    folds = [Fold(number, pictures, *sides, strange, *others) for number, (sides, others) in enumerate(dealt)]
    return folds[:count]


def learn(folds: Sequence[Fold], config: TrainingConfig) -> Iterator[Model]:
    """Train one model a fold, with a progress bar on standard error."""
    for fold in folds:
        with progress_bars(Console(stderr=True)) as on_progress:
            start = time.perf_counter()
            trained = train(part(fold.pictures, fold.learned), config, on_progress=on_progress)
            seconds = time.perf_counter() - start
        yield Model(fold, config, trained.artifact, seconds)


def part(dataset: Dataset, indices: NDArray[np.int64]) -> Dataset:
    """Some pictures of a dataset."""
    return Dataset(
        dataset.channels,
        files=tuple(dataset.files[index] for index in indices),
        targets=tuple(dataset.targets[index] for index in indices),
    )


def method(model: Model) -> str:
    """What to call a model in a report."""
    return f"this project: {model.config.network}"


def spread(indices: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """At most `count` of the indices, evenly from all of them: folders lie one after the other."""
    return indices[np.linspace(0, len(indices) - 1, min(count, len(indices))).astype(np.int64)]
