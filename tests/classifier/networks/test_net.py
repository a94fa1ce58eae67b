"""Net: the tutorial's layers, and its standardised inputs."""

import torch
from torch import nn

from classifier.networks.net import Net
from classifier.pictures.thumbnail import Thumbnail
from tests.classifier.drawn import COLOURS, pixels


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


def test_net_reads_histograms() -> None:
    thumbnails = [Thumbnail(pixels(colour, name)) for name, colour in COLOURS.items()]
    prepared = [Net(2).prepare(thumbnail) for thumbnail in thumbnails]
    assert {(each.shape, each.dtype.name) for each in prepared} == {((4, 25), "float32")}
    assert (prepared[0] == thumbnails[0].histograms()).all()


def test_net_standardises_its_inputs() -> None:
    histograms = torch.rand(200, 4, 25) * torch.linspace(0.1, 1, 25)
    net = Net(2)
    net.adapt(histograms, torch.zeros(200, dtype=torch.int64), torch.Generator())
    standard = (histograms.sqrt() - net.mean) / net.spread
    torch.testing.assert_close(standard.mean(dim=0), torch.zeros(4, 25), atol=1e-3, rtol=0)
    torch.testing.assert_close(standard.std(), torch.tensor(1.0), atol=0.02, rtol=0)
    # Bins that vary little stay small, because all are divided by one spread.
    assert (standard[:, :, -1].std(dim=0) > 2 * standard[:, :, 0].std(dim=0)).all()
    assert {"mean", "spread"} <= set(net.state_dict())
