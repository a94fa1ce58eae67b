"""Showing reports: as tables, as a plot, as JSON, and compared with their goals."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from scripts.benchmarks.plots import save_plot
from scripts.benchmarks.report import Report, verdicts
from scripts.benchmarks.tables import report_table, verdict_table

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
Plot = Annotated[Path | None, typer.Option(help="PNG file for the plot; by default build/benchmarks/NAME.png.")]

_WIDE: Final = 200
"""Columns if there is no terminal: enough for every table."""
_PLOTS: Final = Path("build/benchmarks")


def show(name: str, reports: Iterable[Report], plot: Path | None, as_json: bool) -> None:
    """Print each report's table as it finishes, draw the plot, and print the goals and, if asked for, all as JSON."""
    console = Console(stderr=as_json)
    if not console.is_terminal:
        console.width = _WIDE
    done = []
    for report in reports:
        console.print(report_table(report))
        done.append(report)
    file = plot or _PLOTS / f"{name}.png"
    save_plot(done, file)
    results = list(verdicts(done))
    console.print(verdict_table(results))
    console.print(f"The plot is in {file}.")
    if as_json:
        answer = {report.name: asdict(report) for report in done}
        typer.echo(json.dumps({**answer, "goals": [asdict(verdict) for verdict in results], "plot": str(file)}))
