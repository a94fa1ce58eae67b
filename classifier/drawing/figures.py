"""The less frequent figures, drawn with matplotlib: the tutorial's three, heatmap, confusion matrix, training history.

Only `Figure` objects, never pyplot, which keeps every figure in memory. Each function returns a PNG.
"""

import io
from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import PercentFormatter
from PIL import Image

from classifier.drawing.confidence import percent
from classifier.drawing.palette import BACKGROUND, BLUE, GREEN, MUTED, RED, TEXT, TRACK
from classifier.pictures.thumbnail import BINS, HEIGHT, WIDTH, Thumbnail
from classifier.values import EpochReport, Heatmap, Metrics, Prediction

_PLANES: Final = (("Red", RED), ("Green", GREEN), ("Blue", "#6f8cf0"))
_SHARES: Final = LinearSegmentedColormap.from_list("shares", [TRACK, BLUE])
_MARGIN: Final = 0.1
"""Inches."""
_HEAT, _DIMMED, _OPACITY = "inferno", 0.7, 0.75


def picture_figure(thumbnail: Thumbnail) -> bytes:
    """The tutorial's figure 1: the picture as the classifier sees it."""
    figure = _figure(6.4, 3.9)
    axes = figure.subplots()
    axes.imshow(thumbnail.pixels, interpolation="nearest")
    axes.set_xlabel("column (pixels)")
    axes.set_ylabel("row (pixels)")
    return _png(figure)


def planes_figure(thumbnail: Thumbnail) -> bytes:
    """The tutorial's figure 2: the red, green and blue planes, each in its own colour."""
    figure = _figure(9.6, 2.08)
    for index, ((name, colour), axes) in enumerate(zip(_PLANES, figure.subplots(1, 3), strict=True)):
        only = np.zeros_like(thumbnail.pixels)
        only[..., index] = thumbnail.pixels[..., index]
        axes.imshow(only)
        axes.set_title(name, color=colour, fontsize=11)
        axes.set_axis_off()
    return _png(figure)


def histograms_figure(thumbnail: Thumbnail) -> bytes:
    """The tutorial's figure 3: the histograms of the three planes, 25 bins over each plane's own range."""
    figure = _figure(9.6, 2.8)
    panels = figure.subplots(1, 3, sharey=True)
    rows = zip(_PLANES, thumbnail.planes, thumbnail.histograms()[:3], panels, strict=True)
    for (name, colour), plane, shares, axes in rows:
        edges = np.histogram_bin_edges(plane, bins=BINS)
        axes.bar(edges[:-1], shares, width=np.diff(edges), align="edge", color=colour, linewidth=0)
        axes.set_title(name, color=colour, fontsize=11)
        axes.set_xlabel("value (0 to 255)")
        _tidy(axes)
    panels[0].set_ylabel("share of pixels")
    panels[0].yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    return _png(figure)


def heatmap_figure(thumbnail: Thumbnail, heatmap: Heatmap) -> bytes:
    """The picture dimmed, and in colour the evidence for its most probable channel."""
    grid = Image.fromarray(heatmap.heat).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    heat = np.asarray(grid).clip(0, 1)
    grey = np.asarray(Image.fromarray(thumbnail.pixels).convert("L"))[..., None] / 255 * _DIMMED
    strength = (_OPACITY * np.sqrt(heat))[..., None]
    glow = colormaps[_HEAT](heat)[..., :3]
    figure = _figure(6.4, 4.2)
    axes = figure.subplots()
    axes.imshow((1 - strength) * grey + strength * glow, interpolation="bicubic")
    axes.set_axis_off()
    axes.set_title(_caption(heatmap.prediction), loc="left", fontsize=12, color=TEXT, parse_math=False)
    scale = figure.colorbar(ScalarMappable(cmap=_HEAT), ax=axes, location="bottom", aspect=60, pad=0.02, ticks=[0, 1])
    scale.outline.set_visible(False)
    scale.ax.tick_params(length=0)
    low, high = scale.ax.set_xticklabels(["irrelevant", "strongest evidence"])
    low.set_horizontalalignment("left")
    high.set_horizontalalignment("right")
    return _png(figure)


def confusion_figure(metrics: Metrics, titles: Sequence[str]) -> bytes:
    """The confusion matrix: rows the true channels, columns the predicted ones; shade is the share of the row."""
    counts = np.array(metrics.confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    names = [_clipped(title) for title in titles]
    side = min(2.4 + 0.75 * len(names), 14)
    figure = _figure(side + 0.8, side)
    axes = figure.subplots()
    axes.imshow(shares, cmap=_SHARES, vmin=0, vmax=1)
    for row, column in np.ndindex(*counts.shape):
        if counts[row, column]:
            axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=TEXT, fontsize=11)
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right", parse_math=False)
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.set_xticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=BACKGROUND, linewidth=2)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("predicted channel")
    axes.set_ylabel("true channel")
    axes.set_title(f"Accuracy {metrics.accuracy:.1%} on {metrics.n} test thumbnails", fontsize=12, color=TEXT)
    return _png(figure)


def training_figure(history: Sequence[EpochReport]) -> bytes:
    """The training loss, and accuracy and F1 on the calibration split, after every epoch."""
    figure = _figure(9.6, 3.2)
    losses, scores = figure.subplots(1, 2)
    epochs = [report.epoch for report in history]
    losses.plot(epochs, [report.loss for report in history], color=_PLANES[0][1], linewidth=2)
    losses.set_ylabel("training loss")
    scores.plot(epochs, [report.accuracy for report in history], color=_PLANES[2][1], linewidth=2, label="accuracy")
    scores.plot(epochs, [report.f1 for report in history], color=_PLANES[1][1], linewidth=2, label="F1")
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


def _caption(prediction: Prediction) -> str:
    nearest = f"{_clipped(prediction.channel.title)} ({percent(prediction.confidence)})"
    return f"None of the known channels; closest match: {nearest}" if prediction.unknown else nearest


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=TRACK)
    axes.set_axisbelow(True)


def _clipped(title: str, limit: int = 24) -> str:
    line = " ".join(title.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


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
