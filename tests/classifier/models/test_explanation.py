"""Heatmaps: the heat is where the evidence is, whatever the network."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from classifier.models.explanation import COLUMNS, ROWS, Judge, occlusion
from classifier.models.judges import Judgement
from classifier.models.predictor import Predictor
from classifier.networks.eye import Eye
from classifier.pictures.thumbnail import Inputs, Thumbnail
from classifier.training.result import TrainingResult
from tests.classifier.drawn import COLOURS, UNKNOWN, pixels

GREY = (128, 128, 128)

Place = tuple[int, int]
"""Row and column of a cell."""


def with_patch(colour: tuple[int, int, int], place: Place, seed: object) -> Thumbnail:
    """A picture without evidence, except for a patch in a channel's colour that fills one cell."""
    picture = pixels(GREY, seed).copy()
    picture[cell(place)] = colour
    return Thumbnail(picture)


def cell(place: Place) -> tuple[slice, slice]:
    """The pixels of a cell."""
    top, left = place[0] * 30, place[1] * 32
    return slice(top, top + 30), slice(left, left + 32)


def hottest(heat: NDArray[np.float32]) -> Place:
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    return int(row), int(column)


def judge_of(place: Place, probabilities: Judge) -> Judge:
    """A judge of the middle of one cell, which stays visible when another cell is hidden."""
    rows, columns = cell(place)
    middle = slice(rows.start + 10, rows.stop - 10), slice(columns.start + 10, columns.stop - 10)
    return lambda thumbnails: probabilities([Thumbnail(thumbnail.pixels[middle]) for thumbnail in thumbnails])


def redness(thumbnails: Sequence[Thumbnail]) -> NDArray[np.float64]:
    """Channel 1 is as probable as the picture is red."""
    red = np.array([thumbnail.pixels[..., 0].mean() / 255 for thumbnail in thumbnails])
    return np.stack([1 - red, red], axis=1)


def constant(*probabilities: float) -> Judge:
    return lambda thumbnails: np.tile(probabilities, (len(thumbnails), 1))


places = st.tuples(st.integers(0, ROWS - 1), st.integers(0, COLUMNS - 1))


# The method


@settings(max_examples=20, deadline=None)
@given(place=places)
def test_only_the_cell_that_matters_is_hot(place: Place) -> None:
    heat = occlusion(with_patch((255, 0, 0), place, "one"), 1, judge_of(place, redness))
    assert hottest(heat) == place
    assert heat.max() == 1
    assert heat.sum() == 1


@settings(max_examples=20, deadline=None)
@given(place=places)
def test_evidence_against_a_channel_is_cold(place: Place) -> None:
    heat = occlusion(with_patch((255, 0, 0), place, "one"), 0, judge_of(place, redness))
    assert heat.max() == 0


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), sure=st.booleans())
def test_heat_is_in_range_for_any_probabilities(seed: int, sure: bool) -> None:
    random = np.random.default_rng(seed)

    def judge(thumbnails: Sequence[Thumbnail]) -> NDArray[np.float64]:
        probabilities = random.dirichlet(np.full(3, 0.01 if sure else 1.0), len(thumbnails))
        return probabilities.round() if sure else probabilities  # exactly 0 and 1

    heat = occlusion(Thumbnail(random.integers(0, 256, (180, 320, 3), dtype=np.uint8)), 2, judge)
    assert heat.shape == (ROWS, COLUMNS)
    assert heat.dtype == np.float32
    assert heat.min() >= 0
    assert heat.max() in {0, 1}


@pytest.mark.parametrize("probabilities", [(0.2, 0.8), (0.0, 1.0), (1.0, 0.0)])
def test_if_no_cell_matters_all_are_cold(probabilities: tuple[float, float]) -> None:
    assert occlusion(with_patch((255, 0, 0), (2, 3), "cold"), 1, constant(*probabilities)).max() == 0


def test_the_network_gets_one_row_of_cells_at_a_time() -> None:
    batches: list[int] = []

    def judge(thumbnails: Sequence[Thumbnail]) -> NDArray[np.float64]:
        batches.append(len(thumbnails))
        return redness(thumbnails)

    occlusion(with_patch((255, 0, 0), (2, 3), "rows"), 1, judge)
    assert batches == [1] + [COLUMNS] * ROWS


# Networks


class ColourJudge:
    """A channel is as probable as the picture has pixels of its colour."""

    def prepare(self, thumbnail: Thumbnail) -> Inputs:
        return thumbnail.pixels

    def judge(self, inputs: Inputs) -> Judgement:
        counts = [(inputs == colour).all(axis=-1).sum(axis=(1, 2)) for colour in COLOURS.values()]
        shares = 1.0 + np.stack(counts, axis=1)
        probabilities = shares / shares.sum(axis=1, keepdims=True)
        return Judgement(probabilities, np.zeros(len(probabilities)), 1.0)


@pytest.fixture
def colour_predictor(trained: TrainingResult) -> Predictor:
    return Predictor(ColourJudge(), trained.artifact.info)


@pytest.mark.parametrize("name", [*COLOURS])
@pytest.mark.parametrize("place", [(0, 0), (2, 4), (5, 9), (3, 1)])
def test_the_heat_of_a_model_on_pixels_is_on_the_decisive_patch(
    colour_predictor: Predictor, name: str, place: Place
) -> None:
    heatmap = colour_predictor.explain(with_patch(COLOURS[name], place, ("new", place)))
    assert heatmap.channel.label == name
    assert hottest(heatmap.heat) == place


def test_the_default_network_explains_its_answer(eye: Eye, eye_model: Path) -> None:
    predictor, thumbnail = Predictor.load(eye_model, eye), Thumbnail(pixels(COLOURS["fern"], "why"))
    heatmap = predictor.explain(thumbnail)
    assert [heatmap.prediction] == predictor.predict([thumbnail])
    assert heatmap.channel.label == "fern"
    assert heatmap.heat.shape == (ROWS, COLUMNS)
    assert 0 <= heatmap.heat.min() <= heatmap.heat.max() == 1


def test_the_heat_of_a_network_on_histograms_moves_with_the_colours(predictor: Predictor) -> None:
    picture = pixels(COLOURS["fern"], "place")
    heatmap, mirrored = (predictor.explain(Thumbnail(each)) for each in (picture, picture[:, ::-1].copy()))
    assert heatmap.heat.max() == 1
    assert heatmap.heat.std() > 0.05
    np.testing.assert_allclose(mirrored.heat, heatmap.heat[:, ::-1], atol=0.05)


@pytest.mark.parametrize("colour", [*COLOURS.values(), UNKNOWN, GREY])
def test_a_heatmap_agrees_with_the_prediction(predictor: Predictor, colour: tuple[int, int, int]) -> None:
    thumbnail = Thumbnail(pixels(colour, "agree"))
    heatmap = predictor.explain(thumbnail)
    assert [heatmap.prediction] == predictor.predict([thumbnail])
    assert heatmap.channel == heatmap.prediction.channel
    assert heatmap.heat.shape == (ROWS, COLUMNS)
    assert 0 <= heatmap.heat.min() <= heatmap.heat.max() <= 1


def test_an_unknown_picture_is_explained_for_its_closest_match(predictor: Predictor) -> None:
    heatmap = predictor.explain(Thumbnail(pixels(UNKNOWN, 2)))
    assert heatmap.prediction.unknown
    assert heatmap.channel == heatmap.prediction.guesses[0].channel
    assert heatmap.heat.max() == 1


def test_a_picture_of_one_colour_has_no_part_that_matters(predictor: Predictor, colour_predictor: Predictor) -> None:
    thumbnail = Thumbnail(np.full((180, 320, 3), 90, dtype=np.uint8))
    for each in (predictor, colour_predictor):
        assert each.explain(thumbnail).heat.max() == 0
