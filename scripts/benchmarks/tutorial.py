"""The tutorial's data: colour histograms of two or three channels, cross-validated."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import torch
from joblib import Parallel, delayed
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics.pairwise import additive_chi2_kernel
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from classifier.networks.network import run
from classifier.networks.registry import build
from classifier.training.config import TrainingConfig
from classifier.training.fit import fit, fit_head
from scripts.benchmarks import tutorial_net
from scripts.benchmarks.cores import one_core
from scripts.benchmarks.report import Measure, Report, Row

FOLDS: Final = 7
NETWORK: Final = "kernel"
TUTORIALS: Final = "net"
"""The tutorial's network, which is always measured too."""
GOALS: Final = {2: 0.995, 3: 0.85}

Method = Callable[[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], int], NDArray[np.int64]]
"""Training histograms [n, 4, 25] and targets, test histograms [m, 4, 25], and a seed: the m answers."""


def measure(file: Path, channels: int, repeats: int, *, network: str = NETWORK, epochs: int | None = None) -> Report:
    """Cross-validate all methods on the same folds of the file's first `channels` channels, one fold per core."""
    with np.load(file, allow_pickle=False) as data:
        chosen = data["y"] < channels
        inputs, targets = data["X"][chosen].astype(np.float64), data["y"][chosen].astype(np.int64)
    folds = list(RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=repeats, random_state=0).split(inputs, targets))
    ours = {f"this project: {name}": partial(_ours, name, epochs) for name in (network, TUTORIALS)}
    methods: Mapping[str, Method] = {**ours, **PEERS}
    # With tensors this small, two folds in parallel are twice as fast as one after the other with two threads.
    results = Parallel(n_jobs=-1, return_as="generator")(
        delayed(_accuracies)(methods, inputs, targets, *sets, seed) for seed, sets in enumerate(folds)
    )
    console = Console(stderr=True)
    accuracies = list(track(results, f"{channels} channels", total=len(folds), transient=True, console=console))
    return Report(
        name=f"tutorial-{channels}",
        title=f"The tutorial's data, {channels} channels",
        note=f"{len(targets)} histograms; {FOLDS}-fold stratified cross-validation, repeated {repeats} times.",
        measures=(Measure("accuracy", goal=GOALS[channels]),),
        rows=tuple(
            Row.of(name, len(targets), [fold[name] for fold in accuracies], ours=name in ours) for name in methods
        ),
    )


def _accuracies(
    methods: Mapping[str, Method],
    inputs: NDArray[np.float64],
    targets: NDArray[np.int64],
    training: NDArray[np.int64],
    test: NDArray[np.int64],
    seed: int,
) -> Mapping[str, Mapping[str, float]]:
    """The accuracy of every method on one fold."""
    with one_core():
        answers = {
            name: method(inputs[training], targets[training], inputs[test], seed) for name, method in methods.items()
        }
    return {name: {"accuracy": float((given == targets[test]).mean())} for name, given in answers.items()}


def _ours(
    name: str,
    epochs: int | None,
    inputs: NDArray[np.float64],
    targets: NDArray[np.int64],
    unseen: NDArray[np.float64],
    seed: int,
) -> NDArray[np.int64]:
    torch.manual_seed(seed)
    network = build(name, int(targets.max()) + 1)
    config = TrainingConfig(network=name, seed=seed, epochs=epochs)
    scores = dict.fromkeys(("accuracy", "precision", "recall", "f1"), 0.0)
    if network.frozen:
        fit_head(network, inputs.astype(np.float32), targets, seed=seed, validate=lambda _: scores)
    else:
        network, _ = fit(network, inputs.astype(np.float32), targets, config, validate=lambda _: scores)
    answers: NDArray[np.int64] = run(network, unseen.astype(np.float32)).logits.argmax(axis=1)
    return answers


def _theirs(
    inputs: NDArray[np.float64], targets: NDArray[np.int64], unseen: NDArray[np.float64], seed: int
) -> NDArray[np.int64]:
    network = tutorial_net.fit(inputs, targets, int(targets.max()) + 1, seed)
    answers: NDArray[np.int64] = tutorial_net.probabilities(network, unseen).argmax(axis=1)
    return answers


def _scikit(make: Callable[[int], Any]) -> Method:
    """A method of scikit-learn on flat histograms [n, 100]."""

    def answer(
        inputs: NDArray[np.float64], targets: NDArray[np.int64], unseen: NDArray[np.float64], seed: int
    ) -> NDArray[np.int64]:
        model = make(seed).fit(inputs.reshape(len(inputs), -1), targets)
        answers: NDArray[np.int64] = model.predict(unseen.reshape(len(unseen), -1))
        return answers

    return answer


class _Chi2Svm:
    """The kernel exp(-d/D) of the χ² distance d, D its mean in training, C = 10: Zhang et al. (2007)."""

    def fit(self, inputs: NDArray[np.float64], targets: NDArray[np.int64]) -> Self:
        """Train on histograms [n, d]."""
        self._inputs = inputs
        distances = -additive_chi2_kernel(inputs)
        self._mean = distances.mean()
        self._svm = SVC(C=10, kernel="precomputed").fit(np.exp(-distances / self._mean), targets)
        return self

    def predict(self, inputs: NDArray[np.float64]) -> NDArray[np.int64]:
        """Predict the classes of histograms [m, d]."""
        answers: NDArray[np.int64] = self._svm.predict(np.exp(additive_chi2_kernel(inputs, self._inputs) / self._mean))
        return answers


PEERS: Final[Mapping[str, Method]] = {
    "the tutorial's network and training": _theirs,
    "SVM-RBF on square-root histograms": _scikit(lambda _: make_pipeline(FunctionTransformer(np.sqrt), SVC(C=10))),
    "SVM with a χ² kernel": _scikit(lambda _: _Chi2Svm()),
    "gradient boosting": _scikit(lambda seed: HistGradientBoostingClassifier(random_state=seed)),
    "random forest": _scikit(lambda seed: RandomForestClassifier(500, random_state=seed)),
}
