"""Net, the tutorial's network on colour histograms, the network on pixels that beats it, and all networks by name."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache, partial
from typing import ClassVar, Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from classifier.augmentation import vary_pixels
from classifier.errors import ArtifactError
from classifier.regression import regress
from classifier.thumbnail import HEIGHT, WIDTH, Inputs, Preprocessing, Thumbnail


class Network(nn.Module, ABC):
    """A classifier of thumbnails: `prepare` makes its input, `embed` its features, `head` its logits.

    `epochs` is how long it trains where nobody says otherwise. Of a `frozen` network only the head learns, unless
    fine-tuning is asked for; one of no epochs has nothing else to tune.
    """

    epochs: ClassVar[int]
    learning_rate: ClassVar[float]
    frozen: ClassVar[bool] = False
    head: nn.Linear

    @abstractmethod
    def prepare(self, thumbnail: Thumbnail) -> Inputs:
        """One picture as this network reads it."""

    def preprocessing(self) -> Preprocessing:
        """How this network's inputs are made, to be kept beside its weights."""
        blank = Thumbnail(np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8))
        return Preprocessing(input_shape=self.prepare(blank).shape)

    @abstractmethod
    def embed(self, inputs: Tensor) -> Tensor:
        """Features [n, d] of prepared inputs [n, ...]."""

    def warm_start(self) -> None:
        """Start from pretrained weights, where this network has some; only training asks for it.

        An artifact holds all the weights, so that what was trained once loads without them. Raises WeightsError.
        """

    def adapt(self, inputs: Tensor, targets: Tensor, generator: torch.Generator) -> None:
        """Learn from the training side what takes no epochs, before the first of them."""

    def fit_head(self, features: Tensor, targets: Tensor) -> float:
        """Fit the head to features [n, d], float64, of classes `targets` [n]; returns the log loss."""
        return regress(self.head, features, targets)

    def augment(self, inputs: Tensor, generator: torch.Generator) -> Tensor:
        """Vary a batch without losing what tells its channels apart."""
        del generator
        return inputs

    def fused(self) -> Self:
        """A network that answers as this one does, sooner where it can, and learns no more."""
        return self

    def answer(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of prepared inputs [n, ...]: features [n, d], style [n, s], and logits [n, classes].

        Style is what a network knows of a picture's making, whatever its channel. One that knows no more than its
        features gives those.
        """
        features = self.embed(inputs)
        return features, features, self.head(features)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits [n, classes] to learn by; the log-softmax is part of the loss."""
        logits: Tensor = self.head(self.embed(inputs))
        return logits


class Net(Network):
    """The tutorial's network: two 2×2 convolutions over the 4×25 colour histograms, then three linear layers.

    Beside the tutorial's: square roots of the histograms, so that rare colours count, each bin less its mean on the
    training side and all divided by one spread, so that bins which hardly vary do not speak as loud as the others; and
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
        self.head = nn.Linear(10, classes)

    @staticmethod
    def prepare(thumbnail: Thumbnail) -> NDArray[np.float32]:
        """The picture's RGB histograms: float32 [4, 25]."""
        return thumbnail.histograms()

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


class ResidualNet(Network):
    """A small residual network on 128×72 pixels; average and maximum pooling, so that a small logo counts."""

    epochs = 60
    learning_rate = 2e-3

    def __init__(self, classes: int, width: int = 24) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            _convolution(3, width, kernel=5, stride=2),
            _Residual(width, 2 * width, stride=2),
            _Residual(2 * width, 4 * width, stride=2),
            _Residual(4 * width, 8 * width, stride=2),
        ).to(memory_format=torch.channels_last)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(16 * width, classes)

    @staticmethod
    def prepare(thumbnail: Thumbnail) -> NDArray[np.uint8]:
        """The picture, smaller: uint8 [3, 72, 128]."""
        return thumbnail.resized(128, 72)

    def embed(self, inputs: Tensor) -> Tensor:
        """Features [n, 384] of pixels, either uint8 or float in [0, 255]."""
        pixels = ((inputs.float() - 127.5) / 64).contiguous(memory_format=torch.channels_last)
        with torch.autocast(
            inputs.device.type, torch.bfloat16, enabled=self.training and _bfloat16_pays(inputs.device)
        ):
            maps = self.trunk(pixels).float()
        features: Tensor = self.dropout(torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], dim=1))
        return features

    def augment(self, inputs: Tensor, generator: torch.Generator) -> Tensor:
        """Pixels varied."""
        return vary_pixels(inputs, generator)


@cache
def _bfloat16_pays(device: torch.device) -> bool:
    """Whether training in bfloat16 is faster there: about twice, where the processor has instructions for it."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return any(bool(torch.cpu.get_capabilities().get(name)) for name in ("avx512_bf16", "amx_bf16"))


class _Residual(nn.Module):
    """Two 3×3 convolutions with a way around them (He et al., 2015; the average pooling of ResNet-D)."""

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            _convolution(channels, out, kernel=3, stride=stride),
            nn.Conv2d(out, out, 3, padding=1, bias=False),
            nn.BatchNorm2d(out),
        )
        self.around = (
            nn.Identity()
            if channels == out and stride == 1
            else nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True), nn.Conv2d(channels, out, 1, bias=False), nn.BatchNorm2d(out)
            )
        )

    def forward(self, maps: Tensor) -> Tensor:
        return functional.relu(self.main(maps) + self.around(maps))


def _convolution(channels: int, out: int, *, kernel: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)
    )


def _backbone(name: str, classes: int) -> Network:
    from classifier.backbones import Backbone  # noqa: PLC0415 - torchvision loads only for those who ask for it

    return Backbone(name, classes)


def _lite(classes: int) -> Network:
    from classifier.lite import LiteNet  # noqa: PLC0415 - it builds on this module

    return LiteNet(classes)


def _kernel(classes: int) -> Network:
    from classifier.kernel import KernelNet  # noqa: PLC0415 - it builds on this module

    return KernelNet(classes)


BACKBONES: Final = ("mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0", "convnext_tiny")
"""Pretrained networks, by torchvision's names."""

NETWORKS: dict[str, Callable[[int], Network]] = {
    "lite": _lite,
    "residual": ResidualNet,
    "net": Net,
    "kernel": _kernel,
    **{name: partial(_backbone, name) for name in BACKBONES},
}
DEFAULT_NETWORK = "lite"


def build(name: str, classes: int) -> Network:
    """A fresh network by its name. Raises ArtifactError for a name nobody knows."""
    try:
        return NETWORKS[name](classes)
    except KeyError:
        raise ArtifactError(f"There is no network called {name!r}; choose one of {', '.join(NETWORKS)}.") from None
