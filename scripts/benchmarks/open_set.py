"""Some channels known, all others unknown: is the right channel named, and are unknown ones rejected?"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from scipy.special import logsumexp, softmax
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.svm import OneClassSVM

from classifier.models.head import Groups, Head
from classifier.models.judges import Judgement
from classifier.models.metrics import ECE_BINS, calibration_error
from classifier.networks.eye import Eye
from classifier.networks.features import FeatureStore, read_features
from classifier.networks.whitening import Whitening
from classifier.pictures.dataset import Dataset, unlabelled
from classifier.pictures.examples import Examples
from classifier.pictures.splits import near_duplicate_leaders
from classifier.pictures.unknown import unknown_channel
from classifier.terminal import progress_bars
from classifier.training.fit_whitening import fit_whitening
from scripts.benchmarks.report import Measure, Report, Row, Summary
from scripts.whitening import read_copies

KNOWN: Final = (2, 5, 10, 20)
DRAWS: Final = 10
PARTS: Final = 4
"""One part of a known channel's thumbnails is for testing."""
REJECTED: Final = 0.05
"""Share of known thumbnails that a peer's threshold rejects."""
SURE: Final = 0.9
BACKGROUND_EACH: Final = 100
"""Thumbnails per channel to fit the whitening to: more take minutes."""
NEIGHBOURS: Final = 5
OURS: Final = "this project: eye"

LOOKALIKES: Final = (
    frozenset({"fazeadapt", "fazeblaziken", "fazerain", "fazerug", "fazeteeqo"}),
    frozenset({"gawrgura", "moricalliope"}),
)
"""Channels that are hard to tell apart: all of a set are known, or none."""

_GOALS: Final[Mapping[int, tuple[float, float, float]]] = {
    5: (0.975, 0.97, 0.85),
    10: (0.97, 0.955, 0.7),
    20: (0.95, 0.91, 0.55),
}
"""By the number of known channels: accuracy, AUROC, and unknown thumbnails rejected with 5 % of known ones."""
_THREADS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Features [n, d] of all thumbnails: of the channels, and of further ones, the `teacher` of "unknown".

    `channels` [n] are indices into `labels`, -1 for the teacher's, and greater ones for channels that are never drawn,
    only whitened with. Thumbnails of the same number in `groups` [n] are near-duplicates or, among the teacher's, from
    one channel. `copies` [m, d] are features of degraded copies, also for the whitening; `originals` [m] are indices.
    """

    features: NDArray[np.float16]
    channels: NDArray[np.int64]
    labels: tuple[str, ...]
    groups: NDArray[np.int64]
    copies: NDArray[np.float16]
    originals: NDArray[np.int64]

    @property
    def teacher(self) -> NDArray[np.int64]:
        """Indices of the thumbnails that teach "unknown"."""
        return np.flatnonzero(self.channels < 0)


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """Which thumbnails train, which test, and which are of unknown channels; `targets` [n] are -1 unless known.

    Those of `background` are of other channels: the whitening is fitted to them.
    """

    training: NDArray[np.int64]
    test: NDArray[np.int64]
    unknown: NDArray[np.int64]
    background: NDArray[np.int64]
    targets: NDArray[np.int64]


def read_pictures(data: Path, build: Path) -> Pictures:
    """Read the thumbnails in `channels/`, `varied/` and `thumbnails/`; `build` is where features and copies are kept.

    The features are not whitened: the eye's own whitening was fitted to these channels.
    """
    eye = Eye(_THREADS, whitened=False)
    store = FeatureStore(build / "features", eye)
    with progress_bars(Console(stderr=True)) as on_progress:
        known = read_features(Dataset.open(data / "channels"), eye, store, on_progress)
        teacher = read_features(unlabelled(data / "varied"), eye, store, on_progress)
        further = read_features(Dataset.open(data / "thumbnails"), eye, store, on_progress)
        copies = [read_copies(examples, build / "copies", eye, store, on_progress) for examples in (known, further)]
    leaders = near_duplicate_leaders(known, np.ones(len(known.files), dtype=np.bool_))
    groups = np.concatenate([leaders, len(leaders) + _channels_of(teacher)])
    return Pictures(
        features=np.concatenate([known.inputs, teacher.inputs, further.inputs]).astype(np.float16, copy=False),
        channels=np.concatenate(
            [known.targets, np.full(len(teacher.files), -1), len(known.channels) + further.targets]
        ),
        labels=tuple(channel.label for channel in known.channels),
        groups=np.concatenate([groups, groups.max() + 1 + np.arange(len(further.files))]),
        copies=np.concatenate([features for features, _ in copies]),
        originals=np.concatenate([copies[0][1], len(groups) + copies[1][1]]),
    )


def measure(pictures: Pictures, known: int, draws: int) -> Report:
    """Draw `known` channels `draws` times; measure this project and its peers on the same features and thumbnails."""
    figures: dict[str, list[Mapping[str, float]]] = {}
    named: dict[str, list[_Named]] = {}
    count = 0
    numbers = track(range(draws), f"{known} channels known", console=Console(stderr=True))
    for number in numbers:
        halves = draw_channels(pictures, known, number)
        count += len(halves[0].test) + sum(len(draw.unknown) for draw in halves)
        measured = [list(_measured(pictures, draw)) for draw in halves]
        for methods in zip(*measured, strict=True):
            name = methods[0].method
            figures.setdefault(name, []).append(_means([each.figures for each in methods]))
            named.setdefault(name, []).extend(each.named for each in methods)
    return Report(
        name=f"open-set-{known}",
        title=f"Open set: {known} of {len(pictures.labels)} channels known",
        note=(
            "Folds are draws of channels. Of those not drawn, one half is unknown and the other half serves to fit the "
            "whitening, then the other way round; a draw's figures are the means of both. The whitening is also fitted "
            'to channels that are never drawn, and the class "unknown" is trained on '
            f"{len(pictures.teacher):,} thumbnails of further ones. A quarter of the known thumbnails is the test "
            f"set. Rejected: by the method's own threshold. Calibration error: over {ECE_BINS} equal bins of the named "
            "thumbnails of all draws together, known and unknown ones counting alike; naming an unknown one is wrong, "
            "and rejected ones are left out. All: the same, every thumbnail counting alike. "
            "Fit: without computing features. The fine-tuned network of version 0.1 no longer exists and is left out."
        ),
        measures=_measures(known),
        rows=tuple(
            Row(name, count, {**Row.of(name, count, values).figures, **_calibration(named[name])}, ours=name == OURS)
            for name, values in figures.items()
        ),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Named:
    """Probabilities [n, known] and targets [n], -1 if unknown, of the thumbnails that a method names.

    By the `weights` [n], as many known as unknown ones were tested.
    """

    probabilities: NDArray[np.float64]
    targets: NDArray[np.int64]
    weights: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """A method's figures in one half of a draw, and what it names there."""

    method: str
    figures: Mapping[str, float]
    named: _Named


def _calibration(named: Sequence[_Named]) -> Mapping[str, Summary]:
    """The calibration errors of all draws together: the bins of one are too small to tell an error from chance."""
    probabilities = np.concatenate([each.probabilities for each in named])
    targets = np.concatenate([each.targets for each in named])
    weights = np.concatenate([each.weights for each in named])
    return {
        "calibration error": Summary.of([calibration_error(probabilities, targets, weights)]),
        "calibration error, all": Summary.of([calibration_error(probabilities, targets)]),
    }


def _measured(pictures: Pictures, draw: Draw) -> Iterator[_Measured]:
    """This project and its peers."""
    whitening = _whitening(pictures, draw.background)
    whitened = replace(pictures, features=whitening.apply(pictures.features))
    start = time.perf_counter()
    head = _fit(whitened, draw.training, draw.targets, pictures.teacher)
    seconds = time.perf_counter() - start
    ours = Judgement.of(head, head.logits(whitened.features))
    yield _Measured(OURS, {**_figures(ours, draw), "fit": seconds}, _named(ours, draw))
    for name, judgement in _peers(whitened, draw):
        yield _Measured(name, _figures(judgement, draw), _named(judgement, draw))


def _whitening(pictures: Pictures, background: NDArray[np.int64]) -> Whitening:
    """Fitted to some thumbnails of each background channel, and to their degraded copies."""
    channels = pictures.channels[background]
    some = np.concatenate([background[channels == channel][:BACKGROUND_EACH] for channel in np.unique(channels)])
    copied = np.isin(pictures.originals, some)
    return fit_whitening(
        np.concatenate([pictures.features[some], pictures.copies[copied]]),
        pictures.channels[np.concatenate([some, pictures.originals[copied]])],
    )


def _means(figures: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    return {name: float(np.mean([each[name] for each in figures])) for name in figures[0]}


def draw_channels(pictures: Pictures, known: int, number: int) -> tuple[Draw, ...]:
    """Draw the known channels, split their thumbnails, and halve the other channels: each half is unknown once.

    Raises ValueError if that many can't be drawn.
    """
    random = np.random.default_rng([known, number])
    chosen: list[int] = []
    halves: tuple[list[int], list[int]] = ([], [])
    for group in random.permutation(np.array(_together(pictures.labels), dtype=object)):
        (chosen if len(chosen) + len(group) <= known else min(halves, key=len)).extend(group)
    if len(chosen) != known or known == len(pictures.labels):
        raise ValueError(f"{known} of {len(pictures.labels)} channels can't be drawn so that others stay unknown")
    targets = np.full(len(pictures.channels), -1)
    for target, channel in enumerate(sorted(chosen)):
        targets[pictures.channels == channel] = target
    training, test = _parts(np.flatnonzero(targets >= 0), targets, pictures.groups, PARTS, number)
    never = np.flatnonzero(pictures.channels >= len(pictures.labels))
    of = [np.flatnonzero(np.isin(pictures.channels, half)) for half in halves]
    return tuple(
        Draw(training, test, unknown, np.concatenate([background, never]), targets)
        for unknown, background in (of, of[::-1])
        if len(unknown)
    )


def _channels_of(teacher: Examples) -> NDArray[np.int64]:
    """The number of each thumbnail's channel."""
    return np.unique([unknown_channel(file) for file in teacher.files], return_inverse=True)[1]


def _together(labels: Sequence[str]) -> list[list[int]]:
    """The channels' indices, look-alikes together."""
    alike = {label: names for names in LOOKALIKES for label in names}
    groups: dict[object, list[int]] = {}
    for index, label in enumerate(labels):
        groups.setdefault(alike.get(label, label), []).append(index)
    return list(groups.values())


def _parts(
    indices: NDArray[np.int64], targets: NDArray[np.int64], groups: NDArray[np.int64], count: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All but one of `count` parts of some thumbnails, and that one: stratified, near-duplicates in the same part."""
    splits = StratifiedGroupKFold(count, shuffle=True, random_state=seed).split(
        indices, targets[indices], groups[indices]
    )
    most, rest = next(iter(splits))
    return indices[most], indices[rest]


def _fit(
    pictures: Pictures, training: NDArray[np.int64], targets: NDArray[np.int64], teacher: NDArray[np.int64]
) -> Head:
    groups = Groups(pictures.groups[np.concatenate([training, teacher])])
    return Head.fit(pictures.features[training], targets[training], pictures.features[teacher], groups)


def _figures(judged: Judgement, draw: Draw) -> Mapping[str, float]:
    """All figures of a judgement of all thumbnails but the time and the calibration error."""
    known, unknown = judged.unknown_scores[draw.test], judged.unknown_scores[draw.unknown]
    named = ~judged.unknown
    confidence = judged.probabilities.max(axis=1)
    right = judged.probabilities.argmax(axis=1) == draw.targets
    truth = np.repeat([0, 1], [len(known), len(unknown)])
    return {
        "accuracy": float(right[draw.test].mean()),
        "AUROC": float(roc_auc_score(truth, np.concatenate([known, unknown]))),
        "unknown rejected": float((unknown > judged.threshold).mean()),
        "known rejected": float((known > judged.threshold).mean()),
        "at 5 % of known": float((unknown > np.quantile(known, 1 - REJECTED)).mean()),
        "unknown, 90 % sure": float((named & (confidence > SURE))[draw.unknown].mean()),
    }


def _named(judged: Judgement, draw: Draw) -> _Named:
    counts = [len(draw.test), len(draw.unknown)]
    tested, weights = np.concatenate([draw.test, draw.unknown]), np.repeat(1 / np.array(counts), counts)
    named = ~judged.unknown[tested]
    return _Named(judged.probabilities[tested[named]], draw.targets[tested[named]], weights[named])


def _measures(known: int) -> tuple[Measure, ...]:
    accuracy, auroc, rejected = _GOALS.get(known, (None, None, None))
    return (
        Measure("accuracy", goal=accuracy),
        Measure("AUROC", "", goal=auroc),
        Measure("unknown rejected"),
        Measure("known rejected", more_is_better=False, goal=REJECTED),
        Measure("at 5 % of known", goal=rejected),
        Measure("unknown, 90 % sure", more_is_better=False, goal=0.05),
        Measure("calibration error", "", more_is_better=False, goal=0.03),
        Measure("calibration error, all", "", more_is_better=False),
        Measure("fit", "s", more_is_better=False, drawn=False),
    )


def _peers(pictures: Pictures, draw: Draw) -> Iterator[tuple[str, Judgement]]:
    """Every peer's judgement of all thumbnails.

    Its threshold rejects 5 % of a tenth of the training thumbnails, as judged by the same method fitted to the others.
    """
    most, held_out = _parts(draw.training, draw.targets, pictures.groups, 10, 0)
    scores = _scores(pictures, draw.training, draw.targets)
    without = _scores(pictures, most, draw.targets)
    for name, (probabilities, unknown) in scores.items():
        threshold = float(np.quantile(without[name][1][held_out], 1 - REJECTED))
        yield name, Judgement(probabilities, unknown, threshold)


def _scores(
    pictures: Pictures, training: NDArray[np.int64], targets: NDArray[np.int64]
) -> Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Every peer's probabilities [n, known] and unknown scores [n] of all thumbnails.

    They have the channels' probabilities from one head without "unknown", except for the neighbours, which vote.
    """
    head = _fit(pictures, training, targets, np.zeros(0, dtype=np.int64))
    logits = head.logits(pictures.features)[:, :-1] - head.bias[:-1].mean()  # a common bias changes only the energy
    probabilities = softmax(logits / head.temperature, axis=1)
    standard = (pictures.features.astype(np.float32) - head.mean) / head.spread
    standard /= np.linalg.norm(standard, axis=1, keepdims=True)
    cosines = standard @ standard[training].T
    return {
        "softmax threshold": (probabilities, 1 - probabilities.max(axis=1)),
        "energy threshold": (probabilities, -logsumexp(logits, axis=1)),
        f"{NEIGHBOURS} nearest neighbours": _neighbours(cosines, targets[training]),
        "one-class SVM": (probabilities, _one_class(cosines, training)),
    }


def _neighbours(
    cosines: NDArray[np.float32], targets: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares of the votes, and the distance to the last neighbour.

    Source of the latter: Sun et al., "Out-of-Distribution Detection with Deep Nearest Neighbors" (2022).
    """
    nearest = np.argpartition(cosines, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS:]
    votes = np.eye(int(targets.max()) + 1)[targets[nearest]].mean(axis=1)
    return votes, 1 - np.take_along_axis(cosines, nearest, axis=1).min(axis=1).astype(np.float64)


def _one_class(cosines: NDArray[np.float32], training: NDArray[np.int64]) -> NDArray[np.float64]:
    """Schölkopf et al., "Estimating the Support of a High-Dimensional Distribution" (2001); an RBF kernel, γ = 1."""
    kernel = np.exp(2 * (cosines.astype(np.float64) - 1))  # the squared distance of vectors of length 1 is 2 - 2 cos
    scores: NDArray[np.float64] = (
        -OneClassSVM(kernel="precomputed", nu=REJECTED).fit(kernel[training]).decision_function(kernel)
    )
    return scores
