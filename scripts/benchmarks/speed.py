"""How fast one answer comes, how fast the program starts, and how much memory it holds."""

import io
import json
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
from classifier.models import artifact
from classifier.models.artifact import Artifact
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
    Measure("having trained", "MiB", more_is_better=False),
    Measure("fresh", "MiB", more_is_better=False),
    Measure("growth", "MiB", more_is_better=False, goal=0.0),
)

_STARTS: Final = {
    "this project: classifier.engine": "classifier.engine",
    "this project: bot.app": "bot.app",
    "what the tutorial imports": "torch, PIL.Image, numpy, pyyoutube, matplotlib.pyplot",
}
_IMPORT: Final = """
import json, sys, time
start = time.perf_counter()
import {modules}
print(json.dumps([time.perf_counter() - start, len(sys.modules)]))
"""


def measure(model: Artifact, pictures: Sequence[bytes], rounds: int = ROUNDS) -> list[Report]:
    """Time answers to encoded pictures with a model, program starts, and the memory of an engine that retrains."""
    return [_answers(model, pictures, rounds), _starts(rounds), _memory(model)]


def _answers(model: Artifact, pictures: Sequence[bytes], rounds: int) -> Report:
    """Medians over the pictures, of each round; the first round of each is thrown away."""
    answers = {"this project": _ours(model), "the tutorial's predict(), with pyplot": _theirs(len(model.info.channels))}
    rows = []
    with one_core():
        for name, answer in answers.items():
            turns = track(range(rounds + 1), name, console=Console(stderr=True))
            figures = [medians([answer(picture) for picture in pictures]) for _ in turns][1:]
            rows.append(Row.of(name, len(pictures), figures, ours=name == "this project"))
    return Report(
        name="answer",
        title="One answer, warm, on one core",
        note=(
            f"Medians over {len(pictures)} pictures, in {rounds} rounds; network: {model.info.network}, "
            f"{model.info.pictures:,} pictures learned from."
        ),
        measures=ANSWER,
        rows=tuple(rows),
    )


def medians(timings: Sequence[Sequence[float]]) -> Mapping[str, float]:
    """Median milliseconds of decode, predict, plot, and of the sum, from the moments [pictures, 4] between them."""
    steps = np.diff(np.array(timings), axis=1) * 1000
    decode, predict, plot = (float(value) for value in np.median(steps, axis=0))
    return {"decode": decode, "predict": predict, "plot": plot, "answer": float(np.median(steps.sum(axis=1)))}


def _ours(model: Artifact) -> Callable[[bytes], Sequence[float]]:
    predictor = Predictor(model.network, model.calibration, model.info.channels)

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
    """Its network, its histograms, and a bar chart by pyplot, saved to memory."""
    import matplotlib as mpl  # noqa: PLC0415 - pyplot is measured here alone, and never drawn to a screen

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


def _starts(rounds: int) -> Report:
    """Seconds to import what the program starts with, each in a fresh interpreter."""
    rows = []
    for name, modules in _STARTS.items():
        found = [json.loads(_python("-c", _IMPORT.format(modules=modules))) for _ in range(rounds + 1)][1:]
        figures = [{"import": seconds, "modules": count} for seconds, count in found]
        rows.append(Row.of(name, rounds, figures, ours=name.startswith("this project")))
    return Report(
        name="start", title="Start-up", note="Fresh interpreters, files cached.", measures=START, rows=tuple(rows)
    )


def _memory(model: Artifact) -> Report:
    """Memory of engines: with a model, with one that they have trained, and of fresh ones with that."""
    figures = []
    for _ in track(range(MEMORY_RUNS), "Retraining", console=Console(stderr=True)):
        with TemporaryDirectory() as temporary:
            folder = Path(temporary)
            artifact.save(model, folder / "data" / "models" / "first")
            (folder / "data" / "models" / "serving").write_text("first")
            for name, tint in (("amber", (230, 140, 40)), ("cobalt", (40, 80, 210))):
                draw_channel(folder / "channels" / name, 24, tint=tint)
            command = ("-m", "scripts.benchmarks.memory", temporary, model.info.network)
            resident, trained = json.loads(_python(*command, "retrain"))
            (fresh,) = json.loads(_python(*command))
        figures.append({"resident": resident, "having trained": trained, "fresh": fresh, "growth": trained - fresh})
    return Report(
        name="memory",
        title="Memory of the engine with a loaded model",
        note=(
            f"Resident set once it has answered: with a model of {model.info.pictures:,} pictures; of an engine that "
            f"has trained one of {2 * memory.PICTURES}; of a fresh one with that model; and how much less that is."
        ),
        measures=MEMORY,
        rows=(Row.of("this project", MEMORY_RUNS, figures, ours=True),),
    )


def _python(*arguments: str) -> str:
    command = (sys.executable, *arguments)
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603 - our own code
