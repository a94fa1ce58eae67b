"""Features of thumbnails: computed once, and kept by what a file contains."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.errors import DatasetError
from classifier.networks import features as module
from classifier.networks.eye import Eye
from classifier.networks.features import BATCH_SIZE, FeatureStore, read_features
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import Examples, read_examples, read_thumbnail
from classifier.pictures.thumbnail import Thumbnail
from classifier.values import Progress
from tests.classifier.drawn import UNKNOWN, draw_channel

FILES = 5


class FakeEye:
    """Sees the first 50 values of a picture, and counts the pictures that it has seen."""

    hash = "0123456789abcdef"
    features = 50

    def __init__(self) -> None:
        self.batches: list[int] = []

    def see(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.batches.append(len(pixels))
        return pixels.reshape(len(pixels), -1)[:, :50].astype(np.float32) / 7

    @property
    def seen(self) -> int:
        return sum(self.batches)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Five thumbnails of two channels."""
    draw_channel(tmp_path / "data" / "amber", 3)
    draw_channel(tmp_path / "data" / "fern", 2)
    return tmp_path / "data"


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    return FeatureStore(tmp_path / "features", FakeEye())  # type: ignore[arg-type]


def read(data: Path, store: FeatureStore | None = None) -> tuple[Examples, FakeEye]:
    """The features of a data folder, and the eye that saw what was not in the store."""
    eye = FakeEye()
    return read_features(Dataset.open(data), eye, store, lambda _: None), eye  # type: ignore[arg-type]


def stored(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def assert_equal(one: Examples, other: Examples) -> None:
    for name in ("inputs", "hashes", "targets"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert [file.name for file in one.files] == [file.name for file in other.files]


# Reading


def test_thumbnails_are_not_decoded_far_ahead_of_the_eye(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All decoded thumbnails of a large training would take gigabytes."""
    draw_channel(tmp_path / "data" / "amber", 1)
    draw_channel(tmp_path / "data" / "fern", 1)
    (original,) = (tmp_path / "data" / "amber").iterdir()
    for number in range(8 * BATCH_SIZE):
        shutil.copy(original, original.with_name(f"copy{number:07}.jpg"))
    eye, started, ahead = FakeEye(), [0], list[int]()
    read_one, see = module._read, eye.see

    def counting(file: Path, store: FeatureStore | None) -> object:
        started[0] += 1
        return read_one(file, store)

    def watching(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        ahead.append(started[0] - eye.seen)
        return see(pixels)

    monkeypatch.setattr(module, "_read", counting)
    monkeypatch.setattr(eye, "see", watching)
    read_features(Dataset.open(tmp_path / "data"), eye, None, lambda _: None)  # type: ignore[arg-type]
    assert eye.seen == 8 * BATCH_SIZE + 2
    assert max(ahead) <= 3 * BATCH_SIZE


def test_features_are_what_the_eye_sees_in_the_order_of_the_files(data: Path) -> None:
    dataset = Dataset.open(data)
    examples, _ = read(data)
    assert examples.files == dataset.files
    assert examples.channels == dataset.channels
    assert examples.targets.tolist() == list(dataset.targets)
    assert examples.inputs.dtype == np.float16
    pixels = np.stack([read_thumbnail(file).pixels for file in dataset.files])
    np.testing.assert_array_equal(examples.inputs, FakeEye().see(pixels).astype(np.float16))
    expected = read_examples(dataset, Thumbnail.histograms, lambda _: None)
    np.testing.assert_array_equal(examples.hashes, expected.hashes)
    assert examples.hashes.dtype == expected.hashes.dtype


def test_thumbnails_are_seen_in_batches_and_progress_ends_with_the_last(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_SIZE", 2)
    eye = FakeEye()
    steps: list[Progress] = []
    examples = read_features(Dataset.open(data), eye, None, steps.append)  # type: ignore[arg-type]
    assert eye.batches == [2, 2, 1]
    assert steps == [Progress("read", done, FILES) for done in (2, 4, 5)]
    assert_equal(examples, read(data)[0])


def test_unreadable_thumbnails_are_skipped_and_named(data: Path, store: FeatureStore) -> None:
    (data / "amber" / "0.jpg").write_bytes(b"")
    (data / "fern" / "zzz.png").write_bytes(b"not an image")
    for _ in range(2):
        examples, _ = read(data, store)
        assert len(examples.files) == len(examples.inputs) == len(examples.targets) == len(examples.hashes) == FILES
        assert [line.split(":")[0] for line in examples.skipped] == ["amber/0.jpg", "fern/zzz.png"]
        assert "isn't a supported image" in examples.skipped[0]


def test_no_readable_thumbnail_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "fern").mkdir()
    (tmp_path / "fern" / "broken.jpg").write_bytes(b"")
    with pytest.raises(DatasetError, match="None of the thumbnails could be read"):
        read(tmp_path)


def test_the_eyes_own_features_survive_the_store(eye: Eye, data: Path, tmp_path: Path) -> None:
    dataset = Dataset.open(data)
    store = FeatureStore(tmp_path / "features", eye)
    computed, kept = (read_features(dataset, eye, store, lambda _: None) for _ in range(2))
    assert_equal(computed, kept)
    assert computed.inputs.shape == (FILES, eye.features)


# Keeping


def test_features_are_computed_once(data: Path, store: FeatureStore) -> None:
    first, eye = read(data, store)
    assert eye.seen == FILES
    again, eye = read(data, store)
    assert eye.seen == 0
    assert_equal(first, again)


def test_only_new_thumbnails_are_seen(data: Path, store: FeatureStore) -> None:
    read(data, store)
    draw_channel(data / "amber", 2, start=100)
    examples, eye = read(data, store)
    assert eye.seen == 2
    assert_equal(examples, read(data)[0])


def test_features_are_found_by_content_under_any_name(data: Path, store: FeatureStore, tmp_path: Path) -> None:
    first, _ = read(data, store)
    shutil.copytree(data / "fern", tmp_path / "elsewhere" / "moss")
    for file in (tmp_path / "elsewhere" / "moss").iterdir():
        file.rename(file.with_name(f"renamed-{file.name}"))
    examples, eye = read(tmp_path / "elsewhere", store)
    assert eye.seen == 0
    np.testing.assert_array_equal(examples.inputs, first.inputs[first.targets == 1])


def test_other_content_under_the_same_name_is_seen_again(data: Path, store: FeatureStore) -> None:
    read(data, store)
    one, other = sorted((data / "amber").iterdir())[:2]
    shutil.copy(min((data / "fern").iterdir()), one)
    draw_channel(data / "new", 1, UNKNOWN)
    other.write_bytes(next((data / "new").iterdir()).read_bytes())
    shutil.rmtree(data / "new")
    examples, eye = read(data, store)
    assert eye.seen == 1  # the other one was seen as another channel's
    assert_equal(examples, read(data)[0])


def test_another_eye_has_features_of_its_own(data: Path, tmp_path: Path) -> None:
    other = FakeEye()
    other.hash = "another"
    for eye in (FakeEye(), other):
        read_features(Dataset.open(data), eye, FeatureStore(tmp_path / "f", eye), lambda _: None)  # type: ignore[arg-type]
        assert eye.seen == FILES


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:4],
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: content + b"\0",
        lambda content: content[:30] + bytes([content[30] ^ 1]) + content[31:],
        lambda content: bytes([content[0] ^ 1]) + content[1:],
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: bytes(len(content)),
    ],
)
def test_a_broken_file_is_computed_again(
    damage: Callable[[bytes], bytes], data: Path, store: FeatureStore, tmp_path: Path
) -> None:
    first, _ = read(data, store)
    files = stored(tmp_path / "features")
    assert len(files) == FILES
    whole = files[2].read_bytes()
    files[2].write_bytes(damage(whole))
    again, eye = read(data, store)
    assert eye.seen == 1
    assert_equal(first, again)
    assert files[2].read_bytes() == whole


def test_a_full_disk_does_not_stop_the_reading(
    data: Path, store: FeatureStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def fail(self: Path, content: bytes) -> int:
        write(self, content[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", fail)
        examples, eye = read(data, store)
    assert eye.seen == FILES
    assert stored(tmp_path / "features") == []
    assert_equal(examples, read(data)[0])
    assert read(data, store)[1].seen == FILES


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_file_in_the_folders_place_does_not_stop_the_reading(depth: int, data: Path, tmp_path: Path) -> None:
    place = tmp_path / "features"
    for part in (FakeEye.hash, "00")[:depth]:
        place /= part
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"in the way")
    examples, _ = read(data, FeatureStore(tmp_path / "features", FakeEye()))  # type: ignore[arg-type]
    assert_equal(examples, read(data)[0])


def test_a_folder_in_a_files_place_does_not_stop_the_reading(data: Path, store: FeatureStore, tmp_path: Path) -> None:
    read(data, store)
    for file in stored(tmp_path / "features"):
        file.unlink()
        file.mkdir()
    examples, eye = read(data, store)
    assert eye.seen == FILES
    assert_equal(examples, read(data)[0])
    assert stored(tmp_path / "features") == []


# Limiting


SIZE = 8 + 2 * FakeEye.features + 8


def age(file: Path, days: int) -> None:
    """Make a file's last use look older."""
    time = file.stat().st_mtime - days * 86_400
    os.utime(file, (time, time))


def aged(folder: Path) -> list[Path]:
    """All stored files, oldest first: each a day older than the next."""
    files = stored(folder)
    for days, file in enumerate(reversed(files), start=1):
        age(file, days)
    return files


@pytest.mark.parametrize("room", range(FILES + 2))
def test_the_least_recently_used_go_first(room: int, data: Path, store: FeatureStore, tmp_path: Path) -> None:
    read(data, store)
    files = aged(tmp_path / "features")
    FeatureStore(tmp_path / "features", FakeEye()).prune(room * SIZE + SIZE - 1)  # type: ignore[arg-type]
    assert stored(tmp_path / "features") == sorted(files[max(0, FILES - room) :])


def test_reading_is_use(data: Path, store: FeatureStore, tmp_path: Path) -> None:
    read(data, store)
    oldest, *rest = aged(tmp_path / "features")
    again = FeatureStore(tmp_path / "features", FakeEye())  # type: ignore[arg-type]
    assert again.get(oldest.name) is not None
    FeatureStore(tmp_path / "features", FakeEye()).prune(2 * SIZE)  # type: ignore[arg-type]
    assert stored(tmp_path / "features") == sorted([oldest, rest[-1]])


def test_what_a_training_uses_stays_until_everything_else_is_gone(
    data: Path, store: FeatureStore, tmp_path: Path
) -> None:
    draw_channel(tmp_path / "others" / "cobalt", 6)
    read(tmp_path / "others", store)
    others = stored(tmp_path / "features")
    for file in others:
        age(file, -1)  # used by somebody else after the training began
    training = FeatureStore(tmp_path / "features", FakeEye())  # type: ignore[arg-type]
    read(data, training)
    training.prune((FILES + 2) * SIZE)
    left = stored(tmp_path / "features")
    assert len(left) == FILES + 2
    assert len(set(left) & set(others)) == 2
    assert read(data, training)[1].seen == 0


def test_with_too_little_room_the_same_part_is_found_each_time(data: Path, tmp_path: Path) -> None:
    first: list[Path] = []
    for run in range(3):
        training = FeatureStore(tmp_path / "features", FakeEye())  # type: ignore[arg-type]
        examples, eye = read(data, training)
        training.prune(3 * SIZE)
        assert eye.seen == (FILES - 3 if run else FILES)
        assert_equal(examples, read(data)[0])
        first = first or stored(tmp_path / "features")
        assert stored(tmp_path / "features") == first


def test_features_of_earlier_eyes_and_unfinished_files_count_too(data: Path, tmp_path: Path) -> None:
    other = FakeEye()
    other.hash = "another"
    read_features(Dataset.open(data), other, FeatureStore(tmp_path / "features", other), lambda _: None)  # type: ignore[arg-type]
    for file in stored(tmp_path / "features"):
        age(file, 9)
    store = FeatureStore(tmp_path / "features", FakeEye())  # type: ignore[arg-type]
    read(data, store)
    unfinished = stored(tmp_path / "features" / FakeEye.hash)[0].with_suffix(".part")
    unfinished.write_bytes(bytes(SIZE))
    age(unfinished, 10)
    store.prune(2 * FILES * SIZE)
    assert not unfinished.exists()
    assert len(stored(tmp_path / "features")) == 2 * FILES
    store.prune(FILES * SIZE)
    assert stored(tmp_path / "features") == stored(tmp_path / "features" / FakeEye.hash)


def test_files_that_are_not_features_are_never_deleted(data: Path, store: FeatureStore, tmp_path: Path) -> None:
    read(data, store)
    mine = [tmp_path / "features" / name for name in ("notes.txt", f"{FakeEye.hash}/ab/notes.txt", "photos/ab/a.jpg")]
    for file in mine:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"mine")
        age(file, 1000)
    store.prune(0)
    assert stored(tmp_path / "features") == sorted(mine)


def test_a_file_that_cannot_be_deleted_does_not_stop_the_training(
    data: Path, store: FeatureStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(data, store)
    files = aged(tmp_path / "features")
    unlink = Path.unlink

    def fail(self: Path, missing_ok: bool = False) -> None:
        if self == files[0]:
            raise PermissionError(errno.EACCES, "Permission denied")
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", fail)
    FeatureStore(tmp_path / "features", FakeEye()).prune(2 * SIZE)  # type: ignore[arg-type]
    assert stored(tmp_path / "features") == sorted([files[0], files[-1]])


def test_nothing_is_deleted_where_there_is_nothing(tmp_path: Path) -> None:
    FeatureStore(tmp_path / "nowhere", FakeEye()).prune(0)  # type: ignore[arg-type]
    assert not (tmp_path / "nowhere").exists()
