"""The chart of a server's weeks. Drawing it takes a moment: use a thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

from bot.store.values import WeekStatistics
from classifier.drawing.canvas import WIDTH, Canvas, chart_png, length, ticks
from classifier.drawing.palette import BLUE, GREEN, GREY, MUTED, RED, TEXT, TRACK

_HEIGHT: Final = 430
_MARGIN: Final = 16
_TITLE: Final = 20
"""How far a panel's title is above the panel, from middle to edge."""
_BAR, _WIDEST_BAR = 0.62, 48
"""A bar's share of its week, and its greatest width in units."""
_WEEK_LABELS: Final = 7


@dataclass(frozen=True, slots=True)
class _Panel:
    """Counts stacked on each other, or else two on both sides of zero; `top` and `bottom` are the ends of the scale in
    units.
    """

    title: str
    top: float
    bottom: float
    names: Sequence[str]
    colours: Sequence[str]
    counts: Sequence[Sequence[int]]
    stacked: bool = False

    @property
    def range(self) -> tuple[int, int]:
        """The least and greatest value of the scale."""
        if self.stacked:
            return 0, max(1, *(sum(pair) for pair in self.counts))
        return -max(below for _, below in self.counts), max(1, *(above for above, _ in self.counts))

    @property
    def ticks(self) -> Sequence[tuple[float, str]]:
        """The height in units and the number of every line."""
        return [(self.y(value), f"{abs(value):,}") for value in ticks(*self.range, 6 if self.stacked else 5)]

    def y(self, value: int) -> float:
        """The height of a value, in units from the top of the chart."""
        low, high = self.range
        return self.top + (high - value) / (high - low) * (self.bottom - self.top)

    def draw(self, canvas: Canvas, left: float, right: float) -> None:
        """Draw title, legend, scale and bars; the bars between `left` and `right`."""
        self._draw_head(canvas, right)
        for y, number in self.ticks:
            canvas.block(left, y - 0.5, right, y + 0.5, TRACK)
            canvas.write((left - 8, y), number, size=10, fill=MUTED, anchor="right")
        if not any(map(any, self.counts)):
            middle = ((left + right) / 2, (self.top + self.bottom) / 2)
            canvas.write(middle, "no data yet", size=11, fill=MUTED, anchor="middle")
        half = min(_BAR * (right - left) / len(self.counts), _WIDEST_BAR) / 2
        for x, counts in zip(_centres(left, right, len(self.counts)), self.counts, strict=True):
            ends = [0, *accumulate(counts)] if self.stacked else [counts[0], 0, -counts[1]]
            for (one, other), colour in zip(pairwise(ends), self.colours, strict=True):
                canvas.block(x - half, self.y(max(one, other)), x + half, self.y(min(one, other)), colour)
        if not self.stacked:
            canvas.block(left, self.y(0) - 0.5, right, self.y(0) + 0.5, MUTED)

    def _draw_head(self, canvas: Canvas, right: float) -> None:
        middle = self.top - _TITLE
        canvas.write((_MARGIN, middle), self.title, size=13, fill=TEXT, bold=True)
        x = right
        for name, colour in reversed(list(zip(self.names, self.colours, strict=True))):
            canvas.write((x, middle), name, size=11, fill=MUTED, anchor="right")
            x -= length(name, size=11) + 15
            canvas.block(x, middle - 4.5, x + 9, middle + 4.5, colour)
            x -= 14


def weekly_chart(weeks: Sequence[WeekStatistics]) -> bytes:
    """Draw weeks, oldest first, as a PNG 1040 pixels wide: answers, and how many were right or wrong."""
    kinds = [(week.answered - week.unknown - week.exact, week.unknown, week.exact) for week in weeks]
    shown = 3 if any(week.exact for week in weeks) else 2
    answered = (
        ("channel named", "unknown", "exact match")[:shown],
        (BLUE, GREY, GREEN)[:shown],
        [counts[:shown] for counts in kinds],
    )
    facts = [(week.right_by_fact, week.wrong_by_fact) for week in weeks]
    feedback = [(week.right_by_feedback, week.wrong_by_feedback) for week in weeks]
    rated = ("right", "wrong"), (GREEN, RED)
    panels = (
        _Panel("Answers per week", 40, 164, *answered, stacked=True),
        _Panel("Checked with YouTube", 210, 284, *rated, facts),
        _Panel("According to feedback", 330, 404, *rated, feedback),
    )
    canvas = Canvas(WIDTH, _HEIGHT)
    left = _MARGIN + 8 + max(length(number, size=10) for panel in panels for _, number in panel.ticks)
    right = WIDTH - _MARGIN
    for panel in panels:
        panel.draw(canvas, left, right)
    every = -(-len(weeks) // _WEEK_LABELS)
    for number, (x, week) in enumerate(zip(_centres(left, right, len(weeks)), weeks, strict=True)):
        if (len(weeks) - 1 - number) % every == 0:
            label = f"{week.monday.day} {week.monday:%b}"
            canvas.write((x, _HEIGHT - 13), label, size=10, fill=MUTED, anchor="middle")
    return chart_png(canvas.image)


def _centres(left: float, right: float, count: int) -> Sequence[float]:
    """The middles of equal parts."""
    return [left + (right - left) * (number + 0.5) / count for number in range(count)]
