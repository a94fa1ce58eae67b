"""Features of thumbnails, computed once and kept: shared by all models, found again by the file's content."""

import hashlib
import os
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from classifier.errors import DatasetError, PictureError
from classifier.networks.eye import Eye
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import Examples, read_file
from classifier.pictures.near_duplicates import difference_hash
from classifier.pictures.thumbnail import Thumbnail
from classifier.values import OnProgress, Progress

T = TypeVar("T")

BATCH_SIZE: Final = 16

_HASH_BYTES = _CHECKSUM_BYTES = 8
_NAME: Final = re.compile(r"[0-9a-f]{64}(\.part)?")


class FeatureStore:
    """Files of features in one folder, named by the sha256 of the thumbnail's file; written whole or not at all.

    Each holds the difference hash, the features as float16, and a checksum: a broken file counts as missing.
    """

    def __init__(self, folder: Path, eye: Eye) -> None:
        self._root = folder
        self._folder = folder / eye.hash
        self._size = _HASH_BYTES + 2 * eye.features + _CHECKSUM_BYTES
        self._found: set[Path] = set()
        self._written: set[Path] = set()

    def get(self, sha256: str) -> tuple[NDArray[np.float16], int] | None:
        """Features [d] and difference hash of a file's content; None if they are not there."""
        path = self._path(sha256)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        self._found.add(path)
        with suppress(OSError):
            os.utime(path)  # the time of use
        content, checksum = data[:-_CHECKSUM_BYTES], data[-_CHECKSUM_BYTES:]
        if len(data) != self._size or int.from_bytes(checksum) != zlib.crc32(content):
            return None
        return np.frombuffer(content[_HASH_BYTES:], np.float16), int.from_bytes(content[:_HASH_BYTES])

    def put(self, sha256: str, features: NDArray[np.float16], difference: int) -> None:
        """Keep the features of a file's content; if the disk refuses, they are computed again next time."""
        path = self._path(sha256)
        content = difference.to_bytes(_HASH_BYTES) + features.tobytes()
        draft = path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(content + zlib.crc32(content).to_bytes(_CHECKSUM_BYTES))
            draft.replace(path)
            self._written.add(path)
        except OSError:
            with suppress(OSError):
                draft.unlink(missing_ok=True)

    def prune(self, limit: int) -> None:
        """Delete files until those of all eyes in the folder have at most `limit` bytes; the least recently used first.

        If there is no room for all that this store used, the same part stays each time, and is found again.
        """
        files = []
        for path in self._root.glob("*/??/*"):
            with suppress(OSError):
                if _NAME.fullmatch(path.name):
                    stat = path.stat()
                    files.append((self._worth(path, stat.st_mtime_ns), stat.st_size, path))
        excess = sum(size for _, size, _ in files) - limit
        for _, size, path in sorted(files):
            if excess <= 0:
                return
            with suppress(OSError):
                path.unlink()
                excess -= size

    def _worth(self, path: Path, time: int) -> tuple[int, int]:
        """What goes first has least: unused files, the oldest first; then what was written; last, what was found."""
        if path in self._found:
            return 2, -time
        return (1, -time) if path in self._written else (0, time)

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256


def read_features(dataset: Dataset, eye: Eye, store: FeatureStore | None, on_progress: OnProgress) -> Examples:
    """The features of every readable thumbnail, float16 [n, d], from the store or else computed and kept.

    Raises DatasetError if none can be read.
    """
    kept: list[tuple[int, NDArray[np.float16], int]] = []
    skipped: list[str] = []
    done = 0
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="decode") as readers:
        for batch in _batches(enumerate(_ahead(readers, lambda file: _read(file, store), dataset.files))):
            skipped += [reason for _, reason in batch if isinstance(reason, str)]
            known = [(index, *item[0]) for index, item in batch if not isinstance(item, str) and item[0] is not None]
            new = [(index, item[1], item[2]) for index, item in batch if not isinstance(item, str) and item[0] is None]
            kept += known + list(_see(new, eye, store))
            done += len(batch)
            on_progress(Progress("read", done, len(dataset.files)))
    if not kept:
        raise DatasetError("None of the thumbnails could be read. Crawl again, or check the folder.")
    kept.sort(key=lambda item: item[0])
    indices = [index for index, _, _ in kept]
    return Examples(
        channels=dataset.channels,
        inputs=np.stack([features for _, features, _ in kept]),
        targets=np.array([dataset.targets[index] for index in indices], dtype=np.int64),
        hashes=np.array([difference for _, _, difference in kept], dtype=np.uint64),
        files=tuple(dataset.files[index] for index in indices),
        skipped=tuple(skipped),
        reviewed=dataset.reviewed,
    )


def _ahead(readers: Executor, read: Callable[[Path], T], files: Iterable[Path]) -> Iterator[T]:
    """What `read` gives for each file, in order, at most two batches ahead: decoded thumbnails take much memory."""
    waiting: deque[Future[T]] = deque()
    for file in files:
        waiting.append(readers.submit(read, file))
        if len(waiting) == 2 * BATCH_SIZE:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _batches(items: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(items, BATCH_SIZE)):
        yield batch


_Known = tuple[NDArray[np.float16], int]


def _read(file: Path, store: FeatureStore | None) -> tuple[_Known | None, Thumbnail | None, str] | str:
    """A file's features if they are kept, else its thumbnail, with its sha256; or why it can't be read."""
    try:
        content = read_file(file)
        sha256 = hashlib.sha256(content).hexdigest()
        known = store.get(sha256) if store else None
        return known, None if known else Thumbnail.decode(content), sha256
    except PictureError as error:
        return f"{file.parent.name}/{file.name}: {error}"


def _see(
    new: Sequence[tuple[int, Thumbnail | None, str]], eye: Eye, store: FeatureStore | None
) -> Iterator[tuple[int, NDArray[np.float16], int]]:
    thumbnails = [thumbnail for _, thumbnail, _ in new if thumbnail is not None]
    if not thumbnails:
        return
    seen = eye.see(np.stack([thumbnail.pixels for thumbnail in thumbnails])).astype(np.float16)
    for (index, _, sha256), thumbnail, features in zip(new, thumbnails, seen, strict=True):
        difference = difference_hash(thumbnail)
        if store:
            store.put(sha256, features, difference)
        yield index, features, difference
