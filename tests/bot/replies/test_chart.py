"""The chart of statistics: the length of each bar is proportional to its count."""

import io
from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from bot.replies.chart import weekly_chart
from bot.store.values import WeekStatistics

NAMED, UNKNOWN, RIGHT, WRONG = (91, 108, 201), (139, 143, 163), (76, 195, 138), (229, 104, 109)
MONDAYS = [date(2026, 1, 5) + timedelta(weeks=week) for week in range(12)]


def pixels(weeks: list[WeekStatistics]) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(weekly_chart(weeks))) as image:
        assert image.size == (1040, 860)
        return np.asarray(image.convert("RGB"))


def bars(picture: NDArray[np.uint8], colour: tuple[int, int, int], rows: slice) -> list[int]:
    """The heights of the bars of a colour in a part of the picture, left to right."""
    found = (picture[rows, 90:1000] == colour).all(axis=2).sum(axis=0)
    starts = np.flatnonzero((found[1:] > 0) & (found[:-1] == 0)) + 1
    return [int(np.median(found[start + 5 : start + 35])) for start in starts]


def test_bars_are_proportional_to_their_counts() -> None:
    weeks = [WeekStatistics(monday, answered=10 * n, unknown=4 * n) for n, monday in enumerate(MONDAYS, 1)]
    panel = slice(70, 330)
    picture = pixels(weeks)
    named, unknown = bars(picture, NAMED, panel), bars(picture, UNKNOWN, panel)
    assert len(named) == len(unknown) == 12
    assert named[11] == pytest.approx(12 * named[0], rel=0.1)
    assert unknown[11] == pytest.approx(named[11] * 4 / 6, rel=0.05)


def test_right_and_wrong_bars_are_proportional_to_their_counts() -> None:
    weeks = [WeekStatistics(monday, 10, 0, 6, 3, 2, 4) for monday in MONDAYS]
    picture = pixels(weeks)
    for rows, share in ((slice(395, 580), 6 / 3), (slice(635, 810), 2 / 4)):
        right, wrong = bars(picture, RIGHT, rows), bars(picture, WRONG, rows)
        assert len(right) == len(wrong) == 12
        assert right[0] / wrong[0] == pytest.approx(share, rel=0.1)


@pytest.mark.parametrize("count", [1, 12])
def test_weeks_without_any_answers_are_drawn(count: int) -> None:
    pixels([WeekStatistics(monday) for monday in MONDAYS[:count]])
