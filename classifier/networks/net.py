"""Net: the tutorial's network, on colour histograms."""

import torch
from torch import Tensor, nn

from classifier.networks.network import Network
from classifier.networks.regression import Head
from classifier.pictures.thumbnail import HISTOGRAMS, Preprocessing


class Net(Network):
    """The tutorial's network: two 2×2 convolutions over the 4×25 colour histograms, then three linear layers.

    Beside the tutorial's: square roots of the histograms, so that rare colours count, each bin less its mean on the
    training split and all divided by one spread, so that bins which hardly vary do not count as much as the rest; and
    no dropout on the logits.
    """

    epochs = 100
    learning_rate = 3e-3
    mean: Tensor
    spread: Tensor

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(4, 25))
        self.register_buffer("spread", torch.ones(()))
        self.convolutions = nn.Sequential(
            nn.Conv2d(1, 64, 2), nn.ReLU(), nn.Conv2d(64, 128, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25)
        )
        self.linear = nn.Sequential(
            nn.Flatten(), nn.Linear(1408, 400), nn.ReLU(), nn.Dropout(0.5), nn.Linear(400, 10), nn.ReLU()
        )
        self.head = Head(10, classes)

    @staticmethod
    def preprocessing() -> Preprocessing:
        """It reads the picture's RGB histograms: float32 [4, 25]."""
        return Preprocessing(HISTOGRAMS)

    def adapt(self, inputs: Tensor, targets: Tensor, generator: torch.Generator) -> None:
        """Take each bin's mean of the histograms' roots, and the spread of them all."""
        del targets, generator
        roots = inputs.sqrt()
        self.mean.copy_(roots.mean(dim=0))
        self.spread.copy_((roots - self.mean).std() + 1e-3)

    def embed(self, inputs: Tensor) -> Tensor:
        """Features [n, 10]."""
        standard = (inputs.sqrt() - self.mean) / self.spread
        features: Tensor = self.linear(self.convolutions(standard.unsqueeze(1)))
        return features
