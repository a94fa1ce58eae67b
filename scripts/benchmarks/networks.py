"""All networks on the same folds: how accurate they are, and what they cost."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from classifier.models.predictor import Predictor
from classifier.pictures.examples import read_thumbnail
from classifier.training.config import TrainingConfig
from scripts.benchmarks.cores import one_core
from scripts.benchmarks.folds import FOLDS, Fold, evenly, part, train_model
from scripts.benchmarks.report import Measure, Report, Row

THUMBNAILS: Final = 50

MEASURES: Final = (
    Measure("accuracy"),
    Measure("training", "s", more_is_better=False),
    Measure("answer", "ms", more_is_better=False),
    Measure("resident", "MiB", more_is_better=False),
    Measure("model", "MiB", more_is_better=False),
)

_RESIDENT: Final = """
import sys
from pathlib import Path
import psutil
from classifier.models.predictor import Predictor
from classifier.pictures.examples import read_thumbnail
predictor, thumbnail = Predictor.load(Path(sys.argv[1])), read_thumbnail(Path(sys.argv[2]))
for _ in range(20):
    predictor.predict([thumbnail])
print(psutil.Process().memory_info().rss / 2**20)
"""


def measure(folds: Sequence[Fold], networks: Sequence[str]) -> Report:
    """Train every network on each fold; measure accuracy, processor time of training, answers and memory."""
    figures: dict[str, list[Mapping[str, float]]] = {name: [] for name in networks}
    for fold in folds:
        for name in networks:
            figures[name].append(_measured(fold, name))
    n = sum(len(fold.test) for fold in folds)
    return Report(
        name="networks",
        title="Networks on the same folds",
        note=(
            f"{len(folds)} of {FOLDS} folds. Training: processor time, with all cores. Answer: the network and its "
            f"calibration on one core, median over {THUMBNAILS} thumbnails. Resident: a process that has answered. "
            "Model: its files without plots."
        ),
        measures=MEASURES,
        rows=tuple(Row.of(name, n, values, ours=True) for name, values in figures.items()),
    )


def _measured(fold: Fold, network: str) -> Mapping[str, float]:
    with TemporaryDirectory() as temporary:
        model = train_model(fold, TrainingConfig(network=network), Path(temporary) / "model")
        files = [fold.known.files[index] for index in evenly(fold.test, THUMBNAILS)]
        return {
            "accuracy": model.predictor.evaluate(part(fold.known, fold.test), None).accuracy,
            "training": model.processor,
            "answer": _milliseconds(model.predictor, files),
            "resident": _resident(model.folder, files[0]),
            "model": sum(file.stat().st_size for file in model.folder.glob("model.*")) / 2**20,
        }


def _milliseconds(predictor: Predictor, files: Sequence[Path]) -> float:
    """Median time of one answer on one core, without decoding and plot."""
    thumbnails = [read_thumbnail(file) for file in files]
    times = []
    with one_core():
        predictor.predict(thumbnails[:1])
        for thumbnail in thumbnails:
            start = time.perf_counter()
            predictor.predict([thumbnail])
            times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1000


def _resident(model: Path, file: Path) -> float:
    """MiB of a process that has answered with the model."""
    command = (sys.executable, "-c", _RESIDENT, str(model), str(file))
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603
