"""Pictures varied for training."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from classifier.augmentation import RESENT, resend, vary_pixels


@pytest.fixture
def noise() -> Tensor:
    """Pictures [64, 3, 36, 64] whose every pixel differs from its neighbours."""
    return torch.randint(256, (64, 3, 36, 64), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)


def roughness(pictures: Tensor) -> Tensor:
    """How much neighbouring pixels differ in each picture [n]."""
    return pictures.float().diff(dim=3).abs().mean(dim=(1, 2, 3))


def test_some_pictures_lose_detail_and_the_others_nothing(noise: Tensor) -> None:
    sent = resend(noise, torch.Generator().manual_seed(1))
    assert sent.dtype == torch.uint8
    assert sent.shape == noise.shape
    changed = (sent != noise).flatten(1).any(dim=1)
    assert abs(changed.float().mean().item() - RESENT) < 0.2
    assert (roughness(sent)[changed] < roughness(noise)[changed]).all()
    assert roughness(sent)[changed].std() > 2  # some lose more than others


def test_pictures_sent_again_are_still_the_same_pictures() -> None:
    slope = torch.linspace(0, 255, 320).expand(32, 3, 180, 320).round().to(torch.uint8)
    sent = resend(slope, torch.Generator().manual_seed(2))
    assert not torch.equal(sent, slope)
    assert (sent.float() - slope.float()).abs().mean() < 6


@pytest.mark.parametrize("vary", [resend, vary_pixels])
def test_variations_follow_their_generator_and_leave_their_input_alone(
    vary: Callable[[Tensor, torch.Generator], Tensor], noise: Tensor
) -> None:
    before = noise.clone()
    one, same, other = (vary(noise, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(noise, before)
