"""The figures of trainings and of the command line, drawn with matplotlib: it is slow to import, so the bot never does.

Only `Figure` objects, never pyplot, which keeps every figure in memory. Each function returns a PNG.
"""

import io
from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import PercentFormatter

from classifier.drawing.palette import BACKGROUND, GREEN, LIGHT_BLUE, MUTED, RED, TRACK
from classifier.pictures.thumbnail import Thumbnail
from classifier.values import EpochReport

_MARGIN: Final = 0.1
"""Inches."""


def picture_figure(thumbnail: Thumbnail) -> bytes:
    """The tutorial's figure 1: the picture as the classifier sees it."""
    figure = _figure(6.4, 3.9)
    axes = figure.subplots()
    axes.imshow(thumbnail.pixels, interpolation="nearest")
    axes.set_xlabel("column (pixels)")
    axes.set_ylabel("row (pixels)")
    return _png(figure)


def training_figure(history: Sequence[EpochReport]) -> bytes:
    """The training loss, and accuracy and F1 on the calibration split, after every epoch."""
    figure = _figure(9.6, 3.2)
    losses, scores = figure.subplots(1, 2)
    epochs = [report.epoch for report in history]
    losses.plot(epochs, [report.loss for report in history], color=RED, linewidth=2)
    losses.set_ylabel("training loss")
    scores.plot(epochs, [report.accuracy for report in history], color=LIGHT_BLUE, linewidth=2, label="accuracy")
    scores.plot(epochs, [report.f1 for report in history], color=GREEN, linewidth=2, label="F1")
    scores.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    scores.set_ylim(0, 1.02)
    scores.legend(frameon=False, loc="lower right", labelcolor=MUTED)
    for axes in (losses, scores):
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        _tidy(axes)
    return _png(figure)


def _figure(width: float, height: float) -> Figure:
    """An empty figure of a size in inches, with a margin."""
    return Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=_MARGIN, h_pad=_MARGIN))


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=TRACK)
    axes.set_axisbelow(True)


def _png(figure: Figure) -> bytes:
    """The figure in our colours, as a PNG."""
    for axes in figure.axes:
        axes.set_facecolor(BACKGROUND)
        axes.tick_params(colors=MUTED)
        axes.spines[:].set_color(TRACK)
        for label in (axes.xaxis.label, axes.yaxis.label):
            label.set_color(MUTED)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=150, facecolor=BACKGROUND)
    return file.getvalue()
