"""Training of the default network: the eye's features, and a head fitted to them. Needs no PyTorch."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from classifier.errors import PictureError
from classifier.left_out import check_enough
from classifier.models.eye_model import EyeModel
from classifier.models.head import MAX_STEPS, Groups, Head
from classifier.models.judges import Judgement
from classifier.models.metrics import measure, with_unknown
from classifier.models.thumbnail_index import ThumbnailIndex, project
from classifier.networks.eye import Eye
from classifier.networks.features import FeatureStore, read_features
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import Examples, read_file
from classifier.pictures.splits import draw, near_duplicate_leaders, split
from classifier.pictures.unknown import unknown_channel
from classifier.pictures.weak_channels import leave_out_weak
from classifier.settings import DEFAULT_FEATURE_BYTES, EYE
from classifier.training.mistakes import find_mistakes
from classifier.training.result import TrainingResult, describe
from classifier.values import EpochReport, Mistake, OnProgress, Progress

UNKNOWN_TEST: Final = 0.2
"""Share of the unknown channels held out for testing."""
_THREADS: Final = 2
_PART: Final = 256
"""Thumbnails projected at a time."""


def train_head(
    dataset: Dataset,
    *,
    unknown: Dataset | None = None,
    features: Path | None = None,
    feature_bytes: int = DEFAULT_FEATURE_BYTES,
    seed: int = 0,
    on_progress: OnProgress = lambda _: None,
) -> TrainingResult:
    """Fit a head to thumbnails of known channels and of `unknown` ones, and measure it on others of both.

    Known thumbnails are held out by the test split, unknown ones by whole channels. Channels with too few different
    thumbnails are left out. `features` is the folder where features are kept, at most `feature_bytes` of them. Same
    dataset and seed, same result. Raises TooFewThumbnailsError, DatasetError, WeightsError.
    """
    check_enough(len(dataset.channels), ())
    eye = Eye(_THREADS)
    store = FeatureStore(features, eye) if features else None
    known, left_out = leave_out_weak(read_features(dataset, eye, store, on_progress))
    seen = np.asarray(known.inputs, dtype=np.float16)
    splits = split(known, seed=seed)
    learned = np.sort(np.concatenate([splits.training, splits.calibration]))
    unknown_features = _UnknownFeatures.read(unknown, eye, store, seed, on_progress)
    if store:
        store.prune(feature_bytes)
    steps = count()

    def on_step() -> None:
        on_progress(Progress("train", min(next(steps), MAX_STEPS - 1), MAX_STEPS, "fitting"))

    on_step()
    leaders = near_duplicate_leaders(known, np.ones(len(known.files), dtype=np.bool_))[learned]
    groups = Groups(np.concatenate([leaders, len(known.files) + unknown_features.channels]))
    judged: list[NDArray[np.float64]] = []
    head = Head.fit(
        *(seen[learned], known.targets[learned], unknown_features.training, groups),
        on_step=on_step,
        on_judged=judged.append,
    )
    on_progress(Progress("train", MAX_STEPS, MAX_STEPS, "fitting"))
    logits, targets = head.logits(seen[splits.test]), known.targets[splits.test]
    tested = Judgement.of(head, logits)
    labels = tuple(channel.label for channel in known.channels)

    def mistakes(indices: NDArray[np.int64], judged: NDArray[np.float64], *, held_out: bool) -> tuple[Mistake, ...]:
        crawled = np.array([known.files[index] not in known.reviewed for index in indices], dtype=np.bool_)
        files = [known.files[index] for index in indices[crawled]]
        return find_mistakes(files, known.targets[indices[crawled]], judged[crawled], labels, held_out=held_out)

    metrics = measure(tested.probabilities, targets, labels)
    loss = metrics.log_loss
    if len(unknown_features.test):
        metrics = with_unknown(metrics, tested, targets, Judgement.of(head, head.logits(unknown_features.test)))
    typicality = np.full(len(known.files), np.nan, dtype=np.float32)
    typicality[splits.test] = head.typicality(logits, targets)
    held_out = mistakes(splits.test, head.probabilities(logits), held_out=True)
    doubted = held_out + mistakes(learned, judged[0], held_out=False)
    report = EpochReport(1, 1, loss, metrics.accuracy, metrics.precision, metrics.recall, metrics.f1)
    return TrainingResult(
        EyeModel(describe(EYE, known, metrics), head, eye.hash, seed, _index(known, learned, typicality)),
        (report,),
        test=known.dataset(splits.test),
        test_right=tested.probabilities.argmax(axis=1) == targets,
        skipped=known.skipped + unknown_features.skipped,
        left_out=left_out,
        mistakes=tuple(sorted(doubted, key=lambda mistake: -mistake.loss)),
    )


def _index(known: Examples, learned: NDArray[np.int64], typicality: NDArray[np.float32]) -> ThumbnailIndex:
    """The index of the channels' own thumbnails, without those that people labelled."""
    digests = {}
    for index, file in enumerate(known.files):
        if file not in known.reviewed:
            with suppress(PictureError):  # it could be read a moment ago
                digests[index] = int.from_bytes(hashlib.sha256(read_file(file)).digest()[:8])
    own = np.array([*digests], dtype=np.int64)
    features = np.asarray(known.inputs, dtype=np.float16)
    parts = [project(features[part]) for part in np.array_split(own, range(_PART, len(own), _PART))]
    return ThumbnailIndex(
        vectors=np.concatenate(parts),
        digests=np.array([*digests.values()], dtype=np.uint64),
        channels=known.targets[own].astype(np.uint16),
        learned=np.isin(own, learned),
        typicality=typicality[own],
    )


@dataclass(frozen=True, slots=True, eq=False)
class _UnknownFeatures:
    """Features of unknown channels: some to learn from, with the number of each one's channel, and others to test."""

    training: NDArray[np.float16]
    channels: NDArray[np.int64]
    test: NDArray[np.float16]
    skipped: tuple[str, ...]

    @classmethod
    def read(
        cls, dataset: Dataset | None, eye: Eye, store: FeatureStore | None, seed: int, on_progress: OnProgress
    ) -> Self:
        """Read all, and hold out whole channels."""
        if dataset is None:
            none = np.zeros((0, eye.features), dtype=np.float16)
            return cls(none, np.zeros(0, dtype=np.int64), none, ())
        examples = read_features(dataset, eye, store, on_progress)
        names = [unknown_channel(file) for file in examples.files]
        held_out = np.array([draw(name, seed) < UNKNOWN_TEST for name in names])
        _, numbers = np.unique(names, return_inverse=True)
        features = np.asarray(examples.inputs, dtype=np.float16)
        return cls(features[~held_out], numbers[~held_out], features[held_out], examples.skipped)
