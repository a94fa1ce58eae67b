"""Networks by name."""

import pytest

from classifier.errors import ArtifactError
from classifier.networks.registry import BACKBONES, NETWORKS, build
from classifier.settings import EYE


def test_networks_are_built_by_name() -> None:
    assert set(BACKBONES) < set(NETWORKS)
    assert EYE not in NETWORKS  # it is not trained by PyTorch
    assert build("net", 3).head.out_features == 3
    with pytest.raises(ArtifactError, match=r"no network called 'resnet'\. Choose one of .*net"):
        build("resnet", 3)
