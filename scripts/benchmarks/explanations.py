"""How faithful explanations are, by the deletion test, compared with a random order."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.progress import track

from classifier.models.explanation import Judge, occlusion
from classifier.pictures.decoding import HEIGHT, WIDTH
from classifier.pictures.examples import read_thumbnail
from classifier.pictures.thumbnail import Thumbnail
from scripts.benchmarks.cores import one_core
from scripts.benchmarks.folds import FOLDS, Model, evenly, part
from scripts.benchmarks.report import Measure, Report, Row

THUMBNAILS: Final = 40
"""Explained per fold, at most."""

ROWS, COLUMNS, CELL = 9, 16, 20
STEPS: Final = 16

Heat = NDArray[np.float32]
"""How much each part of a picture matters, [rows, columns] of a grid of any size."""

Fill = Callable[[Thumbnail], NDArray[np.uint8]]
"""What replaces the cells of a picture: uint8 [180, 320, 3]."""


def grey(thumbnail: Thumbnail) -> NDArray[np.uint8]:
    """Cells are replaced by middle grey."""
    return np.full_like(thumbnail.pixels, 127)


def blurred(thumbnail: Thumbnail) -> NDArray[np.uint8]:
    """Cells are replaced by the picture, reduced to 8×5 pixels."""
    few = Image.fromarray(thumbnail.pixels).resize((8, 5), Image.Resampling.BOX)
    return np.asarray(few.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))


FILLS: Final[Mapping[str, Fill]] = {"replaced by grey": grey, "blurred": blurred}
MEASURES: Final = (
    *(Measure(name, "", more_is_better=False) for name in FILLS),
    Measure("one explanation", "ms", more_is_better=False, drawn=False),
)


def measure(models: Sequence[Model]) -> Report:
    """Delete each fold's test thumbnails cell by cell, in the order of each method; the mean area under the curve."""
    figures: dict[str, list[Mapping[str, float]]] = {name: [] for name in (OURS, RANDOM)}
    explained = 0
    for model in models:
        files = part(model.fold.known, evenly(model.fold.test, THUMBNAILS)).files
        explained += len(files)
        with one_core():
            for name, values in _fold(model, files).items():
                figures[name].append(values)
    return Report(
        name="explanations",
        title="Explanations: area under the deletion curve",
        note=f"{len(models)} of {FOLDS} folds, {explained} thumbnails; the most important cells are deleted first, and "
        "the area is the mean probability of the channel meanwhile. One core.",
        measures=MEASURES,
        rows=tuple(Row.of(name, explained, values, ours=name == OURS) for name, values in figures.items()),
    )


def deletion_area(thumbnail: Thumbnail, heat: Heat, fill: NDArray[np.uint8], channel: int, judge: Judge) -> float:
    """Mean probability of a channel in [0, 1] while the cells of a picture are replaced by `fill`, hottest first.

    Source: Petsiuk et al., "RISE" (2018).
    """
    fine = np.asarray(Image.fromarray(heat).resize((COLUMNS, ROWS), Image.Resampling.BILINEAR))
    order = np.argsort(-fine.ravel(), kind="stable")
    pixels = thumbnail.pixels.copy()
    stages = [thumbnail]
    for cells in np.array_split(order, STEPS):
        for row, column in zip(*np.unravel_index(cells, fine.shape), strict=True):
            place = np.s_[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL]
            pixels[place] = fill[place]
        stages.append(Thumbnail(pixels.copy()))
    return float(np.trapezoid(judge(stages)[:, channel], dx=1 / STEPS))


def _fold(model: Model, files: Sequence[Path]) -> Mapping[str, Mapping[str, float]]:
    """The mean figures of every method on some of a fold's test thumbnails."""
    asked = model.predictor.judge
    random = np.random.default_rng(model.fold.number)

    def judge(thumbnails: Sequence[Thumbnail]) -> NDArray[np.float64]:
        inputs = np.stack([asked.prepare(thumbnail) for thumbnail in thumbnails])
        return asked.judge(inputs).probabilities

    explain: Mapping[str, Callable[[Thumbnail, int], Heat]] = {
        OURS: lambda thumbnail, channel: occlusion(thumbnail, channel, judge),
        RANDOM: lambda *_: random.random((ROWS, COLUMNS), dtype=np.float32),
    }
    figures: dict[str, list[list[float]]] = {name: [] for name in explain}
    for file in track(files, f"Explaining fold {model.fold.number}", console=Console(stderr=True)):
        thumbnail = read_thumbnail(file)
        channel = int(judge([thumbnail])[0].argmax())
        for name, method in explain.items():
            start = time.perf_counter()
            heat = method(thumbnail, channel)
            milliseconds = (time.perf_counter() - start) * 1000
            areas = [deletion_area(thumbnail, heat, fill(thumbnail), channel, judge) for fill in FILLS.values()]
            figures[name].append([*areas, milliseconds])
    names = [each.name for each in MEASURES]
    return {name: dict(zip(names, np.mean(values, axis=0).tolist(), strict=True)) for name, values in figures.items()}


OURS: Final = "this project: occlusion"
RANDOM: Final = "random order"
