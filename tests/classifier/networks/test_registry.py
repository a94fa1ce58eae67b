"""Networks by name."""

import pytest

from classifier.errors import ArtifactError
from classifier.networks.registry import NETWORKS, build
from classifier.settings import DEFAULT_NETWORK


def test_networks_are_built_by_name() -> None:
    assert DEFAULT_NETWORK in NETWORKS
    assert build("net", 3).head.out_features == 3
    with pytest.raises(ArtifactError, match=r"no network called 'resnet'\. Choose one of .*net"):
        build("resnet", 3)
