"""ResidualNet: a small residual network on pixels."""

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from classifier.networks.augmentation import vary_pixels
from classifier.networks.network import Network
from classifier.pictures.thumbnail import Thumbnail


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
    """Two 3×3 convolutions with a shortcut (He et al., 2015; the average pooling of ResNet-D)."""

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            _convolution(channels, out, kernel=3, stride=stride),
            nn.Conv2d(out, out, 3, padding=1, bias=False),
            nn.BatchNorm2d(out),
        )
        self.shortcut = (
            nn.Identity()
            if channels == out and stride == 1
            else nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True), nn.Conv2d(channels, out, 1, bias=False), nn.BatchNorm2d(out)
            )
        )

    def forward(self, maps: Tensor) -> Tensor:
        return functional.relu(self.convolutions(maps) + self.shortcut(maps))


def _convolution(channels: int, out: int, *, kernel: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)
    )
