"""Examples: the thumbnails of a dataset, decoded and prepared for one network."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.errors import DatasetError, PictureError
from classifier.pictures.dataset import Dataset
from classifier.pictures.near_duplicates import difference_hash
from classifier.pictures.thumbnail import Inputs, Thumbnail
from classifier.values import Channel, OnProgress, Progress

MAX_BYTES: Final = 20 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Thumbnails as one network reads them.

    `inputs` is [n, ...], `targets` int64 [n], `hashes` uint64 [n] (difference hashes), `files` the n files in the same
    order; `reviewed` are for training only; `skipped` names each unreadable file and says why.
    """

    channels: tuple[Channel, ...]
    inputs: Inputs
    targets: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    files: tuple[Path, ...]
    skipped: tuple[str, ...]
    reviewed: frozenset[Path] = frozenset()

    def dataset(self, indices: NDArray[np.int64]) -> Dataset:
        """The files of some examples, to be read again."""
        return Dataset(
            self.channels,
            files=tuple(self.files[index] for index in indices),
            targets=tuple(int(target) for target in self.targets[indices]),
        )


def read_thumbnail(file: Path) -> Thumbnail:
    """Decode one image file of at most 20 MiB. Raises PictureError."""
    return Thumbnail.decode(read_file(file))


def read_file(file: Path) -> bytes:
    """The content of one image file of at most 20 MiB. Raises PictureError."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise PictureError(
                "{file} is larger than {limit} MiB. Use a smaller image.", file=file.name, limit=MAX_BYTES // 2**20
            )
        return file.read_bytes()
    except OSError as error:
        raise PictureError("{file} can't be read: {cause}.", file=str(file), cause=error.strerror) from error


def read_examples(
    dataset: Dataset,
    prepare: Callable[[Thumbnail], Inputs],
    on_progress: OnProgress,
) -> Examples:
    """Decode every file and `prepare` it for a network; unreadable ones are skipped and named.

    Raises DatasetError if none can be read.
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
        raise DatasetError("None of the thumbnails could be read. Crawl again, or check the folder.")
    indices, inputs, hashes = zip(*kept, strict=True)
    return Examples(
        channels=dataset.channels,
        inputs=np.stack(inputs),
        targets=np.array([dataset.targets[index] for index in indices], dtype=np.int64),
        hashes=np.array(hashes, dtype=np.uint64),
        files=tuple(dataset.files[index] for index in indices),
        skipped=tuple(skipped),
        reviewed=dataset.reviewed,
    )
