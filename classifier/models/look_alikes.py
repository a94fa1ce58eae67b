"""Look-alikes: pairs of channels that a model often mixes up, by a test on thumbnails that it never saw."""

from itertools import combinations
from typing import Final

from scipy.stats import binomtest, false_discovery_control

from classifier.values import LookAlikes, Metrics

TOLERATED: Final = 0.02
"""Share of two channels' thumbnails that may be mixed up. In a test set, significantly more is some 9 % and above."""
FALSELY_NAMED: Final = 0.05
"""The false discovery rate: the mean share of the named pairs that are named by chance."""


def find_look_alikes(metrics: Metrics) -> tuple[LookAlikes, ...]:
    """The pairs of which significantly more than 2 % of the test thumbnails are mistaken for the other channel's.

    Those mixed up most often come first. The test is exact, binomial and one-sided, and controls the false discovery
    rate: a few mistakes in a small test set, or the worst of very many pairs, prove nothing. Source: Benjamini and
    Hochberg, "Controlling the False Discovery Rate" (1995).
    """
    counted = [
        LookAlikes(
            metrics.labels[one],
            metrics.labels[other],
            count=metrics.confusion[one][other] + metrics.confusion[other][one],
            n=sum(metrics.confusion[one]) + sum(metrics.confusion[other]),
        )
        for one, other in combinations(range(len(metrics.labels)), 2)
    ]
    tested = [pair for pair in counted if pair.n]
    p_values = [binomtest(pair.count, pair.n, TOLERATED, alternative="greater").pvalue for pair in tested]
    adjusted = false_discovery_control(p_values) if tested else ()
    found = [pair for pair, p_value in zip(tested, adjusted, strict=True) if p_value < FALSELY_NAMED]
    return tuple(sorted(found, key=lambda pair: pair.count / pair.n, reverse=True))
