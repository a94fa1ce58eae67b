"""Exact matches: are re-posted thumbnails recognised as the videos that they are from, and is nothing else?

And the most similar thumbnails: what is lost by looking for them among short vectors?
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from rich.console import Console
from rich.progress import track

from classifier.models.thumbnail_index import CANDIDATES, SIZE, Near, ThumbnailIndex, project
from classifier.networks.eye import Eye
from classifier.networks.features import FeatureStore, read_features
from classifier.pictures.dataset import Dataset, unlabelled
from classifier.pictures.examples import read_thumbnail
from classifier.pictures.same_picture import NEARLY_EQUAL, likeness
from classifier.pictures.thumbnail import Thumbnail
from classifier.terminal import progress_bars
from classifier.values import Channel
from scripts.benchmarks.report import Measure, Report, Row
from scripts.benchmarks.robustness import ORIGINAL, VARIATIONS, cropped, letterboxed, resized, varied

MEASURES: Final = (
    Measure("right video", goal=0.98),
    Measure("another video", more_is_better=False, drawn=False),
    Measure("false matches", "in 10,000", more_is_better=False, drawn=False),
)
NEIGHBOUR_MEASURES: Final = (
    Measure("found"),
    Measure("nearest", "", drawn=False),
    Measure("cosine lost", "", more_is_better=False, drawn=False),
)
SHOWN: Final = 3
EVERY: Final = 12
"""One thumbnail of so many is re-posted in every variation."""
UNCHANGED: Final = "any picture, as it is"
_THREADS: Final = 2


def _pillarboxed(image: Image.Image) -> Image.Image:
    """Black bars at the left and right."""
    return ImageOps.pad(image, (image.width * 3 // 2, image.height), color=(0, 0, 0))


REPOSTS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    **VARIATIONS,
    "black bars at the left and right": varied(_pillarboxed),
    "letterboxed to 4:3, JPEG of quality 30": varied(letterboxed, quality=30),
    "5 % cropped, JPEG of quality 30": varied(cropped, quality=30),
    "5 % cropped, 160×90": varied(lambda image: resized(160, 90)(cropped(image))),
}


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """All thumbnails: the first `known` ones of `files` are in the index, by their numbers, with `features` of all.

    `channels` are those of the known ones.
    """

    files: tuple[Path, ...]
    features: NDArray[np.float16]
    known: int
    channels: tuple[Channel, ...]
    index: ThumbnailIndex


def read_pictures(data: Path, build: Path, eye: Eye) -> Pictures:
    """Those in `channels/` and `thumbnails/` are known, those in `varied/` and `other-channels/` are not.

    `build` is where features are kept.
    """
    store = FeatureStore(build / "features", eye)
    folders = [Dataset.open(data / name) for name in ("channels", "thumbnails")]
    foreign = [unlabelled(data / name) for name in ("varied", "other-channels") if (data / name).is_dir()]
    with progress_bars(Console(stderr=True)) as on_progress:
        read = [read_features(dataset, eye, store, on_progress) for dataset in (*folders, *foreign)]
    known = sum(len(examples.files) for examples in read[: len(folders)])
    features = np.concatenate([np.asarray(examples.inputs, dtype=np.float16) for examples in read])
    parts = np.array_split(np.arange(known), range(256, known, 256))
    names = [file.parent.name for examples in read[: len(folders)] for file in examples.files]
    labels, numbers = np.unique(names, return_inverse=True)
    index = ThumbnailIndex(
        np.concatenate([project(features[part]) for part in parts]),
        np.arange(known, dtype=np.uint64),
        numbers.astype(np.uint16),
        np.ones(known, dtype=np.bool_),
        np.full(known, np.nan, dtype=np.float32),
    )
    channels = tuple(Channel(label, label) for label in labels)
    return Pictures(tuple(file for examples in read for file in examples.files), features, known, channels, index)


def measure(data: Path, build: Path, every: int = EVERY) -> tuple[Report, Report]:
    """Exact matches, and the most similar thumbnails."""
    eye = Eye(_THREADS)
    pictures = read_pictures(data, build, eye)
    return _measure_matches(pictures, eye, every), _measure_neighbours(pictures, every)


def _measure_matches(pictures: Pictures, eye: Eye, every: int) -> Report:
    """How many re-posts are recognised, and how many pictures are mistaken for another thumbnail.

    For the latter, a picture's own thumbnail is left out of the data folder. The pairs are printed on standard error:
    some are one picture that was uploaded twice.
    """
    console = Console(stderr=True)
    mistaken: set[tuple[int, int]] = set()
    rows = []
    for name, repost in REPOSTS.items():
        found = [
            _found(pictures, number, Thumbnail.decode(repost(pictures.files[number].read_bytes())), eye)
            for number in track(range(0, pictures.known, every), name, console=console)
        ]
        mistaken |= {(it.number, it.without) for it in found if it.without is not None}
        figures = {
            "right video": float(np.mean([it.match == it.number for it in found])),
            "another video": float(np.mean([it.match not in (it.number, None) for it in found])),
            "false matches": 1e4 * float(np.mean([it.without is not None for it in found])),
        }
        rows.append(Row.of(name, len(found), [figures], ours=name != ORIGINAL))
    everything = track(range(len(pictures.files)), UNCHANGED, console=console)
    others = [(number, _match_without(pictures, number)) for number in everything]
    mistaken |= {(number, other) for number, other in others if other is not None}
    share = 1e4 * float(np.mean([other is not None for _, other in others]))
    rows.append(Row.of(UNCHANGED, len(others), [{"false matches": share}]))
    for one, other in sorted(mistaken):
        console.print(f"mistaken: {pictures.files[one]} for {pictures.files[other]}", soft_wrap=True)
    return Report(
        name="exact",
        title="Exact matches",
        note=f"{pictures.known} thumbnails in the data folder; one in {every} re-posted.",
        measures=MEASURES,
        rows=tuple(rows),
    )


def _measure_neighbours(pictures: Pictures, every: int) -> Report:
    """How well the short vectors find the thumbnails of its channel that are most like another one."""
    features = pictures.features[: pictures.known].astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    figures = []
    for number in range(0, pictures.known, every):
        channel = int(pictures.index.channels[number])
        others = np.flatnonzero(pictures.index.channels == channel)
        others = others[others != number]
        cosines = dict(zip(others.tolist(), (features[others] @ features[number]).tolist(), strict=True))
        best = sorted(cosines, key=cosines.__getitem__, reverse=True)[:SHOWN]
        near = pictures.index.nearest(pictures.features[number], pictures.channels, channel, SHOWN + 1)
        found = [it.digest for it in near if it.digest != number][:SHOWN]
        kept = float(np.mean([cosines[it] for it in found]) - np.mean([cosines[it] for it in best]))
        figures.append(
            {"found": len({*found} & {*best}) / len(best), "nearest": cosines[best[0]], "cosine lost": -kept}
        )
    mean = {name: float(np.mean([figure[name] for figure in figures])) for name in figures[0]}
    return Report(
        name="similar",
        title="Most similar thumbnails of the same channel",
        note=f"Of the {SHOWN} nearest by all features, those found among {SIZE} numbers of 8 bits.",
        measures=NEIGHBOUR_MEASURES,
        rows=(Row.of(f"{SIZE} numbers", len(figures), [mean], ours=True),),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What a re-post of thumbnail `number` is matched with: in the whole data folder, and in it `without` its own."""

    number: int
    match: int | None
    without: int | None


def _found(pictures: Pictures, number: int, repost: Thumbnail, eye: Eye) -> _Found:
    features = eye.see(repost.pixels[np.newaxis])[0]
    near = pictures.index.candidates(features, pictures.channels, CANDIDATES + 1)
    match = _match(pictures, repost, near[:CANDIDATES])
    others = _without(near, number)
    return _Found(number, match, match if match != number else _match(pictures, repost, others))


def _match_without(pictures: Pictures, number: int) -> int | None:
    near = pictures.index.candidates(pictures.features[number], pictures.channels, CANDIDATES + 1)
    others = _without(near, number)
    return _match(pictures, read_thumbnail(pictures.files[number]), others) if others else None


def _without(near: Sequence[Near], number: int) -> Sequence[Near]:
    """The candidates if a thumbnail were not in the data folder."""
    return [it for it in near if it.digest != number][:CANDIDATES]


def _match(pictures: Pictures, thumbnail: Thumbnail, candidates: Sequence[Near]) -> int | None:
    """The number of the candidate that is matched with a picture."""
    best: tuple[float, int] | None = None
    for it in candidates:
        alike = likeness(thumbnail, _read(pictures.files[it.digest]))
        if alike is not None and (best is None or alike > best[0]):
            best = alike, it.digest
            if alike >= NEARLY_EQUAL:
                break
    return best[1] if best else None


@lru_cache(4096)
def _read(file: Path) -> Thumbnail:
    return read_thumbnail(file)
