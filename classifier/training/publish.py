"""From a dataset to a model folder: train, compare with the previous model, draw, write."""

from pathlib import Path
from typing import Final

from classifier.drawing.confusion import confusion_figure
from classifier.drawing.figures import training_figure
from classifier.errors import ArtifactError, TrainingError
from classifier.models import artifact
from classifier.models.eye_model import EyeModel, save_eye_model
from classifier.models.folder import CONFUSION_NAME, check_place
from classifier.models.held_out import HELD_OUT_NAME, held_out_record
from classifier.models.metrics import is_worse, measure
from classifier.models.mistakes import MISTAKES_NAME, dump_mistakes
from classifier.models.predictor import Predictor
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import read_examples
from classifier.settings import DEFAULT_FEATURE_BYTES, EYE
from classifier.training.config import OnEpoch, TrainingConfig
from classifier.training.result import TrainingResult
from classifier.training.train_head import train_head
from classifier.values import Comparison, OnProgress, Progress, TrainedModel

TRAINING_NAME: Final = "training.png"


def publish(
    dataset: Dataset,
    config: TrainingConfig,
    out: Path,
    *,
    unknown: Dataset | None = None,
    features: Path | None = None,
    feature_bytes: int = DEFAULT_FEATURE_BYTES,
    against: Path | None,
    on_progress: OnProgress,
    on_epoch: OnEpoch,
) -> TrainedModel:
    """Train on a dataset and on thumbnails of `unknown` channels, and write the artifact to `out`, with its plots, its
    mistakes and the record of its test split.

    `features` is the folder where features are kept, at most `feature_bytes` of them; `against` is that of a model to
    compare with. Raises ArtifactError, and what `train` raises.
    """
    check_place(out)
    if config.network == EYE:
        result = train_head(
            dataset,
            unknown=unknown,
            features=features,
            feature_bytes=feature_bytes,
            seed=config.seed,
            on_progress=on_progress,
        )
    else:
        try:
            from classifier.training.train import train  # noqa: PLC0415 - imports torch, for networks that need it
        except ModuleNotFoundError as error:
            raise TrainingError(
                "The network {network} needs PyTorch: run ./scripts/setup requirements.lock.",
                network=repr(config.network),
            ) from error
        result = train(dataset, config, unknown=unknown, on_progress=on_progress, on_epoch=on_epoch)
    comparison = _compare(result, against, on_progress) if against else None
    info = result.artifact.info
    beside = {
        CONFUSION_NAME: confusion_figure(info.metrics, info.channels),
        HELD_OUT_NAME: held_out_record(result.test),
        MISTAKES_NAME: dump_mistakes(result.mistakes),
    }
    if len(result.history) > 1:
        beside[TRAINING_NAME] = training_figure(result.history)
    if isinstance(result.artifact, EyeModel):
        save_eye_model(result.artifact, out, beside)
    else:
        artifact.save(result.artifact, out, beside)
    on_progress(Progress("measure", info.metrics.n, info.metrics.n))
    return TrainedModel(info, comparison, result.skipped, result.history, result.left_out)


def _compare(result: TrainingResult, against: Path, on_progress: OnProgress) -> Comparison | None:
    """Compare with another model on the new one's test split; None if that one is broken or knows other channels."""
    try:
        other = Predictor.load(against)
    except ArtifactError:
        return None
    if other.labels != tuple(channel.label for channel in result.test.channels):
        return None
    examples = read_examples(
        result.test, other.judge.prepare, lambda read: on_progress(Progress("measure", read.done, read.total))
    )
    probabilities = other.judge.judge(examples.inputs).probabilities
    right_before = probabilities.argmax(axis=1) == examples.targets
    lost, won = int((right_before & ~result.test_right).sum()), int((result.test_right & ~right_before).sum())
    return Comparison(
        measure(probabilities, examples.targets, other.labels),
        only_before=lost,
        only_after=won,
        worse=is_worse(lost=lost, won=won),
        better=is_worse(lost=won, won=lost),
    )
