"""`scripts/benchmark NAME`: measure, print a table for people or, with --json, one object for machines."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from scripts.benchmarks import thumbnails, tutorial
from scripts.benchmarks.scores import Score

app = typer.Typer(help=__doc__, rich_markup_mode=None, no_args_is_help=True, add_completion=False)

Data = Annotated[Path, typer.Option(help="Folder of the data to measure with; THUMBPRINT_DATA names another.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]

_DATA = Path(os.environ.get("THUMBPRINT_DATA", "../shared/data"))


@app.callback()
def main() -> None:
    """Measure Thumbprint beside its peers."""


@app.command(name="tutorial")
def measure_tutorial(
    data: Data = _DATA,
    channels: Annotated[int, typer.Option(min=2, max=3, help="Channels of the tutorial's data to tell apart.")] = 2,
    repeats: Annotated[int, typer.Option(min=1, help="Times that the folds are drawn anew.")] = 1,
    *,
    as_json: Json = False,
) -> None:
    """Net on the tutorial's own histograms, trained by this project and by the tutorial: 7-fold cross-validation."""
    _show("tutorial", tutorial.measure(data / "seed" / "histograms.npz", channels, repeats), as_json=as_json)


@app.command(name="thumbnails")
def measure_thumbnails(
    data: Data = _DATA,
    network: Annotated[str, typer.Option(help="residual or net.")] = "residual",
    fold: Annotated[int, typer.Option(min=0, max=thumbnails.FOLDS - 1, help="Which fifth to measure on.")] = 0,
    *,
    as_json: Json = False,
) -> None:
    """Train with the defaults on four fifths of the real thumbnails; measure on the rest and on other channels'."""
    measured = thumbnails.measure(data / "thumbnails", data / "other-channels", network, fold)
    if as_json:
        typer.echo(json.dumps({"thumbnails": measured}))
        return
    table = Table("measure", "value")
    for name, value in measured.items():
        if name not in {"confusion", "labels"}:
            table.add_row(name.replace("_", " "), f"{value:.4g}" if isinstance(value, float) else str(value))
    Console().print(table)


def _show(name: str, scores: list[Score], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({name: [asdict(score) for score in scores]}))
        return
    table = Table("method", "n", "folds", "accuracy", "spread", "least", "most")
    for score in scores:
        figures = (score.mean, score.spread, score.least, score.most)
        table.add_row(score.method, str(score.n), str(score.folds), *(f"{figure:.2%}" for figure in figures))
    Console().print(table)


if __name__ == "__main__":
    app(prog_name="scripts/benchmark")
