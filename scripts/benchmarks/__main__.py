"""`scripts/benchmark NAME`: compare this project with other methods, in one run on the same splits.

Prints a table, or with --json one JSON object on standard output, and draws a plot. Every figure comes with its number
of thumbnails and folds, and its spread over the folds.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from classifier.networks.registry import BACKBONES, NETWORKS
from classifier.settings import DEFAULT_NETWORK, EYE
from classifier.training.config import TrainingConfig
from scripts.benchmarks import (
    cluster,
    cluster_faults,
    crawl,
    exact,
    explanations,
    faults,
    folds,
    load,
    load_stage,
    networks,
    open_set,
    robustness,
    servers,
    soak,
    speed,
    thumbnails,
    tutorial,
)
from scripts.benchmarks.local_postgres import NotInstalledError
from scripts.benchmarks.report import Report
from scripts.benchmarks.show import Json, Plot, show

app = typer.Typer(
    help=__doc__, rich_markup_mode=None, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)

Data = Annotated[
    Path,
    typer.Option(envvar="THUMBPRINT_DATA", exists=True, file_okay=False, help="Folder that holds the data."),
]
Network = Annotated[str, typer.Option(help=f"One of {', '.join((EYE, *NETWORKS))}.")]
OfHistograms = Annotated[str, typer.Option("--network", help="The network: kernel or net.")]
Epochs = Annotated[
    int | None,
    typer.Option(
        min=1, help="Number of epochs; fewer give a first impression. Default: the network's own. eye needs none."
    ),
]
Folds = Annotated[int, typer.Option("--folds", min=1, max=folds.FOLDS, help="How many of the five folds to run.")]
Repeats = Annotated[int, typer.Option(min=1, help="How many times the tutorial's folds are drawn.")]
Channels = Annotated[
    int | None, typer.Option(min=2, max=3, help="Number of channels to distinguish; by default 2, then 3.")
]
CrawlRepeats = Annotated[int, typer.Option("--repeats", min=1, help="How many times this project's crawl is repeated.")]
Known = Annotated[str, typer.Option(help="Numbers of known channels, separated by commas.")]
Draws = Annotated[int, typer.Option(min=1, help="How many times channels are drawn per number.")]
Crawled = Annotated[int, typer.Option("--thumbnails", min=20, help="Number of thumbnails to crawl.")]

_DATA: Final = Path("../shared/data")
_MODELS: Final = Path("build/benchmarks/models")
_BUILD: Final = Path("build")
_KNOWN: Final = ",".join(str(known) for known in open_set.KNOWN)


@app.callback()
def main() -> None:
    """Compare Thumbprint with other methods."""


@app.command(name="tutorial")
def measure_tutorial(
    data: Data = _DATA,
    channels: Channels = None,
    repeats: Repeats = 3,
    network: OfHistograms = tutorial.NETWORK,
    epochs: Epochs = None,
    plot: Plot = None,
    *,
    as_json: Json = False,
) -> None:
    """Recognise the tutorial's channels by its own histograms: 7-fold cross-validation."""
    show("tutorial", _tutorial(data, [channels] if channels else [2, 3], repeats, network, epochs), plot, as_json)


def _of_models(name: str, measured: Callable[[Sequence[folds.Model]], Report]) -> Callable[..., None]:
    """A sub-command that trains on the folds and measures the models."""

    def measure(
        data: Data = _DATA,
        network: Network = DEFAULT_NETWORK,
        epochs: Epochs = None,
        count: Folds = folds.FOLDS,
        plot: Plot = None,
        *,
        as_json: Json = False,
    ) -> None:
        models = list(_train(folds.split_folds(data, count), network, epochs))
        show(name, [measured(models)], plot, as_json)

    return measure


for _name, _measured, _help in (
    ("thumbnails", thumbnails.measure, "Recognise unseen real thumbnails: 5-fold cross-validation."),
    (
        "robustness",
        robustness.measure,
        "Recognise recoded, resized, letterboxed, cropped and framed thumbnails.",
    ),
    (
        "explanations",
        explanations.measure,
        "Hide the most important parts of thumbnails and measure how the answers change.",
    ),
):
    app.command(name=_name, help=_help)(_of_models(_name, _measured))


@app.command(name="open-set")
def measure_open_set(
    data: Data = _DATA,
    known: Known = _KNOWN,
    draws: Draws = open_set.DRAWS,
    plot: Plot = None,
    *,
    as_json: Json = False,
) -> None:
    """Recognise known channels, drawn at random, and reject all the others as unknown."""
    show("open-set", _open_set(data, known, draws), plot, as_json)


@app.command(name="exact")
def measure_exact(
    data: Data = _DATA,
    every: Annotated[int, typer.Option(min=1, help="Re-post one of so many thumbnails.")] = exact.EVERY,
    plot: Plot = None,
    *,
    as_json: Json = False,
) -> None:
    """Recognise re-posted thumbnails as the videos that they are from, and nothing else."""
    show("exact", exact.measure(data, _BUILD, every), plot, as_json)


@app.command(name="networks")
def measure_networks(
    data: Data = _DATA,
    names: Annotated[str, typer.Option("--networks", help="Networks to compare, separated by commas.")] = ",".join(
        (EYE, *(name for name in NETWORKS if name not in BACKBONES))
    ),
    count: Folds = folds.FOLDS,
    plot: Plot = None,
    *,
    as_json: Json = False,
) -> None:
    """Compare networks on the same folds: accuracy, CPU time of training, answer time, memory."""
    show("networks", [networks.measure(folds.split_folds(data, count), names.split(","))], plot, as_json)


@app.command(name="speed")
def measure_speed(
    data: Data = _DATA, network: Network = DEFAULT_NETWORK, plot: Plot = None, *, as_json: Json = False
) -> None:
    """Measure the time per answer on one core, the start-up time, and memory."""
    (model,) = _train(folds.split_folds(data, 1), network, epochs=1)  # it answers as fast as one of more epochs
    show("speed", _speed(model), plot, as_json)


@app.command(name="servers")
def measure_servers(data: Data = _DATA, plot: Plot = None, *, as_json: Json = False) -> None:
    """Measure answer time and memory with up to 1,000 servers, each with a model of its own."""
    (model,) = _train(folds.split_folds(data, 1), EYE, epochs=None)
    show("servers", [_servers(model)], plot, as_json)


@app.command(name="crawl")
def measure_crawl(count: Crawled = 400, repeats: CrawlRepeats = 5, plot: Plot = None, *, as_json: Json = False) -> None:
    """Crawl a channel from a local YouTube with a latency of 50 ms per request."""
    show("crawl", [crawl.measure(count, repeats)], plot, as_json)


@app.command(name="load")
def measure_load(
    pictures: Annotated[int, typer.Option(min=1, help="Number of pictures at a steady rate.")] = 1000,
    rate: Annotated[float, typer.Option(min=0.1, help="Pictures per second.")] = 50,
    people: Annotated[int, typer.Option(min=load_stage.SERVERS + 1, help="Number of people who post.")] = 100,
    burst: Annotated[int, typer.Option(min=1, help="Number of pictures at once.")] = 500,
    plot: Plot = None,
    *,
    as_json: Json = False,
) -> None:
    """Post many pictures while a training runs, at once, and by one person; compare with naive bots."""
    show("load", load.measure(load.Size(pictures, rate, people, burst)), plot, as_json)


@app.command(name="soak")
def measure_soak(
    minutes: Annotated[float, typer.Option(min=0.1, help="Duration.")] = 20,
    rate: Annotated[float, typer.Option(min=0.1, help="Pictures per second.")] = 5,
    plot: Plot = None,
    *,
    as_json: Json = False,
) -> None:
    """Post pictures for a long time; measure what is lost, and whether memory grows."""
    show("soak", [soak.measure(minutes, rate)], plot, as_json)


@app.command(name="cluster")
def measure_cluster(
    database: Annotated[
        str,
        typer.Option(
            envvar="THUMBPRINT_DATABASE_URL", help="URL of an empty PostgreSQL database, which gets the bot's tables."
        ),
    ],
    burst: Annotated[int, typer.Option(min=1, help="Number of pictures at once.")] = 200,
    rate: Annotated[float, typer.Option(min=0.1, help="Pictures per second while processes are killed.")] = 3,
    kills: Annotated[int, typer.Option(min=1, help="How many processes are killed, one after the other.")] = 4,
    plot: Plot = None,
    *,
    as_json: Json = False,
) -> None:
    """Run one bot in 1, 2 and 4 processes; kill each under load, and count what is lost and answered twice."""
    show("cluster", cluster.measure(database, cluster.Size(burst, rate, kills)), plot, as_json)


@app.command(name="cluster-faults")
def measure_cluster_faults(
    faults_: Annotated[str, typer.Option("--faults", help="Which ones, separated by commas.")] = ",".join(
        cluster_faults.FAULTS
    ),
    rate: Annotated[float, typer.Option(min=0.1, help="Pictures per second.")] = 2,
    repeats: Annotated[int, typer.Option(min=1, help="How many times each fault happens.")] = 1,
    plot: Plot = None,
    *,
    as_json: Json = False,
) -> None:
    """Kill, pause and take away each part of a cluster in turn, and count what is lost or comes twice."""
    names = faults_.split(",")
    if unknown := set(names) - set(cluster_faults.FAULTS):
        raise typer.BadParameter(f"no such fault: {', '.join(sorted(unknown))}")
    try:
        show("cluster-faults", [cluster_faults.measure(names, rate, repeats)], plot, as_json)
    except NotInstalledError as error:
        raise SystemExit(str(error)) from error


@app.command(name="faults")
def measure_faults(
    kills: Annotated[int, typer.Option(min=0, help="How many times the bot is killed during a training.")] = 50,
    swaps: Annotated[int, typer.Option(min=0, help="How many times it is killed around the swap of models.")] = 20,
    seed: Annotated[int, typer.Option(help="Of the random moments.")] = 0,
    plot: Plot = None,
    *,
    as_json: Json = False,
) -> None:
    """Kill the real bot while it trains, and count what is lost, half written or left behind."""
    show("faults", [faults.measure(kills, swaps, seed)], plot, as_json)


@app.command(name="all")
def measure_all(
    data: Data = _DATA,
    network: Network = DEFAULT_NETWORK,
    epochs: Epochs = None,
    count: Folds = folds.FOLDS,
    draws: Draws = open_set.DRAWS,
    repeats: Repeats = 3,
    crawled: Crawled = 400,
    plot: Plot = None,
    *,
    as_json: Json = False,
) -> None:
    """Run all benchmarks, training once per fold, and compare the results with the goals."""

    def reports() -> Iterator[Report]:
        models = list(_train(folds.split_folds(data, count), network, epochs))
        yield thumbnails.measure(models)
        yield robustness.measure(models)
        yield from _speed(models[0])
        yield _servers(models[0])
        yield crawl.measure(crawled, repeats=5)
        yield explanations.measure(models)
        yield from _open_set(data, _KNOWN, draws)
        yield from _tutorial(data, [2, 3], repeats, tutorial.NETWORK, epochs)

    show("all", reports(), plot, as_json)


def _train(of: Sequence[folds.Fold], network: str, epochs: int | None) -> Iterator[folds.Model]:
    return folds.train_models(of, TrainingConfig(network=network, epochs=epochs), _MODELS)


def _open_set(data: Path, known: str, draws: int) -> Iterator[Report]:
    pictures = open_set.read_pictures(data, _BUILD)
    try:
        for number in known.split(","):
            yield open_set.measure(pictures, int(number), draws)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _tutorial(data: Path, channels: Sequence[int], repeats: int, network: str, epochs: int | None) -> Iterator[Report]:
    file = data / "seed" / "histograms.npz"
    return (tutorial.measure(file, number, repeats, network=network, epochs=epochs) for number in channels)


def _servers(model: folds.Model) -> Report:
    return servers.measure(model.folder, model.fold.known.files[model.fold.test[0]])


def _speed(model: folds.Model) -> list[Report]:
    test = folds.part(model.fold.known, folds.evenly(model.fold.test, speed.PICTURES))
    return speed.measure(model.folder, [file.read_bytes() for file in test.files])


if __name__ == "__main__":
    app(prog_name="scripts/benchmark")
