"""The data folder is private, and has one user at a time."""

import errno
import fcntl
import logging
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.data_folder import LOCK, DataFolderError, DataFolderInUseError, hold

_HOLDER = """
import sys
from pathlib import Path
from bot.data_folder import hold

with hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("existing", [None, 0o755, 0o777])
def test_it_is_private(existing: int | None, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    if existing is not None:
        folder.mkdir(parents=True)
        folder.chmod(existing)
    with hold(folder):
        assert mode(folder) == 0o700
        assert mode(folder / LOCK) == 0o600


def test_a_folder_of_somebody_elses_is_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    tmp_path.chmod(0o775)
    monkeypatch.setattr(Path, "chmod", refuse)
    with hold(tmp_path):
        assert "others may be able to read" in caplog.text


def test_a_second_user_is_refused_until_the_first_one_is_gone(tmp_path: Path) -> None:
    with hold(tmp_path):
        with pytest.raises(DataFolderInUseError, match=rf"\(process {os.getpid()}\) is using the data folder"):
            hold(tmp_path).__enter__()
        with hold(tmp_path / "elsewhere"):
            pass
    with hold(tmp_path):
        pass


def test_a_process_that_was_killed_holds_it_no_longer(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:  # noqa: S603
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DataFolderInUseError, match=rf"process {holder.pid}"):
            hold(tmp_path).__enter__()
        holder.kill()
        holder.wait()
    with hold(tmp_path):
        assert (tmp_path / LOCK).read_text() == f"{os.getpid()}\n"


def test_a_full_disk_is_no_reason_to_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with hold(tmp_path), pytest.raises(DataFolderInUseError, match="Another Thumbprint is using"):
        hold(tmp_path).__enter__()


def test_a_file_system_without_locks_is_used_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unsupported(*_: Any) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with caplog.at_level(logging.WARNING), hold(tmp_path):
        assert "file system without locks" in caplog.text


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataFolderError, match=r"can't be used: Not a directory\. .* THUMBPRINT_DATA_DIR"):
        hold(tmp_path / "file" / "data").__enter__()
