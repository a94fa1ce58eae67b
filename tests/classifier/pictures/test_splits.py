"""Splits: training, calibration and test sets."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import Examples, read_examples
from classifier.pictures.splits import MIN_THUMBNAILS, TEMPLATE_SIZE, Split, near_duplicate_leaders, split
from classifier.pictures.thumbnail import Thumbnail
from tests.classifier.drawn import draw_channel, draw_series
from tests.classifier.pictures.made_up import made_up_examples, numbered

SETS = ("training", "calibration", "test")


def set_of(found: Split, examples: Examples) -> dict[str, str]:
    """The set that each thumbnail is in, by its name."""
    return {examples.files[index].stem: name for name in SETS for index in getattr(found, name)}


def test_every_thumbnail_is_in_exactly_one_set() -> None:
    examples = made_up_examples({"alpha": numbered("a", 400), "beta": numbered("b", 300)})
    found = split(examples)
    everything = np.concatenate([found.training, found.calibration, found.test])
    assert sorted(everything.tolist()) == list(range(700))
    assert 45 <= len(found.test) <= 95  # 10 % of 700 is 70
    assert 45 <= len(found.calibration) <= 95


def test_the_split_depends_on_the_seed() -> None:
    examples = made_up_examples({"alpha": numbered("a", 100), "beta": numbered("b", 100)})
    assert set_of(split(examples, seed=1), examples) == set_of(split(examples, seed=1), examples)
    assert set_of(split(examples, seed=1), examples) != set_of(split(examples, seed=2), examples)


@given(st.integers(0, 1000), st.integers(MIN_THUMBNAILS, 12), st.integers(MIN_THUMBNAILS, 12))
def test_every_channel_is_in_all_sets_even_with_few_thumbnails(seed: int, some: int, more: int) -> None:
    examples = made_up_examples({"alpha": numbered("a", some), "beta": numbered("b", more)})
    found = split(examples, seed=seed)
    for indices in (found.training, found.calibration, found.test):
        assert set(examples.targets[indices].tolist()) == {0, 1}


@pytest.mark.parametrize(("test", "calibration"), [(0.5, 0.5), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)])
def test_every_channel_is_in_all_sets_even_by_bad_luck(test: float, calibration: float) -> None:
    examples = made_up_examples({"alpha": numbered("a", MIN_THUMBNAILS), "beta": numbered("b", MIN_THUMBNAILS)})
    found = split(examples, test=test, calibration=calibration)
    for indices in (found.training, found.calibration, found.test):
        assert set(examples.targets[indices].tolist()) == {0, 1}


def test_near_duplicates_stay_in_the_same_set() -> None:
    names = {"alpha": numbered("a", 200), "beta": numbered("b", 50)}
    alike = {f"a-{index:04}": 0b1111 >> (index % 5) for index in range(0, 200, 5)}
    examples = made_up_examples(names, alike)
    for seed in range(20):
        sets = set_of(split(examples, seed=seed), examples)
        assert len({sets[name] for name in alike}) == 1


def test_chains_of_near_duplicates_stay_in_the_same_set() -> None:
    chain = {f"a-{index:04}": (1 << 4 * (index // 7)) - 1 for index in range(0, 70, 7)}
    examples = made_up_examples({"alpha": numbered("a", 100), "beta": numbered("b", 50)}, chain)
    for seed in range(20):
        sets = set_of(split(examples, seed=seed), examples)
        assert len({sets[name] for name in chain}) == 1


def test_the_sets_stay_the_same_as_the_folder_grows() -> None:
    few = made_up_examples({"alpha": numbered("a", 100), "beta": numbered("b", 100)})
    many = made_up_examples({"aaa": numbered("x", 80), "alpha": numbered("a", 250), "beta": numbered("b", 140)})
    before, after = set_of(split(few), few), set_of(split(many), many)
    assert {name: after[name] for name in before} == before


def test_the_location_of_the_folder_makes_no_difference() -> None:
    names = {"alpha": numbered("a", 60), "beta": numbered("b", 60)}
    here, there = made_up_examples(names), made_up_examples(names, folder=Path("/elsewhere"))
    assert set_of(split(here), here) == set_of(split(there), there)


def sets_of_series(folder: Path, seed: int) -> set[str]:
    """The sets that a channel of one template is in, next to another channel."""
    draw_channel(folder / "amber", 20)
    examples = read_examples(Dataset.open(folder), Thumbnail.histograms, lambda _: None)
    names = set_of(split(examples, seed=seed), examples)
    return {names[file.stem] for file in examples.files if file.parent.name == "series"}


@pytest.mark.parametrize("portrait", [False, True], ids=["number", "number and portrait"])
def test_a_series_of_one_template_is_not_one_picture(portrait: bool, tmp_path: Path) -> None:
    draw_series(tmp_path / "series", 30, portrait=portrait)
    examples = read_examples(Dataset.open(tmp_path), Thumbnail.histograms, lambda _: None)
    assert len(np.unique(near_duplicate_leaders(examples, np.ones(30, dtype=np.bool_)))) == 30
    assert sets_of_series(tmp_path, 0) == set(SETS)


def test_a_few_of_one_template_stay_near_duplicates(tmp_path: Path) -> None:
    draw_channel(tmp_path / "amber", 20)
    draw_series(tmp_path / "amber", TEMPLATE_SIZE - 1)
    examples = read_examples(Dataset.open(tmp_path), Thumbnail.histograms, lambda _: None)
    assert len(np.unique(near_duplicate_leaders(examples, np.ones(23, dtype=np.bool_)))) == 21


def test_one_picture_saved_many_times_stays_one_picture(tmp_path: Path) -> None:
    draw_series(tmp_path / "series", 2)
    one, other = sorted((tmp_path / "series").iterdir())
    with Image.open(one) as first, Image.open(other) as second:
        for quality in range(70, 100):
            picture = first if quality % 2 else second
            picture.save(tmp_path / "series" / f"again-{quality}.jpg", quality=quality)
    examples = read_examples(Dataset.open(tmp_path), Thumbnail.histograms, lambda _: None)
    assert len(np.unique(near_duplicate_leaders(examples, np.ones(32, dtype=np.bool_)))) == 2
