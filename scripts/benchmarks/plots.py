"""Reports as one plot: a panel per measure, a line per method."""

import io
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, PercentFormatter

from scripts.benchmarks.report import Measure, Report, Row

_OURS, _PEER, _GOAL, _INK, _GRID = "#3b6fd9", "#8b90a3", "#d9483b", "#2b2d3a", "#e3e5ec"
_LINE, _HEAD, _FOOT = 0.34, 1.0, 0.62  # inches
_WIDTH, _NAMES, _PANEL = 12.0, 3.0, 2.2  # inches: at least, for the methods' names, and per measure
_LOGARITHMIC_FROM: Final = 30  # largest value divided by the least


def save_plot(reports: Sequence[Report], file: Path) -> None:
    """Draw reports below each other and write a PNG; its folder is created if needed."""
    heights = [_HEAD + _FOOT + _LINE * len(report.rows) for report in reports]
    width = max(_WIDTH, *(_NAMES + _PANEL * len(_drawn(report)) for report in reports))
    figure = Figure(figsize=(width, sum(heights)), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)
    parts = figure.subfigures(len(reports), 1, height_ratios=heights, squeeze=False)[:, 0]
    for part, report in zip(parts, reports, strict=True):
        _draw(part, report)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=150, facecolor="white")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(out.getvalue())


def _draw(figure: SubFigure, report: Report) -> None:
    drawn = _drawn(report)
    panels = figure.subplots(1, len(drawn), sharey=True, squeeze=False)[0]
    for measure, axes in zip(drawn, panels, strict=True):
        _panel(axes, measure, report.rows)
    names = ["\n".join(textwrap.wrap(row.method, 44)) for row in report.rows]
    panels[0].set_yticks(range(len(names)), names)
    for label, row in zip(panels[0].get_yticklabels(), report.rows, strict=True):
        label.set(color=_INK, fontweight="bold" if row.ours else "normal")
    panels[0].set_ylim(len(names) - 0.4, -0.75)
    figure.suptitle(report.title, x=0.012, ha="left", fontsize=13, fontweight="bold", color=_INK)


def _drawn(report: Report) -> Sequence[Measure]:
    return [measure for measure in report.measures if measure.drawn and any(_has(row, measure) for row in report.rows)]


def _has(row: Row, measure: Measure) -> bool:
    return measure.name in row.figures


def _panel(axes: Axes, measure: Measure, rows: Sequence[Row]) -> None:
    """A dot is the mean, the thick line the standard deviation, the thin line the range."""
    shown = [(place, row.figures[measure.name], row.ours) for place, row in enumerate(rows) if _has(row, measure)]
    if measure.goal is not None:
        axes.axvline(measure.goal, color=_GOAL, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
    for place, summary, ours in shown:
        colour = _OURS if ours else _PEER
        low, high = max(summary.least, summary.mean - summary.spread), min(summary.most, summary.mean + summary.spread)
        axes.hlines(place, summary.least, summary.most, color=colour, linewidth=1, zorder=2)
        axes.hlines(place, low, high, color=colour, linewidth=3.5, zorder=3)
        axes.plot(summary.mean, place, "o", color=colour, markersize=7, markeredgecolor="white", zorder=4)
        axes.annotate(
            measure.text(summary.mean),
            (summary.mean, place),
            xytext=(0, 6),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=8.5,
            color=colour,
            bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"},
            zorder=3,
        )
    axes.set_title(measure.name, fontsize=11, color=_INK, pad=8)
    axes.set_xlabel(_aim(measure), fontsize=8.5, color=_INK)
    _scale(axes, measure, [summary.mean for _, summary, _ in shown])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8.5, colors=_INK)
    axes.grid(axis="x", color=_GRID)
    axes.set_axisbelow(True)


def _aim(measure: Measure) -> str:
    """Which direction is better, and this project's goal."""
    direction = "more is better" if measure.more_is_better else "less is better"
    if measure.goal is None:
        return direction
    return f"{direction}, goal {'≥' if measure.more_is_better else '≤'} {measure.text(measure.goal)}"


def _scale(axes: Axes, measure: Measure, values: Sequence[float]) -> None:
    """Set the range of an axis: costs start at zero; values that differ a lot get a logarithmic scale."""
    axes.margins(x=0.16)
    plain = FuncFormatter(lambda value, _: f"{value:,.10g}")
    if measure.unit != "%" and min(values) > 0 and max(values) / min(values) >= _LOGARITHMIC_FROM:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(numticks=5))
        axes.xaxis.set_major_formatter(plain)
        axes.xaxis.set_minor_formatter(NullFormatter())
        return
    axes.xaxis.set_major_formatter(plain)
    low, high = axes.get_xlim()
    if not measure.more_is_better and min(values) >= 0:
        high = max(high, 1.16 * max(values))  # equal values would have no margin
        low = -high / 20
    ticks = MaxNLocator(4).tick_values(low, high)
    ticks = ticks[(ticks >= low) & (ticks <= high)]
    if measure.unit == "%":
        axes.xaxis.set_major_formatter(PercentFormatter(xmax=1, symbol=" %"))
        ticks = ticks[(ticks >= 0) & (ticks <= 1)]
    axes.set_xticks(ticks)
    axes.set_xlim(low, high)
