"""Fit the whitening that the eye ships with, and write it to its place: `python -m scripts.whitening`.

The thumbnails that it is fitted to belong to their creators and are not part of this repository; docs/benchmarks.md
says how their folder is laid out.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console

from classifier.networks.eye import Eye
from classifier.networks.features import FeatureStore, read_features
from classifier.networks.whitening import FILE
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import Examples
from classifier.terminal import progress_bars
from classifier.training.fit_whitening import fit_whitening
from classifier.values import OnProgress
from scripts.benchmarks.robustness import VARIATIONS

COPIES: Final = ("resized to 160×90", "JPEG of quality 30")
"""Degraded copies of each thumbnail count as further thumbnails of its channel: what degrades is made small, too."""

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def main(
    *,
    data: Annotated[Path, typer.Option(envvar="THUMBPRINT_DATA", help="The folder that contains channels/.")],
    build: Annotated[Path, typer.Option(help="Where features and degraded copies are kept.")] = Path("build"),
    out: Annotated[Path, typer.Option(help="The file to write.")] = FILE,
) -> None:
    """Fit the whitening to all channels in DATA/channels."""
    eye = Eye(threads=2, whitened=False)
    store = FeatureStore(build / "features", eye)
    with progress_bars(Console(stderr=True)) as on_progress:
        examples = read_features(Dataset.open(data / "channels"), eye, store, on_progress)
        copies, originals = read_copies(examples, build / "copies", eye, store, on_progress)
    features = np.concatenate([np.asarray(examples.inputs, np.float16), copies])
    fit_whitening(features, np.concatenate([examples.targets, examples.targets[originals]])).save(out)


def read_copies(
    examples: Examples, folder: Path, eye: Eye, store: FeatureStore, on_progress: OnProgress
) -> tuple[NDArray[np.float16], NDArray[np.int64]]:
    """Features [m, d] of degraded copies of all thumbnails, and the index of each one's original [m].

    The copies are kept in `folder`.
    """
    files: list[Path] = []
    for number, name in enumerate(COPIES):
        for file in examples.files:
            copy = folder / str(number) / file.parent.name / file.name
            if not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(VARIATIONS[name](file.read_bytes()))
            files.append(copy)
    originals = np.tile(np.arange(len(examples.files)), len(COPIES))
    dataset = replace(examples.dataset(originals), files=tuple(files))
    return np.asarray(read_features(dataset, eye, store, on_progress).inputs, np.float16), originals


if __name__ == "__main__":
    app()
