"""`scripts/benchmark NAME`: this project and its peers, measured in one run on the same splits.

Prints a table, or with --json one JSON object on standard output, and draws a plot. No figure comes without the number
of pictures and folds that it is of, and its spread over them.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from classifier.networks.registry import DEFAULT_NETWORK, NETWORKS
from classifier.training.fit import TrainingConfig
from scripts.benchmarks import crawl, explanations, folds, robustness, speed, thumbnails, tutorial, unknown
from scripts.benchmarks.plots import save_plot
from scripts.benchmarks.report import Report, verdicts
from scripts.benchmarks.tables import report_table, verdict_table

app = typer.Typer(
    help=__doc__, rich_markup_mode=None, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)

Data = Annotated[
    Path,
    typer.Option(
        envvar="THUMBPRINT_DATA", exists=True, file_okay=False, help="Folder of the pictures to measure with."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Plot = Annotated[Path | None, typer.Option(help="PNG to draw; by default build/benchmarks/NAME.png.")]
Network = Annotated[str, typer.Option(help=f"One of {', '.join(NETWORKS)}.")]
Epochs = Annotated[int | None, typer.Option(min=1, help="Epochs to train, not the network's own: for a quick look.")]
Folds = Annotated[int, typer.Option("--folds", min=1, max=folds.FOLDS, help="How many of the five folds to run.")]
Repeats = Annotated[int, typer.Option(min=1, help="Times that the tutorial's folds are drawn anew.")]
Channels = Annotated[int | None, typer.Option(min=2, max=3, help="Channels to tell apart; by default both.")]
TrainingQueue = Annotated[int, typer.Option("--repeats", min=1, help="Times that this project crawls.")]
Crawled = Annotated[int, typer.Option("--thumbnails", min=20, help="Thumbnails to crawl.")]

_DATA: Final = Path("../shared/data")
_WIDE: Final = 200
"""Columns where there is no terminal: enough for every table."""
_PLOTS: Final = Path("build/benchmarks")


@app.callback()
def main() -> None:
    """Measure Thumbprint beside its peers."""


@app.command(name="tutorial")
def measure_tutorial(
    data: Data = _DATA,
    channels: Channels = None,
    repeats: Repeats = 3,
    network: Network = tutorial.NETWORK,
    epochs: Epochs = None,
    plot: Plot = None,
    *,
    as_json: Json = False,
) -> None:
    """Tell the tutorial's channels apart by its own histograms: 7-fold cross-validation."""
    _show("tutorial", _tutorial(data, [channels] if channels else [2, 3], repeats, network, epochs), plot, as_json)


def _of_models(name: str, measured: Callable[[Sequence[folds.Model]], Report]) -> Callable[..., None]:
    """A sub-command that trains on the folds and measures the models that come of it."""

    def measure(
        data: Data = _DATA,
        network: Network = DEFAULT_NETWORK,
        epochs: Epochs = None,
        count: Folds = folds.FOLDS,
        plot: Plot = None,
        *,
        as_json: Json = False,
    ) -> None:
        models = list(folds.learn(_deal(data, count), TrainingConfig(network=network, epochs=epochs)))
        _show(name, [measured(models)], plot, as_json)

    return measure


for _name, _measured, _help in (
    ("thumbnails", thumbnails.measure, "Name real thumbnails that were never seen: 5-fold cross-validation."),
    ("unknown", unknown.measure, "Tell pictures of channels that were never seen, with and without examples of such."),
    ("robustness", robustness.measure, "Name the same pictures recoded, resized, letterboxed, cropped and framed."),
    ("explanations", explanations.measure, "Hide the parts of a picture that are said to matter: what is left of it?"),
):
    app.command(name=_name, help=_help)(_of_models(_name, _measured))


@app.command(name="speed")
def measure_speed(
    data: Data = _DATA, network: Network = DEFAULT_NETWORK, plot: Plot = None, *, as_json: Json = False
) -> None:
    """Time one answer on one core, the start of the program, and its memory."""
    (fold,) = _deal(data, 1)
    (model,) = folds.learn([fold], TrainingConfig(network=network, epochs=1))  # as slow as one of more epochs
    _show("speed", _speed(model), plot, as_json)


@app.command(name="crawl")
def measure_crawl(
    count: Crawled = 400, repeats: TrainingQueue = 5, plot: Plot = None, *, as_json: Json = False
) -> None:
    """Crawl a channel from a local YouTube that takes 50 ms for every answer."""
    _show("crawl", [crawl.measure(count, repeats)], plot, as_json)


@app.command(name="all")
def measure_all(
    data: Data = _DATA,
    network: Network = DEFAULT_NETWORK,
    epochs: Epochs = None,
    count: Folds = folds.FOLDS,
    repeats: Repeats = 3,
    crawled: Crawled = 400,
    plot: Plot = None,
    *,
    as_json: Json = False,
) -> None:
    """Measure everything, training once a fold, and hold it to its goals."""

    def reports() -> Iterator[Report]:
        models = list(folds.learn(_deal(data, count), TrainingConfig(network=network, epochs=epochs)))
        yield thumbnails.measure(models)
        yield unknown.measure(models)
        yield robustness.measure(models)
        yield from _speed(models[0])
        yield crawl.measure(crawled, repeats=5)
        yield explanations.measure(models)
        yield from _tutorial(data, [2, 3], repeats, tutorial.NETWORK, epochs)

    _show("all", reports(), plot, as_json)


def _deal(data: Path, count: int) -> list[folds.Fold]:
    return folds.deal(data / "thumbnails", data / "other-channels", count)


def _tutorial(data: Path, channels: Sequence[int], repeats: int, network: str, epochs: int | None) -> Iterator[Report]:
    file = data / "seed" / "histograms.npz"
    return (tutorial.measure(file, number, repeats, network=network, epochs=epochs) for number in channels)


def _speed(model: folds.Model) -> list[Report]:
    kept = folds.part(model.fold.pictures, folds.spread(model.fold.kept, speed.PICTURES))
    return speed.measure(model.artifact, [file.read_bytes() for file in kept.files])


def _show(name: str, reports: Iterable[Report], plot: Path | None, as_json: bool) -> None:
    """Print each report's table once it is there, draw, and end with the goals or, for machines, with all as JSON."""
    console = Console(stderr=as_json)
    if not console.is_terminal:
        console.width = _WIDE
    done = []
    for report in reports:
        console.print(report_table(report))
        done.append(report)
    file = plot or _PLOTS / f"{name}.png"
    save_plot(done, file)
    held = list(verdicts(done))
    console.print(verdict_table(held))
    console.print(f"The plot is in {file}.")
    if as_json:
        answer = {report.name: asdict(report) for report in done}
        typer.echo(json.dumps({**answer, "goals": [asdict(verdict) for verdict in held], "plot": str(file)}))


if __name__ == "__main__":
    app(prog_name="scripts/benchmark")
