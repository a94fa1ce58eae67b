"""KernelNet: kernel logistic regression on colour histograms."""

from math import ceil
from typing import Final

import torch
from torch import Tensor

from classifier.networks.network import Network
from classifier.networks.regression import Head, balance, regress
from classifier.pictures.thumbnail import BINS, HISTOGRAMS, Preprocessing

EXAMPLES: Final = 1000
"""Training thumbnails that every picture is compared with; if there are fewer, some are repeated, to little effect."""
DECAY: Final = 1e-5
"""Squared-weight penalty in the kernel's own space. On the tutorial's channels a smaller one is hardly better."""
UNEVEN: Final = 2.0
"""Above this ratio of the largest to the smallest class, biases are balanced. Below it, that costs accuracy."""

_PARTS: Final = (4 * BINS, 3 * (BINS - 1), 3 * BINS)
_NEGLIGIBLE: Final = 1e-6
"""As a share of the greatest eigenvalue: directions below it are rounding errors."""


class KernelNet(Network):
    """Logistic regression in the space of a Laplacian kernel, exp(-distance), on colour histograms.

    The distance is the sum of absolute differences of three equally weighted descriptions: the histograms' square
    roots, the rise of each root from one bin to the next, and the differences between the roots of two planes. The rise
    distinguishes sharp colours from smooth ones; the planes' differences, bright colours from grey.

    Sources: square roots and the kernel, Chapelle et al., "Support Vector Machines for Histogram-Based Image
    Classification" (1999); kernel logistic regression, Zhu and Hastie (2005).
    """

    epochs = 0
    learning_rate = 0.0
    frozen = True
    scale: Tensor
    examples: Tensor

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.register_buffer("scale", torch.ones(sum(_PARTS)))
        self.register_buffer("examples", torch.zeros(EXAMPLES, sum(_PARTS)))
        self.head = Head(EXAMPLES, classes)

    @staticmethod
    def preprocessing() -> Preprocessing:
        """It reads the picture's RGB histograms: float32 [4, 25]."""
        return Preprocessing(HISTOGRAMS)

    def adapt(self, inputs: Tensor, targets: Tensor, generator: torch.Generator) -> None:
        """Choose the examples, and the scale at which their mean distance is 1."""
        del targets
        times = ceil(EXAMPLES / len(inputs))
        chosen = torch.randperm(len(inputs), generator=generator).repeat(times)[:EXAMPLES]
        described = _described(inputs[chosen])
        far = torch.stack([torch.cdist(part, part, p=1).mean() for part in torch.split(described, list(_PARTS), dim=1)])
        self.scale.copy_(torch.repeat_interleave(1 / (len(_PARTS) * far + 1e-6), torch.tensor(_PARTS)))
        self.examples.copy_(described * self.scale)

    def embed(self, inputs: Tensor) -> Tensor:
        """Features [n, 1000] in (0, 1]: how near each example is."""
        described = _described(inputs) * self.scale
        return torch.exp(-(described[:, None] - self.examples).abs().sum(dim=2))  # ONNX has no cdist

    def fit_head(self, features: Tensor, targets: Tensor) -> float:
        """Fit the head to features [n, 1000], float64, of classes `targets` [n]; returns the log loss.

        The penalty is on the length of the weights in the kernel's space, where examples close to each other count as
        one, not on the weight of each example. Where classes are uneven in size, the biases are balanced.
        """
        examples = self.examples.double()
        values, axes = torch.linalg.eigh(torch.exp(-torch.cdist(examples, examples, p=1)))
        kept = values > _NEGLIGIBLE * values[-1]
        to_space = axes[:, kept] / values[kept].sqrt()
        inner = Head(to_space.shape[1], self.head.out_features)
        loss = regress(inner, features @ to_space, targets, decay=DECAY, standardise=False)
        counts = targets.bincount(minlength=inner.out_features)
        if counts.max() > UNEVEN * counts.min():
            balance(inner, features @ to_space, targets, decay=DECAY, standardise=False)
        with torch.no_grad():
            self.head.weight.copy_(inner.weight.double() @ to_space.T)
            self.head.bias.copy_(inner.bias - inner.weight @ inner.mean)
        return loss


def _described(histograms: Tensor) -> Tensor:
    """The descriptions of histograms [n, 4, 25] that are compared: [n, 247]."""
    roots = histograms.sqrt()
    planes = roots[:, :3]
    rises = planes[:, :, 1:] - planes[:, :, :-1]
    return torch.cat([part.flatten(1) for part in (roots, rises, planes - planes.roll(1, dims=1))], dim=1)
