"""Files are written whole or not at all, and what the disk refuses is explained."""

import errno
import os
from pathlib import Path

import pytest

from classifier.disk import is_refusal, on_disk, write_whole
from classifier.errors import ArtifactError, DatasetError


@pytest.mark.parametrize("sync", [False, True])
def test_a_file_is_written_and_replaced(sync: bool, tmp_path: Path) -> None:
    for content in (b"first", b"second"):
        write_whole(tmp_path / "file", content, sync=sync)
        assert (tmp_path / "file").read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("size", [1, 10**6], ids=["buffered", "large"])
def test_a_full_disk_leaves_the_file_as_it_was_and_no_draft(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"first")
    (tmp_path / ".file.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left on device"):
        write_whole(tmp_path / "file", b"x" * size)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"first"


@pytest.mark.parametrize(
    ("number", "word", "sentences"),
    [
        (errno.ENOSPC, "full", "the disk is full. Free some space, then try again."),
        (errno.EDQUOT, "full", "the disk quota is used up. Free some space, then try again."),
        (errno.EROFS, "read-only", "the disk is read-only. Make it writable, then try again."),
        (errno.EACCES, "forbidden", "permission denied. Check its permissions, then try again."),
        (errno.EIO, "broken", "the disk has an error. Check the disk, then try again."),
        (errno.ENOTDIR, "other", "Not a directory. Check the disk, then try again."),
    ],
)
def test_the_cause_is_named(number: int, word: str, sentences: str) -> None:
    failure = OSError(number, os.strerror(number))
    with pytest.raises(DatasetError) as caught, on_disk(Path("folder"), DatasetError):
        raise failure
    assert str(caught.value) == f"folder can't be used: {sentences}"
    assert caught.value.data == {"disk": word}
    assert is_refusal(failure) is (word != "other")


def test_a_note_comes_before_what_to_do() -> None:
    with pytest.raises(ArtifactError) as caught, on_disk("The model", ArtifactError, note="The old one stays."):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(caught.value) == (
        "The model can't be used: the disk is full. The old one stays. Free some space, then try again."
    )


def test_other_errors_pass() -> None:
    with pytest.raises(ValueError, match="other"), on_disk("x", DatasetError):
        raise ValueError("other")
    assert not is_refusal(ConnectionRefusedError(errno.ECONNREFUSED, "refused"))
    assert not is_refusal(ValueError())
