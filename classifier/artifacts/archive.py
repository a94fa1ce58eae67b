"""Archives: a folder of files as bytes, the same bytes for the same files, and back.

An archive is a ZIP file without compression. What is unpacked is untrusted: names, kinds and sizes are checked before
anything is written, and the folder appears whole or not at all.
"""

import io
import re
import shutil
import stat
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from classifier.artifacts.protocol import MAX_BYTES
from classifier.disk import on_disk, put_in_place, sync
from classifier.errors import ArtifactError

MAX_FILES: Final = 20_000
"""Files in an archive; a channel has a file per thumbnail."""

_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}")
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first time that a ZIP file can hold; the files' own times don't matter."""


def pack(folder: Path) -> bytes:
    """The archive of a folder's files; hidden files, which are drafts, and sub-folders are left out.

    Blocks on the disk. Raises ArtifactError.
    """
    packed = io.BytesIO()
    with on_disk(folder, ArtifactError), zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.iterdir(), key=lambda it: it.name):
            if path.is_symlink() or not path.is_file() or not _NAME.fullmatch(path.name):
                continue
            entry = zipfile.ZipInfo(path.name, _EPOCH)
            entry.create_system = 3  # as on Unix, wherever it is made
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """Write the files of an archive to `folder`, whole or not at all; a folder there is replaced.

    Blocks on the disk. Raises ArtifactError.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check(entries)
            with on_disk(folder, ArtifactError):
                folder.parent.mkdir(parents=True, exist_ok=True)
                draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
                try:
                    for entry in entries:
                        (draft / entry.filename).write_bytes(archive.read(entry))
                        sync(draft / entry.filename)
                    draft.chmod(0o755)
                    put_in_place(draft, folder)
                finally:
                    shutil.rmtree(draft, ignore_errors=True)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise _refused("it can't be read") from error


def _check(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive that this program would not have made."""
    names = [entry.filename for entry in entries]
    if len(names) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise _refused("it is too large")
    if len({*names}) < len(names) or not all(_NAME.fullmatch(name) for name in names):
        raise _refused("a file in it has a name that isn't allowed")
    for entry in entries:
        plain = stat.S_IFMT(entry.external_attr >> 16) == stat.S_IFREG
        if not plain or entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
            raise _refused("a file in it is of a kind that isn't allowed")


def _refused(cause: str) -> ArtifactError:
    return ArtifactError("The archive is not one of Thumbprint's: {cause}. Train again.", cause=cause)
