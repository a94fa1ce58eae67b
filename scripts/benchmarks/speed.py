"""The time of one answer, the start-up time of the program, and its memory."""

import io
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from PIL import Image
from rich.console import Console
from rich.progress import track

from classifier.drawing.confidence import confidence_plot
from classifier.models.folder import read_info
from classifier.models.predictor import Predictor
from classifier.pictures.thumbnail import Thumbnail
from scripts.benchmarks import memory, tutorial_net
from scripts.benchmarks.cores import one_core
from scripts.benchmarks.local_youtube import draw_channel
from scripts.benchmarks.report import Measure, Report, Row

ROUNDS: Final = 5
PICTURES: Final = 50
MEMORY_RUNS: Final = 3

ANSWER: Final = tuple(
    Measure(name, "ms", more_is_better=False, goal=30.0 if name == "answer" else None)
    for name in ("decode", "predict", "plot", "answer")
)
START: Final = (Measure("import", "s", more_is_better=False), Measure("modules", "modules", more_is_better=False))
MEMORY: Final = (
    Measure("resident", "MiB", more_is_better=False),
    Measure("after training", "MiB", more_is_better=False),
    Measure("fresh", "MiB", more_is_better=False),
    Measure("growth", "MiB", more_is_better=False, goal=0.0),
)

_STARTS: Final = {
    "this project: classifier.engine": "classifier.engine",
    "this project: bot.app": "bot.app",
    "the tutorial's imports": "torch, PIL.Image, numpy, pyyoutube, matplotlib.pyplot",
}
_IMPORT: Final = """
import json, sys, time
start = time.perf_counter()
import {modules}
print(json.dumps([time.perf_counter() - start, len(sys.modules)]))
"""


def measure(model: Path, pictures: Sequence[bytes]) -> list[Report]:
    """Measure answers to encoded pictures, program starts, and the memory of an engine that retrains."""
    return [_answers(model, pictures), _starts(), _memory(model)]


def _answers(model: Path, pictures: Sequence[bytes]) -> Report:
    """Medians over the pictures in each round; the first round is discarded."""
    info = read_info(model)
    answers = {"this project": _ours(model), "the tutorial's predict(), with pyplot": _theirs(len(info.channels))}
    rows = []
    with one_core():
        for name, answer in answers.items():
            steps = track(range(ROUNDS + 1), name, console=Console(stderr=True))
            figures = [medians([answer(picture) for picture in pictures]) for _ in steps][1:]
            rows.append(Row.of(name, len(pictures), figures, ours=name == "this project"))
    return Report(
        name="answer",
        title="One answer, warm, on one core",
        note=(
            f"Medians over {len(pictures)} pictures, in {ROUNDS} rounds; network: {info.network}, "
            f"trained on {info.thumbnails:,} thumbnails."
        ),
        measures=ANSWER,
        rows=tuple(rows),
    )


def medians(timings: Sequence[Sequence[float]]) -> Mapping[str, float]:
    """Median milliseconds of decode, predict, plot and their sum, from the times [pictures, 4] around them."""
    steps = np.diff(np.array(timings), axis=1) * 1000
    decode, predict, plot = (float(value) for value in np.median(steps, axis=0))
    return {"decode": decode, "predict": predict, "plot": plot, "answer": float(np.median(steps.sum(axis=1)))}


def _ours(model: Path) -> Callable[[bytes], Sequence[float]]:
    predictor = Predictor.load(model)

    def answer(picture: bytes) -> Sequence[float]:
        start = time.perf_counter()
        thumbnail = Thumbnail.decode(picture)
        decoded = time.perf_counter()
        (prediction,) = predictor.predict([thumbnail])
        predicted = time.perf_counter()
        confidence_plot(prediction)
        return start, decoded, predicted, time.perf_counter()

    return answer


def _theirs(classes: int) -> Callable[[bytes], Sequence[float]]:
    """The tutorial's network and histograms, and a bar chart drawn with pyplot to memory."""
    import matplotlib as mpl  # noqa: PLC0415 - pyplot is only measured here, never shown

    mpl.use("agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    network = tutorial_net.TutorialNet(classes).eval()
    names = [f"channel {number}" for number in range(classes)]

    def answer(picture: bytes) -> Sequence[float]:
        start = time.perf_counter()
        with Image.open(io.BytesIO(picture)) as image:
            histograms = tutorial_net.histograms(image)
        decoded = time.perf_counter()
        shares = tutorial_net.probabilities(network, histograms[np.newaxis])[0]
        predicted = time.perf_counter()
        plt.bar(names, shares)
        plt.ylabel("confidence")
        plt.savefig(io.BytesIO(), format="png")
        plt.close()
        return start, decoded, predicted, time.perf_counter()

    return answer


def _starts() -> Report:
    """Seconds to import the program's modules, each time in a fresh interpreter."""
    rows = []
    for name, modules in _STARTS.items():
        results = [json.loads(_python("-c", _IMPORT.format(modules=modules))) for _ in range(ROUNDS + 1)][1:]
        figures = [{"import": seconds, "modules": count} for seconds, count in results]
        rows.append(Row.of(name, ROUNDS, figures, ours=name.startswith("this project")))
    return Report(
        name="start", title="Start-up", note="Fresh interpreters, files cached.", measures=START, rows=tuple(rows)
    )


def _memory(model: Path) -> Report:
    """Memory of engines: with a model, after training another one, and of a fresh engine with that one."""
    info = read_info(model)
    figures = []
    for _ in track(range(MEMORY_RUNS), "Retraining", console=Console(stderr=True)):
        with TemporaryDirectory() as temporary:
            folder = Path(temporary)
            shutil.copytree(model, folder / "data" / "models" / "default" / "first")
            (folder / "data" / "models" / "default" / "serving").write_text("first")
            for name, tint in (("amber", (230, 140, 40)), ("cobalt", (40, 80, 210))):
                draw_channel(folder / "channels" / name, 24, tint=tint)
            command = ("-m", "scripts.benchmarks.memory", temporary, info.network)
            resident, trained = json.loads(_python(*command, "retrain"))
            (fresh,) = json.loads(_python(*command))
        figures.append({"resident": resident, "after training": trained, "fresh": fresh, "growth": trained - fresh})
    return Report(
        name="memory",
        title="Memory of the engine with a loaded model",
        note=(
            f"Resident set after some answers: with a model of {info.thumbnails:,} thumbnails; after training "
            f"one of {2 * memory.THUMBNAILS}; of a fresh engine with that one; and the difference of the two."
        ),
        measures=MEMORY,
        rows=(Row.of("this project", MEMORY_RUNS, figures, ours=True),),
    )


def _python(*arguments: str) -> str:
    command = (sys.executable, *arguments)
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603 - our own code
