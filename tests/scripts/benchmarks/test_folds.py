"""How thumbnails are split into folds, and what models are trained on."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifier.training.config import TrainingConfig
from scripts.benchmarks import folds
from scripts.benchmarks.folds import Fold


def test_every_thumbnail_is_in_one_test_set_and_not_in_the_same_folds_training_set(five_folds: list[Fold]) -> None:
    known = five_folds[0].known
    assert sorted(np.concatenate([fold.test for fold in five_folds])) == list(range(len(known.files)))
    for fold in five_folds:
        assert not {*fold.training} & {*fold.test}
        assert len(fold.training) + len(fold.test) == len(known.files)
        assert fold.teacher is not None
        assert fold.unknown is not None
        assert len({*fold.teacher.files, *fold.unknown.files}) == 12
        assert len(fold.teacher.files) in (9, 10)


def test_near_duplicates_stay_in_the_same_set_and_no_teacher_is_needed(drawn: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(drawn, tmp_path / "thumbnails")
    twice = {file for folder in copied.iterdir() for file in sorted(folder.glob("*.jpg"))[:6]}
    for file in twice:
        shutil.copy(file, file.with_stem(f"again-{file.stem}"))
    for fold in folds.split_folds(tmp_path, folds.FOLDS):
        test = {fold.known.files[index].name for index in fold.test}
        assert all((file.name in test) == (f"again-{file.name}" in test) for file in twice)
        assert (fold.teacher, fold.unknown) == (None, None)
    assert twice


def test_fewer_folds_are_the_first_of_all(five_folds: list[Fold], data: Path) -> None:
    two = folds.split_folds(data, 2)
    assert [fold.test.tolist() for fold in two] == [fold.test.tolist() for fold in five_folds[:2]]


def test_models_are_trained_only_on_their_folds_training_set(
    five_folds: list[Fold], model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets: list[Any] = []

    def publish(dataset: Any, _config: Any, out: Path, **_: Any) -> None:
        datasets.append(dataset)
        shutil.copytree(model, out)

    monkeypatch.setattr(folds, "publish", publish)
    models = list(folds.train_models(five_folds[:2], TrainingConfig(network="net", epochs=1), tmp_path))
    assert [model.folder.name for model in models] == ["net-0", "net-1"]
    for fold, dataset in zip(five_folds[:2], datasets, strict=True):
        test = {fold.known.files[index] for index in fold.test}
        assert len(dataset.files) == len(fold.training)
        assert not test & set(dataset.files)


def test_evenly_spaced_indices_include_the_first_and_the_last() -> None:
    indices = np.arange(100, 200)
    assert folds.evenly(indices, 3).tolist() == [100, 149, 199]
    assert folds.evenly(indices, 1000).tolist() == indices.tolist()
