"""KernelNet: pictures told apart by how near their colour histograms lie to known ones'."""

from math import ceil
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from classifier.net import Network
from classifier.regression import regress
from classifier.thumbnail import BINS, Thumbnail

EXAMPLES: Final = 1000
"""Pictures that every other is compared with; where fewer are known, some stand there again, to little effect."""
DECAY: Final = 1e-5
"""Squared-weight penalty in the kernel's own space. On the tutorial's channels less does hardly better."""

_PARTS: Final = (4 * BINS, 3 * (BINS - 1), 3 * BINS)
_NEGLIGIBLE: Final = 1e-6
"""Of the greatest eigenvalue: directions below it are rounding."""


class KernelNet(Network):
    """Logistic regression in the space of a Laplacian kernel, exp(-distance), on colour histograms.

    The distance is the sum of absolute differences of three things, each of which weighs the same: the histograms'
    roots, how much each bin's root rises above the one before it, and how far the roots of two planes lie apart. What
    rises tells sharp colours from smooth ones; planes apart tell bright colours from grey.

    Sources: of roots and the kernel, Chapelle et al., "Support Vector Machines for Histogram-Based Image
    Classification" (1999); of kernel logistic regression, Zhu and Hastie (2005).
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
        self.head = nn.Linear(EXAMPLES, classes)

    @staticmethod
    def prepare(thumbnail: Thumbnail) -> NDArray[np.float32]:
        """The picture's RGB histograms: float32 [4, 25]."""
        return thumbnail.histograms()

    def adapt(self, inputs: Tensor, targets: Tensor, generator: torch.Generator) -> None:
        """Take the examples, and the scale at which their mean distance is 1."""
        del targets
        times = ceil(EXAMPLES / len(inputs))
        chosen = torch.randperm(len(inputs), generator=generator).repeat(times)[:EXAMPLES]
        described = _described(inputs[chosen])
        far = torch.stack([torch.cdist(part, part, p=1).mean() for part in torch.split(described, list(_PARTS), dim=1)])
        self.scale.copy_(torch.repeat_interleave(1 / (len(_PARTS) * far + 1e-6), torch.tensor(_PARTS)))
        self.examples.copy_(described * self.scale)

    def embed(self, inputs: Tensor) -> Tensor:
        """Features [n, 1000] in (0, 1]: how near each example is."""
        return _near(_described(inputs) * self.scale, self.examples)

    def fit_head(self, features: Tensor, targets: Tensor) -> float:
        """Fit the head to features [n, 1000], float64, of classes `targets` [n]; returns the log loss.

        The penalty is on the length of the weights in the kernel's space, where examples near to each other count as
        one, not on how much each example is given.
        """
        examples = self.examples.double()
        values, axes = torch.linalg.eigh(_near(examples, examples))
        kept = values > _NEGLIGIBLE * values[-1]
        to_space = axes[:, kept] / values[kept].sqrt()
        inner = nn.Linear(to_space.shape[1], self.head.out_features)
        loss = regress(inner, features @ to_space, targets, decay=DECAY, standardise=False)
        with torch.no_grad():
            self.head.weight.copy_(inner.weight.double() @ to_space.T)
            self.head.bias.copy_(inner.bias)
        return loss


def _described(histograms: Tensor) -> Tensor:
    """What is compared of histograms [n, 4, 25]: [n, 247]."""
    roots = histograms.sqrt()
    planes = roots[:, :3]
    return torch.cat([part.flatten(1) for part in (roots, planes.diff(dim=2), planes - planes.roll(1, dims=1))], dim=1)


def _near(described: Tensor, examples: Tensor) -> Tensor:
    """The kernel of descriptions [n, d] and examples [m, d]: [n, m]."""
    return torch.exp(-torch.cdist(described, examples, p=1))
