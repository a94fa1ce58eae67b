"""Why: the heat lies where the channel is decided, whatever network decides it."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from classifier.models.explanation import COLUMNS, ROWS, Judge, occlusion
from classifier.models.predictor import Predictor
from classifier.pictures.dataset import Dataset
from classifier.pictures.thumbnail import Thumbnail
from classifier.training.fit import TrainingConfig
from classifier.training.train import train
from tests.classifier.drawn import COLOURS, STRANGE, pixels
from tests.pictures import video_name

GREY = (128, 128, 128)

Place = tuple[int, int]
"""Row and column of a cell."""


def with_patch(colour: tuple[int, int, int], place: Place, seed: object) -> Thumbnail:
    """A picture that says nothing, but for a patch in a channel's colour that fills one cell."""
    shown = pixels(GREY, seed).copy()
    shown[cell(place)] = colour
    return Thumbnail(shown)


def cell(place: Place) -> tuple[slice, slice]:
    """Where in the picture a cell is."""
    top, left = place[0] * 30, place[1] * 32
    return slice(top, top + 30), slice(left, left + 32)


def hottest(heat: NDArray[np.float32]) -> Place:
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    return int(row), int(column)


def looks_at(place: Place, probabilities: Judge) -> Judge:
    """A judge of the middle of one cell, which no other cell's blanking reaches."""
    rows, columns = cell(place)
    middle = slice(rows.start + 10, rows.stop - 10), slice(columns.start + 10, columns.stop - 10)
    return lambda thumbnails: probabilities([Thumbnail(thumbnail.pixels[middle]) for thumbnail in thumbnails])


def redness(thumbnails: Sequence[Thumbnail]) -> NDArray[np.float64]:
    """Channel 1 is as probable as the picture is red."""
    red = np.array([thumbnail.pixels[..., 0].mean() / 255 for thumbnail in thumbnails])
    return np.stack([1 - red, red], axis=1)


def constantly(*probabilities: float) -> Judge:
    return lambda thumbnails: np.tile(probabilities, (len(thumbnails), 1))


places = st.tuples(st.integers(0, ROWS - 1), st.integers(0, COLUMNS - 1))


# The method


@settings(max_examples=20, deadline=None)
@given(place=places)
def test_the_one_cell_that_matters_is_hot_and_no_other(place: Place) -> None:
    heat = occlusion(with_patch((255, 0, 0), place, "one"), 1, looks_at(place, redness))
    assert hottest(heat) == place
    assert heat.max() == 1
    assert heat.sum() == 1


@settings(max_examples=20, deadline=None)
@given(place=places)
def test_what_speaks_against_a_channel_is_cold(place: Place) -> None:
    heat = occlusion(with_patch((255, 0, 0), place, "one"), 0, looks_at(place, redness))
    assert heat.max() == 0


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), sure=st.booleans())
def test_heat_is_in_range_whatever_the_network_says(seed: int, sure: bool) -> None:
    random = np.random.default_rng(seed)

    def judge(thumbnails: Sequence[Thumbnail]) -> NDArray[np.float64]:
        said = random.dirichlet(np.full(3, 0.01 if sure else 1.0), len(thumbnails))
        return said.round() if sure else said  # certainty, even: 0 and 1

    heat = occlusion(Thumbnail(random.integers(0, 256, (180, 320, 3), dtype=np.uint8)), 2, judge)
    assert heat.shape == (ROWS, COLUMNS)
    assert heat.dtype == np.float32
    assert heat.min() >= 0
    assert heat.max() in {0, 1}


@pytest.mark.parametrize("probabilities", [(0.2, 0.8), (0.0, 1.0), (1.0, 0.0)])
def test_where_no_cell_matters_all_are_cold(probabilities: tuple[float, float]) -> None:
    assert occlusion(with_patch((255, 0, 0), (2, 3), "cold"), 1, constantly(*probabilities)).max() == 0


def test_a_network_is_asked_a_row_at_a_time() -> None:
    asked: list[int] = []

    def judge(thumbnails: Sequence[Thumbnail]) -> NDArray[np.float64]:
        asked.append(len(thumbnails))
        return redness(thumbnails)

    occlusion(with_patch((255, 0, 0), (2, 3), "rows"), 1, judge)
    assert asked == [1] + [COLUMNS] * ROWS


# Networks


@pytest.fixture(scope="module")
def looking(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    """A network on pixels that learned to look for a patch, wherever it is."""
    folder = tmp_path_factory.mktemp("patches")
    random = np.random.default_rng(0)
    for name in ("amber", "cobalt"):
        (folder / name).mkdir()
        for index in range(40):
            place = (int(random.integers(ROWS)), int(random.integers(COLUMNS)))
            picture = Image.fromarray(with_patch(COLOURS[name], place, (name, index)).pixels)
            picture.save(folder / name / f"{video_name(name, index)}.png")
    made = train(Dataset.open(folder), TrainingConfig(network="residual", epochs=10, batch_size=16, mixup=0)).artifact
    return Predictor(made.network, made.calibration, made.info.channels)


@pytest.mark.parametrize("name", ["amber", "cobalt"])
@pytest.mark.parametrize("place", [(0, 0), (2, 4), (5, 9), (3, 1)])
def test_the_heat_of_a_network_on_pixels_lies_on_the_patch_that_decides(
    looking: Predictor, name: str, place: Place
) -> None:
    explanation = looking.explain(with_patch(COLOURS[name], place, ("new", place)))
    assert explanation.channel.label == name
    assert hottest(explanation.heat) == place


def test_a_network_on_histograms_has_heat_that_moves_with_the_colours(predictor: Predictor) -> None:
    shown = pixels(COLOURS["fern"], "place")
    explanation, mirrored = (predictor.explain(Thumbnail(each)) for each in (shown, shown[:, ::-1].copy()))
    assert explanation.heat.max() == 1
    assert explanation.heat.std() > 0.05
    np.testing.assert_allclose(mirrored.heat, explanation.heat[:, ::-1], atol=0.05)


@pytest.mark.parametrize("colour", [*COLOURS.values(), STRANGE, GREY])
def test_an_explanation_agrees_with_the_prediction(predictor: Predictor, colour: tuple[int, int, int]) -> None:
    thumbnail = Thumbnail(pixels(colour, "agree"))
    explanation = predictor.explain(thumbnail)
    assert [explanation.prediction] == predictor.predict([thumbnail])
    assert explanation.channel == explanation.prediction.channel
    assert explanation.heat.shape == (ROWS, COLUMNS)
    assert 0 <= explanation.heat.min() <= explanation.heat.max() <= 1


def test_an_unknown_picture_is_explained_by_its_nearest_channel(predictor: Predictor) -> None:
    explanation = predictor.explain(Thumbnail(pixels(STRANGE, "stranger")))
    assert explanation.prediction.unknown
    assert explanation.channel == explanation.prediction.guesses[0].channel
    assert explanation.heat.max() == 1


def test_a_picture_of_one_colour_has_no_part_that_matters(predictor: Predictor, looking: Predictor) -> None:
    thumbnail = Thumbnail(np.full((180, 320, 3), 90, dtype=np.uint8))
    for each in (predictor, looking):
        assert each.explain(thumbnail).heat.max() == 0
