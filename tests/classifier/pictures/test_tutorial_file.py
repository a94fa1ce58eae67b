"""The tutorial's data: its own file is read without running it, and its network learns from it."""

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
from numpy.typing import NDArray

from classifier.errors import DatasetError
from classifier.models.metrics import measure
from classifier.networks.network import Network
from classifier.networks.outputs import run
from classifier.networks.registry import build
from classifier.pictures import histograms as tutorial
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import read_thumbnail
from classifier.pictures.histograms import Histograms, histograms
from classifier.pictures.tutorial_file import import_tutorial
from classifier.training.fit import TrainingConfig, fit


class Thumbnail:
    """A record as the tutorial pickles it."""

    def __init__(self, video: str, number: int) -> None:
        planes = [np.random.default_rng(number).dirichlet(np.ones(25)) for _ in range(3)]
        self.url = f"https://i.ytimg.com/vi/{video}/mqdefault.jpg"
        self.rgbColors = [*planes, np.sum(planes, axis=0)]
        self.classification = f"channel {number}"
        self.classificationNumber = number


class Malice:
    """Whoever unpickles it runs a call."""

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


def packed(member: bytes, name: str = "thumbnails.npy") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, member)
    return file.getvalue()


def imported(data: bytes, folder: Path) -> Histograms:
    (folder / "thumbnails.npz").write_bytes(data)
    return import_tutorial(folder / "thumbnails.npz")


def test_the_tutorials_file_gives_the_tutorials_numbers(shared_data: Path) -> None:
    made = import_tutorial(shared_data / "seed" / "thumbnails-original.npz")
    with np.load(shared_data / "seed" / "histograms.npz", allow_pickle=False) as expected:
        np.testing.assert_allclose(made.X, expected["X"], atol=1e-6)
        assert made.y.tolist() == expected["y"].tolist()
        assert made.video.tolist() == expected["vid"].tolist()
        assert made.channel.tolist() == expected["ch"].tolist()


@pytest.mark.parametrize("protocol", [3, 4])
def test_both_of_numpys_protocols_are_read(protocol: int, tmp_path: Path) -> None:
    records = np.array([Thumbnail("abcdefghijk", 0), Thumbnail("lmnopqrstuv", 1)], dtype=object)
    made = imported(packed(HEADER + pickle.dumps(records, protocol=protocol)), tmp_path)
    np.testing.assert_allclose(made.X, [record.rgbColors for record in records], rtol=1e-6)
    assert made.X.dtype == np.float32
    assert made.y.tolist() == [0, 1]
    assert made.video.tolist() == ["abcdefghijk", "lmnopqrstuv"]
    assert made.channel.tolist() == ["channel 0", "channel 1"]


def test_what_is_imported_is_saved_as_plain_arrays(tmp_path: Path) -> None:
    imported(packed(GOOD), tmp_path).save(tmp_path / "plain.npz")
    with np.load(tmp_path / "plain.npz", allow_pickle=False) as saved:
        assert set(saved) == {"X", "y", "video", "channel"}
        assert saved["X"].shape == (2, 4, 25)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    "call",
    [
        lambda file: Malice(os.system, f"touch {file}"),
        lambda file: Malice(eval, f"open({str(file)!r}, 'w')"),
        lambda file: Malice(os.mkdir, str(file)),
        lambda file: Malice(exec, f"import pathlib; pathlib.Path({str(file)!r}).touch()"),
    ],
)
@pytest.mark.parametrize("hidden", [False, True])
def test_a_malicious_file_runs_nothing(
    hidden: bool, call: Callable[[Path], Malice], protocol: int, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    record: Any = call(trace)
    if hidden:
        thumbnail = Thumbnail("abcdefghijk", 0)
        thumbnail.classification = record
        record = np.array([thumbnail], dtype=object)
    data = packed(HEADER + pickle.dumps(record, protocol=protocol))
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
        b"]r\xff\xff\xff\xff.",  # a memo place far out
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
def test_other_programs_are_refused(program: bytes, tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        imported(packed(HEADER + program), tmp_path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no archive",
        packed(GOOD, name="others.npy"),
        packed(b""),
        packed(b"\x93NUMPY"),
        packed(GOOD[:-40]),
        packed(GOOD)[:-40],
        packed(npy(1, 2)),
        packed(npy()),
    ],
)
def test_what_is_not_the_tutorials_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"thumbnails\.npz is not the tutorial's .*; give the file that it saved"):
        imported(data, tmp_path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0, 1e300])
def test_numbers_that_are_no_shares_are_refused(value: float, tmp_path: Path) -> None:
    thumbnail = Thumbnail("abcdefghijk", 0)
    thumbnail.rgbColors[1][3] = value
    with pytest.raises(DatasetError):
        imported(packed(npy(thumbnail)), tmp_path)


def test_too_large_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tutorial, "MAX_BYTES", len(GOOD) - 1)
    with pytest.raises(DatasetError):
        imported(packed(GOOD), tmp_path)


def test_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        import_tutorial(tmp_path / "nowhere.npz")


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_program_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, program: bytes) -> None:
    with pytest.raises(DatasetError):
        imported(packed(HEADER + program), tmp_path_factory.getbasetemp())


@settings(deadline=None)
@given(st.data())
def test_any_changed_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    member = data.draw(st.booleans())
    changed = bytearray(GOOD if member else packed(GOOD))
    places = st.integers(0, len(changed) - 1)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=6)):
        changed[place] = value
    try:
        made = imported(packed(bytes(changed)) if member else bytes(changed), tmp_path_factory.getbasetemp())
    except DatasetError:
        return
    assert made.X.shape == (len(made.y), 4, 25)


def test_histograms_of_a_data_folder(drawn: Path, tmp_path: Path) -> None:
    dataset = Dataset.open(drawn, only=["cobalt", "fern"])
    made = histograms(dataset, lambda _: None)
    made.save(tmp_path / "thumbnails.npz")
    with np.load(tmp_path / "thumbnails.npz", allow_pickle=False) as saved:
        assert saved["X"].dtype == np.float32
        np.testing.assert_array_equal(saved["X"][40], read_thumbnail(dataset.files[40]).histograms())
        assert saved["y"].tolist() == list(dataset.targets)
        assert saved["video"].tolist() == [file.stem for file in dataset.files]
        assert set(saved["channel"].tolist()) == {"cobalt", "fern"}


def test_net_learns_the_tutorials_channels(shared_data: Path) -> None:
    """One fold of seven; all of them are measured by the benchmark."""
    with np.load(shared_data / "seed" / "histograms.npz", allow_pickle=False) as arrays:
        two = arrays["y"] < 2
        inputs, targets = arrays["X"][two].astype(np.float32), arrays["y"][two].astype(np.int64)
    fold = np.random.default_rng(0).permutation(len(targets)) % 7
    held, kept = fold == 0, fold != 0

    def validate(network: Network) -> dict[str, float]:
        accuracy = float((guesses(network, inputs[held]) == targets[held]).mean())
        return {"accuracy": accuracy, "precision": 0, "recall": 0, "f1": 0}

    net, history = fit(build("net", 2), inputs[kept], targets[kept], TrainingConfig(network="net"), validate=validate)
    metrics = measure(np.eye(2)[guesses(net, inputs[held])], targets[held], ("CanalPeixeBabel", "nerdologia"))
    assert metrics.n == 97
    assert metrics.accuracy > 0.9
    assert history[-1].accuracy == metrics.accuracy


def guesses(network: Network, inputs: NDArray[np.float32]) -> NDArray[np.int64]:
    """The class that a network thinks each of some histograms shows."""
    found: NDArray[np.int64] = run(network, inputs).logits.argmax(axis=1)
    return found
