"""What the command line prints: progress bars and tables for people, JSON for machines."""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from typing import Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from classifier.disk import is_refusal, refused
from classifier.errors import ThumbprintError
from classifier.titles import graphemes, is_visible
from classifier.values import (
    CrawlSummary,
    EpochReport,
    LeftOut,
    Metrics,
    ModelInfo,
    OnProgress,
    Prediction,
    Progress,
)

_STAGES: Final = {
    "wait": "Queued",
    "crawl": "Crawling",
    "read": "Reading thumbnails",
    "train": "Training",
    "measure": "Testing",
}
_PROGRESS_SECONDS: Final = 0.2


@contextmanager
def verb(*, as_json: bool) -> Iterator[OnProgress]:
    """Show progress while a verb works; a foreseeable failure ends it with one line and an exit status."""
    try:
        if as_json:
            yield _json_progress()
        else:
            with progress_bars(console()) as on_progress:
                yield on_progress
    except (ThumbprintError, OSError) as failure:
        error = refused(failure.filename or "A file", failure, ThumbprintError) if is_refusal(failure) else failure
        if as_json:
            shown = {"template": getattr(error, "template", str(error)), "data": getattr(error, "data", {})}
            print_json({"error": _kind(error), "message": str(error), **shown})
        else:
            typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        typer.echo("Stopped. Everything downloaded so far is kept.", err=True)
        raise typer.Exit(130) from None


@contextmanager
def progress_bars(console: Console) -> Iterator[OnProgress]:
    """Show one bar per stage while the block lasts; a stage that starts again (another channel) gets a new bar."""
    bars = Bars(
        TextColumn("{task.description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=console,
    )
    shown: dict[str, TaskID] = {}

    def show(progress: Progress) -> None:
        bar = shown.get(progress.stage)
        if bar is None or progress.done < bars.tasks[bar].completed:
            bar = shown[progress.stage] = bars.add_task(_STAGES[progress.stage], note="")
        bars.update(bar, completed=progress.done, total=progress.total or None, note=progress.note)

    with bars:
        yield show


def _kind(error: Exception) -> str:
    """The error's class in classifier.errors: a private one goes by the public one that it is made from."""
    kinds = (kind.__name__ for kind in type(error).__mro__ if issubclass(kind, ThumbprintError))
    return next((name for name in kinds if not name.startswith("_")), ThumbprintError.__name__)


def _json_progress() -> OnProgress:
    """JSON lines on standard error, a few per second at most, and always the last one of each stage."""
    last = 0.0

    def show(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _PROGRESS_SECONDS or progress.done == progress.total:
            last = now
            typer.echo(json.dumps(asdict(progress)), err=True)

    return show


@cache
def console() -> Console:
    """One console for bars and lines, so that lines appear above the bars."""
    return Console(highlight=False, markup=False)


def say(line: str) -> None:
    """Print a line."""
    console().print(line, soft_wrap=True)


def print_json(value: object) -> None:
    """Print a value as one line of JSON."""
    typer.echo(json.dumps(value, default=str))


def print_crawl(summary: CrawlSummary, unknown_folder: object) -> None:
    """Print what a crawl brought, one row per channel, and who was left out."""
    table = Table("channel", "folder", "thumbnails", "new", "left out", "quota units")
    for report in summary.channels:
        numbers = (str(report.thumbnails), str(report.new), counts(report.left_out) or "none", str(report.units))
        table.add_row(printable(report.channel.title), report.channel.label, *numbers)
    unknown = summary.unknown
    if unknown is not None:
        numbers = (str(unknown.thumbnails), str(unknown.new), "", str(unknown.units))
        table.add_row("unknown channels", str(unknown_folder), *numbers)
    if table.row_count:
        console().print(table)
    for report in summary.channels:
        if report.problem:
            say(f"Some thumbnails of {printable(report.channel.title)} may be missing: {report.problem}")
    print_left_out(summary.left_out)
    if unknown is not None and unknown.problem:
        say(f"Some thumbnails of unknown channels are missing: {unknown.problem}")


def print_left_out(left_out: Sequence[LeftOut]) -> None:
    """Print who was left out and why, one line per channel."""
    for it in left_out:
        name = it.channel.handle or it.channel.label
        named = name if name == it.channel.title else f"{it.channel.title} ({name})"
        say(printable(f"left out {named}: {it.reason}"))


def print_metrics(metrics: Metrics) -> None:
    """Print metrics and the confusion matrix."""
    table = Table("measure", "value", title=f"{metrics.n} thumbnails")
    for name in ("accuracy", "precision", "recall", "f1", "log_loss", "ece"):
        table.add_row(name.replace("_", " "), f"{getattr(metrics, name):.4f}")
    for name in ("auroc_unknown", "unknown_rejected", "known_rejected"):
        if getattr(metrics, name) is not None:
            table.add_row(name.replace("_", " "), f"{getattr(metrics, name):.4f}")
    console().print(table)
    confusion = Table("true \\ predicted", *metrics.labels)
    for label, row in zip(metrics.labels, metrics.confusion, strict=True):
        confusion.add_row(label, *(str(count) for count in row))
    console().print(confusion)


def print_info(model: ModelInfo) -> None:
    """Print what a model is and how good it was."""
    oldest, newest = (f"{time:%Y-%m-%d}" for time in model.fetched)
    say(f"{model.network} {model.version}, trained on {model.trained_at:%Y-%m-%d %H:%M} UTC.")
    say(f"It was made from {model.thumbnails} thumbnails, downloaded from {oldest} to {newest}, of these channels:")
    for channel in model.channels:
        say(f"  {channel.label}: {printable(channel.title)}")
    print_metrics(model.metrics)
    print_look_alikes(model)


def print_look_alikes(model: ModelInfo) -> None:
    """Print the channels that a model often mixes up, a line per pair; nothing if there are none."""
    for pair in model.look_alikes:
        say(f"{pair.one} and {pair.other} are often mixed up: {pair.count} of {pair.n} test thumbnails.")


def epoch_line(report: EpochReport) -> str:
    """One epoch of a training in one line."""
    return (
        f"epoch {report.epoch:>{len(str(report.epochs))}}/{report.epochs}  loss {report.loss:.4f}  "
        f"accuracy {report.accuracy:.2%}  precision {report.precision:.4f}  recall {report.recall:.4f}  "
        f"F1 {report.f1:.4f}"
    )


def prediction_json(prediction: Prediction) -> dict[str, Any]:
    """A prediction as JSON has it: channels by their labels."""
    return {
        "label": prediction.channel.label,
        "confidence": prediction.confidence,
        "unknown": prediction.unknown,
        "probabilities": {guess.channel.label: guess.probability for guess in prediction.guesses},
    }


def counts(by_reason: Mapping[str, int]) -> str:
    """Counts by reason in words: "2 private, 1 failed"."""
    return ", ".join(f"{count} {reason}" for reason, count in by_reason.items())


def printable(text: str) -> str:
    """Untrusted text with nothing invisible but spaces: no control characters, which a terminal would act on."""
    return "".join(it if it == " " or is_visible(it) else "�" for it in graphemes(text))
