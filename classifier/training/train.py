"""Training of networks by PyTorch: a dataset becomes a model, calibrated and measured."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import torch

from classifier.left_out import check_enough
from classifier.models.artifact import Artifact
from classifier.models.calibration import Calibration
from classifier.models.metrics import measure
from classifier.models.temperature import softmax
from classifier.networks.export import export
from classifier.networks.exported import ExportedNetwork
from classifier.networks.network import Network, run
from classifier.networks.outputs import Outputs
from classifier.networks.registry import build
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import Examples, read_examples
from classifier.pictures.splits import Split, split
from classifier.pictures.weak_channels import leave_out_weak
from classifier.training.config import OnEpoch, TrainingConfig
from classifier.training.fit import fit, fit_head
from classifier.training.mistakes import find_mistakes
from classifier.training.result import TrainingResult, describe
from classifier.values import Channel, EpochReport, OnProgress

EXPORT_CHECKS: Final = 16
"""Training thumbnails for which the exported network must give the trained one's answers."""
_THREADS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class _Fitted:
    """A trained network, its outputs on the training set, and the history."""

    network: Network
    training_outputs: Outputs
    history: tuple[EpochReport, ...]


def train(
    dataset: Dataset,
    config: TrainingConfig,
    *,
    unknown: Dataset | None = None,
    on_progress: OnProgress = lambda _: None,
    on_epoch: OnEpoch = lambda _: None,
) -> TrainingResult:
    """Train a network, export it, calibrate it, and measure it on thumbnails that took no part in either.

    From the thumbnails of `unknown` channels it learns what "unknown" looks like. Channels with too few different
    thumbnails are left out.

    Same dataset, config and machine, same result. Raises TooFewThumbnailsError, DatasetError, WeightsError if
    pretrained weights are unavailable, for an unknown network ArtifactError, and TrainingError if the export fails.
    """
    check_enough(len(dataset.channels), ())
    with _seeded(config.seed):
        network = _new(config.network, dataset.channels)
        examples, left_out = leave_out_weak(read_examples(dataset, network.prepare, on_progress))
        if left_out:
            torch.manual_seed(config.seed)  # as if they had never been there
            network = _new(config.network, examples.channels)
        splits = split(examples, seed=config.seed)
        fitted = _fit(network, examples, splits, config, on_progress, on_epoch)
    unknown_examples = read_examples(unknown, network.prepare, on_progress) if unknown else None
    exported = export(fitted.network, examples.inputs[splits.training][:EXPORT_CHECKS])
    answering = ExportedNetwork(exported, _THREADS)
    calibration = _calibrate(answering, fitted.training_outputs, examples, splits, unknown_examples)
    targets = examples.targets[splits.test]
    probabilities = calibration.probabilities(answering.run(examples.inputs[splits.test]))
    labels = tuple(channel.label for channel in examples.channels)
    metrics, right = measure(probabilities, targets, labels), probabilities.argmax(axis=1) == targets
    test = examples.dataset(splits.test)
    return TrainingResult(
        Artifact(describe(config.network, examples, metrics), exported, calibration, config.seed),
        fitted.history,
        test=test,
        test_right=right,
        skipped=examples.skipped + (unknown_examples.skipped if unknown_examples else ()),
        left_out=left_out,
        mistakes=find_mistakes(test.files, targets, probabilities, labels, held_out=True),
    )


def _new(name: str, channels: Sequence[Channel]) -> Network:
    """A new network for some channels, with pretrained weights if it has any. Raises WeightsError, ArtifactError."""
    network = build(name, len(channels))
    network.warm_start()
    return network


def _fit(
    network: Network,
    examples: Examples,
    splits: Split,
    config: TrainingConfig,
    on_progress: OnProgress,
    on_epoch: OnEpoch,
) -> _Fitted:
    """Train the head of a frozen network, else the whole; with `fine_tune`, one after the other."""
    inputs, targets = examples.inputs[splits.training], examples.targets[splits.training]
    held_out, truth = examples.inputs[splits.calibration], examples.targets[splits.calibration]
    labels = tuple(channel.label for channel in examples.channels)

    def validate(candidate: Network) -> dict[str, float]:
        metrics = measure(softmax(run(candidate, held_out).logits), truth, labels)
        return {name: getattr(metrics, name) for name in ("accuracy", "precision", "recall", "f1")}

    if network.frozen:
        outputs, history = fit_head(
            network, inputs, targets, seed=config.seed, validate=validate, on_progress=on_progress, on_epoch=on_epoch
        )
        if not (config.fine_tune and network.epochs):
            return _Fitted(network, outputs, history)
    network, history = fit(
        network, inputs, targets, config, validate=validate, on_progress=on_progress, on_epoch=on_epoch
    )
    return _Fitted(network, run(network, inputs), history)


def _calibrate(
    network: ExportedNetwork, training: Outputs, examples: Examples, splits: Split, unknown: Examples | None
) -> Calibration:
    """Fit temperature and unknown score on the calibration split, and on unknown channels if there are any."""
    return Calibration.fit(
        training,
        examples.targets[splits.training],
        calibration=network.run(examples.inputs[splits.calibration]),
        calibration_targets=examples.targets[splits.calibration],
        unknown=network.run(unknown.inputs) if unknown else None,
    )


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed torch's global generator inside the block, and restore it outside."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
