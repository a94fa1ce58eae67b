"""The figure of a comparison."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from classifier.drawing.resemblance import resemblance_figure
from classifier.values import Channel, MainColour

CHANNEL = Channel("fern", "Fern")
GREEN = (76, 195, 138)
OWN = (MainColour(200, 0, 0, 0.75), MainColour(0, 0, 200, 0.25))
OTHERS = (MainColour(0, 200, 0, 1.0),)


def drawn(
    percentile: float, own: tuple[MainColour, ...] = OWN, others: tuple[MainColour, ...] = OTHERS
) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(resemblance_figure(CHANNEL, percentile, own, others))) as image:
        assert image.width == 1040
        return np.asarray(image.convert("RGB"))


def columns(picture: NDArray[np.uint8], colour: tuple[int, int, int]) -> NDArray[np.int64]:
    """The columns that have a colour."""
    return np.flatnonzero((picture == colour).all(axis=2).any(axis=0))


@pytest.mark.parametrize("percentile", [0.0, 0.3, 1.0])
def test_the_mark_is_at_the_percentile(percentile: float) -> None:
    mark = columns(drawn(percentile), GREEN)
    assert mark.mean() == pytest.approx(48 + 18 + percentile * (944 - 36), abs=2)


def test_colours_are_as_wide_as_their_shares() -> None:
    picture = drawn(0.5)
    widths = [len(columns(picture, (it.red, it.green, it.blue))) for it in (*OWN, *OTHERS)]
    assert widths == pytest.approx([708, 236, 944], abs=2)


def test_without_colours_of_the_channel_only_the_pictures_are_drawn() -> None:
    assert len(drawn(0.5, others=())) < len(drawn(0.5))
