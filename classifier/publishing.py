"""From a data folder to a model folder: train, measure the model before it on the same pictures, draw, write."""

from pathlib import Path

from classifier import artifact
from classifier.dataset import Dataset, read_features
from classifier.errors import ArtifactError
from classifier.figures import confusion_figure, training_figure
from classifier.metrics import is_worse, measure
from classifier.predictor import Predictor
from classifier.training import OnEpoch, Trained, TrainingConfig, train
from classifier.values import Comparison, OnProgress, Progress, TrainedModel

CONFUSION_NAME = "confusion.png"
TRAINING_NAME = "training.png"


def publish(
    dataset: Dataset,
    config: TrainingConfig,
    out: Path,
    *,
    others: Dataset | None = None,
    against: Path | None,
    on_progress: OnProgress,
    on_epoch: OnEpoch,
) -> TrainedModel:
    """Train on `dataset`, and on pictures of `others`, and write the artifact to `out`, its plots beside it.

    `against` is the folder of a model to compare with. Raises ArtifactError, and what `train` raises.
    """
    artifact.check_place(out)
    trained = train(dataset, config, others=others, on_progress=on_progress, on_epoch=on_epoch)
    comparison = _compare(trained, against, on_progress) if against else None
    info, history = trained.artifact.info, trained.artifact.history
    plots = {
        CONFUSION_NAME: confusion_figure(info.metrics, [channel.title for channel in info.channels]),
        TRAINING_NAME: training_figure(history),
    }
    artifact.save(trained.artifact, out, plots)
    on_progress(Progress("measure", info.metrics.n, info.metrics.n))
    return TrainedModel(info, comparison, trained.skipped, history)


def _compare(trained: Trained, against: Path, on_progress: OnProgress) -> Comparison | None:
    """The new model beside another on the new one's test side.

    None where the other is broken or knows other channels: then there is nothing to compare.
    """
    try:
        other = Predictor.load(against)
    except ArtifactError:
        return None
    labels = tuple(channel.label for channel in trained.test.channels)
    if tuple(channel.label for channel in other.channels) != labels:
        return None
    features = read_features(
        trained.test, other.prepare, lambda read: on_progress(Progress("measure", read.done, read.total))
    )
    probabilities, _ = other.judge(features.inputs)
    right_before = probabilities.argmax(axis=1) == features.targets
    lost, won = int((right_before & ~trained.test_right).sum()), int((trained.test_right & ~right_before).sum())
    before = measure(probabilities, features.targets, labels)
    return Comparison(
        before,
        only_before=lost,
        only_after=won,
        worse=is_worse(lost=lost, won=won),
        better=is_worse(lost=won, won=lost),
    )
