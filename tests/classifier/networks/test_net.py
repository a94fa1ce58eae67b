"""The networks: the tutorial's shapes, and what every network promises."""

import numpy as np
import pytest
import torch
from torch import nn

from classifier.errors import ArtifactError
from classifier.networks.net import Net
from classifier.networks.network import Network
from classifier.networks.outputs import run
from classifier.networks.registry import DEFAULT_NETWORK, NETWORKS, build
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


def test_net_has_the_tutorials_layers() -> None:
    net = Net(2)
    layers = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d | nn.Linear | nn.MaxPool2d)]
    shapes = [
        (*layer.kernel_size, layer.in_channels, layer.out_channels)
        if isinstance(layer, nn.Conv2d)
        else layer.kernel_size
        if isinstance(layer, nn.MaxPool2d)
        else (layer.in_features, layer.out_features)
        for layer in layers
    ]
    assert shapes == [(2, 2, 1, 64), (2, 2, 64, 128), 2, (1408, 400), (400, 10), (10, 2)]


def test_net_reads_histograms(thumbnails: list[Thumbnail]) -> None:
    prepared = inputs(Net(2), thumbnails)
    assert (prepared.shape, prepared.dtype) == ((3, 4, 25), torch.float32)
    assert (prepared[0].numpy() == thumbnails[0].histograms()).all()


def test_every_network_prepares_embeds_and_answers(network: Network, thumbnails: list[Thumbnail]) -> None:
    network.eval()
    prepared = inputs(network, thumbnails)
    features = network.embed(prepared)
    assert features.shape == (3, network.head.in_features)
    assert network(prepared).shape == (3, CLASSES)
    torch.testing.assert_close(network(prepared), network.head(features))
    read, style, logits = network.answer(prepared)
    torch.testing.assert_close(read, features)
    assert len(style) == 3
    assert logits.shape == (3, CLASSES)


def test_every_network_answers_alike_alone_and_in_a_batch(network: Network, thumbnails: list[Thumbnail]) -> None:
    prepared = inputs(network, thumbnails * 3).numpy()
    whole, parts = run(network, prepared), run(network, prepared, batch_size=2)
    np.testing.assert_allclose(whole.logits, parts.logits, atol=1e-4)
    np.testing.assert_allclose(whole.features, parts.features, atol=1e-4)
    assert whole.logits.shape == (9, CLASSES)
    assert not network.training


def test_every_network_has_its_own_length_and_pace(network: Network) -> None:
    assert (network.epochs >= 1 and 0 < network.learning_rate < 1) or (network.epochs == 0 and network.frozen)


def test_augmenting_keeps_shape_and_range_and_follows_its_generator(
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
def test_augmenting_pixels_never_mirrors(name: str) -> None:
    left_half = np.zeros((180, 320, 3), dtype=np.uint8)
    left_half[:, :160] = 255
    network = build(name, CLASSES)
    prepared = inputs(network, [Thumbnail(left_half)] * 64)
    varied = network.augment(prepared, torch.Generator().manual_seed(3)).mean(dim=1)
    quarter = varied.shape[2] // 4
    assert (varied[:, :, :quarter].mean((1, 2)) > varied[:, :, -quarter:].mean((1, 2)) + 100).all()


def test_net_learns_the_scale_of_its_inputs() -> None:
    histograms = torch.rand(200, 4, 25) * torch.linspace(0.1, 1, 25)
    net = Net(2)
    net.adapt(histograms, torch.zeros(200, dtype=torch.int64), torch.Generator())
    standard = (histograms.sqrt() - net.mean) / net.spread
    torch.testing.assert_close(standard.mean(dim=0), torch.zeros(4, 25), atol=1e-3, rtol=0)
    torch.testing.assert_close(standard.std(), torch.tensor(1.0), atol=0.02, rtol=0)
    assert (standard[:, :, -1].std(dim=0) > 2 * standard[:, :, 0].std(dim=0)).all()  # what varies little speaks softly
    assert {"mean", "spread"} <= set(net.state_dict())


def test_networks_go_by_name() -> None:
    assert DEFAULT_NETWORK in NETWORKS
    assert build("net", 3).head.out_features == 3
    with pytest.raises(ArtifactError, match=r"no network called 'resnet'; choose one of .*net"):
        build("resnet", 3)
