"""Fit the whitening that the eye ships with, and write it to its place: `python -m scripts.whitening`.

The thumbnails that it is fitted to belong to their creators and are not part of this repository; docs/benchmarks.md
says how their folder is laid out.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from classifier.networks.eye import Eye
from classifier.networks.features import FeatureStore, read_features
from classifier.networks.whitening import FILE, Whitening
from classifier.pictures.dataset import Dataset
from classifier.terminal import progress_bars

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def main(
    *,
    data: Annotated[Path, typer.Option(envvar="THUMBPRINT_DATA", help="The folder that contains channels/.")],
    features: Annotated[Path, typer.Option(help="Where features are kept.")] = Path("build/features"),
    out: Annotated[Path, typer.Option(help="The file to write.")] = FILE,
) -> None:
    """Fit the whitening to all channels in DATA/channels."""
    eye = Eye(threads=2, whitened=False)
    with progress_bars(Console(stderr=True)) as on_progress:
        examples = read_features(Dataset.open(data / "channels"), eye, FeatureStore(features, eye), on_progress)
    Whitening.fit(np.asarray(examples.inputs, np.float32), examples.targets).save(out)


if __name__ == "__main__":
    app()
