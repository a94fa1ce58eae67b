"""The data folder: private, and in use by one bot at a time."""

import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from classifier.errors import ThumbprintError

log = logging.getLogger(__name__)

LOCK: Final = "lock"
"""A file in the folder, locked as long as a bot runs; it contains the bot's process id."""

_UNSUPPORTED: Final = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})


class DataFolderError(ThumbprintError):
    """The data folder can't be used."""


class DataFolderInUseError(DataFolderError):
    """Another process uses the data folder."""


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep a data folder for this process inside the block: created if it is missing, private, and locked.

    The lock ends with the process, however that ends. Raises DataFolderError, DataFolderInUseError.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private(folder, 0o700)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DataFolderError(
            "The data folder {folder} can't be used: {cause}. Make it writable for me, or set THUMBPRINT_DATA_DIR to "
            "another folder.",
            folder=str(folder),
            cause=error.strerror,
        ) from error
    try:
        _lock(lock, folder)
        yield
    finally:
        os.close(lock)


def make_private(path: Path, mode: int) -> None:
    """Take a file or folder away from everybody but its owner; somebody else's stays as it is."""
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(mode)
    except OSError as error:
        log.warning("others may be able to read %s: %s", path, error.strerror)


def _lock(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise DataFolderInUseError(
            "Another Thumbprint{holder} is using the data folder {folder}. Stop it first, or set THUMBPRINT_DATA_DIR "
            "to another folder.",
            holder=_holder(lock),
            folder=str(folder),
        ) from error
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        log.warning("%s is on a file system without locks: don't start a second bot there", folder)
    with suppress(OSError):  # a full disk
        os.ftruncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())


def _holder(lock: int) -> str:
    """The other process, as far as is known."""
    text = os.read(lock, 20).decode(errors="replace").strip()
    return f" (process {text})" if text.isdecimal() else ""
