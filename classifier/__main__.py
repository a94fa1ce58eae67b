"""`python -m classifier VERB`: crawl, fetch, refresh, train, info, evaluate, predict, figures, histograms.

With `--json` a verb prints its result as one JSON object on standard output (predict: one per picture), and its
progress as JSON lines on standard error; a failure is `{"error": kind, "message": sentence, "data": {...}}` and exit
status 1.
"""

import asyncio
import json
import signal
from collections.abc import Coroutine
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import TypeAdapter

from classifier.errors import PictureError
from classifier.links import is_video_id
from classifier.serving.lifeline import tie_to
from classifier.settings import DEFAULT_FEATURE_BYTES, DEFAULT_NETWORK
from classifier.terminal import (
    counts,
    epoch_line,
    prediction_json,
    print_crawl,
    print_info,
    print_json,
    print_left_out,
    print_look_alikes,
    print_metrics,
    printable,
    say,
    verb,
)
from classifier.values import CrawlSummary, ModelInfo, TrainedModel

T = TypeVar("T")

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and progress as JSON lines.")]
Data = Annotated[Path, typer.Option(help="Data folder: one sub-folder of thumbnails per channel.")]
Model = Annotated[Path, typer.Option(help="Model folder, written by train.")]


@app.callback()
def main(
    parent: Annotated[
        int | None, typer.Option(hidden=True, help="Exit when this process, which started this one, does.")
    ] = None,
) -> None:
    """Recognise YouTube channels by their thumbnails."""
    if parent is not None:
        tie_to(parent)


@app.command()
def crawl(
    channels: Annotated[list[str], typer.Argument(help="@handles, channel ids, user names, or links to them.")],
    data: Data,
    count: Annotated[int, typer.Option(min=1, help="Thumbnails to download per channel, newest first.")] = 400,
    unknown: Annotated[
        Path | None,
        typer.Option(help="Also download thumbnails of unknown channels, from YouTube's charts, into this folder."),
    ] = None,
    max_unknown: Annotated[int, typer.Option(min=1, help="Maximum number of thumbnails of unknown channels.")] = 2000,
    *,
    as_json: Json = False,
) -> None:
    """Download channels' thumbnails into a data folder.

    Needs YOUTUBE_API_KEY, from the environment or .env. Downloads only what is missing; 400 thumbnails cost 9 units of
    quota. Channels that can't be crawled are left out and named. `train --unknown` uses the thumbnails of unknown
    channels to learn what to reject as unknown. If some of them can't be downloaded, the crawl says so but does not
    fail.
    """
    with verb(as_json=as_json) as on_progress:
        from classifier.settings import YouTubeSettings  # noqa: PLC0415 - each verb imports what it needs
        from classifier.youtube.crawler import YouTubeCrawler  # noqa: PLC0415

        crawler = YouTubeCrawler(YouTubeSettings(), data)

        async def crawl_all() -> CrawlSummary:
            summary = await crawler.crawl_all(channels, count, on_progress)
            if unknown is None or not summary.channels:
                return summary
            known = {it.id for it in summary.asked_for if it.id}
            return replace(summary, unknown=await crawler.crawl_unknown(unknown, known, max_unknown, on_progress))

        summary = asyncio.run(_until_terminated(crawl_all()))
    if as_json:
        print_json(asdict(summary))
    else:
        print_crawl(summary, unknown)
    if not summary.channels:
        raise typer.Exit(1)


@app.command()
def fetch(
    videos: Annotated[list[str], typer.Argument(help="Video ids.")],
    out: Annotated[Path, typer.Option(help="Folder for the thumbnails, named <video id>.jpg.")],
    *,
    as_json: Json = False,
) -> None:
    """Download single videos' thumbnails into a folder.

    Needs no key. Downloads only what is missing; videos without a thumbnail are left out.
    """
    if wrong := [video for video in videos if not is_video_id(video)]:
        raise typer.BadParameter(f"{wrong[0]!r} is not a video id")
    with verb(as_json=as_json) as on_progress:
        from classifier.settings import YouTubeSettings  # noqa: PLC0415
        from classifier.youtube.crawler import fetch_videos  # noqa: PLC0415

        report = asyncio.run(_until_terminated(fetch_videos(YouTubeSettings(), out, videos, on_progress)))
    if as_json:
        print_json(asdict(report))
    else:
        left_out = f", {counts(report.left_out)}" if report.left_out else ""
        say(f"{out} now has {report.thumbnails} of the thumbnails ({report.new} new){left_out}.")


@app.command()
def refresh(
    data: Data,
    unknown: Annotated[Path, typer.Option(help="Folder of unknown channels' thumbnails.")],
    reviewed: Annotated[Path, typer.Option(help="Folder of single videos' thumbnails.")],
    listed: Annotated[
        list[str] | None, typer.Option(help="Channel to keep, by @handle, id or link; can be given more than once.")
    ] = None,
    used: Annotated[
        list[str] | None, typer.Option(help="Id of another channel to look up; can be given more than once.")
    ] = None,
    now: Annotated[datetime | None, typer.Option(help="The time that counts as now, in UTC.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Refresh what came from YouTube, or delete it: names of channels, and thumbnails that are 20 days old.

    Deleted is what YouTube no longer has, what could not be refreshed in 29 days, and the folders of channels that are
    not listed. One unit of quota looks up 50 channels.
    """
    with verb(as_json=as_json):
        from classifier.settings import YouTubeSettings  # noqa: PLC0415
        from classifier.youtube.refresh import Folders  # noqa: PLC0415
        from classifier.youtube.refresh import refresh as refresh_all  # noqa: PLC0415

        at = datetime.now(UTC) if now is None else now.replace(tzinfo=UTC)
        folders = Folders(data, unknown, reviewed)
        work = refresh_all(YouTubeSettings(), folders, listed=listed or (), used=used or (), now=at)
        report = asyncio.run(_until_terminated(work))
    if as_json:
        print_json(asdict(report))
    else:
        say(
            f"Looked up {len(report.channels)} channels ({len(report.gone)} gone) and {report.checked} thumbnails "
            f"({report.changed} changed); deleted {report.deleted}; {report.units} units of quota."
        )
        if report.problem:
            say(report.problem)


@app.command()
def histograms(
    out: Annotated[Path, typer.Option(help="The .npz file to write: X (n, 4, 25), y, video, channel.")],
    data: Annotated[Path | None, typer.Option(help="Data folder: one sub-folder of thumbnails per channel.")] = None,
    import_tutorial: Annotated[
        Path | None, typer.Option(help="The tutorial's own thumbnails.npz, instead of a data folder.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Save the RGB histograms of thumbnails as plain arrays."""
    if (data is None) == (import_tutorial is None):
        raise typer.BadParameter("pass either --data or --import-tutorial")
    with verb(as_json=as_json) as on_progress:
        from classifier.pictures import histograms as arrays  # noqa: PLC0415
        from classifier.pictures import tutorial_file  # noqa: PLC0415
        from classifier.pictures.dataset import Dataset  # noqa: PLC0415

        if data is not None:
            result = arrays.histograms(Dataset.open(data), on_progress)
        else:
            result = tutorial_file.import_tutorial(import_tutorial or out)
        result.save(out)
    if as_json:
        print_json({"out": str(out), "n": len(result.y)})
    else:
        say(f"Saved the histograms of {len(result.y)} thumbnails in {out}.")


@app.command()
def figures(
    image: Annotated[Path, typer.Argument(help="An image file.")],
    out: Annotated[Path, typer.Option(help="Folder for the PNG files.")],
    model: Annotated[
        Path | None, typer.Option(help="Model folder; adds a fourth figure, which explains the model's answer.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Draw the tutorial's figures of a picture: the picture, its colour planes, and their histograms."""
    with verb(as_json=as_json):
        from classifier.drawing import explanations  # noqa: PLC0415
        from classifier.drawing.figures import picture_figure  # noqa: PLC0415
        from classifier.pictures.examples import read_thumbnail  # noqa: PLC0415

        thumbnail = read_thumbnail(image)
        drawn = {
            out / "figure-1-picture.png": picture_figure(thumbnail),
            out / "figure-2-planes.png": explanations.planes_figure(thumbnail),
            out / "figure-3-histograms.png": explanations.histograms_figure(thumbnail),
        }
        if model is not None:
            from classifier.models.predictor import Predictor  # noqa: PLC0415

            drawn[out / "figure-4-why.png"] = explanations.heatmap_figure(
                thumbnail, Predictor.load(model).explain(thumbnail)
            )
        out.mkdir(parents=True, exist_ok=True)
        for file, png in drawn.items():
            file.write_bytes(png)
    if as_json:
        print_json({"figures": [str(file) for file in drawn]})
    else:
        say("\n".join(str(file) for file in drawn))


@app.command()
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


@app.command()
def info(model: Model, *, as_json: Json = False) -> None:
    """Show what a model is: its channels, how good it was on its test set, and which channels it often mixes up."""
    with verb(as_json=as_json):
        from classifier.models.folder import read_info  # noqa: PLC0415

        described = read_info(model)
    if as_json:
        print_json(TypeAdapter(ModelInfo).dump_python(described, mode="json"))
    else:
        print_info(described)


@app.command()
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
        from classifier.pictures.dataset import Dataset  # noqa: PLC0415

        metrics = Predictor.load(model).evaluate(Dataset.open(data), unknown, on_progress)
    if as_json:
        print_json({name: value for name, value in asdict(metrics).items() if value is not None})
    else:
        print_metrics(metrics)


@app.command()
def predict(
    images: Annotated[list[Path], typer.Argument(help="Image files.")],
    model: Model,
    plot: Annotated[Path | None, typer.Option(help="PNG file for the confidence plot of one picture.")] = None,
    why: Annotated[
        Path | None, typer.Option(help="PNG file for the explanation of one picture: the evidence for its channel.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Predict the channel of each picture.

    If one can't be read, its error is printed, the others are still predicted, and the exit status is 1.
    """
    if (plot or why) and len(images) > 1:
        raise typer.BadParameter("--plot and --why only work with one picture")
    failed = False
    with verb(as_json=as_json):
        from classifier.drawing.confidence import confidence_plot, percent  # noqa: PLC0415
        from classifier.drawing.explanations import heatmap_figure  # noqa: PLC0415
        from classifier.models.predictor import Predictor  # noqa: PLC0415
        from classifier.pictures.examples import read_thumbnail  # noqa: PLC0415

        predictor = Predictor.load(model)
        for image in images:
            try:
                thumbnail = read_thumbnail(image)
            except PictureError as error:
                failed = True
                line = {"path": str(image), "error": str(error)}
                typer.echo(json.dumps(line) if as_json else f"{image}: {error}", err=not as_json)
                continue
            (prediction,) = predictor.predict([thumbnail])
            if plot is not None:
                plot.write_bytes(confidence_plot(prediction))
            if why is not None:
                why.write_bytes(heatmap_figure(thumbnail, predictor.explain(thumbnail)))
            if as_json:
                drawn = {"why": str(why)} if why else {}
                print_json({"path": str(image), **prediction_json(prediction), **drawn})
            else:
                verdict = "unknown; closest match: " if prediction.unknown else ""
                title = printable(prediction.channel.title)
                say(f"{image}: {verdict}{title} ({percent(prediction.confidence)})")
    if failed:
        raise typer.Exit(1)


async def _until_terminated(work: Coroutine[Any, Any, T]) -> T:
    """Let SIGTERM cancel the work, so that it can save what it has."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


if __name__ == "__main__":
    app(prog_name="python -m classifier")
