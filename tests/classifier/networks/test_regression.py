"""The head standardises features itself, so that its weights stay small whatever the features' scale."""

from copy import deepcopy

import torch
from torch import nn
from torch.nn import functional

from classifier.networks.regression import Head, balance, regress

MEAN, SPREAD = 3.0, 1e-5
COUNT, WIDTH, CLASSES = 96, 512, 3


def narrow_features() -> tuple[torch.Tensor, torch.Tensor]:
    """Features float32 [96, 512] that hardly vary, and classes that shift them by a spread."""
    draws = torch.Generator().manual_seed(0)
    targets = torch.arange(COUNT) % CLASSES
    shifts = torch.randn(CLASSES, WIDTH, generator=draws)
    return (MEAN + SPREAD * (shifts[targets] + torch.randn(COUNT, WIDTH, generator=draws))).float(), targets


def fitted(features: torch.Tensor, targets: torch.Tensor) -> Head:
    head = Head(WIDTH, CLASSES)
    regress(head, features.double(), targets)
    return head


def folded(head: Head) -> nn.Linear:
    """The same function as a plain linear layer, with the standardisation in its weights."""
    linear = nn.Linear(WIDTH, CLASSES)
    with torch.no_grad():
        weight = head.weight.double() / head.spread.double()
        linear.weight.copy_(weight)
        linear.bias.copy_(head.bias.double() - weight @ head.mean.double())
    return linear


def between_batches(layer: nn.Module, features: torch.Tensor) -> float:
    """How far the logits of one batch are from those of batches of 16, which sum in another order."""
    with torch.inference_mode():
        return float((layer(features) - torch.cat([layer(part) for part in features.split(16)])).abs().max())


def rounding_error(layer: nn.Module, features: torch.Tensor) -> float:
    """How far the logits are from the same layer's in double precision."""
    with torch.inference_mode():
        return float((layer(features) - deepcopy(layer).double()(features.double())).abs().max())


def test_a_new_head_is_a_linear_layer() -> None:
    head = Head(5, 2)
    features = torch.randn(4, 5, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(head(features), functional.linear(features, head.weight, head.bias))
    assert {"mean", "spread"} <= set(head.state_dict())


def test_standardisation_is_in_the_head() -> None:
    features, targets = narrow_features()
    head = fitted(features, targets)
    torch.testing.assert_close(head.mean, features.double().mean(dim=0).float())
    torch.testing.assert_close(head.spread, features.double().std(dim=0, correction=0).float(), rtol=0.5, atol=0)
    with torch.inference_mode():
        assert (head(features).argmax(dim=1) == targets).all()


def test_features_of_tiny_spread_give_the_same_logits_in_every_batch() -> None:
    features, targets = narrow_features()
    head = fitted(features, targets)
    assert head.weight.abs().max() < 1
    assert between_batches(head, features) < 1e-4
    assert rounding_error(head, features) < 1e-4


def overlapping(counts: tuple[int, ...], seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Features float64 [n, 40] of classes that overlap, and their classes: `counts` of each."""
    draws = torch.Generator().manual_seed(seed)
    targets = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    return 0.35 * targets[:, None] + torch.randn(len(targets), 40, generator=draws, dtype=torch.float64), targets


def recalls(head: Head) -> list[float]:
    """The share of 1,000 new examples of each class that the head classifies right."""
    features, targets = overlapping((1000,) * head.out_features, 1)
    with torch.inference_mode():
        right = head(features.float()).argmax(dim=1) == targets
    return [float(right[targets == target].float().mean()) for target in range(head.out_features)]


def test_a_balanced_head_names_a_class_of_few_examples() -> None:
    head = Head(40, 2)
    features, targets = overlapping((300, 10), 0)
    regress(head, features, targets, decay=1e-3)
    few_before = recalls(head)[1]
    balance(head, features, targets, decay=1e-3)
    many, few = recalls(head)
    assert few_before < 0.4
    assert min(many, few) > 0.6


def test_even_classes_are_left_nearly_as_they_are() -> None:
    head = Head(40, 3)
    features, targets = overlapping((200, 200, 200), 0)
    regress(head, features, targets)
    before = recalls(head)
    balance(head, features, targets)
    assert torch.tensor(recalls(head)).sub(torch.tensor(before)).abs().max() < 0.1


def test_a_balanced_head_is_finite_if_all_examples_are_classified_right() -> None:
    features, targets = narrow_features()
    head = fitted(features[:40], targets[:40])
    balance(head, features[:40].double(), targets[:40])
    assert torch.isfinite(head.bias).all()
    with torch.inference_mode():
        assert (head(features[:40]).argmax(dim=1) == targets[:40]).all()


def test_folding_the_standardisation_into_the_weights_would_not() -> None:
    """The order of summation depends on the machine, but the rounding errors that it exposes are there on any."""
    features, targets = narrow_features()
    linear = folded(fitted(features, targets))
    assert linear.weight.abs().max() > 100
    assert max(between_batches(linear, features), rounding_error(linear, features)) > 1e-3
