"""Drawn features to whiten."""

import numpy as np
from numpy.typing import NDArray

CHANNELS, EACH, WIDTH = 6, 40, 50


def drawn() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Features [240, 50] of six channels, which differ in the first ten features and vary most along two axes."""
    random = np.random.default_rng(0)
    channels = np.repeat(np.arange(CHANNELS), EACH)
    middles = np.zeros((CHANNELS, WIDTH))
    middles[:, :10] = random.normal(0, 2, (CHANNELS, 10))
    nuisance = random.normal(0, 5, (len(channels), 2)) @ random.normal(0, 1, (2, WIDTH))
    return (middles[channels] + nuisance + random.normal(0, 1, nuisance.shape) + 7).astype(np.float32), channels
