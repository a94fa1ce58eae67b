"""The figure of the most similar thumbnails."""

import io

import numpy as np
import pytest
from PIL import Image

from classifier.drawing.nearest import nearest_figure
from classifier.pictures.thumbnail import Thumbnail
from tests.classifier.drawn import COLOURS, pixels

THUMBNAILS = [Thumbnail(pixels(colour, name)) for name, colour in COLOURS.items()]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_thumbnails_stand_side_by_side_unchanged(count: int) -> None:
    with Image.open(io.BytesIO(nearest_figure(THUMBNAILS[:count]))) as image:
        figure = np.asarray(image.convert("RGB"))
    assert figure.shape[1] == 1040
    for thumbnail in THUMBNAILS[:count]:
        place = next(left for left in range(720) if (figure[24:204, left : left + 320] == thumbnail.pixels).all())
        assert place >= 24
    empty = figure[24:204, 24 + count * 340 :]
    assert (empty == figure[0, 0]).all()
