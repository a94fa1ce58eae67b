"""Augmentation of pictures for training."""

import torch

from classifier.networks.augmentation import vary_pixels


def test_variations_depend_on_the_generator_and_leave_the_input_unchanged() -> None:
    noise = torch.randint(256, (8, 3, 36, 64), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    before = noise.clone()
    one, same, other = (vary_pixels(noise, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(noise, before)
