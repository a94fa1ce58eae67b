"""Pictures of channels that a model never saw: does it know that it does not know them?"""

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

REFUSED: Final = 0.05
NEIGHBOURS: Final = 5
KINDS: Final = 5
KIND_COMPONENTS: Final = 20

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


Score = Callable[[Outputs], NDArray[np.float64]]
"""How strange pictures look [n]; more is stranger."""

Peer = Callable[[Seen], Score]
"""What a score learns from the training side."""


def measure(models: Sequence[Model]) -> Report:
    """Measure the product's score, alone and taught by other channels' pictures, and its peers' on the same networks.

    Who is taught is measured on the other channels that the fold kept, and on other channels of a kind that was kept
    from it: they fall into KINDS kinds by their features. Every threshold is fitted on the calibration side, to refuse
    5 % of it, or 3 % where strangers were shown, as the product does.
    """
    figures: dict[str, list[Mapping[str, float]]] = {}
    for model in track(models, "Unknown", console=Console(stderr=True)):
        for name, values in _measured(model).items():
            figures.setdefault(name, []).append(values)
    kept = sum(len(model.fold.kept) for model in models)
    everyone = len(models[0].fold.strange.files)
    return Report(
        name="unknown",
        title="Thumbnails of channels it never saw",
        note=(
            f"{len(models)} of {FOLDS} folds: {kept:,} kept pictures of known channels; all {everyone} of other ones "
            f"in each fold, or a fifth where it was shown the rest, or each of {KINDS} kinds where it was shown the "
            "other kinds."
        ),
        measures=MEASURES,
        rows=tuple(Row.of(name, kept, values, ours=name not in PEERS) for name, values in figures.items()),
    )


def _measured(model: Model) -> Mapping[str, Mapping[str, float]]:
    """The product's and every peer's figures on one fold."""
    fold, network, calibration = model.fold, model.artifact.network, model.artifact.calibration

    def outputs_of(dataset: Dataset) -> Outputs:
        return run(network, read_examples(dataset, network.prepare, lambda _: None).inputs)

    known, strange = outputs_of(part(fold.pictures, fold.kept)), outputs_of(fold.strange)
    learned = read_examples(part(fold.pictures, fold.learned), network.prepare, lambda _: None)
    sides = split(learned, seed=model.artifact.seed)  # as the training dealt them
    seen = Seen(run(network, learned.inputs[sides.train]), learned.targets[sides.train])
    held, held_targets = run(network, learned.inputs[sides.calibration]), learned.targets[sides.calibration]

    def taught(shown: NDArray[np.int64], kept: NDArray[np.int64]) -> Mapping[str, float]:
        """Figures of what the same training gives when it is shown some strangers: only its calibration differs."""
        others = Calibration.fit(
            seen.outputs, seen.targets, held=held, targets=held_targets, others=_rows(strange, shown)
        )
        return _judged(others.unknown_scores(known), others.unknown_scores(_rows(strange, kept)), others.threshold)

    kinds = _kinds(strange.features)
    by_kind = [taught(np.flatnonzero(kinds != kind), np.flatnonzero(kinds == kind)) for kind in range(KINDS)]
    figures = {
        method(model): _judged(
            calibration.unknown_scores(known), calibration.unknown_scores(strange), calibration.threshold
        ),
        f"{method(model)}, shown other channels": taught(fold.strange_learned, fold.strange_kept),
        f"{method(model)}, shown channels of other kinds": {
            name: float(np.average([each[name] for each in by_kind], weights=np.bincount(kinds))) for name in by_kind[0]
        },
    }
    for name, learn in PEERS.items():
        score = learn(seen)
        threshold = float(np.quantile(score(held), 1 - REFUSED))
        figures[name] = _judged(score(known), score(strange), threshold)
    return figures


def _kinds(features: NDArray[np.float64]) -> NDArray[np.int64]:
    """Part features [n, d] into KINDS groups of likes: whoever learns from four is asked about a fifth unlike them."""
    standard = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-6)
    main = PCA(min(KIND_COMPONENTS, *features.shape), random_state=0).fit_transform(standard)
    kinds: NDArray[np.int64] = KMeans(KINDS, n_init=10, random_state=0).fit_predict(main)
    return kinds


def _rows(outputs: Outputs, indices: NDArray[np.int64]) -> Outputs:
    return Outputs(outputs.features[indices], outputs.style[indices], outputs.logits[indices])


def _judged(known: NDArray[np.float64], strange: NDArray[np.float64], threshold: float) -> Mapping[str, float]:
    truth = np.concatenate([np.zeros(len(known)), np.ones(len(strange))])
    return {
        "AUROC": float(roc_auc_score(truth, np.concatenate([known, strange]))),
        "others called unknown": float((strange > threshold).mean()),
        "known called unknown": float((known > threshold).mean()),
    }


def _least_confidence(_: Seen) -> Score:
    """Hendrycks and Gimpel, "A Baseline for Detecting Misclassified and Out-of-Distribution Examples" (2017)."""
    return lambda outputs: 1 - softmax(outputs.logits, axis=1).max(axis=1)


def _energy(_: Seen) -> Score:
    """Liu et al., "Energy-based Out-of-distribution Detection" (2020)."""
    return lambda outputs: -logsumexp(outputs.logits, axis=1)


def _class_means(seen: Seen) -> NDArray[np.float64]:
    return np.stack([seen.outputs.features[seen.targets == target].mean(axis=0) for target in np.unique(seen.targets)])


def _nearest_mean(seen: Seen) -> Score:
    """Cosine distance to the nearest class mean."""
    means = _directions(_class_means(seen))
    return lambda outputs: 1 - (_directions(outputs.features) @ means.T).max(axis=1)


def _mahalanobis(seen: Seen) -> Score:
    """Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution Samples" (2018).

    With the shrunk covariance of Ledoit and Wolf (2004), since features may outnumber pictures.
    """
    means = _class_means(seen)
    _, places = np.unique(seen.targets, return_inverse=True)
    covariance = LedoitWolf(assume_centered=True).fit(seen.outputs.features - means[places])
    return lambda outputs: np.stack([covariance.mahalanobis(outputs.features - mean) for mean in means]).min(axis=0)


def _neighbours(seen: Seen) -> Score:
    """Sun et al., "Out-of-Distribution Detection with Deep Nearest Neighbors" (2022): distance to the fifth."""
    examples = _directions(seen.outputs.features)
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
