"""Reports as tables."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from scripts.benchmarks.report import Measure, Report, Summary, Verdict


def report_table(report: Report) -> Table:
    """One line per method: the mean ± standard deviation of every figure, and its range below."""
    shown = [measure for measure in report.measures if any(measure.name in row.figures for row in report.rows)]
    table = Table(
        title=report.title, caption=report.note, box=SIMPLE_HEAD, title_justify="left", caption_justify="left"
    )
    table.add_column("method")
    table.add_column("n", justify="right")
    table.add_column("folds", justify="right")
    for measure in shown:
        table.add_column(f"{measure.name}\n{measure.unit}".rstrip(), justify="right", no_wrap=True)
    for row in report.rows:
        folds = max(summary.folds for summary in row.figures.values())
        cells = [_cell(measure, row.figures.get(measure.name)) for measure in shown]
        table.add_row(row.method, f"{row.n:,}", str(folds), *cells, style="bold" if row.ours else None)
    return table


def verdict_table(verdicts: Sequence[Verdict]) -> Table:
    """One line per goal."""
    table = Table("what", title="Goals", box=SIMPLE_HEAD, title_justify="left")
    for name in ("goal", "reached", "met"):
        table.add_column(name, justify="right", no_wrap=True)
    for verdict in verdicts:
        met = "[green]yes[/]" if verdict.met else "[bold red]not reached[/]"
        table.add_row(verdict.what, verdict.goal, verdict.reached, met)
    return table


def _cell(measure: Measure, summary: Summary | None) -> str:
    if summary is None:
        return ""
    if summary.folds == 1:
        return measure.number(summary.mean)
    return (
        f"{measure.number(summary.mean)} ± {measure.spread(summary.spread)}\n"
        f"[dim]{measure.number(summary.least)} to {measure.number(summary.most)}[/]"
    )
