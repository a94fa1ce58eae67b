"""Training: a data folder becomes an artifact. Reports through callbacks; knows no terminal and no Discord."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from classifier.artifact import Artifact
from classifier.calibration import Calibration
from classifier.dataset import Dataset, Features, read_features, split
from classifier.errors import TooFewPicturesError
from classifier.metrics import measure
from classifier.net import DEFAULT_NETWORK, Network, build
from classifier.outputs import Outputs, joined, run
from classifier.predictor import Predictor
from classifier.thumbnail import Inputs
from classifier.values import EpochReport, ModelInfo, OnProgress, Progress

WARM_UP: Final = 0.21
"""Share of a training in which the learning rate rises; OneCycleLR divides by zero where it makes just one step."""

OnEpoch = Callable[[EpochReport], None]


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How to train. `epochs` None means as many as the network wants.

    Of a frozen network only the head is fitted, which takes no epochs; `fine_tune` trains it whole after that. `mixup`
    is the Beta parameter of Zhang et al., "mixup" (2018), 0 for none; `averaging` the decay per step of the running
    mean of weights that is kept in the end.
    """

    network: str = DEFAULT_NETWORK
    fine_tune: bool = False
    epochs: int | None = None
    seed: int = 0
    batch_size: int = 32
    weight_decay: float = 0.05
    label_smoothing: float = 0.05
    mixup: float = 0.2
    averaging: float = 0.998


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """An artifact, the pictures it was measured on and which of them it got right, and the unreadable ones with why."""

    artifact: Artifact
    test: Dataset
    test_right: NDArray[np.bool_]
    skipped: tuple[str, ...]


def train(
    dataset: Dataset,
    config: TrainingConfig,
    *,
    others: Dataset | None = None,
    on_progress: OnProgress = lambda _: None,
    on_epoch: OnEpoch = lambda _: None,
) -> Trained:
    """Train a network, calibrate it, and measure it on pictures that took no part in either.

    `others` are pictures of other channels, from which it learns what "unknown" looks like.

    Same dataset, config and machine, same result. Raises TooFewPicturesError, DatasetError, WeightsError where
    pretrained weights can't be had and, for a network nobody knows, ArtifactError.
    """
    if len(dataset.channels) < 2:
        raise TooFewPicturesError(
            f"There is {len(dataset.channels)} channel with pictures; telling channels apart takes two. Crawl another."
        )
    labels = tuple(channel.label for channel in dataset.channels)
    with _seeded(config.seed):
        network = build(config.network, len(labels))
        network.warm_start()
        features = read_features(dataset, network.prepare, on_progress)
        sides = split(features, seed=config.seed)

        def validate(candidate: Network) -> dict[str, float]:
            probabilities = functional.softmax(
                torch.from_numpy(run(candidate.fused(), held_inputs).logits), dim=1
            ).numpy()
            metrics = measure(probabilities, held_targets, labels)
            return {name: getattr(metrics, name) for name in ("accuracy", "precision", "recall", "f1")}

        held_inputs, held_targets = features.inputs[sides.calibration], features.targets[sides.calibration]
        train_inputs, train_targets = features.inputs[sides.train], features.targets[sides.train]
        if network.frozen:
            seen, history = fit_head(
                network,
                train_inputs,
                train_targets,
                seed=config.seed,
                validate=validate,
                on_progress=on_progress,
                on_epoch=on_epoch,
            )
        if (config.fine_tune and network.epochs) or not network.frozen:
            network, history = fit(
                network,
                train_inputs,
                train_targets,
                config,
                validate=validate,
                on_progress=on_progress,
                on_epoch=on_epoch,
            )
            seen = run(network.fused(), train_inputs)
    strangers = read_features(others, network.prepare, on_progress) if others else None
    answering = network.fused()
    calibration = Calibration.fit(
        seen,
        train_targets,
        held=run(answering, held_inputs),
        targets=held_targets,
        others=run(answering, strangers.inputs) if strangers else None,
    )
    predictor = Predictor(network, calibration, dataset.channels)
    test_targets = features.targets[sides.test]
    probabilities, _ = predictor.judge(features.inputs[sides.test])
    now = datetime.now(UTC)
    info = ModelInfo(
        version=now.strftime("%Y%m%d-%H%M%S"),
        trained_at=now,
        network=config.network,
        channels=dataset.channels,
        pictures=len(features.files),
        metrics=measure(probabilities, test_targets, labels),
        fetched=_fetched(features),
    )
    return Trained(
        artifact=Artifact(info, network, calibration, history, _data_hash(features, strangers), config.seed),
        test=features.dataset(sides.test),
        test_right=probabilities.argmax(axis=1) == test_targets,
        skipped=features.skipped + (strangers.skipped if strangers else ()),
    )


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
    on_progress(Progress("train", 0, epochs * batches, "before the epochs"))
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
            wanted = functional.one_hot(truth[batch], network.head.out_features).float().to(device)
            varied = network.augment(data[batch].to(device), draws)
            if config.mixup > 0:
                varied, wanted = _mixup(varied, wanted, config.mixup, draws)
            loss = functional.cross_entropy(network(varied), wanted, label_smoothing=config.label_smoothing)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimizer.step()
            schedule.step()
            steps = (epoch - 1) * batches + step
            # Early on the mean is short, so that a small data set does not end near where it began.
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
    """Fit the head of `network` alone, and return what the network then says of `inputs` [n, ...]; one epoch's history.

    Multinomial logistic regression, solved by L-BFGS. Each picture runs through the network once, unvaried and in
    evaluation mode: nothing but the head changes, batch normalisation's statistics included.
    """
    truth = torch.from_numpy(targets)
    network.adapt(torch.from_numpy(inputs), truth, torch.Generator().manual_seed(seed))
    network.to("cuda" if torch.cuda.is_available() else "cpu")
    rows = []
    for start in range(0, len(inputs), batch_size):
        rows.append(run(network, inputs[start : start + batch_size]))
        on_progress(Progress("train", min(start + batch_size, len(inputs)), len(inputs), "features"))
    seen = joined(rows)
    loss = network.cpu().fit_head(torch.from_numpy(seen.features), truth)
    with torch.inference_mode():
        logits = network.head(torch.from_numpy(seen.features).float()).numpy().astype(np.float64)
    report = EpochReport(1, 1, loss=loss, **validate(network))
    on_epoch(report)
    return replace(seen, logits=logits), (report,)


def _decayed(network: nn.Module, weight_decay: float) -> Sequence[dict[str, object]]:
    """Parameter groups: matrices and kernels decay, scales and shifts do not."""
    parameters = list(network.parameters())
    return [
        {"params": [parameter for parameter in parameters if parameter.ndim > 1], "weight_decay": weight_decay},
        {"params": [parameter for parameter in parameters if parameter.ndim <= 1], "weight_decay": 0.0},
    ]


def _mixup(inputs: Tensor, wanted: Tensor, alpha: float, draws: torch.Generator) -> tuple[Tensor, Tensor]:
    """Blend every picture, and its label, with another of the batch."""
    share = float(np.random.default_rng(int(torch.randint(2**31, (1,), generator=draws))).beta(alpha, alpha))
    others = torch.randperm(len(inputs), generator=draws).to(inputs.device)
    blended = share * inputs.float() + (1 - share) * inputs[others].float()
    return blended, share * wanted + (1 - share) * wanted[others]


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, step: float) -> None:
    """Move the averaged weights a `step` in (0, 1] towards the network's."""
    for mean, value in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if mean.dtype.is_floating_point:
            mean.lerp_(value, step)
        else:
            mean.copy_(value)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Torch's global generator starts from a seed inside, and goes on as before outside."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


def _fetched(features: Features) -> tuple[datetime, datetime]:
    """When the oldest and the newest picture came to where they lie."""
    times = [file.stat().st_mtime for file in features.files]
    oldest, newest = (datetime.fromtimestamp(time, UTC) for time in (min(times), max(times)))
    return oldest, newest


def _data_hash(*read: Features | None) -> str:
    digest = hashlib.sha256()
    for file in (file for features in read if features for file in features.files):
        digest.update(file.parent.name.encode() + b"/" + file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
