"""The data folder: one sub-folder a channel, as torchvision's ImageFolder reads it, and its splits."""

import hashlib
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from classifier.errors import DatasetError, PictureError, TooFewPicturesError
from classifier.thumbnail import Inputs, Thumbnail
from classifier.values import Channel, OnProgress, Progress

RECORD_NAME: Final = "channel.json"
SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif"})
MAX_BYTES: Final = 20 * 2**20

MIN_PICTURES: Final = 8

_ALIKE_BITS: Final = 4  # of 64; beyond, different pictures of one series are taken for the same
_TEST, _CALIBRATION, _TRAIN, _NONE = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """What `channel.json` in a channel's folder says: who it is, when it was fetched, and sha256 by video id."""

    id: str
    handle: str | None
    title: str
    fetched_at: datetime
    sha256: dict[str, str] = field(default_factory=dict)


_RECORD = TypeAdapter(ChannelRecord)


def load_record(folder: Path) -> ChannelRecord | None:
    """Read the record of a channel's folder; None where there is none.

    Raises DatasetError where it is broken.
    """
    path = folder / RECORD_NAME
    try:
        return _RECORD.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise DatasetError(f"{path} can't be read as a channel's record; delete it and crawl again.") from error


def save_record(folder: Path, record: ChannelRecord) -> None:
    """Write the record of a channel's folder, whole or not at all."""
    draft = folder / f".{RECORD_NAME}.part"
    draft.write_bytes(_RECORD.dump_json(record, indent=2))
    draft.replace(folder / RECORD_NAME)


def channel_of(folder: Path) -> Channel:
    """The channel that a folder holds: from its record, or else from its name alone."""
    record = load_record(folder)
    if record is None:
        return Channel(label=folder.name, title=folder.name)
    return Channel(label=folder.name, title=record.title, id=record.id, handle=record.handle)


@dataclass(frozen=True, slots=True)
class Dataset:
    """The pictures of a data folder: `files[i]` shows channel `channels[targets[i]]`.

    Those of `reviewed` are there by what people said; they are learned from, but never measured with: whoever chose
    them may have chosen what is easy, or hard.
    """

    channels: tuple[Channel, ...]
    files: tuple[Path, ...]
    targets: tuple[int, ...]
    reviewed: frozenset[Path] = frozenset()

    @classmethod
    def open(cls, folder: Path, *, only: Collection[str] | None = None) -> Self:
        """List the pictures of an ImageFolder: one sub-folder a channel, in the order of their names.

        `only` names the sub-folders to use; by default all are, but for those without a picture. Raises
        DatasetError where there is no such folder or no picture.
        """
        if not folder.is_dir():
            raise DatasetError(f"There is no folder {folder}; crawl some channels into it first.")
        chosen = (path for path in sorted(folder.iterdir()) if not only or path.name in only)
        shelves = [(shelf, list(_pictures(shelf))) for shelf in chosen if _is_visible_folder(shelf)]
        shelves = [(shelf, files) for shelf, files in shelves if files]
        if missing := set(only or ()) - {shelf.name for shelf, _ in shelves}:
            raise DatasetError(f"{folder} holds no pictures of {', '.join(sorted(missing))}; crawl or leave that out.")
        if not shelves:
            raise DatasetError(f"{folder} holds no pictures; it needs one sub-folder of pictures a channel.")
        return cls(
            channels=tuple(channel_of(shelf) for shelf, _ in shelves),
            files=tuple(file for _, files in shelves for file in files),
            targets=tuple(target for target, (_, files) in enumerate(shelves) for _ in files),
        )


def find_pictures(folder: Path) -> tuple[Path, ...]:
    """All pictures below a folder, however deep; none where there is no such folder."""
    return tuple(path for path in sorted(folder.rglob("*")) if _is_picture(path))


def pictures_under(folder: Path) -> Dataset:
    """All pictures below a folder, however deep, as one nameless channel. Raises DatasetError where there is none."""
    files = find_pictures(folder)
    if not files:
        raise DatasetError(f"{folder} holds no pictures; give a folder that does.")
    return Dataset(channels=(Channel(label=folder.name, title=folder.name),), files=files, targets=(0,) * len(files))


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Decoded pictures as one network reads them.

    `inputs` is [n, ...], `targets` int64 [n], `hashes` uint64 [n] (difference hashes), `files` the n pictures in order,
    `reviewed` which of them are to learn from only, and `skipped` says of each unreadable picture why.
    """

    channels: tuple[Channel, ...]
    inputs: Inputs
    targets: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    files: tuple[Path, ...]
    skipped: tuple[str, ...]
    reviewed: frozenset[Path] = frozenset()

    def dataset(self, indices: NDArray[np.int64]) -> Dataset:
        """Some of the pictures, to be read again."""
        return Dataset(
            self.channels,
            files=tuple(self.files[index] for index in indices),
            targets=tuple(int(target) for target in self.targets[indices]),
        )


def read_thumbnail(file: Path) -> Thumbnail:
    """Decode one picture file of at most 20 MiB. Raises PictureError."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise PictureError(f"{file.name} has more than {MAX_BYTES // 2**20} MiB; use a smaller picture.")
        return Thumbnail.decode(file.read_bytes())
    except OSError as error:
        raise PictureError(f"{file} can't be read: {error.strerror}.") from error


def read_features(
    dataset: Dataset,
    prepare: Callable[[Thumbnail], Inputs],
    on_progress: OnProgress,
) -> Features:
    """Decode every picture and `prepare` it for a network; unreadable ones are skipped and named.

    Raises DatasetError where not one could be read.
    """

    def read(file: Path) -> tuple[Inputs, int] | str:
        try:
            thumbnail = read_thumbnail(file)
        except PictureError as error:
            return f"{file.parent.name}/{file.name}: {error}"
        return prepare(thumbnail), difference_hash(thumbnail)

    kept, skipped = [], []
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="decode") as decoders:
        for index, result in enumerate(decoders.map(read, dataset.files)):
            if isinstance(result, str):
                skipped.append(result)
            else:
                kept.append((index, *result))
            on_progress(Progress("read", index + 1, len(dataset.files)))
    if not kept:
        raise DatasetError("None of the pictures could be read; crawl again or check the folder.")
    indices, inputs, hashes = zip(*kept, strict=True)
    return Features(
        channels=dataset.channels,
        inputs=np.stack(inputs),
        targets=np.array([dataset.targets[index] for index in indices], dtype=np.int64),
        hashes=np.array(hashes, dtype=np.uint64),
        files=tuple(dataset.files[index] for index in indices),
        skipped=tuple(skipped),
        reviewed=dataset.reviewed,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Indices into Features: pictures to learn from, to calibrate on, and to measure with."""

    train: NDArray[np.int64]
    calibration: NDArray[np.int64]
    test: NDArray[np.int64]


def split(features: Features, *, seed: int = 0, test: float = 0.1, calibration: float = 0.1) -> Split:
    """Deal pictures to three sides; near-duplicates stay on one side.

    The side follows from a hash of `seed` and the file's name alone, so that a picture once held out stays held out
    when the folder grows: a model of yesterday can be measured fairly on today's test side. Reviewed pictures are to
    learn from, or on no side where one like them is held out.
    Raises TooFewPicturesError where a channel has fewer than 8 different pictures.
    """
    reviewed = np.array([file in features.reviewed for file in features.files])
    leaders = near_duplicate_leaders(features, ~reviewed)
    draws = np.array([draw(features.files[leader].stem, seed) for leader in leaders])
    sides = np.digitize(draws, [test, test + calibration])
    sides[reviewed] = _NONE
    for target, channel in enumerate(features.channels):
        own = (features.targets == target) & ~reviewed
        if len(np.unique(leaders[own])) < MIN_PICTURES:
            raise TooFewPicturesError(
                f"{channel.label} has {own.sum()} readable pictures, {len(np.unique(leaders[own]))} of them different; "
                f"at least {MIN_PICTURES} a channel are needed, and 100 or more make a good model. Crawl more."
            )
        for side in (_TEST, _CALIBRATION, _TRAIN):
            if not (own & (sides == side)).any():  # few pictures and bad luck: take the next in line
                groups = [len(np.unique(leaders[own & (sides == other)])) for other in range(3)]
                spare = np.where(own & (sides == np.argmax(groups)), draws, np.inf)
                sides[leaders == leaders[spare.argmin()]] = side
    held = features.hashes[(sides == _TEST) | (sides == _CALIBRATION)]
    for index in np.flatnonzero(reviewed):
        if not _alike(held, features.hashes[index]).any():
            sides[index] = _TRAIN
    return Split(
        train=np.flatnonzero(sides == _TRAIN),
        calibration=np.flatnonzero(sides == _CALIBRATION),
        test=np.flatnonzero(sides == _TEST),
    )


def difference_hash(thumbnail: Thumbnail) -> int:
    """64 bits that near-duplicates share: whether each cell of a 9×8 grey grid is brighter than its left neighbour.

    Source: Neal Krawetz, "Kind of Like That" (2013).
    """
    grey = thumbnail.resized(9, 8).astype(np.int64).sum(axis=0)
    return int.from_bytes(np.packbits(grey[:, 1:] > grey[:, :-1]).tobytes())


def near_duplicate_leaders(features: Features, dealt: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each picture the first one (by file name) of its group; whoever is alike to one of a group belongs to it.

    Those that are not `dealt` [n] are in nobody's group.
    """
    order = np.array(sorted(np.flatnonzero(dealt), key=lambda index: features.files[index].stem))
    hashes = features.hashes[order]
    first = np.arange(len(order))
    for place, own in enumerate(hashes):
        alike = place + np.flatnonzero(_alike(hashes[place:], own))
        groups = np.unique(first[alike])
        if len(groups) > 1:
            first[np.isin(first, groups)] = groups[0]
    leaders = np.arange(len(features.files))
    leaders[order] = order[first]
    return leaders


def _alike(hashes: NDArray[np.uint64], own: np.uint64) -> NDArray[np.bool_]:
    """Which of some hashes [n] are those of near-duplicates of a picture."""
    alike: NDArray[np.bool_] = np.bitwise_count(hashes ^ own) <= _ALIKE_BITS
    return alike


def draw(name: str, seed: int = 0) -> float:
    """A number in [0, 1) that depends on nothing but a name and the seed."""
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def _is_visible_folder(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")


def _pictures(folder: Path) -> Iterator[Path]:
    return filter(_is_picture, sorted(folder.iterdir()))


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
