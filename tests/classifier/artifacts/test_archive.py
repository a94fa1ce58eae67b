"""Archives: the same bytes for the same files, and nothing is unpacked that was not packed here."""

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from classifier.artifacts.archive import pack, unpack
from classifier.errors import ArtifactError

FILES = {"model.json": b"{}", "model.safetensors": bytes(range(256)), "empty": b""}


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def zipped(*names: str, content: bytes = b"x", mode: int = stat.S_IFREG | 0o644, method: int = 0) -> bytes:
    """A ZIP file as somebody else could have made it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = method
            archive.writestr(entry, content)
    return made.getvalue()


def test_files_come_back(tmp_path: Path) -> None:
    unpack(pack(write(tmp_path / "a", FILES)), tmp_path / "b")
    assert read(tmp_path / "b") == FILES


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    first = write(tmp_path / "a", FILES)
    second = write(tmp_path / "b", dict(reversed(FILES.items())))
    os.utime(second / "empty", (1, 1))
    (second / "model.json").chmod(0o600)
    assert pack(first) == pack(second)
    (second / "empty").write_bytes(b"!")
    assert pack(first) != pack(second)


def test_drafts_links_and_folders_are_left_out(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", FILES)
    (folder / ".draft.part").write_bytes(b"half")
    (folder / "link").symlink_to("/etc/passwd")
    write(folder / "sub", FILES)
    unpack(pack(folder), tmp_path / "b")
    assert read(tmp_path / "b") == FILES


def test_a_folder_there_is_replaced(tmp_path: Path) -> None:
    write(tmp_path / "b", {"old": b"1"})
    unpack(pack(write(tmp_path / "a", FILES)), tmp_path / "b")
    assert read(tmp_path / "b") == FILES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/b", "a\\b", ".hidden", "..", "", "x" * 201, "é", "a b", "c:x"])
def test_odd_names_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="isn't allowed"):
        unpack(zipped("fine", name), tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "made",
    [
        zipped("x", mode=stat.S_IFLNK | 0o777, content=b"/etc/passwd"),
        zipped("x", mode=stat.S_IFIFO | 0o644),
        zipped("x", mode=0),
        zipped("x", method=zipfile.ZIP_DEFLATED, content=b"0" * 100_000),
    ],
    ids=["link", "pipe", "unknown", "compressed"],
)
def test_other_kinds_are_refused(made: bytes, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="of a kind that isn't allowed"):
        unpack(made, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        made = zipped("x", "x")
    with pytest.raises(ArtifactError, match="isn't allowed"):
        unpack(made, tmp_path / "new")


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.artifacts.archive.MAX_BYTES", 5)
    with pytest.raises(ArtifactError, match="too large"):
        unpack(zipped("a", "b", content=b"123"), tmp_path / "new")
    monkeypatch.setattr("classifier.artifacts.archive.MAX_FILES", 1)
    with pytest.raises(ArtifactError, match="too large"):
        unpack(zipped("a", "b", content=b""), tmp_path / "new")


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    whole = zipped("a", content=b"1234567890")
    wrong_sum = whole.replace(b"1234567890", b"1234567899")
    for content in (b"", b"PK", whole[:-10], wrong_sum, b"\x89PNG" * 100):
        with pytest.raises(ArtifactError, match="can't be read"):
            unpack(content, tmp_path / "new")
        assert list(tmp_path.iterdir()) == []
