"""A fingerprint changes with everything that a training learns from, and with nothing else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.pictures.channel_record import load_record, save_record
from classifier.pictures.fingerprint import fingerprint
from tests.classifier.stores import make_channel

LABELS = ("amber", "fern")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two channels, and one that no training uses."""
    for name in (*LABELS, "other"):
        make_channel(tmp_path / name, "UC" + name.ljust(22, "_"), ["aaaaaaaaaaa", "bbbbbbbbbbb"])
    return tmp_path


def rename(folder: Path, title: str) -> None:
    record = load_record(folder)
    assert record is not None
    save_record(folder, replace(record, title=title))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: (data / "fern" / "ccccccccccc.jpg").write_bytes(b""),
        lambda data: (data / "fern" / "aaaaaaaaaaa.jpg").unlink(),
        lambda data: (data / "fern" / "aaaaaaaaaaa.jpg").write_bytes(b"another"),
        lambda data: (data / "amber" / "aaaaaaaaaaa.jpg").rename(data / "fern" / "ccccccccccc.jpg"),
        lambda data: rename(data / "fern", "Fern Two"),
    ],
    ids=["new", "gone", "changed", "moved", "renamed"],
)
def test_it_changes_with_the_thumbnails_and_names(change: Callable[[Path], object], data: Path) -> None:
    before = fingerprint(data, LABELS, "eye", [])
    change(data)
    assert fingerprint(data, LABELS, "eye", []) != before


def test_it_changes_with_channels_network_and_labels(data: Path) -> None:
    found = {
        fingerprint(data, LABELS, "eye", []),
        fingerprint(data, (*LABELS, "other"), "eye", []),
        fingerprint(data, LABELS, "net", []),
        fingerprint(data, LABELS, "eye", [("aaaaaaaaaaa", None)]),
        fingerprint(data, LABELS, "eye", [("aaaaaaaaaaa", "fern")]),
    }
    assert len(found) == 5


def test_a_second_crawl_that_brings_nothing_does_not_change_it(data: Path) -> None:
    before = fingerprint(data, LABELS, "eye", [])
    rename(data / "fern", "fern")  # writes the record again
    (data / "other" / "ccccccccccc.jpg").write_bytes(b"")
    assert fingerprint(data, LABELS[::-1], "eye", []) == before


def test_the_contents_of_recorded_thumbnails_are_not_read(data: Path) -> None:
    record = load_record(data / "fern")
    assert record is not None
    save_record(data / "fern", replace(record, sha256={"aaaaaaaaaaa": "1", "bbbbbbbbbbb": "2"}))
    before = fingerprint(data, LABELS)
    (data / "fern" / "aaaaaaaaaaa.jpg").write_bytes(b"another")
    assert fingerprint(data, LABELS) == before
