"""Models: train, info, evaluate."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from classifier.settings import DEFAULT_FEATURE_BYTES, DEFAULT_NETWORK
from classifier.terminal import (
    epoch_line,
    print_info,
    print_json,
    print_left_out,
    print_look_alikes,
    print_metrics,
    printable,
    say,
    verb,
)
from classifier.values import ModelInfo, TrainedModel
from classifier.verbs.options import Data, Json, Model


def train(
    data: Data,
    out: Annotated[Path, typer.Option(help="Model folder to write; a model there is replaced when training is done.")],
    network: Annotated[
        str,
        typer.Option(
            help="eye (a pretrained network with a fitted head); kernel (on histograms); net (the tutorial's, on "
            "histograms); or, with pretrained weights that are downloaded once, mobilenet_v3_small, "
            "mobilenet_v3_large, efficientnet_b0, convnext_tiny."
        ),
    ] = DEFAULT_NETWORK,
    features: Annotated[
        Path | None,
        typer.Option(help="Folder where eye caches the features of thumbnails, so that each is computed only once."),
    ] = None,
    feature_bytes: Annotated[
        int,
        typer.Option(min=0, help="Size limit of that folder, in bytes; the least recently used features are deleted."),
    ] = DEFAULT_FEATURE_BYTES,
    fine_tune: Annotated[
        bool, typer.Option("--fine-tune", help="Train all layers of a torchvision network, not only the last.")
    ] = False,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Passes over the training set; the default depends on the network. eye needs none."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same result on the same machine.")] = 0,
    only: Annotated[
        list[str] | None, typer.Option(help="Use only this channel's folder; can be given more than once.")
    ] = None,
    unknown: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of unknown channels' thumbnails, at any depth; can be given more than once. Thumbnails of the "
            "known channels are left out."
        ),
    ] = None,
    max_unknown: Annotated[
        int | None,
        typer.Option(
            min=1, help="Use at most this many thumbnails of unknown channels, spread evenly over the channels."
        ),
    ] = None,
    reviewed: Annotated[
        Path | None,
        typer.Option(
            help="JSON file of labelled videos, only used for training: it maps each video id to its channel's folder, "
            "or to null for none of the channels. Their thumbnails are in the same folder as the file."
        ),
    ] = None,
    corrected: Annotated[
        Path | None,
        typer.Option(
            help="JSON file of corrections: it maps video ids of the data folder to their right channels' folders, or "
            "to null to leave them out. Those that get another channel are only used for training."
        ),
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="Model folder to compare with, on the same test thumbnails.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Train a model on a data folder, calibrate it, and evaluate it on thumbnails that it never saw.

    Channels with too few different thumbnails are left out and named.
    """
    with verb(as_json=as_json) as on_progress:
        from classifier.pictures.dataset import Dataset  # noqa: PLC0415
        from classifier.pictures.reviewed import add_reviewed, correct  # noqa: PLC0415
        from classifier.pictures.unknown import MIN_CHANNELS, unknown_thumbnails  # noqa: PLC0415
        from classifier.training.config import TrainingConfig  # noqa: PLC0415
        from classifier.training.publish import publish  # noqa: PLC0415

        dataset = Dataset.open(data, only=only)
        dataset = correct(dataset, corrected) if corrected else dataset
        dataset, none_of_these = add_reviewed(dataset, reviewed) if reviewed else (dataset, ())
        unknown_dataset = unknown_thumbnails(unknown or (), dataset, reviewed=none_of_these, limit=max_unknown)
        if unknown and unknown_dataset is None and not as_json:
            say(f"There are fewer than {MIN_CHANNELS} unknown channels; their thumbnails are not used.")
        trained = publish(
            dataset,
            TrainingConfig(network=network, fine_tune=fine_tune, epochs=epochs, seed=seed),
            out,
            unknown=unknown_dataset,
            features=features,
            feature_bytes=feature_bytes,
            against=against,
            on_progress=on_progress,
            on_epoch=lambda report: None if as_json else say(epoch_line(report)),
        )
    if as_json:
        print_json(TypeAdapter(TrainedModel).dump_python(trained, mode="json"))
        return
    for reason in trained.skipped:
        say(f"skipped {printable(reason)}")
    print_left_out(trained.left_out)
    print_metrics(trained.model.metrics)
    print_look_alikes(trained.model)
    if compared := trained.comparison:
        verdict = "significantly worse" if compared.worse else "not significantly worse"
        say(
            f"{against}: accuracy {compared.before.accuracy:.1%} on the same thumbnails. It got {compared.only_before} "
            f"right that the new model got wrong, the new model {compared.only_after} that it got wrong. The new model "
            f"is {verdict}."
        )
    say(f"The model is in {out}.")


def info(model: Model, *, as_json: Json = False) -> None:
    """Show what a model is: its channels, how good it was on its test set, and which channels it often mixes up."""
    with verb(as_json=as_json):
        from classifier.models.folder import read_info  # noqa: PLC0415

        described = read_info(model)
    if as_json:
        print_json(TypeAdapter(ModelInfo).dump_python(described, mode="json"))
    else:
        print_info(described)


def evaluate(
    model: Model,
    data: Data,
    unknown: Annotated[Path | None, typer.Option(help="Folder of unknown channels' thumbnails, at any depth.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Evaluate a model on labelled thumbnails, and on thumbnails of unknown channels."""
    with verb(as_json=as_json) as on_progress:
        from classifier.models.predictor import Predictor  # noqa: PLC0415
        from classifier.pictures.dataset import Dataset, unlabelled  # noqa: PLC0415

        others = unlabelled(unknown) if unknown else None
        metrics = Predictor.load(model).evaluate(Dataset.open(data), others, on_progress)
    if as_json:
        print_json({name: value for name, value in asdict(metrics).items() if value is not None})
    else:
        print_metrics(metrics)
