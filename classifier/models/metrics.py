"""How good a model is: accuracy, precision, recall, F1, log loss, calibration error, unknown-channel AUROC."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn import metrics as sk

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


def calibration_error(probabilities: NDArray[np.float64], targets: NDArray[np.int64], bins: int = ECE_BINS) -> float:
    """Expected calibration error of the top guess, in [0, 1], over bins of equal count.

    Source: Nixon et al., "Measuring Calibration in Deep Learning" (2019), adaptive bins.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == targets
    order = confidence.argsort(kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return float(sum(len(part) * abs(confidence[part].mean() - right[part].mean()) for part in parts) / len(order))


def is_worse(*, lost: int, won: int) -> bool:
    """Whether a model is significantly worse than another (p < 0.05).

    On the same thumbnails it got `won` right that the other got wrong, and `lost` the other way round. Source:
    McNemar's test (1947) in its exact, one-sided form.
    """
    return lost > won and float(binomtest(lost, lost + won, alternative="greater").pvalue) < 0.05


def with_unknown(
    metrics: Metrics, known_scores: NDArray[np.float64], unknown_scores: NDArray[np.float64], threshold: float
) -> Metrics:
    """Add how well the unknown score works: anything that scores above `threshold` is rejected as unknown."""
    truth = np.concatenate([np.zeros(len(known_scores)), np.ones(len(unknown_scores))])
    return replace(
        metrics,
        auroc_unknown=float(sk.roc_auc_score(truth, np.concatenate([known_scores, unknown_scores]))),
        unknown_rejected=float((unknown_scores > threshold).mean()),
        known_rejected=float((known_scores > threshold).mean()),
    )
