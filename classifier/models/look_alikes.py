"""Look-alikes: pairs of channels that a model often mixes up, by a test on thumbnails that it never saw."""

from itertools import combinations
from typing import Final

from scipy.stats import binomtest

from classifier.values import LookAlikes, Metrics

OFTEN: Final = 0.05
"""Share of the two channels' thumbnails above which mixing them up is often."""
SIGNIFICANCE: Final = 0.05
"""How likely it may be that any pair is named although its share is not above that."""


def find_look_alikes(metrics: Metrics) -> tuple[LookAlikes, ...]:
    """The pairs of which significantly more than 5 % of the test thumbnails are mistaken for the other channel's.

    Those mixed up most often come first. The test is exact, binomial and one-sided, with Bonferroni's correction for
    the number of pairs: a few mistakes in a small test set, or the worst of very many pairs, prove nothing.
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
    found = [pair for pair in counted if pair.count and _p_value(pair) < SIGNIFICANCE / len(counted)]
    return tuple(sorted(found, key=lambda pair: pair.count / pair.n, reverse=True))


def _p_value(pair: LookAlikes) -> float:
    return float(binomtest(pair.count, pair.n, OFTEN, alternative="greater").pvalue)
