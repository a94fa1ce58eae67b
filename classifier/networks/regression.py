"""Logistic regression: a linear head is fitted to features that no longer change."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

DECAY: Final = 0.1
"""Squared-weight penalty of a head on standardised features.

Of 0.001 to 1 the least log loss on EfficientNet-Lite0's features of real thumbnails, 300 and 1,975 of them.
"""
FOLDS: Final = 5
_SHIFT_DECAY: Final = 1e-3
"""Squared penalty of the biases' shift, which keeps it finite if all held-out examples are classified right."""


class Head(nn.Linear):
    """A linear layer on standardised features.

    Features less their `mean` [d], in units of their `spread` [d]: 0 and 1 until the head is fitted. Standardising
    here, not in the weights, keeps the weights small: divided by tiny spreads, they would amplify each rounding error.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, features: int, classes: int) -> None:
        super().__init__(features, classes)
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("spread", torch.ones(features))

    def standard(self, features: Tensor) -> Tensor:
        """Features [n, d], standardised."""
        return (features - self.mean) / self.spread

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's own name
        """Logits [n, classes] of features [n, d]."""
        return functional.linear(self.standard(input), self.weight, self.bias)


def regress(head: Head, features: Tensor, targets: Tensor, *, decay: float = DECAY, standardise: bool = True) -> float:
    """Set `head` by multinomial logistic regression, solved by L-BFGS; returns the log loss.

    `features` are float64 [n, d], of classes `targets` [n]. The penalty `decay` is on the weights of standardised
    features; without `standardise`, on those of centred features in their own units.
    """
    spread, mean = torch.std_mean(features, dim=0, correction=0)
    if not standardise:
        spread.fill_(1)
    spread += 1e-6 * mean.abs() + torch.finfo(torch.float32).tiny  # constant features, whatever their size
    standard = (features - mean).div_(spread)
    weight, bias = (torch.zeros_like(part, dtype=torch.float64, requires_grad=True) for part in head.parameters())
    solver = torch.optim.LBFGS([weight, bias], max_iter=200, line_search_fn="strong_wolfe")

    def log_loss() -> Tensor:
        return functional.cross_entropy(functional.linear(standard, weight, bias), targets)

    def penalised() -> float:
        solver.zero_grad()
        loss = log_loss() + decay / 2 * weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return loss.item()

    solver.step(penalised)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    with torch.no_grad():
        for own, fitted in ((head.mean, mean), (head.spread, spread), (head.weight, weight), (head.bias, bias)):
            own.copy_(fitted)
        return log_loss().item()


def balance(head: Head, features: Tensor, targets: Tensor, *, decay: float = DECAY, standardise: bool = True) -> None:
    """Shift the biases of a fitted `head` so that a class of few examples is named as readily as one of many.

    Arguments as in `regress`. The shift gives the least log loss, with all classes weighing the same, on examples that
    were held out from the regression. Source: Platt, "Probabilistic Outputs for Support Vector Machines" (1999), there
    with one bias for two classes.
    """
    classes = head.out_features
    members = functional.one_hot(targets, classes)
    fold = (members.cumsum(dim=0) * members).sum(dim=1) % FOLDS
    logits = torch.zeros(len(targets), classes, dtype=torch.float64)
    for number in range(FOLDS):
        held_out = fold == number
        part = Head(head.in_features, classes)
        regress(part, features[~held_out], targets[~held_out], decay=decay, standardise=standardise)
        with torch.no_grad():
            logits[held_out] = part(features[held_out].float()).double()
    weights = len(targets) / (classes * members.sum(dim=0).clamp(min=1).double())
    scale, shift = (torch.zeros(size, dtype=torch.float64, requires_grad=True) for size in (1, classes))
    solver = torch.optim.LBFGS([scale, shift], max_iter=200, line_search_fn="strong_wolfe")

    def penalised() -> float:
        solver.zero_grad()
        loss = functional.cross_entropy(logits * scale.exp() + shift, targets, weight=weights)
        loss = loss + _SHIFT_DECAY * shift.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return loss.item()

    solver.step(penalised)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    with torch.no_grad():
        head.bias.add_(shift / scale.exp())
