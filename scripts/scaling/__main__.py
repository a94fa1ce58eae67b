"""`scripts/scale`: compute what a number of servers needs, and where the walls are.

Prints the tables and draws a plot. Other assumptions are given as `--set pictures_per_day=5`; the table of figures has
all names.
"""

import asyncio
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from scripts.scaling import gateway, rows
from scripts.scaling.figures import Figures
from scripts.scaling.plot import save_plot
from scripts.scaling.tables import tables, with_tables

app = typer.Typer(help=__doc__, rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)

Plot = Annotated[Path, typer.Option(help="PNG file for the plot.")]
Set = Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help="Another figure; can be repeated.")]

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGE: Final = DOCS / "scale.md"
PICTURE: Final = DOCS / "scale.png"

_PLOT: Final = Path("build/scale.png")
_WIDE: Final = 200
"""Columns if there is no terminal: enough for every table."""


@app.callback(invoke_without_command=True)
def show(context: typer.Context, changes: Set = [], plot: Plot = _PLOT) -> None:  # noqa: B006 - typer copies it
    """Print the tables and draw the plot."""
    if context.invoked_subcommand:
        return
    figures = _changed(changes)
    console = Console()
    if not console.is_terminal:
        console.width = _WIDE
    for table in tables(figures).values():
        console.print(table.rich())
    save_plot(figures, plot)
    console.print(f"The plot is in {plot}.")


@app.command()
def page() -> None:
    """Write the tables and the plot into docs/scale.md."""
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), Figures()), encoding="utf-8")
    save_plot(Figures(), PICTURE)


@app.command(name="gateway")
def measure_gateway(
    servers: Annotated[int, typer.Option(min=1, help="Number of servers.")] = 2000,
    messages: Annotated[int, typer.Option(min=1, help="Number of messages.")] = 20_000,
) -> None:
    """Measure what a server and a message cost the bot that needs no answer."""
    cost = gateway.measure(servers, messages)
    typer.echo(f"server_mib: {cost.server_mib:.4f} (a server with {gateway.CHANNELS} channels, {gateway.ROLES} roles)")
    typer.echo(f"event_core_seconds: {cost.message_seconds:.6f}")


@app.command(name="rows")
def measure_rows(
    count: Annotated[int, typer.Option(min=1, help="Number of answers.")] = 100_000,
    database: Annotated[str, typer.Option(help="URL of an empty database; without one, an SQLite file.")] = "",
) -> None:
    """Measure how many bytes an answer takes in the database."""
    typer.echo(f"answer_bytes: {asyncio.run(rows.measure(count, database)):.0f}")


def _changed(changes: list[str]) -> Figures:
    """The figures with some of them changed."""
    names = {it.name for it in fields(Figures)}
    values = {}
    for change in changes:
        name, _, value = change.partition("=")
        try:
            values[name] = float(value)
        except ValueError:
            raise typer.BadParameter(f"{change!r} is not NAME=VALUE.") from None
        if name not in names or values[name] <= 0:
            raise typer.BadParameter(
                f"There is no figure {name!r}." if name not in names else f"{name} must be above 0."
            )
    return replace(Figures(), **values)


if __name__ == "__main__":
    app(prog_name="scripts/scale")
