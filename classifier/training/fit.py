"""Fitting a network to prepared examples. Reports through callbacks."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from classifier.networks.network import Network, run
from classifier.networks.outputs import Outputs, joined
from classifier.pictures.thumbnail import Inputs
from classifier.training.config import OnEpoch, TrainingConfig
from classifier.values import EpochReport, OnProgress, Progress

WARM_UP: Final = 0.21
"""Share of the steps in which the learning rate rises; OneCycleLR divides by zero if that is just one step."""


def fit(
    network: Network,
    inputs: Inputs,
    targets: NDArray[np.int64],
    config: TrainingConfig,
    *,
    validate: Callable[[Network], dict[str, float]],
    on_progress: OnProgress = lambda _: None,
    on_epoch: OnEpoch = lambda _: None,
) -> tuple[Network, tuple[EpochReport, ...]]:
    """Train `network` on prepared `inputs` [n, ...]; returns the averaged network in evaluation mode and the history.

    AdamW with a one-cycle learning rate (Smith, 2018), mixup, and a running mean of the weights. `validate` measures
    the averaged network after every epoch: accuracy, precision, recall, f1.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    draws = torch.Generator().manual_seed(config.seed)
    data, truth = torch.from_numpy(inputs), torch.from_numpy(targets)
    epochs = network.epochs if config.epochs is None else config.epochs
    batches = max(1, len(data) // config.batch_size)
    on_progress(Progress("train", 0, epochs * batches, "preparing"))
    network.adapt(data, truth, draws)
    network.to(device)
    average = deepcopy(network).requires_grad_(requires_grad=False)
    optimizer = torch.optim.AdamW(_decayed(network, config.weight_decay), lr=network.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, network.learning_rate, total_steps=epochs * batches, pct_start=WARM_UP
    )
    history: list[EpochReport] = []
    for epoch in range(1, epochs + 1):
        network.train()
        losses = []
        for step, batch in enumerate(torch.randperm(len(data), generator=draws).tensor_split(batches), start=1):
            labels = functional.one_hot(truth[batch], network.head.out_features).float().to(device)
            varied = network.augment(data[batch].to(device), draws)
            if config.mixup > 0:
                varied, labels = _mixup(varied, labels, config.mixup, draws)
            loss = functional.cross_entropy(network(varied), labels, label_smoothing=config.label_smoothing)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimizer.step()
            schedule.step()
            steps = (epoch - 1) * batches + step
            # The mean is short at first, so that on a small dataset it does not stay near the start.
            _follow(average, network, max(1 - config.averaging, 9 / (10 + steps)))
            losses.append(loss.detach())
            on_progress(Progress("train", steps, epochs * batches, f"epoch {epoch}/{epochs}"))
        report = EpochReport(epoch, epochs, loss=float(torch.stack(losses).mean()), **validate(average))
        history.append(report)
        on_epoch(report)
    return average.cpu().eval(), tuple(history)


def fit_head(
    network: Network,
    inputs: Inputs,
    targets: NDArray[np.int64],
    *,
    seed: int = 0,
    validate: Callable[[Network], dict[str, float]],
    on_progress: OnProgress = lambda _: None,
    on_epoch: OnEpoch = lambda _: None,
    batch_size: int = 32,
) -> tuple[Outputs, tuple[EpochReport, ...]]:
    """Fit only the head of `network`; returns the network's outputs for `inputs` [n, ...], and one epoch's history.

    Multinomial logistic regression, solved by L-BFGS. Each input runs through the network once, without augmentation
    and in evaluation mode: nothing but the head changes, not even batch normalisation's statistics.
    """
    truth = torch.from_numpy(targets)
    network.adapt(torch.from_numpy(inputs), truth, torch.Generator().manual_seed(seed))
    network.to("cuda" if torch.cuda.is_available() else "cpu")
    parts = []
    for start in range(0, len(inputs), batch_size):
        parts.append(run(network, inputs[start : start + batch_size]))
        on_progress(Progress("train", min(start + batch_size, len(inputs)), len(inputs), "features"))
    outputs = joined(parts)
    loss = network.cpu().fit_head(torch.from_numpy(outputs.features), truth)
    with torch.inference_mode():
        logits = network.head(torch.from_numpy(outputs.features).float()).numpy().astype(np.float64)
    report = EpochReport(1, 1, loss=loss, **validate(network))
    on_epoch(report)
    return replace(outputs, logits=logits), (report,)


def _decayed(network: nn.Module, weight_decay: float) -> Sequence[dict[str, object]]:
    """Parameter groups: matrices and kernels decay, scales and shifts do not."""
    parameters = list(network.parameters())
    return [
        {"params": [parameter for parameter in parameters if parameter.ndim > 1], "weight_decay": weight_decay},
        {"params": [parameter for parameter in parameters if parameter.ndim <= 1], "weight_decay": 0.0},
    ]


def _mixup(inputs: Tensor, labels: Tensor, alpha: float, draws: torch.Generator) -> tuple[Tensor, Tensor]:
    """Blend every input, and its label, with another of the batch."""
    share = float(np.random.default_rng(int(torch.randint(2**31, (1,), generator=draws))).beta(alpha, alpha))
    partners = torch.randperm(len(inputs), generator=draws).to(inputs.device)
    blended = share * inputs.float() + (1 - share) * inputs[partners].float()
    return blended, share * labels + (1 - share) * labels[partners]


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, step: float) -> None:
    """Move the averaged weights a `step` in (0, 1] towards the network's."""
    for mean, value in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if mean.dtype.is_floating_point:
            mean.lerp_(value, step)
        else:
            mean.copy_(value)
