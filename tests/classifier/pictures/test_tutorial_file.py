"""The tutorial's own file is read without executing anything in it."""

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.errors import DatasetError
from classifier.pictures import tutorial_file
from classifier.pictures.histograms import Histograms
from classifier.pictures.tutorial_file import import_tutorial


class Thumbnail:
    """A record as the tutorial pickles it."""

    def __init__(self, video: str, number: int) -> None:
        planes = [np.random.default_rng(number).dirichlet(np.ones(25)) for _ in range(3)]
        self.url = f"https://i.ytimg.com/vi/{video}/mqdefault.jpg"
        self.rgbColors = [*planes, np.sum(planes, axis=0)]
        self.classification = f"channel {number}"
        self.classificationNumber = number


class Malicious:
    """Unpickling it calls a function."""

    def __init__(self, call: Callable[..., object], *arguments: object) -> None:
        self.call = (call, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


def npy(*records: object) -> bytes:
    """An array of objects as numpy saves it."""
    array = np.empty(len(records), dtype=object)
    array[:] = records
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


HEADER = npy()[: npy().index(b"\n") + 1]
GOOD = npy(Thumbnail("abcdefghijk", 0), Thumbnail("lmnopqrstuv", 1))


def zipped(member: bytes, name: str = "thumbnails.npy") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, member)
    return file.getvalue()


def imported(data: bytes, folder: Path) -> Histograms:
    (folder / "thumbnails.npz").write_bytes(data)
    return import_tutorial(folder / "thumbnails.npz")


def test_the_tutorials_file_gives_the_tutorials_histograms(shared_data: Path) -> None:
    result = import_tutorial(shared_data / "seed" / "thumbnails-original.npz")
    with np.load(shared_data / "seed" / "histograms.npz", allow_pickle=False) as expected:
        np.testing.assert_allclose(result.X, expected["X"], atol=1e-6)
        assert result.y.tolist() == expected["y"].tolist()
        assert result.video.tolist() == expected["vid"].tolist()
        assert result.channel.tolist() == expected["ch"].tolist()


@pytest.mark.parametrize("protocol", [3, 4])
def test_both_of_numpys_pickle_protocols_are_read(protocol: int, tmp_path: Path) -> None:
    records = np.array([Thumbnail("abcdefghijk", 0), Thumbnail("lmnopqrstuv", 1)], dtype=object)
    result = imported(zipped(HEADER + pickle.dumps(records, protocol=protocol)), tmp_path)
    np.testing.assert_allclose(result.X, [record.rgbColors for record in records], rtol=1e-6)
    assert result.X.dtype == np.float32
    assert result.y.tolist() == [0, 1]
    assert result.video.tolist() == ["abcdefghijk", "lmnopqrstuv"]
    assert result.channel.tolist() == ["channel 0", "channel 1"]


def test_imported_histograms_are_saved_as_plain_arrays(tmp_path: Path) -> None:
    imported(zipped(GOOD), tmp_path).save(tmp_path / "plain.npz")
    with np.load(tmp_path / "plain.npz", allow_pickle=False) as saved:
        assert set(saved) == {"X", "y", "video", "channel"}
        assert saved["X"].shape == (2, 4, 25)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    "call",
    [
        lambda file: Malicious(os.system, f"touch {file}"),
        lambda file: Malicious(eval, f"open({str(file)!r}, 'w')"),
        lambda file: Malicious(os.mkdir, str(file)),
        lambda file: Malicious(exec, f"import pathlib; pathlib.Path({str(file)!r}).touch()"),
    ],
)
@pytest.mark.parametrize("hidden", [False, True])
def test_a_malicious_file_executes_nothing(
    hidden: bool, call: Callable[[Path], Malicious], protocol: int, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    record: Any = call(trace)
    if hidden:
        thumbnail = Thumbnail("abcdefghijk", 0)
        thumbnail.classification = record
        record = np.array([thumbnail], dtype=object)
    data = zipped(HEADER + pickle.dumps(record, protocol=protocol))
    with pytest.raises(DatasetError, match="is not the tutorial's"):
        imported(data, tmp_path)
    assert not trace.exists()


@pytest.mark.parametrize(
    "program",
    [
        b"cos\nsystem\n(S'true'\ntR.",  # GLOBAL, STRING, REDUCE
        b"(S'true'\nios\nsystem\n.",  # INST
        b"(cos\nsystem\nS'true'\no.",  # OBJ
        b"\x82\x01.",  # EXT1
        b"P0\n.",  # PERSID
        b"(lp0\n0.",  # POP
        b"]2222222222222222.",  # DUP
        b"\x80\x05\x97.",  # NEXT_BUFFER
        b"]r\xff\xff\xff\xff.",  # an index far beyond the memo
        b"j\xff\xff\xff\xff.",
        b"R.",
        b"b.",
        b"a.",
        b"(e.",
        b"(((((.",
        b"",
        b".",
    ],
)
def test_other_pickle_programs_are_rejected(program: bytes, tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        imported(zipped(HEADER + program), tmp_path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not an archive",
        zipped(GOOD, name="other.npy"),
        zipped(b""),
        zipped(b"\x93NUMPY"),
        zipped(GOOD[:-40]),
        zipped(GOOD)[:-40],
        zipped(npy(1, 2)),
        zipped(npy()),
    ],
)
def test_any_other_file_is_rejected(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"is not the tutorial's thumbnails\.npz\. Choose the file that"):
        imported(data, tmp_path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0, 1e300])
def test_numbers_that_are_not_shares_are_rejected(value: float, tmp_path: Path) -> None:
    thumbnail = Thumbnail("abcdefghijk", 0)
    thumbnail.rgbColors[1][3] = value
    with pytest.raises(DatasetError):
        imported(zipped(npy(thumbnail)), tmp_path)


def test_too_large_a_file_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tutorial_file, "MAX_BYTES", len(GOOD) - 1)
    with pytest.raises(DatasetError):
        imported(zipped(GOOD), tmp_path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        import_tutorial(tmp_path / "nowhere.npz")


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_arbitrary_programs_are_rejected(tmp_path_factory: pytest.TempPathFactory, program: bytes) -> None:
    with pytest.raises(DatasetError):
        imported(zipped(HEADER + program), tmp_path_factory.getbasetemp())


@settings(deadline=None)
@given(st.data())
def test_any_changed_file_is_read_or_rejected(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    member = data.draw(st.booleans())
    changed = bytearray(GOOD if member else zipped(GOOD))
    places = st.integers(0, len(changed) - 1)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=6)):
        changed[place] = value
    try:
        result = imported(zipped(bytes(changed)) if member else bytes(changed), tmp_path_factory.getbasetemp())
    except DatasetError:
        return
    assert result.X.shape == (len(result.y), 4, 25)
