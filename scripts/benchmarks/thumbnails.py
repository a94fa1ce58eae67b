"""Real thumbnails: how well a model recognises unseen ones, compared with other methods on the same folds."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.progress import track
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from classifier.models.metrics import measure as metrics_of
from classifier.pictures.thumbnail import Thumbnail
from classifier.values import Metrics
from scripts.benchmarks import tutorial_net
from scripts.benchmarks.descriptors import colour_and_hog, rgb_histograms
from scripts.benchmarks.folds import FOLDS, Fold, Model, method, part
from scripts.benchmarks.report import Measure, Report, Row

MEASURES: Final = (
    Measure("accuracy", goal=0.975),
    Measure("precision", drawn=False),
    Measure("recall", drawn=False),
    Measure("F1", "", drawn=False),
    Measure("log loss", "", more_is_better=False),
    Measure("calibration error", "", more_is_better=False, goal=0.03),
    Measure("training", "s", more_is_better=False, goal=60),
)

Peer = Callable[[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], int], NDArray[np.float64]]
"""Training descriptors [n, ...] and targets, test descriptors [m, ...], and a seed: answers or probabilities."""


def measure(models: Sequence[Model]) -> Report:
    """Measure models and their peers on each fold's test thumbnails; `models` has one per fold."""
    ours: dict[str, list[Mapping[str, float]]] = {}
    for model in models:
        metrics = model.predictor.evaluate(part(model.fold.known, model.fold.test), model.fold.unknown)
        ours.setdefault(method(model), []).append({**_named(metrics), "training": model.seconds})
    folds = [model.fold for model in models]
    total = sum(len(fold.test) for fold in folds)
    training = sum(len(fold.training) for fold in folds) / len(folds)
    rows = [
        *(Row.of(name, total, values, ours=True) for name, values in ours.items()),
        *(Row.of(name, total, values) for name, values in _peers(folds).items()),
    ]
    return Report(
        name="thumbnails",
        title=f"Real thumbnails, {len(folds[0].known.channels)} channels",
        note=(
            f"{len(folds)} of {FOLDS} stratified folds; {training:,.0f} training thumbnails in each. This project's "
            "calibration error is also that of thumbnails from unknown channels, if there are any: they count as much "
            "as the known ones, and those that are rejected are left out."
        ),
        measures=MEASURES,
        rows=tuple(rows),
    )


def _named(metrics: Metrics) -> Mapping[str, float]:
    return {
        "accuracy": metrics.accuracy,
        "precision": metrics.precision,
        "recall": metrics.recall,
        "F1": metrics.f1,
        "log loss": metrics.log_loss,
        "calibration error": metrics.ece,
    }


def _peers(folds: Sequence[Fold]) -> Mapping[str, list[Mapping[str, float]]]:
    """Every peer's figures on every fold."""
    console = Console(stderr=True)
    known = folds[0].known
    labels = tuple(channel.label for channel in known.channels)
    targets = np.array(known.targets)
    figures: dict[str, list[Mapping[str, float]]] = {name: [] for name in PEERS}
    for name, (describe, answer) in PEERS.items():
        # A descriptor depends on no other thumbnail, so all folds can share it.
        described = np.stack(
            [describe(Thumbnail.decode(file.read_bytes())) for file in track(known.files, name, console=console)]
        )
        for fold in folds:
            start = time.perf_counter()  # the descriptors take time too, which is ignored in the peer's favour
            answers = answer(described[fold.training], targets[fold.training], described[fold.test], fold.number)
            seconds = time.perf_counter() - start
            probabilistic = answers.ndim == 2
            metrics = metrics_of(answers if probabilistic else np.eye(len(labels))[answers], targets[fold.test], labels)
            named = [*_named(metrics).items()][: None if probabilistic else 4]  # the first 4 need no probabilities
            figures[name].append({**dict(named), "training": seconds})
    return figures


def _svm(
    inputs: NDArray[np.float64], targets: NDArray[np.int64], unseen: NDArray[np.float64], seed: int
) -> NDArray[np.float64]:
    del seed  # nothing is drawn
    answers: NDArray[np.float64] = make_pipeline(StandardScaler(), SVC(C=10)).fit(inputs, targets).predict(unseen)
    return answers


def _tutorial(
    inputs: NDArray[np.float64], targets: NDArray[np.int64], unseen: NDArray[np.float64], seed: int
) -> NDArray[np.float64]:
    network = tutorial_net.fit(inputs, targets, int(targets.max()) + 1, seed)
    return tutorial_net.probabilities(network, unseen)


def _histograms(thumbnail: Thumbnail) -> NDArray[np.float64]:
    return tutorial_net.histograms(Image.fromarray(thumbnail.pixels))


PEERS: Final[Mapping[str, tuple[Callable[[Thumbnail], NDArray[np.float64]], Peer]]] = {
    "SVM on spatial colour + HOG": (colour_and_hog, _svm),
    "SVM on RGB histograms": (rgb_histograms, _svm),
    "the tutorial's network and training": (_histograms, _tutorial),
}
