"""The confidence plot of any prediction."""

import io

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from classifier.drawing import confidence
from classifier.drawing.confidence import MAX_ROWS, confidence_plot, percent
from classifier.values import Channel, Guess, Prediction
from tests.classifier.drawing.scripts import NAMES

GREEN, GREY = (76, 195, 138), (139, 143, 163)


def prediction(titles: list[str], weights: list[float], *, unknown: bool = False) -> Prediction:
    shares = sorted((weight / sum(weights) for weight in weights), reverse=True)
    guesses = (
        Guess(Channel(f"c{index}", title), share)
        for index, (title, share) in enumerate(zip(titles, shares, strict=True))
    )
    return Prediction(tuple(guesses), unknown, version="20260102-030405")


def pixels_of(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def longest_run(pixels: np.ndarray, colour: tuple[int, int, int]) -> int:
    """The largest number of pixels of a colour in one row."""
    return int((pixels == colour).all(axis=2).sum(axis=1).max())


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.text(max_size=60), st.floats(1e-9, 1)), min_size=1, max_size=100),
    st.booleans(),
)
@example([("", 1.0)], False)
@example([("W" * 5000, 1.0), ("\u202eright to left\x00\x1b[31m\n", 1.0)], True)
def test_any_prediction_can_be_drawn(channels: list[tuple[str, float]], unknown: bool) -> None:
    titles, weights = [list(column) for column in zip(*channels, strict=True)]
    shape = pixels_of(confidence_plot(prediction(titles, weights, unknown=unknown))).shape
    assert shape == (2 * (18 + 40 * (min(len(channels), MAX_ROWS) - 1) + 30 + 18), 680, 3)


@pytest.mark.parametrize("title", ["日本語", "🎬🔥👩‍👩‍👧", "عربى", "a\nb", "\ud800", "<@1> **x**", "%s {}"])
def test_any_title_can_be_drawn(title: str) -> None:
    pixels_of(confidence_plot(prediction([title, "b"], [3, 1])))


@pytest.mark.parametrize("script", NAMES)
def test_different_names_look_different(script: str) -> None:
    one, other = (pixels_of(confidence_plot(prediction([name], [1]))) for name in NAMES[script])
    assert one.shape == other.shape
    assert (one != other).any()


def test_channels_of_one_title_are_distinguished() -> None:
    pixels = pixels_of(confidence_plot(prediction(["Same", "Same", "Another channel"], [1, 1, 1])))
    rows = [pixels[36 + 80 * row : 36 + 80 * row + 40, 36:500] for row in range(3)]
    assert len({row.tobytes() for row in rows}) == 3
    plain = pixels_of(confidence_plot(prediction(["Same", "b"], [1, 1])))
    assert (rows[0] != plain[36 : 36 + 40, 36:500]).any()


def test_a_channel_titled_like_a_row_keeps_its_colour() -> None:
    pixels = pixels_of(confidence_plot(prediction(["Another channel", "b"], [3, 1])))
    assert longest_run(pixels, GREEN) > 400
    assert longest_run(pixels, GREY) == 0


def test_one_of_several_keeps_its_number() -> None:
    one = prediction(["b"], [1])
    second = pixels_of(confidence_plot(one, numbers=[2]))
    assert (second != pixels_of(confidence_plot(one))).any()
    assert (second != pixels_of(confidence_plot(one, numbers=[1]))).any()


def test_the_length_of_a_bar_is_its_probability() -> None:
    whole = longest_run(pixels_of(confidence_plot(prediction(["a"], [1]))), GREEN)
    half = longest_run(pixels_of(confidence_plot(prediction(["a", "b"], [1, 1]))), GREEN)
    assert whole == pytest.approx(2 * (340 - 36), abs=4)
    assert half == pytest.approx(whole / 2, abs=4)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_several_predictions_are_below_each_other_with_three_bars_each(count: int) -> None:
    one, other = prediction(["a", "b"], [1, 1]), prediction(["a", "b", "c", "d"], [5, 2, 2, 1])
    pixels = pixels_of(confidence_plot(one, *[other] * (count - 1)))
    heights = 2 * (36 + 30), 2 * (72 + 30)
    assert pixels.shape == (72 + heights[0] + (count - 1) * (heights[1] + 56), 680, 3)
    widest = [longest_run(part, GREEN) for part in (pixels[: 36 + heights[0]], pixels[36 + heights[0] :])]
    assert widest == pytest.approx([(680 - 72 - 52) / 2] * 2, abs=4)


def test_several_predictions_have_the_given_numbers() -> None:
    one = prediction(["a", "b"], [1, 1])
    counted, numbered = (pixels_of(confidence_plot(one, one, numbers=numbers)) for numbers in ((), (1, 3)))
    changed = np.argwhere((counted != numbered).any(axis=2))
    assert (pixels_of(confidence_plot(one, one, numbers=(1, 2))) == counted).all()
    assert changed[:, 0].min() > counted.shape[0] / 2
    assert changed[:, 1].max() < 88


def test_of_several_the_bar_of_another_channel_is_one_of_the_three_if_it_is_high() -> None:
    guesses = tuple(Guess(Channel(f"c{n}", f"c{n}"), share) for n, share in enumerate((0.4, 0.15, 0.1, 0.05)))
    unsure = Prediction(guesses, unknown=False, version="20260102-030405", unknown_probability=0.3)
    assert longest_run(pixels_of(confidence_plot(unsure, unsure)), GREY) == pytest.approx(0.3 * 556, abs=4)


def test_unknown_pictures_have_grey_bars() -> None:
    pixels = pixels_of(confidence_plot(prediction(["a", "b"], [3, 1], unknown=True)))
    assert longest_run(pixels, GREY) > 400
    assert longest_run(pixels, GREEN) == 0


def test_a_long_title_is_cut_at_the_margin() -> None:
    pixels = pixels_of(confidence_plot(prediction(["W" * 400, "b"], [1, 1])))
    assert (pixels[:, -30:] == pixels[0, 0]).all()


def test_the_palette_hardly_changes_the_colours() -> None:
    one = prediction(["Ödön kertje", "b", "c"], [0.7, 0.2, 0.1])
    with Image.open(io.BytesIO(confidence_plot(one))) as image:
        assert image.mode == "P"
    drawn = np.asarray(confidence._drawn(one)).astype(int)
    assert np.abs(pixels_of(confidence_plot(one)) - drawn).max() < 12


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (0, "<1%"),
        (1e-9, "<1%"),
        (0.0049, "<1%"),
        (0.005, "<1%"),
        (0.0051, "1%"),
        (0.014, "1%"),
        (0.5, "50%"),
        (0.994, "99%"),
        (0.995, ">99%"),
        (0.999999, ">99%"),
        (1, ">99%"),
    ],
)
def test_percent_never_overstates(probability: float, expected: str) -> None:
    assert percent(probability) == expected
