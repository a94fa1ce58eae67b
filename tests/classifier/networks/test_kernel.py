"""KernelNet: its kernel and regression compared with scikit-learn's, and a whole training with it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import laplacian_kernel
from torch import Tensor

from classifier.models import artifact
from classifier.models.predictor import Predictor
from classifier.networks import kernel
from classifier.networks.exported import ExportedNetwork
from classifier.networks.kernel import DECAY, KernelNet
from classifier.networks.network import run
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import read_examples, read_thumbnail
from classifier.training.config import TrainingConfig
from classifier.training.fit import fit_head
from classifier.training.train import train
from classifier.values import Channel

CONFIG = TrainingConfig(network="kernel")
SCORES = {"accuracy": 0.0, "precision": 0.0, "recall": 0.0, "f1": 0.0}


@pytest.fixture
def histograms() -> tuple[Tensor, Tensor]:
    """Histograms of 60 pictures, and their classes: 0 is smooth, 1 has peaks, 2 is red."""
    random = np.random.default_rng(0)
    targets = np.arange(60) % 3
    counts = random.gamma(3.0, size=(60, 3, 25))
    counts[targets == 1, :, ::2] += 6
    counts[targets == 2, 0, 12:] += 6
    planes = counts / counts.sum(axis=2, keepdims=True)
    rows = np.concatenate([planes, planes.sum(axis=1, keepdims=True)], axis=1)
    return torch.from_numpy(rows).float(), torch.from_numpy(targets)


def fitted(histograms: Tensor, targets: Tensor) -> KernelNet:
    network = KernelNet(3)
    fit_head(network, histograms.numpy(), targets.numpy(), validate=lambda _: SCORES)
    return network


def test_the_parts_of_the_distance_have_equal_weight(histograms: tuple[Tensor, Tensor]) -> None:
    network = fitted(*histograms)
    parts = network.examples[:60].split([100, 72, 75], dim=1)  # type: ignore[no-untyped-call]
    far = [float(torch.cdist(part, part, p=1).mean()) for part in parts]
    np.testing.assert_allclose(far, 1 / 3, rtol=0.01)


def test_the_head_is_kernel_logistic_regression(
    histograms: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As scikit-learn solves it, in the space of scikit-learn's Laplacian kernel."""
    monkeypatch.setattr(kernel, "EXAMPLES", 60)
    inputs, targets = histograms
    network = fitted(inputs, targets)
    near = laplacian_kernel(network.examples.double().numpy(), gamma=1)
    root = np.linalg.cholesky(near + 1e-9 * np.eye(60))
    space = np.linalg.solve(root, network.embed(inputs).double().numpy().T).T
    peer = LogisticRegression(C=1 / (DECAY * 60), tol=1e-8, max_iter=10_000).fit(space, targets)
    probabilities = torch.from_numpy(run(network, inputs.numpy()).logits).softmax(dim=1).numpy()
    np.testing.assert_allclose(probabilities, peer.predict_proba(space), atol=1e-4)
    assert (probabilities.argmax(axis=1) == targets.numpy()).all()


def test_repeated_examples_change_little(histograms: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch) -> None:
    repeated = run(fitted(*histograms), histograms[0].numpy()).logits
    monkeypatch.setattr(kernel, "EXAMPLES", 60)
    once = run(fitted(*histograms), histograms[0].numpy()).logits
    np.testing.assert_allclose(repeated, once, atol=0.15)


def test_training_takes_no_epochs_and_the_model_can_be_saved(drawn: Path, unseen: Path, tmp_path: Path) -> None:
    trained = train(Dataset.open(drawn), CONFIG)
    assert trained.artifact.info.metrics.accuracy > 0.9
    assert [(report.epoch, report.epochs) for report in trained.history] == [(1, 1)]
    artifact.save(trained.artifact, tmp_path / "model")
    before, after = (ExportedNetwork(it.network) for it in (trained.artifact, artifact.load(tmp_path / "model")))
    inputs = read_examples(Dataset.open(unseen), after.prepare, lambda _: None).inputs
    np.testing.assert_array_equal(before.run(inputs).logits, after.run(inputs).logits)


def test_there_is_nothing_to_fine_tune(drawn: Path) -> None:
    one, other = (train(Dataset.open(drawn), replace(CONFIG, fine_tune=tune)) for tune in (False, True))
    assert one.history == other.history
    assert one.artifact.network.onnx == other.artifact.network.onnx


def test_a_channel_of_few_real_thumbnails_is_named(shared_data: Path, tmp_path: Path) -> None:
    """300 thumbnails of one channel and 10 of another; without balance, the small one gets 10 of these 100."""
    big, small = sorted(path for path in (shared_data / "thumbnails").iterdir() if path.is_dir())[:2]
    files = (*sorted(big.glob("*.jpg"))[:300], *sorted(small.glob("*.jpg"))[:10])
    channels = tuple(Channel(folder.name, folder.name) for folder in (big, small))
    made = train(Dataset(channels, files, targets=(0,) * 300 + (1,) * 10), CONFIG).artifact
    artifact.save(made, tmp_path / "model")
    predictor = Predictor.load(tmp_path / "model")

    def named(folder: Path, part: slice) -> int:
        unseen = [read_thumbnail(file) for file in sorted(folder.glob("*.jpg"))[part]]
        return sum(it.channel.label == folder.name and not it.unknown for it in predictor.predict(unseen))

    assert named(small, slice(100, 200)) >= 50
    assert named(big, slice(300, 400)) >= 75


def test_classes_of_similar_size_are_not_balanced(
    histograms: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tutorial's channels, 275 and 400 of them: shifting their biases costs accuracy."""
    inputs, targets = histograms
    kept = torch.cat([torch.nonzero(targets == 0)[:14, 0], torch.nonzero(targets > 0)[:, 0]])
    expected = fitted(inputs[kept], targets[kept]).head.bias
    monkeypatch.setattr(kernel, "UNEVEN", 1.0)
    assert not torch.equal(fitted(inputs[kept], targets[kept]).head.bias, expected)
    monkeypatch.setattr(kernel, "UNEVEN", 1e9)
    assert torch.equal(fitted(inputs[kept], targets[kept]).head.bias, expected)
