"""Export: the exported network gives the trained one's answers, or is rejected."""

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from classifier.errors import TrainingError
from classifier.networks import export as module
from classifier.networks.export import export, same_features
from classifier.networks.exported import ExportedNetwork
from classifier.networks.kernel import KernelNet
from classifier.networks.net import Net
from classifier.networks.network import Network, run
from classifier.networks.registry import NETWORKS, build
from classifier.pictures.thumbnail import Thumbnail
from classifier.training.fit import fit_head
from tests.classifier.drawn import COLOURS, pixels

CLASSES = 3
SCORES = {"accuracy": 0.0, "precision": 0.0, "recall": 0.0, "f1": 0.0}


@pytest.fixture(scope="module")
def thumbnails() -> list[Thumbnail]:
    return [Thumbnail(pixels(colour, index)) for index in range(12) for colour in COLOURS.values()]


def fitted(name: str, thumbnails: list[Thumbnail]) -> tuple[Network, NDArray[np.float32]]:
    """A network whose head is fitted, and the thumbnails as its inputs."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build(name, CLASSES)
    inputs = np.stack([network.prepare(thumbnail) for thumbnail in thumbnails])
    if network.frozen:
        fit_head(network, inputs, np.arange(len(inputs)) % CLASSES, validate=lambda _: SCORES)
    else:
        network.adapt(torch.from_numpy(inputs), torch.zeros(len(inputs)), torch.Generator())
    return network.eval(), inputs


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_an_exported_network_gives_the_same_answers_in_batches_of_any_size(
    name: str, thumbnails: list[Thumbnail]
) -> None:
    network, inputs = fitted(name, thumbnails)
    exported = ExportedNetwork(export(network, inputs[:8]))
    assert inputs.dtype == exported.prepare(thumbnails[0]).dtype
    np.testing.assert_array_equal(exported.prepare(thumbnails[0]), network.prepare(thumbnails[0]))
    for count in (1, 2, len(inputs)):
        trained, answers = run(network, inputs[:count]), exported.run(inputs[:count])
        assert answers.logits.shape == (count, CLASSES)
        assert answers.features.dtype == answers.logits.dtype == np.float64
        assert same_features(network, trained, answers)
        assert (answers.logits.argmax(axis=1) == trained.logits.argmax(axis=1)).all()


def test_an_exported_network_needs_no_torch(thumbnails: list[Thumbnail]) -> None:
    network, inputs = fitted("net", thumbnails)
    code = """
import sys
sys.modules["torch"] = None
import numpy as np
from classifier.networks.exported import Exported, ExportedNetwork
from classifier.pictures.thumbnail import HISTOGRAMS, Preprocessing
network = ExportedNetwork(Exported(sys.stdin.buffer.read(), Preprocessing(HISTOGRAMS)))
print(network.run(np.full((5, 4, 25), 0.04, dtype=np.float32)).logits.shape)
"""
    exported = export(network, inputs).onnx
    done = subprocess.run([sys.executable, "-c", code], input=exported, check=True, capture_output=True)  # noqa: S603
    assert done.stdout == b"(5, 3)\n"


def test_the_graph_says_nothing_about_the_machine(thumbnails: list[Thumbnail]) -> None:
    network, inputs = fitted("net", thumbnails)
    exported = export(network, inputs)
    assert exported.onnx == export(network, inputs).onnx
    assert b".py" not in exported.onnx
    onnx.checker.check_model(onnx.load_model_from_string(exported.onnx), full_check=True)


def test_exporting_leaves_the_network_as_it_is(thumbnails: list[Thumbnail]) -> None:
    network, inputs = fitted("mobilenet_v3_small", thumbnails)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    export(network.train(), inputs[:2])
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not network.training


# An export that goes wrong


class WithoutAbsoluteValues(KernelNet):
    """As a cdist was exported: the sum of the differences."""

    def answer(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        if not torch.onnx.is_in_onnx_export():
            return super().answer(inputs)
        described = self.examples[:1] - 0.001 * inputs.flatten(1)[:, :1]
        features = torch.exp(-(described[:, None] - self.examples).sum(dim=2))
        return features, self.head(features)


class LessPrecise(Net):
    """Weights rounded to 8 bits."""

    def answer(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        if not torch.onnx.is_in_onnx_export():
            return super().answer(inputs)
        layer = self.linear[4]
        assert isinstance(layer, nn.Linear)
        hidden = self.linear[:4](self.convolutions(((inputs.sqrt() - self.mean) / self.spread).unsqueeze(1)))
        features = torch.relu(hidden @ layer.weight.bfloat16().float().T + layer.bias)
        return features, self.head(features)


class OtherHead(Net):
    """Its logits are a little too large."""

    def answer(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        features, logits = super().answer(inputs)
        return features, logits * (1 + 1e-4 * torch.onnx.is_in_onnx_export())


@pytest.mark.parametrize("broken", [WithoutAbsoluteValues, LessPrecise, OtherHead])
def test_a_network_that_would_answer_otherwise_is_not_exported(
    broken: Callable[[int], Network], thumbnails: list[Thumbnail]
) -> None:
    inputs = np.stack([thumbnail.histograms() for thumbnail in thumbnails])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = broken(CLASSES)
    network.adapt(torch.from_numpy(inputs), torch.zeros(len(inputs)), torch.Generator().manual_seed(0))
    with pytest.raises(TrainingError, match="gives other answers than the trained one"):
        export(network, inputs)


def test_the_tolerance_is_a_share_of_what_float32_can_hold(thumbnails: list[Thumbnail]) -> None:
    """Far above rounding, and far below what any mistake in a layer would change."""
    network, inputs = fitted("net", thumbnails)
    outputs = run(network, inputs)
    terms = 25 + 4 + 256 + 1408 + 400 + 10
    for factor, same in ((0.9, True), (1.1, False)):
        other = 1 + factor * 2 * terms * module._ROUNDING
        assert same_features(network, outputs, type(outputs)(outputs.features * other, outputs.logits)) is same
