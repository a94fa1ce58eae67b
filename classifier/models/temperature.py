"""The temperature by which logits are divided, so that confidence matches accuracy."""

import numpy as np
from numpy.typing import NDArray


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities [n, classes] of logits [n, classes]; without scipy, which the running bot does not load."""
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float64] = exponents / exponents.sum(axis=1, keepdims=True)
    return probabilities


def fit_temperature(logits: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    """The temperature in [0.05, 20] of least log loss, for logits [n, classes] and the right classes [n].

    Source: Guo et al., "On Calibration of Modern Neural Networks" (2017). The targets leave 1 in n + 2 to the other
    classes (Platt, 1999): n right answers in a row do not prove certainty.
    """
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - the running bot does without scipy

    count, classes = logits.shape
    doubt = 1 / (count + 2)
    smoothed = np.full((count, classes), doubt / (classes - 1))
    smoothed[np.arange(count), targets] = 1 - doubt

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        scaled -= scaled.max(axis=1, keepdims=True)
        return float(-(smoothed * (scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True)))).sum(axis=1).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded").x))
