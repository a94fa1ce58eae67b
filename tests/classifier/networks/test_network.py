"""What every network promises."""

import numpy as np
import pytest
import torch

from classifier.networks.network import Network, run
from classifier.networks.registry import NETWORKS, build
from classifier.pictures.thumbnail import Thumbnail
from tests.classifier.drawn import COLOURS, pixels

CLASSES = 5


@pytest.fixture
def thumbnails() -> list[Thumbnail]:
    return [Thumbnail(pixels(colour, name)) for name, colour in COLOURS.items()]


@pytest.fixture(params=sorted(NETWORKS))
def network(request: pytest.FixtureRequest) -> Network:
    return build(request.param, CLASSES)


def inputs(network: Network, thumbnails: list[Thumbnail]) -> torch.Tensor:
    return torch.from_numpy(np.stack([network.prepare(thumbnail) for thumbnail in thumbnails]))


def test_every_network_prepares_embeds_and_answers(network: Network, thumbnails: list[Thumbnail]) -> None:
    network.eval()
    prepared = inputs(network, thumbnails)
    features = network.embed(prepared)
    assert features.shape == (3, network.head.in_features)
    assert network(prepared).shape == (3, CLASSES)
    torch.testing.assert_close(network(prepared), network.head(features))
    answered, logits = network.answer(prepared)
    torch.testing.assert_close(answered, features)
    assert logits.shape == (3, CLASSES)


def test_the_batch_size_makes_no_difference(network: Network, thumbnails: list[Thumbnail]) -> None:
    prepared = inputs(network, thumbnails * 3).numpy()
    whole, parts = run(network, prepared), run(network, prepared, batch_size=2)
    np.testing.assert_allclose(whole.logits, parts.logits, atol=1e-4)
    np.testing.assert_allclose(whole.features, parts.features, atol=1e-4)
    assert whole.logits.shape == (9, CLASSES)
    assert not network.training


def test_every_network_has_epochs_and_a_learning_rate_or_is_frozen(network: Network) -> None:
    assert (network.epochs >= 1 and 0 < network.learning_rate < 1) or (network.epochs == 0 and network.frozen)


def test_augmentation_keeps_shape_and_range_and_depends_on_the_generator(
    network: Network, thumbnails: list[Thumbnail]
) -> None:
    prepared = inputs(network, thumbnails * 4)
    one, same, other = (network.augment(prepared, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert one.shape == prepared.shape
    assert one.min() >= 0
    assert one.max() <= 255
    assert torch.equal(one, same)
    if network.__class__.augment is not Network.augment:
        assert not torch.equal(one, other)
        assert not torch.equal(one.float(), prepared.float())


@pytest.mark.parametrize("name", sorted(set(NETWORKS) - {"net", "kernel"}))
def test_augmentation_of_pixels_never_mirrors(name: str) -> None:
    left_half = np.zeros((180, 320, 3), dtype=np.uint8)
    left_half[:, :160] = 255
    network = build(name, CLASSES)
    prepared = inputs(network, [Thumbnail(left_half)] * 64)
    varied = network.augment(prepared, torch.Generator().manual_seed(3)).mean(dim=1)
    quarter = varied.shape[2] // 4
    assert (varied[:, :, :quarter].mean((1, 2)) > varied[:, :, -quarter:].mean((1, 2)) + 100).all()
