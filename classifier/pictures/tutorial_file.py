"""The tutorial's own `thumbnails.npz`, which holds pickled objects, read without unpickling it."""

import io
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from classifier.errors import DatasetError
from classifier.pictures.histograms import Histograms
from classifier.pictures.thumbnail import BINS
from classifier.plain_pickle import Made, read_pickle

MAX_BYTES: Final = 512 * 2**20


_MALFORMED: Final = (
    OSError,
    EOFError,
    MemoryError,
    RuntimeError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    SyntaxError,
    OverflowError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What zipfile, numpy and the reader below raise on a file that is something else."""


def import_tutorial(file: Path) -> Histograms:
    """Read the tutorial's pickled `thumbnails.npz`. Raises DatasetError where it is not such a file."""
    try:
        records = _read_objects(file)
        return Histograms(
            X=np.stack([_rows(record["rgbColors"]) for record in records]),
            y=np.array([int(record["classificationNumber"]) for record in records], dtype=np.int64),
            video=np.array([_text(record["url"]).split("/")[-2] for record in records]),
            channel=np.array([_text(record["classification"]) for record in records]),
        )
    except _MALFORMED as error:
        raise DatasetError(
            "{file} is not the tutorial's thumbnails.npz. Choose the file that the tutorial saved.", file=str(file)
        ) from error


def _read_objects(file: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(file) as archive:
        member = archive.getinfo("thumbnails.npy")
        if member.file_size > MAX_BYTES:
            raise ValueError("too large")
        data = io.BytesIO(archive.read(member))
    npy_format.read_magic(data)
    npy_format.read_array_header_1_0(data)
    array = read_pickle(data.read())
    return [made.state for made in array.state[4]]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value


def _rows(planes: list[Made]) -> NDArray[np.float32]:
    """Four pickled float64 vectors of 25 as float32 [4, 25]."""
    rows = np.stack([np.frombuffer(plane.state[4], dtype="<f8") for plane in planes]).reshape(4, BINS)
    if not ((rows >= 0) & (rows <= len(planes))).all():
        raise ValueError("not shares of pixels")
    return rows.astype(np.float32)
