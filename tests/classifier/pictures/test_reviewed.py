"""What people told of videos, and what training makes of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.errors import DatasetError
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import Examples
from classifier.pictures.reviewed import add_reviewed, save_labels
from classifier.pictures.splits import split
from tests.classifier.stores import lay_channel
from tests.classifier.test_dataset import features, numbered


def video(index: int) -> str:
    return f"v{index:010}"


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    for number, name in enumerate(("amber", "fern")):
        lay_channel(tmp_path / "pool" / name, f"UC{number:022}", [video(100 * number + n) for n in range(9)])
    return Dataset.open(tmp_path / "pool")


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """Where labels are noted; pictures of the videos 500 to 509 lie beside it."""
    (tmp_path / "reviewed").mkdir()
    for index in range(500, 510):
        (tmp_path / "reviewed" / f"{video(index)}.jpg").touch()
    return tmp_path / "reviewed" / "1.json"


def test_examples_join_their_channel_or_the_strangers(dataset: Dataset, note: Path) -> None:
    save_labels(note, {video(500): "fern", video(501): "amber", video(502): None})
    more, strange = add_reviewed(dataset, note)
    added = dict(zip(more.files, more.targets, strict=True)).items() - zip(dataset.files, dataset.targets, strict=True)
    fern, amber = (note.with_name(f"{video(index)}.jpg") for index in (500, 501))
    assert added == {(fern, 1), (amber, 0)}
    assert more.reviewed == {fern, amber}
    assert strange == (note.with_name(f"{video(502)}.jpg"),)


def test_what_a_crawl_found_stays_as_it_is(dataset: Dataset, note: Path) -> None:
    for index in (0, 1, 2):
        note.with_name(f"{video(index)}.jpg").touch()
    save_labels(note, {video(0): "amber", video(1): "fern", video(2): None})
    assert add_reviewed(dataset, note) == (dataset, ())


def test_what_is_not_there_or_not_asked_is_left_out(dataset: Dataset, note: Path) -> None:
    save_labels(note, {video(999): "fern", video(998): None, video(500): "cobalt", "../pool/amber/x": "fern"})
    assert add_reviewed(dataset, note) == (dataset, ())


@pytest.mark.parametrize("broken", [b"", b"[]", b'{"a": 1}', b"\xff"])
def test_a_broken_note_is_told(broken: bytes, dataset: Dataset, note: Path) -> None:
    note.write_bytes(broken)
    with pytest.raises(DatasetError, match="write it anew"):
        add_reviewed(dataset, note)


def test_a_note_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match="can't be written"):
        save_labels(tmp_path / "file" / "1.json", {})


def test_reviewed_pictures_are_never_measured_with() -> None:
    own = {"amber": numbered("amber", 60), "fern": numbered("fern", 60)}
    before = features(own)
    dealt = split(before)
    held, trained = before.files[dealt.test[0]], before.files[dealt.train[0]]
    bits = {file: int(before.hashes[before.files.index(file)]) for file in (held, trained)}
    told = [f"told-{index:04}" for index in range(40)]
    # One is nearly a picture that is held out, one nearly a picture that is learned from.
    alike = {told[0]: bits[held] ^ 1, told[1]: bits[trained] ^ 1}
    alike |= {file.stem: int(value) for file, value in zip(before.files, before.hashes, strict=True)}
    after = features({"amber": own["amber"], "fern": [*own["fern"], *told]}, alike)
    reviewed = frozenset(file for file in after.files if file.stem.startswith("told"))
    again = split(replace(after, reviewed=reviewed))

    def names(side: NDArray[np.int64], pictures: Examples) -> set[str]:
        return {pictures.files[index].stem for index in side}

    assert names(again.test, after) == names(dealt.test, before)
    assert names(again.calibration, after) == names(dealt.calibration, before)
    assert names(again.train, after) == names(dealt.train, before) | set(told[1:])
