"""Examples: thumbnails decoded and prepared, and the ones that can't be."""

from pathlib import Path

import numpy as np
import pytest

from classifier.errors import DatasetError, PictureError
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import Examples, read_examples, read_thumbnail
from classifier.pictures.thumbnail import Thumbnail
from classifier.values import Progress
from tests.classifier.drawn import draw_channel
from tests.classifier.stores import touch


def read(dataset: Dataset) -> tuple[Examples, list[Progress]]:
    steps: list[Progress] = []
    return read_examples(dataset, Thumbnail.histograms, steps.append), steps


def test_thumbnails_are_read_in_order(drawn: Path) -> None:
    dataset = Dataset.open(drawn, only=["amber", "fern"])
    examples, steps = read(dataset)
    assert examples.files == dataset.files
    assert examples.targets.tolist() == list(dataset.targets)
    assert examples.inputs.shape == (48, 4, 25)
    assert (examples.inputs[30] == read_thumbnail(dataset.files[30]).histograms()).all()
    assert examples.skipped == ()
    assert [(step.stage, step.done, step.total) for step in steps] == [("read", done, 48) for done in range(1, 49)]


def test_unreadable_thumbnails_are_skipped_and_named(tmp_path: Path) -> None:
    draw_channel(tmp_path / "amber", 3)
    touch(tmp_path, "amber/aaa.jpg")
    (tmp_path / "amber" / "zzz.png").write_bytes(b"not an image")
    examples, _ = read(Dataset.open(tmp_path))
    assert len(examples.files) == len(examples.inputs) == len(examples.targets) == len(examples.hashes) == 3
    assert [line.split(":")[0] for line in examples.skipped] == ["amber/aaa.jpg", "amber/zzz.png"]
    assert "isn't a supported image" in examples.skipped[0]


def test_no_readable_thumbnail_is_an_error(tmp_path: Path) -> None:
    touch(tmp_path, "alpha/1.jpg")
    with pytest.raises(DatasetError, match="None of the thumbnails could be read"):
        read(Dataset.open(tmp_path))


def test_a_missing_or_too_large_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"gone\.jpg can't be read: No such file"):
        read_thumbnail(tmp_path / "gone.jpg")
    with (tmp_path / "big.jpg").open("wb") as file:
        file.truncate(21 * 2**20)
    with pytest.raises(PictureError, match=r"big\.jpg is larger than 20 MiB"):
        read_thumbnail(tmp_path / "big.jpg")


def test_some_examples_as_a_dataset(drawn: Path) -> None:
    examples, _ = read(Dataset.open(drawn))
    chosen = examples.dataset(np.array([50, 3]))
    assert chosen.files == (examples.files[50], examples.files[3])
    assert chosen.targets == (2, 0)
    assert chosen.channels == examples.channels
