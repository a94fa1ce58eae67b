"""Fitting a network: what the callbacks get, and what comes back."""

import numpy as np
import pytest

from classifier.networks.net import Net
from classifier.networks.network import Network
from classifier.networks.registry import build
from classifier.training.config import TrainingConfig
from classifier.training.fit import fit
from classifier.values import Progress

BRIEF = TrainingConfig(network="net", epochs=2, batch_size=8)
SCORES = {"accuracy": 0.5, "precision": 0.4, "recall": 0.3, "f1": 0.2}


def histograms() -> tuple[np.ndarray, np.ndarray]:
    """Random histograms [16, 4, 25], and the targets of two classes."""
    return np.random.default_rng(0).random((16, 4, 25), dtype=np.float32), np.arange(16) % 2


def test_fit_validates_the_network_that_it_returns() -> None:
    validated: list[Network] = []

    def validate(network: Network) -> dict[str, float]:
        validated.append(network)
        return SCORES

    fresh = build("net", 2)
    network, history = fit(fresh, *histograms(), BRIEF, validate=validate)
    assert isinstance(network, Net)
    assert validated == [network, network]
    assert network is not fresh
    assert (history[0].accuracy, history[0].precision, history[0].recall, history[0].f1) == (0.5, 0.4, 0.3, 0.2)


def test_an_error_in_a_callback_stops_the_training() -> None:
    steps: list[Progress] = []

    def interrupt(progress: Progress) -> None:
        steps.append(progress)
        if progress.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(build("net", 2), *histograms(), BRIEF, validate=lambda _: SCORES, on_progress=interrupt)
    assert [step.done for step in steps] == [0, 1, 2, 3]
    assert steps[0].total == 4
