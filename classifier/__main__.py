"""`python -m classifier VERB`: crawl, fetch, train, evaluate, predict, figures, histograms.

With `--json` a verb prints its result as one JSON object on standard output (predict: one a picture), and its progress
as JSON lines on standard error; a failure is `{"error": kind, "message": sentence}` and exit status 1.
"""

import asyncio
import json
import signal
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from classifier.bars import progress_bars
from classifier.errors import PictureError, ThumbprintError
from classifier.values import (
    CrawlReport,
    EpochReport,
    Metrics,
    OnProgress,
    Prediction,
    Progress,
    StrangersReport,
    TrainedModel,
)
from classifier.youtube import is_video_id

T = TypeVar("T")

app = typer.Typer(
    help="Tell YouTube channels apart by their thumbnails.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
)

Json = Annotated[bool, typer.Option("--json", help="For machines: the result as JSON, progress as JSON lines.")]
Data = Annotated[Path, typer.Option(help="Data folder: one sub-folder of pictures a channel.")]
Model = Annotated[Path, typer.Option(help="Model folder, as train wrote it.")]

_NOTICE_SECONDS: Final = 0.2


@app.command()
def crawl(
    channels: Annotated[list[str], typer.Argument(help="@handles, channel ids, user names, or links to them.")],
    data: Data,
    count: Annotated[int, typer.Option(min=1, help="Thumbnails to fetch of each channel, newest first.")] = 400,
    strangers: Annotated[
        Path | None,
        typer.Option(
            help="Folder to fill with as many thumbnails of other channels, from YouTube's most popular videos."
        ),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Fetch channels' thumbnails into a data folder.

    Needs YOUTUBE_API_KEY, in the environment or in .env. Fetches only what is not there yet: 9 quota units for 400.
    Other channels' thumbnails are what `train --others` learns "unknown" from; what keeps them from coming is told, but
    is no failure.
    """
    with _verb(as_json=as_json) as on_progress:
        from classifier.crawler import YouTubeCrawler  # noqa: PLC0415 - each verb imports what it needs
        from classifier.settings import YouTubeSettings  # noqa: PLC0415

        crawler = YouTubeCrawler(YouTubeSettings(), data)

        async def crawl_all() -> tuple[list[CrawlReport], StrangersReport | None]:
            reports = [await crawler.crawl(channel, count, on_progress) for channel in channels]
            if strangers is None:
                return reports, None
            known = {report.channel.id for report in reports if report.channel.id}
            return reports, await crawler.crawl_strangers(strangers, known, count, on_progress)

        reports, others = asyncio.run(_until_terminated(crawl_all()))
    if as_json:
        answer: dict[str, Any] = {"channels": [asdict(report) for report in reports]}
        _print_json(answer | ({"strangers": asdict(others)} if others else {}))
        return
    table = Table("channel", "folder", "pictures", "new", "left out", "quota units")
    for report in reports:
        left_out = ", ".join(f"{count} {reason}" for reason, count in report.left_out.items()) or "none"
        numbers = (str(report.pictures), str(report.new), left_out, str(report.units))
        table.add_row(_plain(report.channel.title), report.channel.label, *numbers)
    if others is not None:
        table.add_row("other channels", str(strangers), str(others.pictures), str(others.new), "", str(others.units))
    _console().print(table)
    if others is not None and others.problem:
        _say(f"Not all thumbnails of other channels came: {others.problem}")


@app.command()
def fetch(
    videos: Annotated[list[str], typer.Argument(help="Ids of videos.")],
    out: Annotated[Path, typer.Option(help="Folder for the pictures, <video id>.jpg.")],
    *,
    as_json: Json = False,
) -> None:
    """Fetch single videos' thumbnails into a folder.

    Needs no key. Fetches only what is not there yet; what YouTube does not have is left out.
    """
    if wrong := [video for video in videos if not is_video_id(video)]:
        raise typer.BadParameter(f"{wrong[0]!r} is no video's id")
    with _verb(as_json=as_json) as on_progress:
        from classifier.crawler import fetch_videos  # noqa: PLC0415
        from classifier.settings import YouTubeSettings  # noqa: PLC0415

        report = asyncio.run(_until_terminated(fetch_videos(YouTubeSettings(), out, videos, on_progress)))
    if as_json:
        _print_json(asdict(report))
    else:
        left_out = "".join(f", {count} {reason}" for reason, count in report.left_out.items())
        _say(f"{report.pictures} pictures are in {out}, {report.new} of them new{left_out}.")


@app.command()
def histograms(
    out: Annotated[Path, typer.Option(help="The .npz file to write: X (n, 4, 25), y, video, channel.")],
    data: Annotated[Path | None, typer.Option(help="Data folder: one sub-folder of pictures a channel.")] = None,
    import_tutorial: Annotated[Path | None, typer.Option(help="The tutorial's own thumbnails.npz, instead.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Save pictures' RGB histograms as plain arrays."""
    if (data is None) == (import_tutorial is None):
        raise typer.BadParameter("give either --data or --import-tutorial")
    with _verb(as_json=as_json) as on_progress:
        from classifier import tutorial  # noqa: PLC0415
        from classifier.dataset import Dataset  # noqa: PLC0415

        if data is not None:
            made = tutorial.histograms(Dataset.open(data), on_progress)
        else:
            made = tutorial.import_tutorial(import_tutorial or out)
        made.save(out)
    if as_json:
        _print_json({"out": str(out), "n": len(made.y)})
    else:
        _say(f"{len(made.y)} pictures' histograms are in {out}.")


@app.command()
def figures(
    image: Annotated[Path, typer.Argument(help="A picture.")],
    out: Annotated[Path, typer.Option(help="Folder for the PNG files.")],
    model: Annotated[
        Path | None, typer.Option(help="Model folder; with it a fourth figure says why it answers so.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Draw the tutorial's figures of a picture: itself, its colour planes, and their histograms."""
    with _verb(as_json=as_json):
        from classifier import figures as draw  # noqa: PLC0415
        from classifier.dataset import read_thumbnail  # noqa: PLC0415

        thumbnail = read_thumbnail(image)
        drawn = {
            out / "figure-1-picture.png": draw.picture_figure(thumbnail),
            out / "figure-2-planes.png": draw.planes_figure(thumbnail),
            out / "figure-3-histograms.png": draw.histograms_figure(thumbnail),
        }
        if model is not None:
            from classifier.predictor import Predictor  # noqa: PLC0415

            drawn[out / "figure-4-why.png"] = draw.explanation_figure(
                thumbnail, Predictor.load(model).explain(thumbnail)
            )
        out.mkdir(parents=True, exist_ok=True)
        for file, png in drawn.items():
            file.write_bytes(png)
    if as_json:
        _print_json({"figures": [str(file) for file in drawn]})
    else:
        _say("\n".join(str(file) for file in drawn))


@app.command()
def train(
    data: Data,
    out: Annotated[
        Path, typer.Option(help="Model folder to write; a model there is replaced once the new one is done.")
    ],
    network: Annotated[
        str,
        typer.Option(
            help="lite (pretrained, on pixels); residual (on pixels, from nothing); kernel (on histograms, in "
            "seconds); net (the tutorial's, on histograms); or, with pretrained weights that are downloaded once, "
            "mobilenet_v3_small, mobilenet_v3_large, efficientnet_b0, convnext_tiny."
        ),
    ] = "lite",
    fine_tune: Annotated[
        bool, typer.Option("--fine-tune", help="Train a downloaded network whole, not its last layer alone.")
    ] = False,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes over the pictures; by default the network's own.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same result on one machine.")] = 0,
    only: Annotated[list[str] | None, typer.Option(help="Use only this channel's folder; may be repeated.")] = None,
    others: Annotated[
        list[Path] | None,
        typer.Option(
            help='Folder of other channels\' pictures, however deep, to learn "unknown" from; may be repeated. What is '
            "of the channels to learn is left out."
        ),
    ] = None,
    most_others: Annotated[
        int | None, typer.Option(min=1, help="Other channels' pictures to use, evenly from all; by default all.")
    ] = None,
    reviewed: Annotated[
        Path | None,
        typer.Option(
            help="JSON file of videos to learn from and never measure with: each id with its channel's folder, or null "
            "for none of the channels. Their pictures lie beside it."
        ),
    ] = None,
    against: Annotated[Path | None, typer.Option(help="A model to measure on the same held-out pictures.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Train a model on a data folder, calibrate it, and measure it on pictures that it never saw."""
    with _verb(as_json=as_json) as on_progress:
        from classifier.dataset import Dataset  # noqa: PLC0415
        from classifier.publishing import publish  # noqa: PLC0415
        from classifier.reviewed import add_reviewed  # noqa: PLC0415
        from classifier.strangers import FEWEST_CHANNELS, strangers  # noqa: PLC0415
        from classifier.training import TrainingConfig  # noqa: PLC0415

        dataset = Dataset.open(data, only=only)
        dataset, told = add_reviewed(dataset, reviewed) if reviewed else (dataset, ())
        strange = strangers(others or (), dataset, told=told, most=most_others)
        if others and strange is None and not as_json:
            _say(f"There are pictures of fewer than {FEWEST_CHANNELS} other channels; they are left out.")
        made = publish(
            dataset,
            TrainingConfig(network=network, fine_tune=fine_tune, epochs=epochs, seed=seed),
            out,
            others=strange,
            against=against,
            on_progress=on_progress,
            on_epoch=lambda report: None if as_json else _say(_epoch_line(report)),
        )
    if as_json:
        _print_json(TypeAdapter(TrainedModel).dump_python(made, mode="json"))
        return
    for reason in made.skipped:
        _say(f"skipped {_plain(reason)}")
    _print_metrics(made.model.metrics)
    if compared := made.comparison:
        verdict = "worse beyond chance" if compared.worse else "not worse beyond chance"
        _say(
            f"{against}: accuracy {compared.before.accuracy:.1%} on the same pictures, of which it alone got "
            f"{compared.only_before} right, the new one alone {compared.only_after}; the new one is {verdict}."
        )
    _say(f"The model is in {out}.")


@app.command()
def evaluate(
    model: Model,
    data: Data,
    unknown: Annotated[Path | None, typer.Option(help="Folder of other channels' pictures, however deep.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Measure a model on labelled pictures, and on pictures of channels that it does not know."""
    with _verb(as_json=as_json) as on_progress:
        from classifier.dataset import Dataset  # noqa: PLC0415
        from classifier.predictor import Predictor  # noqa: PLC0415

        metrics = Predictor.load(model).evaluate(Dataset.open(data), unknown, on_progress)
    if as_json:
        _print_json({name: value for name, value in asdict(metrics).items() if value is not None})
    else:
        _print_metrics(metrics)


@app.command()
def predict(
    images: Annotated[list[Path], typer.Argument(help="Pictures.")],
    model: Model,
    plot: Annotated[Path | None, typer.Option(help="PNG file for the confidence plot of one picture.")] = None,
    why: Annotated[
        Path | None, typer.Option(help="PNG file for the parts of one picture that speak for the channel.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Say whose thumbnail each picture is.

    A picture that can't be read gives its error, the others go on, and the exit status is 1.
    """
    if (plot or why) and len(images) > 1:
        raise typer.BadParameter("--plot and --why draw one picture; give one")
    failed = False
    with _verb(as_json=as_json):
        from classifier.dataset import read_thumbnail  # noqa: PLC0415
        from classifier.plot import confidence_plot, percent  # noqa: PLC0415
        from classifier.predictor import Predictor  # noqa: PLC0415

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
                from classifier.figures import explanation_figure  # noqa: PLC0415 - matplotlib

                why.write_bytes(explanation_figure(thumbnail, predictor.explain(thumbnail)))
            if as_json:
                drawn = {"why": str(why)} if why else {}
                _print_json({"path": str(image), **_as_json(prediction), **drawn})
            else:
                verdict = "none of the known channels; nearest is " if prediction.unknown else ""
                title = _plain(prediction.channel.title)
                _say(f"{image}: {verdict}{title} ({percent(prediction.confidence)})")
    if failed:
        raise typer.Exit(1)


@contextmanager
def _verb(*, as_json: bool) -> Iterator[OnProgress]:
    """Progress for people or machines while a verb works; a foreseeable failure ends it with one line."""
    try:
        if as_json:
            yield _json_progress()
        else:
            with progress_bars(_console()) as on_progress:
                yield on_progress
    except (ThumbprintError, OSError) as error:
        kind = type(error).__name__ if isinstance(error, ThumbprintError) else "ThumbprintError"
        if as_json:
            _print_json({"error": kind, "message": str(error)})
        else:
            typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        typer.echo("Stopped; what has been fetched is kept.", err=True)
        raise typer.Exit(130) from None


async def _until_terminated(work: Coroutine[Any, Any, T]) -> T:
    """Let SIGTERM cancel the work, so that it can keep what it has."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def _json_progress() -> OnProgress:
    """JSON lines on standard error, a few a second at most, the last of each stage always."""
    last = 0.0

    def show(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _NOTICE_SECONDS or progress.done == progress.total:
            last = now
            typer.echo(json.dumps(asdict(progress)), err=True)

    return show


@cache
def _console() -> Console:
    """One console for bars and lines, so that lines stand above the bars."""
    return Console(highlight=False, markup=False)


def _say(line: str) -> None:
    _console().print(line, soft_wrap=True)


def _as_json(prediction: Prediction) -> dict[str, Any]:
    return {
        "label": prediction.channel.label,
        "confidence": prediction.confidence,
        "unknown": prediction.unknown,
        "probabilities": {guess.channel.label: guess.probability for guess in prediction.guesses},
    }


def _epoch_line(report: EpochReport) -> str:
    return (
        f"epoch {report.epoch:>{len(str(report.epochs))}}/{report.epochs}  loss {report.loss:.4f}  "
        f"accuracy {report.accuracy:.2%}  precision {report.precision:.4f}  recall {report.recall:.4f}  "
        f"F1 {report.f1:.4f}"
    )


def _print_metrics(metrics: Metrics) -> None:
    table = Table("measure", "value", title=f"{metrics.n} pictures")
    for name in ("accuracy", "precision", "recall", "f1", "log_loss", "ece"):
        table.add_row(name.replace("_", " "), f"{getattr(metrics, name):.4f}")
    for name in ("auroc_unknown", "unknown_rejected", "known_rejected"):
        if getattr(metrics, name) is not None:
            table.add_row(name.replace("_", " "), f"{getattr(metrics, name):.4f}")
    _console().print(table)
    confusion = Table("true \\ predicted", *metrics.labels)
    for label, row in zip(metrics.labels, metrics.confusion, strict=True):
        confusion.add_row(label, *(str(count) for count in row))
    _console().print(confusion)


def _plain(text: str) -> str:
    """Foreign text without what a terminal would act on."""
    return "".join(character if character.isprintable() else "�" for character in text)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, default=str))


if __name__ == "__main__":
    app(prog_name="python -m classifier")
