"""The deletion test distinguishes faithful from unfaithful heatmaps."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.pictures.thumbnail import Thumbnail
from scripts.benchmarks import explanations
from scripts.benchmarks.explanations import FILLS, blurred, deletion_area, grey, measure
from scripts.benchmarks.folds import Model
from tests.classifier.drawn import COLOURS, pixels

PICTURE = Thumbnail(pixels(COLOURS["fern"], "deleted"))


def redness(thumbnails: Sequence[Thumbnail]) -> NDArray[np.float64]:
    red = np.array([thumbnail.pixels[..., 0].mean() / 255 for thumbnail in thumbnails])
    return np.stack([1 - red, red], axis=1)


def test_the_order_of_deletion_matters() -> None:
    picture = Thumbnail(np.full((180, 320, 3), (255, 0, 0), dtype=np.uint8))
    picture.pixels[:, 160:] = 0
    left, right = np.zeros((9, 16), dtype=np.float32), np.zeros((9, 16), dtype=np.float32)
    left[:, :8], right[:, 8:] = 1, 1
    black = np.zeros_like(picture.pixels)
    best, worst = (deletion_area(picture, heat, black, 1, redness) for heat in (left, right))
    assert best == pytest.approx(0.125, abs=0.01)  # half of the picture red, gone after half of the steps
    assert worst == pytest.approx(0.375, abs=0.01)


@pytest.mark.parametrize("fill", [grey, blurred])
def test_every_cell_is_deleted_in_the_end(fill: explanations.Fill) -> None:
    last: list[Thumbnail] = []

    def judge(thumbnails: Sequence[Thumbnail]) -> NDArray[np.float64]:
        last[:] = thumbnails
        return redness(thumbnails)

    deletion_area(PICTURE, np.ones((3, 4), dtype=np.float32), fill(PICTURE), 1, judge)
    np.testing.assert_array_equal(last[0].pixels, PICTURE.pixels)
    np.testing.assert_array_equal(last[-1].pixels, fill(PICTURE))


def test_both_orders_are_measured(models: list[Model], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explanations, "THUMBNAILS", 3)
    report = measure(models)
    assert [row.method for row in report.rows] == [explanations.OURS, explanations.RANDOM]
    for row in report.rows:
        assert row.n == 6
        assert all(0 <= row.figures[name].mean <= 1 for name in FILLS)
