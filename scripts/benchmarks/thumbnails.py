"""Real thumbnails: a model trained with the defaults, measured on a fifth of the pictures that it never saw."""

import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from rich.console import Console
from sklearn.model_selection import StratifiedKFold

from classifier.bars import progress_bars
from classifier.dataset import Dataset
from classifier.predictor import Predictor
from classifier.training import TrainingConfig, train

FOLDS = 5


def measure(data: Path, unknown: Path, network: str, fold: int) -> dict[str, object]:
    """Train on four fifths of `data`, measure on the rest and on other channels' pictures.

    Gives what `evaluate --json` gives, the network's name and fold, and the seconds that the training took.
    """
    dataset = Dataset.open(data)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(np.zeros(len(dataset.files)), dataset.targets)
    learned, kept = list(folds)[fold]
    with progress_bars(Console(stderr=True)) as on_progress:
        start = time.perf_counter()
        made = train(_part(dataset, learned), TrainingConfig(network=network), on_progress=on_progress).artifact
        seconds = time.perf_counter() - start
        predictor = Predictor(made.network, made.calibration, made.info.channels)
        metrics = predictor.evaluate(_part(dataset, kept), unknown, on_progress)
    return {"network": network, "fold": fold, "training_seconds": seconds, **asdict(metrics)}


def _part(dataset: Dataset, indices: np.ndarray) -> Dataset:
    return Dataset(
        dataset.channels,
        files=tuple(dataset.files[index] for index in indices),
        targets=tuple(dataset.targets[index] for index in indices),
    )
