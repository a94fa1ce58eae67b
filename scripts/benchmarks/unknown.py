"""Pictures of channels that a model never saw: does it know that it does not know them?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax
from sklearn.covariance import LedoitWolf
from sklearn.metrics import roc_auc_score

from classifier.dataset import Dataset, read_features, split
from classifier.outputs import Outputs, run
from scripts.benchmarks.folds import FOLDS, Model, method, part
from scripts.benchmarks.report import Measure, Report, Row

REFUSED: Final = 0.05
NEIGHBOURS: Final = 5

MEASURES: Final = (
    Measure("AUROC", "", goal=0.9),
    Measure("others called unknown", goal=0.6),
    Measure("known called unknown", more_is_better=False, goal=REFUSED),
)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a network says of the pictures that it learned from, and of which channel they are."""

    outputs: Outputs
    targets: NDArray[np.int64]


Score = Callable[[Seen, Outputs], NDArray[np.float64]]
"""How strange pictures look [n], to one who has seen the training side; more is stranger."""


def measure(models: Sequence[Model]) -> Report:
    """Measure the product's score, and its peers' on the same networks.

    Other channels' pictures are all that there are, or for a model that was shown some of them the fold's kept ones.
    Every peer's threshold is fitted on the calibration side, to refuse 5 % of it.
    """
    figures: dict[str, list[Mapping[str, float]]] = {}
    ours = {method(model) for model in models}
    for model in models:
        for name, values in _measured(model).items():
            figures.setdefault(name, []).append(values)
    folds = {model.fold.number: model.fold for model in models}
    kept = sum(len(fold.kept) for fold in folds.values())
    strange = sum(len(fold.strange_kept) for fold in folds.values())
    everyone = len(models[0].fold.strange.files)
    return Report(
        name="unknown",
        title="Thumbnails of channels it never saw",
        note=(
            f"{len(folds)} of {FOLDS} folds: {kept:,} kept pictures of known channels; all {everyone} of other "
            f"channels for each fold's model, or the {strange} that were kept from models which were shown the rest."
        ),
        measures=MEASURES,
        rows=tuple(Row.of(name, kept, values, ours=name in ours) for name, values in figures.items()),
    )


def _measured(model: Model) -> Mapping[str, Mapping[str, float]]:
    """The product's and every peer's figures on one fold."""
    fold, network, calibration = model.fold, model.artifact.network, model.artifact.calibration

    def outputs_of(dataset: Dataset) -> Outputs:
        return run(network, read_features(dataset, network.prepare, lambda _: None).inputs)

    known = outputs_of(part(fold.pictures, fold.kept))
    strange = outputs_of(part(fold.strange, fold.strange_kept) if model.with_others else fold.strange)
    learned = read_features(part(fold.pictures, fold.learned), network.prepare, lambda _: None)
    sides = split(learned, seed=model.artifact.seed)  # as the training dealt them
    seen = Seen(run(network, learned.inputs[sides.train]), learned.targets[sides.train])
    held = run(network, learned.inputs[sides.calibration])

    figures = {
        method(model): _judged(
            calibration.unknown_scores(known), calibration.unknown_scores(strange), calibration.threshold
        )
    }
    for name, score in PEERS.items():
        threshold = float(np.quantile(score(seen, held), 1 - REFUSED))
        peer = f"{name}, shown other channels" if model.with_others else name
        figures[peer] = _judged(score(seen, known), score(seen, strange), threshold)
    return figures


def _judged(known: NDArray[np.float64], strange: NDArray[np.float64], threshold: float) -> Mapping[str, float]:
    truth = np.concatenate([np.zeros(len(known)), np.ones(len(strange))])
    return {
        "AUROC": float(roc_auc_score(truth, np.concatenate([known, strange]))),
        "others called unknown": float((strange > threshold).mean()),
        "known called unknown": float((known > threshold).mean()),
    }


def _least_confidence(_: Seen, outputs: Outputs) -> NDArray[np.float64]:
    """Hendrycks and Gimpel, "A Baseline for Detecting Misclassified and Out-of-Distribution Examples" (2017)."""
    scores: NDArray[np.float64] = 1 - softmax(outputs.logits, axis=1).max(axis=1)
    return scores


def _energy(_: Seen, outputs: Outputs) -> NDArray[np.float64]:
    """Liu et al., "Energy-based Out-of-distribution Detection" (2020)."""
    scores: NDArray[np.float64] = -logsumexp(outputs.logits, axis=1)
    return scores


def _class_means(seen: Seen) -> NDArray[np.float64]:
    return np.stack([seen.outputs.features[seen.targets == target].mean(axis=0) for target in np.unique(seen.targets)])


def _nearest_mean(seen: Seen, outputs: Outputs) -> NDArray[np.float64]:
    """Cosine distance to the nearest class mean."""
    scores: NDArray[np.float64] = 1 - (_directions(outputs.features) @ _directions(_class_means(seen)).T).max(axis=1)
    return scores


def _mahalanobis(seen: Seen, outputs: Outputs) -> NDArray[np.float64]:
    """Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution Samples" (2018).

    With the shrunk covariance of Ledoit and Wolf (2004), since features may outnumber pictures.
    """
    means = _class_means(seen)
    _, places = np.unique(seen.targets, return_inverse=True)
    covariance = LedoitWolf(assume_centered=True).fit(seen.outputs.features - means[places])
    return np.stack([covariance.mahalanobis(outputs.features - mean) for mean in means]).min(axis=0)


def _neighbours(seen: Seen, outputs: Outputs) -> NDArray[np.float64]:
    """Sun et al., "Out-of-Distribution Detection with Deep Nearest Neighbors" (2022): distance to the fifth."""
    cosines = _directions(outputs.features) @ _directions(seen.outputs.features).T
    count = min(NEIGHBOURS, cosines.shape[1])
    scores: NDArray[np.float64] = 1 - np.partition(cosines, -count, axis=1)[:, -count]
    return scores


def _directions(features: NDArray[np.float64]) -> NDArray[np.float64]:
    directions: NDArray[np.float64] = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    return directions


PEERS: Final[Mapping[str, Score]] = {
    "softmax threshold": _least_confidence,
    "energy": _energy,
    "nearest class mean": _nearest_mean,
    "Mahalanobis distance": _mahalanobis,
    "k nearest neighbours": _neighbours,
}
