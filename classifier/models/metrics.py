"""How good a model is: accuracy, precision, recall, F1, log loss, calibration error, unknown-channel AUROC."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn import metrics as sk

from classifier.models.judges import Judgement
from classifier.values import Metrics

ECE_BINS: Final = 15


def measure(probabilities: NDArray[np.float64], targets: NDArray[np.int64], labels: tuple[str, ...]) -> Metrics:
    """Measure predicted `probabilities` [n, classes] against the true `targets` [n], n ≥ 1.

    Precision, recall and F1 are macro averages over the classes that occur; one that is never predicted counts as 0.
    """
    predicted = probabilities.argmax(axis=1)
    present = np.unique(targets)
    precision, recall, f1, _ = sk.precision_recall_fscore_support(
        targets, predicted, labels=present, average="macro", zero_division=0
    )
    everything = np.arange(len(labels))
    return Metrics(
        n=len(targets),
        accuracy=float((predicted == targets).mean()),
        precision=float(precision),
        recall=float(recall),
        f1=float(f1),
        log_loss=float(-np.log(np.clip(probabilities[np.arange(len(targets)), targets], 1e-15, 1)).mean()),
        ece=calibration_error(probabilities, targets),
        confusion=tuple(
            tuple(int(count) for count in row) for row in sk.confusion_matrix(targets, predicted, labels=everything)
        ),
        labels=labels,
    )


def calibration_error(
    probabilities: NDArray[np.float64],
    targets: NDArray[np.int64],
    weights: NDArray[np.float64] | None = None,
    bins: int = ECE_BINS,
) -> float:
    """Expected calibration error of the top guess, in [0, 1], over bins of equal count, or equal weight by `weights`.

    Source: Nixon et al., "Measuring Calibration in Deep Learning" (2019), adaptive bins.
    """
    order = probabilities.max(axis=1).argsort(kind="stable")
    confidence = probabilities.max(axis=1)[order]
    right = (probabilities.argmax(axis=1) == targets)[order]
    shares = np.ones(len(order)) if weights is None else weights[order]
    shares = shares / shares.sum()
    middles = shares.cumsum() - shares / 2
    bin_of = np.minimum((middles * bins).astype(np.int64), bins - 1)
    return float(np.abs(np.bincount(bin_of, weights=shares * (confidence - right))).sum())


def is_worse(*, lost: int, won: int) -> bool:
    """Whether a model is significantly worse than another (p < 0.05).

    On the same thumbnails it got `won` right that the other got wrong, and `lost` the other way round. Source:
    McNemar's test (1947) in its exact, one-sided form.
    """
    return lost > won and float(binomtest(lost, lost + won, alternative="greater").pvalue) < 0.05


def with_unknown(metrics: Metrics, known: Judgement, targets: NDArray[np.int64], unknown: Judgement) -> Metrics:
    """Add how well unknown thumbnails are rejected, and count them in the calibration error.

    `targets` are those of the known thumbnails, which were measured before. The calibration error is then that of all
    that are named: known and unknown ones count alike, however many there are, and naming an unknown one is wrong.
    """
    truth = np.repeat([0, 1], [len(targets), len(unknown.unknown_scores)])
    scores = np.concatenate([known.unknown_scores, unknown.unknown_scores])
    named = ~np.concatenate([known.unknown, unknown.unknown])
    error = metrics.ece
    if named.any():
        error = calibration_error(
            np.concatenate([known.probabilities, unknown.probabilities])[named],
            np.concatenate([targets, np.full(len(unknown.unknown_scores), -1)])[named],
            (1 / np.bincount(truth))[truth][named],
        )
    return replace(
        metrics,
        ece=error,
        auroc_unknown=float(sk.roc_auc_score(truth, scores)),
        unknown_rejected=float(unknown.unknown.mean()),
        known_rejected=float(known.unknown.mean()),
    )
