"""Videos that people labelled, and how training uses them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.errors import DatasetError
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import Examples
from classifier.pictures.reviewed import add_reviewed, correct, save_labels
from classifier.pictures.splits import split
from tests.classifier.pictures.made_up import made_up_examples, numbered
from tests.classifier.stores import make_channel, touch


def video(index: int) -> str:
    return f"v{index:010}"


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    for number, name in enumerate(("amber", "fern")):
        make_channel(tmp_path / "data" / name, f"UC{number:022}", [video(100 * number + n) for n in range(9)])
    return Dataset.open(tmp_path / "data")


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """The file of labels, in a folder with thumbnails of the videos 500 to 509."""
    (tmp_path / "reviewed").mkdir()
    for index in range(500, 510):
        (tmp_path / "reviewed" / f"{video(index)}.jpg").touch()
    return tmp_path / "reviewed" / "1.json"


def test_reviewed_thumbnails_join_their_channel_or_the_unknown_ones(dataset: Dataset, labels: Path) -> None:
    save_labels(labels, {video(500): "fern", video(501): "amber", video(502): None})
    extended, unknown = add_reviewed(dataset, labels)
    added = dict(zip(extended.files, extended.targets, strict=True)).items() - zip(
        dataset.files, dataset.targets, strict=True
    )
    fern, amber = (labels.with_name(f"{video(index)}.jpg") for index in (500, 501))
    assert added == {(fern, 1), (amber, 0)}
    assert extended.reviewed == {fern, amber}
    assert unknown == (labels.with_name(f"{video(502)}.jpg"),)


def test_crawled_thumbnails_keep_their_channel(dataset: Dataset, labels: Path) -> None:
    for index in (0, 1, 2):
        labels.with_name(f"{video(index)}.jpg").touch()
    save_labels(labels, {video(0): "amber", video(1): "fern", video(2): None})
    assert add_reviewed(dataset, labels) == (dataset, ())


def test_missing_thumbnails_and_other_channels_are_left_out(dataset: Dataset, labels: Path) -> None:
    save_labels(labels, {video(999): "fern", video(998): None, video(500): "cobalt", "../data/amber/x": "fern"})
    assert add_reviewed(dataset, labels) == (dataset, ())


@pytest.mark.parametrize("broken", [b"", b"[]", b'{"a": 1}', b"\xff"])
def test_a_broken_file_of_labels_is_an_error(broken: bytes, dataset: Dataset, labels: Path) -> None:
    labels.write_bytes(broken)
    with pytest.raises(DatasetError, match=r"can't be read as reviewed labels\. Write it again"):
        add_reviewed(dataset, labels)


def test_a_file_of_labels_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match="can't be used"):
        save_labels(tmp_path / "file" / "1.json", {})


def test_reviewed_thumbnails_are_never_measured_on() -> None:
    crawled = {"amber": numbered("amber", 60), "fern": numbered("fern", 60)}
    before = made_up_examples(crawled)
    first = split(before)
    held_out, trained = before.files[first.test[0]], before.files[first.training[0]]
    bits = {file: int(before.hashes[before.files.index(file)]) for file in (held_out, trained)}
    reviewed = [f"reviewed-{index:04}" for index in range(40)]
    # One is a near-duplicate of a held-out thumbnail, one of a training thumbnail.
    hashes = {reviewed[0]: bits[held_out] ^ 1, reviewed[1]: bits[trained] ^ 1}
    hashes |= {file.stem: int(value) for file, value in zip(before.files, before.hashes, strict=True)}
    after = made_up_examples({"amber": crawled["amber"], "fern": [*crawled["fern"], *reviewed]}, hashes)
    files = frozenset(file for file in after.files if file.stem.startswith("reviewed"))
    second = split(replace(after, reviewed=files))

    def names(indices: NDArray[np.int64], examples: Examples) -> set[str]:
        return {examples.files[index].stem for index in indices}

    assert names(second.test, after) == names(first.test, before)
    assert names(second.calibration, after) == names(first.calibration, before)
    assert names(second.training, after) == names(first.training, before) | set(reviewed[1:])


# Corrections


def test_corrections_move_and_leave_out_crawled_videos(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    touch(folder, "amber/aaaaaaaaaaa.jpg", "amber/bbbbbbbbbbb.jpg", "fern/ccccccccccc.jpg", "fern/ddddddddddd.jpg")
    touch(folder, "fern/eeeeeeeeeee.jpg")
    labels = {"bbbbbbbbbbb": "fern", "ccccccccccc": None, "ddddddddddd": "fern", "eeeeeeeeeee": "removed", "xx": "fern"}
    save_labels(tmp_path / "corrected.json", labels)
    corrected = correct(Dataset.open(folder), tmp_path / "corrected.json")
    found = {
        path.stem: corrected.channels[target].label
        for path, target in zip(corrected.files, corrected.targets, strict=True)
    }
    assert found == {"aaaaaaaaaaa": "amber", "bbbbbbbbbbb": "fern", "ddddddddddd": "fern"}
    assert {path.stem for path in corrected.reviewed} == {"bbbbbbbbbbb"}, "a confirmed one can still be held out"


def test_reviewed_examples_join_a_corrected_dataset(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    touch(folder, "amber/aaaaaaaaaaa.jpg", "fern/ccccccccccc.jpg")
    save_labels(tmp_path / "corrected.json", {"aaaaaaaaaaa": "fern"})
    save_labels(tmp_path / "reviewed" / "1.json", {"fffffffffff": "amber"})
    touch(tmp_path / "reviewed", "fffffffffff.jpg")
    corrected = correct(Dataset.open(folder), tmp_path / "corrected.json")
    dataset, _ = add_reviewed(corrected, tmp_path / "reviewed" / "1.json")
    assert {path.stem for path in dataset.reviewed} == {"aaaaaaaaaaa", "fffffffffff"}
