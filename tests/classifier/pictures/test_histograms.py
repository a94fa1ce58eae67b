"""Histograms as plain arrays, and the tutorial's network trained on them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.models.metrics import measure
from classifier.networks.network import Network, run
from classifier.networks.registry import build
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import read_thumbnail
from classifier.pictures.histograms import histograms
from classifier.training.config import TrainingConfig
from classifier.training.fit import fit


def test_histograms_of_a_data_folder(drawn: Path, tmp_path: Path) -> None:
    dataset = Dataset.open(drawn, only=["cobalt", "fern"])
    result = histograms(dataset, lambda _: None)
    result.save(tmp_path / "thumbnails.npz")
    with np.load(tmp_path / "thumbnails.npz", allow_pickle=False) as saved:
        assert saved["X"].dtype == np.float32
        np.testing.assert_array_equal(saved["X"][40], read_thumbnail(dataset.files[40]).histograms())
        assert saved["y"].tolist() == list(dataset.targets)
        assert saved["video"].tolist() == [file.stem for file in dataset.files]
        assert set(saved["channel"].tolist()) == {"cobalt", "fern"}


def test_net_learns_the_tutorials_channels(shared_data: Path) -> None:
    """One fold of seven and fewer epochs; the benchmark measures all of them."""
    with np.load(shared_data / "seed" / "histograms.npz", allow_pickle=False) as arrays:
        two = arrays["y"] < 2
        inputs, targets = arrays["X"][two].astype(np.float32), arrays["y"][two].astype(np.int64)
    fold = np.random.default_rng(0).permutation(len(targets)) % 7
    test, training = fold == 0, fold != 0

    def validate(network: Network) -> dict[str, float]:
        accuracy = float((guesses(network, inputs[test]) == targets[test]).mean())
        return {"accuracy": accuracy, "precision": 0, "recall": 0, "f1": 0}

    config = TrainingConfig(network="net", epochs=30)
    net, history = fit(build("net", 2), inputs[training], targets[training], config, validate=validate)
    metrics = measure(np.eye(2)[guesses(net, inputs[test])], targets[test], ("CanalPeixeBabel", "nerdologia"))
    assert metrics.n == 97
    assert metrics.accuracy > 0.9
    assert history[-1].accuracy == metrics.accuracy


def guesses(network: Network, inputs: NDArray[np.float32]) -> NDArray[np.int64]:
    """The class that a network predicts for each of some histograms."""
    predicted: NDArray[np.int64] = run(network, inputs).logits.argmax(axis=1)
    return predicted
