"""Thumbnails of unknown channels: does a model reject them as unknown?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from scipy.special import logsumexp, softmax
from sklearn.cluster import KMeans
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from classifier.models.calibration import Calibration
from classifier.networks.outputs import Outputs, run
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import read_examples
from classifier.pictures.splits import split
from scripts.benchmarks.folds import FOLDS, Model, method, part
from scripts.benchmarks.report import Measure, Report, Row

REJECTED: Final = 0.05
NEIGHBOURS: Final = 5
KINDS: Final = 5
KIND_COMPONENTS: Final = 20

MEASURES: Final = (
    Measure("AUROC", "", goal=0.9),
    Measure("unknown rejected", goal=0.6),
    Measure("known rejected", more_is_better=False, goal=REJECTED),
)


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A network's outputs on the training split, and the channels of its thumbnails."""

    outputs: Outputs
    targets: NDArray[np.int64]


Score = Callable[[Outputs], NDArray[np.float64]]
"""Unknown scores [n]."""

Peer = Callable[[Trained], Score]
"""Fits an unknown score to the training split."""


def measure(models: Sequence[Model]) -> Report:
    """Measure this project's unknown score, without and with examples of unknown channels, and its peers'.

    All use the same networks. With examples, it is measured on the unknown channels of the fold's test set, and on
    kinds of unknown channels that were not among the examples: they are clustered into KINDS by their features. Every
    threshold is fitted on the calibration split, of which it rejects 5 %, or 3 % with examples, as in the product.
    """
    figures: dict[str, list[Mapping[str, float]]] = {}
    for model in track(models, "Unknown", console=Console(stderr=True)):
        for name, values in _measured(model).items():
            figures.setdefault(name, []).append(values)
    known = sum(len(model.fold.test) for model in models)
    unknown = len(models[0].fold.unknown.files)
    return Report(
        name="unknown",
        title="Thumbnails of unknown channels",
        note=(
            f"{len(models)} of {FOLDS} folds: {known:,} test thumbnails of known channels; all {unknown} of unknown "
            f"ones in each fold, or a fifth of them if the rest were examples, or each of {KINDS} kinds if the rest of "
            "the kinds were examples."
        ),
        measures=MEASURES,
        rows=tuple(Row.of(name, known, values, ours=name not in PEERS) for name, values in figures.items()),
    )


def _measured(model: Model) -> Mapping[str, Mapping[str, float]]:
    """This project's and every peer's figures on one fold."""
    fold, network, calibration = model.fold, model.artifact.network, model.artifact.calibration

    def outputs_of(dataset: Dataset) -> Outputs:
        return run(network, read_examples(dataset, network.prepare, lambda _: None).inputs)

    known, unknown = outputs_of(part(fold.known, fold.test)), outputs_of(fold.unknown)
    examples = read_examples(part(fold.known, fold.training), network.prepare, lambda _: None)
    splits = split(examples, seed=model.artifact.seed)  # the same as in the training
    trained = Trained(run(network, examples.inputs[splits.training]), examples.targets[splits.training])
    held_out, targets = run(network, examples.inputs[splits.calibration]), examples.targets[splits.calibration]

    def with_examples(training: NDArray[np.int64], test: NDArray[np.int64]) -> Mapping[str, float]:
        """Figures of the same training with examples of unknown channels: only its calibration differs."""
        fitted = Calibration.fit(
            trained.outputs,
            trained.targets,
            calibration=held_out,
            calibration_targets=targets,
            unknown=_rows(unknown, training),
        )
        return _figures(fitted.unknown_scores(known), fitted.unknown_scores(_rows(unknown, test)), fitted.threshold)

    kinds = _kinds(unknown.features)
    by_kind = [with_examples(np.flatnonzero(kinds != kind), np.flatnonzero(kinds == kind)) for kind in range(KINDS)]
    figures = {
        method(model): _figures(
            calibration.unknown_scores(known), calibration.unknown_scores(unknown), calibration.threshold
        ),
        f"{method(model)}, with examples of unknown channels": with_examples(fold.unknown_training, fold.unknown_test),
        f"{method(model)}, with examples of other kinds": {
            name: float(np.average([each[name] for each in by_kind], weights=np.bincount(kinds))) for name in by_kind[0]
        },
    }
    for name, fit in PEERS.items():
        score = fit(trained)
        threshold = float(np.quantile(score(held_out), 1 - REJECTED))
        figures[name] = _figures(score(known), score(unknown), threshold)
    return figures


def _kinds(features: NDArray[np.float64]) -> NDArray[np.int64]:
    """Cluster features [n, d] into KINDS, so that a test on one kind is unlike the examples, of all other kinds."""
    standard = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-6)
    components = PCA(min(KIND_COMPONENTS, *features.shape), random_state=0).fit_transform(standard)
    kinds: NDArray[np.int64] = KMeans(KINDS, n_init=10, random_state=0).fit_predict(components)
    return kinds


def _rows(outputs: Outputs, indices: NDArray[np.int64]) -> Outputs:
    return Outputs(outputs.features[indices], outputs.style[indices], outputs.logits[indices])


def _figures(known: NDArray[np.float64], unknown: NDArray[np.float64], threshold: float) -> Mapping[str, float]:
    truth = np.concatenate([np.zeros(len(known)), np.ones(len(unknown))])
    return {
        "AUROC": float(roc_auc_score(truth, np.concatenate([known, unknown]))),
        "unknown rejected": float((unknown > threshold).mean()),
        "known rejected": float((known > threshold).mean()),
    }


def _least_confidence(_: Trained) -> Score:
    """Hendrycks and Gimpel, "A Baseline for Detecting Misclassified and Out-of-Distribution Examples" (2017)."""
    return lambda outputs: 1 - softmax(outputs.logits, axis=1).max(axis=1)


def _energy(_: Trained) -> Score:
    """Liu et al., "Energy-based Out-of-distribution Detection" (2020)."""
    return lambda outputs: -logsumexp(outputs.logits, axis=1)


def _class_means(trained: Trained) -> NDArray[np.float64]:
    return np.stack(
        [trained.outputs.features[trained.targets == target].mean(axis=0) for target in np.unique(trained.targets)]
    )


def _nearest_mean(trained: Trained) -> Score:
    """Cosine distance to the nearest class mean."""
    means = _directions(_class_means(trained))
    return lambda outputs: 1 - (_directions(outputs.features) @ means.T).max(axis=1)


def _mahalanobis(trained: Trained) -> Score:
    """Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution Samples" (2018).

    With the shrunk covariance of Ledoit and Wolf (2004), because there may be more features than thumbnails.
    """
    means = _class_means(trained)
    _, places = np.unique(trained.targets, return_inverse=True)
    covariance = LedoitWolf(assume_centered=True).fit(trained.outputs.features - means[places])
    return lambda outputs: np.stack([covariance.mahalanobis(outputs.features - mean) for mean in means]).min(axis=0)


def _neighbours(trained: Trained) -> Score:
    """Sun et al., "Out-of-Distribution Detection with Deep Nearest Neighbors" (2022): distance to the fifth."""
    examples = _directions(trained.outputs.features)
    count = min(NEIGHBOURS, len(examples))
    return lambda outputs: 1 - np.partition(_directions(outputs.features) @ examples.T, -count, axis=1)[:, -count]


def _directions(features: NDArray[np.float64]) -> NDArray[np.float64]:
    directions: NDArray[np.float64] = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    return directions


PEERS: Final[Mapping[str, Peer]] = {
    "softmax threshold": _least_confidence,
    "energy": _energy,
    "nearest class mean": _nearest_mean,
    "Mahalanobis distance": _mahalanobis,
    "k nearest neighbours": _neighbours,
}
