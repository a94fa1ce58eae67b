"""Export of a network that PyTorch trained, so that it answers without PyTorch."""

import warnings
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from classifier.errors import TrainingError
from classifier.networks.exported import INPUTS, OUTPUTS, Exported, ExportedNetwork
from classifier.networks.network import Network, run
from classifier.networks.outputs import Outputs
from classifier.pictures.thumbnail import Inputs

_OPSET: Final = 18
_ROUNDING: Final = float(np.finfo(np.float32).eps) / 2
"""The greatest relative error of one operation with float32 numbers."""


def export(network: Network, inputs: Inputs) -> Exported:
    """Export a trained network for batches of any size, and compare its outputs for `inputs` [n, ...] with PyTorch's.

    Raises TrainingError if they differ by more than rounding can explain.
    """
    network.eval()
    with warnings.catch_warnings(), TemporaryDirectory() as folder:
        file = Path(folder) / "network.onnx"
        warnings.simplefilter("ignore", DeprecationWarning)  # its successor needs one more package
        torch.onnx.export(
            _Answer(network).eval(),
            (torch.from_numpy(inputs[:1]),),
            file,
            dynamo=False,
            opset_version=_OPSET,
            input_names=[INPUTS],
            output_names=list(OUTPUTS),
            dynamic_axes={name: {0: "n"} for name in (INPUTS, *OUTPUTS)},
        )
        exported = Exported(file.read_bytes(), network.preprocessing())
    outputs = ExportedNetwork(exported).run(inputs)
    if not (same_features(network, run(network, inputs), outputs) and _logits_follow(network, outputs)):
        raise TrainingError(
            "The exported network gives other answers than the trained one. Nothing has changed. Install the versions "
            "of the lock file with ./scripts/setup requirements.lock, and try again."
        )
    return exported


class _Answer(nn.Module):
    """A network that gives its features too."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        return self._network.answer(inputs)


def same_features(network: Network, trained: Outputs, exported: Outputs) -> bool:
    """Whether the features differ by no more than two computations of them in different orders.

    A sum of n products has a relative error of some n roundings: √n because they are as often up as down (Higham and
    Mary, "A New Approach to Probabilistic Rounding Error Analysis", 2019), and √n more because such terms cancel. The
    errors of layers add up.
    """
    terms = sum(weights[0].numel() for weights in network.state_dict().values() if weights.ndim > 1)
    difference = np.linalg.norm(exported.features - trained.features)
    return bool(difference <= 2 * terms * _ROUNDING * np.linalg.norm(trained.features))


def _logits_follow(network: Network, exported: Outputs) -> bool:
    """Whether the exported logits are those of the exported features, within the worst error that rounding can cause.

    Source: Higham, "Accuracy and Stability of Numerical Algorithms" (2002), section 3.1.
    """
    head = deepcopy(network.head).double()
    features = torch.from_numpy(exported.features)
    operations = _ROUNDING * (head.in_features + 4)  # to standardise takes two, or three by the reciprocal
    with torch.inference_mode():
        exact = head(features)
        sizes = functional.linear(head.standard(features).abs(), head.weight.abs(), head.bias.abs())
    bounds = operations / (1 - operations) * sizes
    return bool((torch.from_numpy(exported.logits) - exact).abs().le(bounds).all())
