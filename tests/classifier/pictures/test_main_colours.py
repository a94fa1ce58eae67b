"""The main colours of pictures."""

import numpy as np
import pytest

from classifier.pictures.main_colours import COLOURS, main_colours
from classifier.pictures.thumbnail import Thumbnail
from tests.classifier.drawn import pixels

RED, BLUE = (200, 20, 30), (10, 40, 180)


def halves(share: float) -> Thumbnail:
    """A picture that is red from the left up to a share of its width, and blue beyond."""
    picture = np.full((180, 320, 3), BLUE, dtype=np.uint8)
    picture[:, : round(share * 320)] = RED
    return Thumbnail(picture)


@pytest.mark.parametrize("share", [0.25, 0.75])
def test_colours_have_their_shares_and_the_commonest_comes_first(share: float) -> None:
    first, second = main_colours([halves(share)])
    named = {(it.red, it.green, it.blue): it.share for it in (first, second)}
    assert named == {RED: pytest.approx(share), BLUE: pytest.approx(1 - share)}
    assert first.share > second.share


def test_several_pictures_share_their_colours() -> None:
    red, *_ = main_colours([halves(1.0), halves(1.0), halves(0.0)])
    assert (red.red, red.green, red.blue, round(red.share, 2)) == (*RED, 0.67)


def test_there_are_six_at_most_and_none_of_nothing() -> None:
    colours = main_colours([Thumbnail(pixels(RED, number)) for number in range(3)])
    assert len(colours) == COLOURS
    assert [it.share for it in colours] == sorted((it.share for it in colours), reverse=True)
    assert main_colours([]) == ()
