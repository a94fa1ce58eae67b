"""The mistakes of a model: which, in what order, and what is said of each."""

from pathlib import Path

import numpy as np
import pytest

from classifier.models.mistakes import MISTAKES_NAME, dump_mistakes, load_mistakes
from classifier.pictures.dataset import Dataset
from classifier.pictures.unknown import unknown_thumbnails
from classifier.training import mistakes as mistakes_module
from classifier.training.config import TrainingConfig
from classifier.training.mistakes import find_mistakes
from classifier.training.publish import publish
from classifier.training.train_head import train_head
from classifier.values import Mistake
from tests.classifier.drawn import COLOURS, draw_channel, draw_channels
from tests.pictures import video_name

LABELS = ("amber", "fern")
FILES = tuple(Path("data") / LABELS[n % 2] / f"{video_name('video', n)}.jpg" for n in range(5))


def test_the_worst_come_first_and_the_rest_is_left_out() -> None:
    probabilities = np.array([[0.3, 0.6, 0.1], [0.1, 0.9, 0.0], [0.45, 0.3, 0.25], [0.05, 0.1, 0.85], [0.6, 0.2, 0.2]])
    found = find_mistakes(FILES, np.array([0, 1, 0, 1, 0]), probabilities, LABELS, held_out=True)
    assert [(it.video, it.label, it.nearest) for it in found] == [
        (video_name("video", 3), "fern", None),
        (video_name("video", 0), "amber", "fern"),
        (video_name("video", 2), "amber", "fern"),
    ]
    assert found[0].file == f"fern/{FILES[3].name}"
    assert found[0].loss == pytest.approx(-np.log(0.1))
    assert all(it.held_out for it in found)


def test_files_without_a_videos_name_are_left_out_and_the_number_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = np.tile([0.1, 0.9], (5, 1))
    files = (Path("amber/picture.jpg"), *FILES[1:])
    monkeypatch.setattr(mistakes_module, "MOST", 3)
    found = find_mistakes(files, np.zeros(5, dtype=np.int64), wrong, LABELS, held_out=False)
    assert [it.file for it in found] == [f"{file.parent.name}/{file.name}" for file in FILES[1:4]]


def test_they_are_written_with_the_model(tmp_path: Path) -> None:
    mistake = Mistake("abcdefghijk", "amber/abcdefghijk.jpg", "amber", None, 2.5, held_out=True)
    (tmp_path / MISTAKES_NAME).write_bytes(dump_mistakes([mistake]))
    assert load_mistakes(tmp_path) == (mistake,)
    (tmp_path / MISTAKES_NAME).write_text("[{}]")
    assert load_mistakes(tmp_path) == ()
    assert load_mistakes(tmp_path / "missing") == ()


def test_a_thumbnail_in_the_wrong_folder_is_the_worst_mistake(
    tmp_path: Path, drawn_unknown: Path, features: Path
) -> None:
    data = draw_channels(tmp_path / "data", 24)
    stray = draw_channel(tmp_path / "fern", 1, COLOURS["fern"], start=500) / f"{video_name('fern', 500)}.jpg"
    stray.rename(data / "amber" / stray.name)
    known = Dataset.open(data)
    result = train_head(known, unknown=unknown_thumbnails([drawn_unknown], known), features=features)
    worst = max(result.mistakes, key=lambda it: it.loss)
    assert (worst.video, worst.label, worst.nearest) == (stray.stem, "amber", "fern")
    assert worst.loss > 1


def test_networks_of_pytorch_have_held_out_ones_only(drawn: Path, tmp_path: Path) -> None:
    quick = TrainingConfig(network="net", epochs=1, batch_size=8)
    dataset = Dataset.open(drawn)
    publish(dataset, quick, tmp_path / "m", against=None, on_progress=lambda _: None, on_epoch=lambda _: None)
    assert all(it.held_out for it in load_mistakes(tmp_path / "m"))
    assert (tmp_path / "m" / MISTAKES_NAME).is_file()
