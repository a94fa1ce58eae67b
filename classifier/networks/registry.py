"""All networks that PyTorch trains, by name."""

from collections.abc import Callable
from functools import partial
from typing import Final

from classifier.errors import ArtifactError
from classifier.networks.kernel import KernelNet
from classifier.networks.net import Net
from classifier.networks.network import Network


def _backbone(name: str, classes: int) -> Network:
    from classifier.networks.backbones import Backbone  # noqa: PLC0415 - loads torchvision, which few ask for

    return Backbone(name, classes)


BACKBONES: Final = ("mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0", "convnext_tiny")
"""Pretrained networks, by torchvision's names."""

NETWORKS: Final[dict[str, Callable[[int], Network]]] = {
    "net": Net,
    "kernel": KernelNet,
    **{name: partial(_backbone, name) for name in BACKBONES},
}


def build(name: str, classes: int) -> Network:
    """A new network by its name. Raises ArtifactError for an unknown name."""
    try:
        return NETWORKS[name](classes)
    except KeyError:
        raise ArtifactError(
            "There is no network called {name}. Choose one of {networks}.",
            name=repr(name),
            networks=", ".join(NETWORKS),
        ) from None
