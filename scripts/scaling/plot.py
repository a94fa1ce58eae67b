"""The model as one plot: what a growing number of servers needs, and where the walls are."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from scripts.scaling.demand import Demand, demand
from scripts.scaling.figures import Figures
from scripts.scaling.tables import rounded
from scripts.scaling.walls import Wall, walls

FEWEST: Final = 10
MOST: Final = 1_000_000
"""Servers at both ends."""
STEPS: Final = 241

_INK, _GRID, _WALL = "#2b2d3a", "#e3e5ec", "#d9483b"
_BLUE, _GREEN, _PURPLE, _GREY = "#3b6fd9", "#2f9e6e", "#b0529c", "#8b90a3"

_NEEDS: Final[Sequence[tuple[str, str, Callable[[Demand], float]]]] = (
    ("memory, GiB", _BLUE, lambda it: it.memory_gib),
    ("processor cores", _GREEN, lambda it: it.cores),
    ("models and thumbnails, TiB", _PURPLE, lambda it: it.store_gib / 1024),
)
_OWNERS: Final = {"Discord": _BLUE, "YouTube": _WALL}
"""Colours of the walls by the first word of their names."""


def save_plot(figures: Figures, file: Path) -> None:
    """Draw and write a PNG; its folder is created if needed."""
    found = [wall for wall in walls(figures) if wall.servers <= MOST]
    figure = Figure(figsize=(11, 9.5), layout="constrained")
    figure.get_layout_engine().set(h_pad=0.15, w_pad=0.1)
    needs, limits = figure.subplots(2, 1, sharex=True, height_ratios=(5, 0.9 + 0.42 * len(found)))
    for axes in (needs, limits):
        axes.set_xscale("log")
        axes.set_xlim(FEWEST, MOST)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set_color(_GRID)
        axes.tick_params(which="both", length=0, labelsize=9.5, colors=_INK)
        axes.grid(color=_GRID)
        axes.set_axisbelow(True)
    _draw_needs(needs, figures)
    _draw_walls(limits, found)
    limits.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    limits.set_xlabel("servers", color=_INK, fontsize=10.5)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=130, facecolor="white")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(out.getvalue())


def _draw_needs(axes: Axes, figures: Figures) -> None:
    numbers = np.geomspace(FEWEST, MOST, STEPS).round().astype(int).tolist()
    found = [demand(number, figures) for number in numbers]
    axes.set_yscale("log")
    for name, colour, read in _NEEDS:
        values = [read(it) for it in found]
        axes.plot(numbers, values, color=colour, linewidth=2.4)
        axes.annotate(
            f"{values[-1]:,.0f}  {name}",
            (MOST, values[-1]),
            xytext=(8, 0),
            textcoords="offset points",
            color=colour,
            fontsize=10,
            fontweight="bold",
            va="center",
            annotation_clip=False,
        )
    axes.set_ylim(0.01, 300)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    _title(axes, "What it takes")


def _draw_walls(axes: Axes, found: Sequence[Wall]) -> None:
    """A bar per wall, up to the number of servers at which it is met."""
    for place, wall in enumerate(found):
        colour = _OWNERS.get(wall.name.split(":")[0], _GREY)
        axes.hlines(place, FEWEST, wall.servers, color=colour, linewidth=5, alpha=0.22)
        axes.plot(wall.servers, place, "|", color=colour, markersize=17, markeredgewidth=3)
        axes.annotate(
            rounded(wall.servers),
            (wall.servers, place),
            xytext=(9, 0),
            textcoords="offset points",
            color=colour,
            fontsize=10,
            fontweight="bold",
            va="center",
        )
    axes.set_yticks(range(len(found)), [wall.name for wall in found])
    axes.set_ylim(len(found) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    _title(axes, "Walls: Discord's in blue, YouTube's in red, others in grey")


def _title(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=12.5, fontweight="bold", color=_INK, pad=12)
