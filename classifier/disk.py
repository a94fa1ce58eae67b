"""The disk: files that are written whole or not at all, and whatever the disk refuses, in words."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeGuard

from classifier.errors import ThumbprintError

_CAUSES: Final = {
    errno.ENOSPC: ("full", "the disk is full", "Free some space"),
    errno.EDQUOT: ("full", "the disk quota is used up", "Free some space"),
    errno.EROFS: ("read-only", "the disk is read-only", "Make it writable"),
    errno.EACCES: ("forbidden", "permission denied", "Check its permissions"),
    errno.EPERM: ("forbidden", "permission denied", "Check its permissions"),
    errno.EIO: ("broken", "the disk has an error", "Check the disk"),
}
"""What the disk says, in a word for programs, as a cause, and what to do next."""


def write_whole(path: Path, content: bytes, *, sync: bool = False) -> None:
    """Write a file whole or not at all, whatever interrupts it; `sync` waits until the disk has it. Raises OSError."""
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("wb") as file:
            file.write(content)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        with suppress(OSError):  # on a full disk it would stay, and take the room of others
            draft.unlink(missing_ok=True)
        raise


def put_in_place(draft: Path, folder: Path) -> None:
    """Make a draft the folder of this name; a folder there is deleted last. Raises OSError."""
    if not folder.exists():
        draft.rename(folder)
        return
    aside = draft.with_name(draft.name + ".old")
    folder.rename(aside)
    try:
        draft.rename(folder)
    except OSError:
        aside.rename(folder)
        raise
    shutil.rmtree(aside)


def sync(path: Path) -> None:
    """Flush a file, or a folder's list of names, to the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def on_disk(what: object, kind: type[ThumbprintError], *, note: str = "") -> Iterator[None]:
    """Raise whatever the disk refuses inside the block as an error of this kind, which says why and what to do next.

    `what` begins the sentence, a path or "The model"; `note` is a sentence more. The error's `data` has `disk`: full,
    read-only, forbidden, broken or other.
    """
    try:
        yield
    except OSError as error:
        raise refused(what, error, kind, note=note) from error


def refused(what: object, error: OSError, kind: type[ThumbprintError], *, note: str = "") -> ThumbprintError:
    """The error that `on_disk` raises."""
    word, cause, advice = _CAUSES.get(error.errno or 0, ("other", error.strerror or str(error), "Check the disk"))
    middle = f" {note}" if note else ""
    return kind(f"{what} can't be used: {cause}.{middle} {advice}, then try again.", disk=word)


def is_refusal(error: BaseException) -> TypeGuard[OSError]:
    """Whether an error is the disk's, and not the network's or the code's."""
    return isinstance(error, OSError) and error.errno in _CAUSES
