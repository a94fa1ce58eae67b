"""The same thumbnails recoded, resized, letterboxed, cropped and framed."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageOps
from rich.console import Console
from rich.progress import track

from classifier.pictures.thumbnail import Thumbnail
from scripts.benchmarks.folds import FOLDS, Model, part
from scripts.benchmarks.report import Measure, Report, Row

MEASURES: Final = (
    Measure("accuracy"),
    Measure("drop", "points", more_is_better=False, goal=3.0),
    Measure("same answer", drawn=False),
)

BORDER: Final = 20
QUALITY: Final = 90
"""JPEG quality of changed thumbnails, if the change is not about encoding."""


def measure(models: Sequence[Model]) -> Report:
    """Accuracy on each fold's test thumbnails in every variation, and its drop from the original files, in points."""
    figures: dict[str, list[Mapping[str, float]]] = {name: [] for name in VARIATIONS}
    console = Console(stderr=True)
    for model in models:
        judge = model.predictor.judge
        test = part(model.fold.known, model.fold.test)
        originals = [file.read_bytes() for file in test.files]
        clean = np.empty(0)
        for name, vary in track(VARIATIONS.items(), f"Varying fold {model.fold.number}", console=console):
            inputs = [judge.prepare(Thumbnail.decode(vary(data))) for data in originals]
            answers = judge.judge(np.stack(inputs)).probabilities.argmax(axis=1)
            if name == ORIGINAL:
                clean = answers
            right, right_before = (float((given == test.targets).mean()) for given in (answers, clean))
            figures[name].append(
                {
                    "accuracy": right,
                    "drop": (right_before - right) * 100,
                    "same answer": float((answers == clean).mean()),
                }
            )
    total = sum(len(model.fold.test) for model in models)
    return Report(
        name="robustness",
        title="Changed thumbnails",
        note=f"{len(models)} of {FOLDS} folds; JPEG of quality {QUALITY} unless stated otherwise.",
        measures=MEASURES,
        rows=tuple(Row.of(name, total, values, ours=name != ORIGINAL) for name, values in figures.items()),
    )


def encoded(image: Image.Image, format_: str, **options: int) -> bytes:
    """A picture as a file of the given format."""
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def varied(
    change: Callable[[Image.Image], Image.Image], format_: str = "JPEG", **options: int
) -> Callable[[bytes], bytes]:
    """A variation of encoded pictures: decode, change, encode."""
    settings = options or ({"quality": QUALITY} if format_ == "JPEG" else {})

    def vary(data: bytes) -> bytes:
        with Image.open(io.BytesIO(data)) as image:
            return encoded(change(image.convert("RGB")), format_, **settings)

    return vary


def _same(image: Image.Image) -> Image.Image:
    return image


def resized(width: int, height: int) -> Callable[[Image.Image], Image.Image]:
    """Another size, in pixels."""
    return lambda image: image.resize((width, height), Image.Resampling.LANCZOS)


def letterboxed(image: Image.Image) -> Image.Image:
    """Black bars above and below, to 4:3."""
    return ImageOps.pad(image, (image.width, image.width * 3 // 4), color=(0, 0, 0))


def cropped(image: Image.Image) -> Image.Image:
    """A twentieth cropped at each side."""
    x, y = image.width // 20, image.height // 20
    return image.crop((x, y, image.width - x, image.height - y))


def _framed(colour: tuple[int, int, int]) -> Callable[[Image.Image], Image.Image]:
    return lambda image: ImageOps.expand(image, BORDER, fill=colour)


ORIGINAL: Final = "original file"
VARIATIONS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    ORIGINAL: lambda data: data,
    "JPEG of quality 30": varied(_same, quality=30),
    "resized to 160×90": varied(resized(160, 90)),
    "resized to 1280×720": varied(resized(1280, 720)),
    "letterboxed to 4:3": varied(letterboxed),
    "5 % cropped at each side": varied(cropped),
    "WebP": varied(_same, "WEBP"),
    "PNG screenshot, 20 pixels of white around": varied(_framed((255, 255, 255)), "PNG"),
    "PNG screenshot, 20 pixels of grey around": varied(_framed((128, 128, 128)), "PNG"),
}
