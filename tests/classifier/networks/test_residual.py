"""ResidualNet: a small logo reaches its features."""

import numpy as np
import torch

from classifier.networks.residual import ResidualNet
from classifier.pictures.thumbnail import Thumbnail


def test_maximum_pooling_is_part_of_the_features() -> None:
    """A small bright spot hardly changes the averages, but it changes the maxima."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = ResidualNet(2).eval()
    plain = np.full((180, 320, 3), 100, dtype=np.uint8)
    marked = plain.copy()
    marked[100:110, 200:215] = 255
    prepared = np.stack([network.prepare(Thumbnail(each)) for each in (plain, marked)])
    with torch.inference_mode():
        before, after = network.embed(torch.from_numpy(prepared))
    half = network.head.in_features // 2
    change = (after - before).abs()
    assert change[half:].mean() > 5 * change[:half].mean() > 0
