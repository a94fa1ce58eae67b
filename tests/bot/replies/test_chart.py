"""The chart of statistics: the length of each bar is proportional to its count."""

import io
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from bot.replies.chart import weekly_chart
from bot.store.values import WeekStatistics
from classifier.drawing.canvas import Canvas

NAMED, UNKNOWN, RIGHT, WRONG = (91, 108, 201), (139, 143, 163), (76, 195, 138), (229, 104, 109)
MONDAYS = [date(2026, 1, 5) + timedelta(weeks=week) for week in range(12)]


def pixels(weeks: list[WeekStatistics]) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(weekly_chart(weeks))) as image:
        assert image.size == (1040, 860)
        return np.asarray(image.convert("RGB"))


def bars(picture: NDArray[np.uint8], colour: tuple[int, int, int], rows: slice) -> list[int]:
    """The heights of the bars of a colour in a part of the picture, left to right."""
    found = (picture[rows, 50:1020] == colour).all(axis=2).sum(axis=0)
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


def test_exact_matches_are_a_third_part_of_the_bars() -> None:
    picture = pixels([WeekStatistics(monday, 10, 4, exact=3) for monday in MONDAYS])
    named, unknown, exact = (bars(picture, colour, slice(70, 330)) for colour in (NAMED, UNKNOWN, RIGHT))
    assert exact[0] == pytest.approx(named[0], rel=0.05)
    assert unknown[0] == pytest.approx(named[0] * 4 / 3, rel=0.05)


def test_right_and_wrong_bars_are_proportional_to_their_counts() -> None:
    weeks = [WeekStatistics(monday, 10, 0, 6, 3, 2, 4) for monday in MONDAYS]
    picture = pixels(weeks)
    for rows, share in ((slice(415, 575), 6 / 3), (slice(655, 815), 2 / 4)):
        right, wrong = bars(picture, RIGHT, rows), bars(picture, WRONG, rows)
        assert len(right) == len(wrong) == 12
        assert right[0] / wrong[0] == pytest.approx(share, rel=0.1)


@pytest.mark.parametrize("count", [1, 12])
def test_weeks_without_any_answers_are_drawn(count: int) -> None:
    pixels([WeekStatistics(monday) for monday in MONDAYS[:count]])


@pytest.mark.parametrize("count", [1, 5, 12, 30])
def test_the_widest_bars_are_narrow_and_all_weeks_are_drawn(count: int) -> None:
    mondays = [MONDAYS[0] + timedelta(weeks=week) for week in range(count)]
    picture = pixels([WeekStatistics(monday, 10, 4) for monday in mondays])
    row = (picture[300, 60:1008] == NAMED).all(axis=1)
    edges = np.flatnonzero(np.diff(row.astype(int)))
    assert len(edges) == 2 * count
    assert np.ptp(edges[1::2] - edges[::2]) <= 1
    assert (edges[1::2] - edges[::2]).max() <= 96


@pytest.mark.parametrize("size", [1, 999, 10**6, 10**9])
def test_numbers_of_any_size_fit_left_of_the_scale(size: int) -> None:
    picture = pixels([WeekStatistics(monday, 2 * size, size, size, size, size, size) for monday in MONDAYS])
    assert (picture[:, :30] == picture[0, 0]).all()
    assert (picture[:, 1010:] == picture[0, 0]).all()


@pytest.mark.parametrize(("count", "labels"), [(1, 1), (5, 5), (7, 7), (8, 4), (12, 6), (15, 5), (30, 6)])
def test_at_most_seven_weeks_are_labelled(count: int, labels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    write = Canvas.write

    def noted(self: Canvas, place: tuple[float, float], text: str, **style: Any) -> None:
        written.append(text)
        write(self, place, text, **style)

    monkeypatch.setattr(Canvas, "write", noted)
    mondays = [MONDAYS[0] + timedelta(weeks=week) for week in range(count)]
    pixels([WeekStatistics(monday, 1) for monday in mondays])
    named = [f"{monday.day} {monday:%b}" for monday in mondays]
    shown = [text for text in written if text in named]
    assert len(shown) == labels
    assert shown[-1] == named[-1]
    assert written.count("no data yet") == 2


def test_the_chart_does_not_import_matplotlib() -> None:
    code = """
import sys
from datetime import date
from bot.replies.chart import weekly_chart
from bot.store.values import WeekStatistics

weekly_chart([WeekStatistics(date(2026, 1, 5), 3, 1)])
sys.exit("matplotlib" in sys.modules)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert (result.returncode, result.stderr) == (0, "")
