"""The chart of a server's weeks. Drawing it takes a while: use a thread."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bot.store.values import WeekStatistics
from classifier.drawing.palette import BACKGROUND, BLUE, GREEN, GREY, MUTED, RED, TEXT, TRACK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DPI: Final = 200
_BAR: Final = 0.62


def weekly_chart(weeks: Sequence[WeekStatistics]) -> bytes:
    """Draw weeks, oldest first, as a PNG 1040 pixels wide: answers, and how many were right or wrong."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - imported when first needed: it takes most of a second

    figure = Figure(figsize=(5.2, 4.3), dpi=_DPI, facecolor=BACKGROUND)
    answers, facts, feedback = figure.subplots(3, sharex=True, height_ratios=(5, 3, 3))
    named = [week.answered - week.unknown for week in weeks]
    unknown = [week.unknown for week in weeks]
    _bars(answers, named, BLUE, "channel named")
    _bars(answers, unknown, GREY, "unknown", bottom=named)
    for axes, right, wrong in (
        (facts, [week.right_by_fact for week in weeks], [week.wrong_by_fact for week in weeks]),
        (feedback, [week.right_by_feedback for week in weeks], [week.wrong_by_feedback for week in weeks]),
    ):
        _bars(axes, right, GREEN, "right")
        _bars(axes, [-count for count in wrong], RED, "wrong")
        axes.axhline(0, color=MUTED, linewidth=0.6)
    for axes, title in (
        (answers, "Answers per week"),
        (facts, "Checked with YouTube"),
        (feedback, "According to your feedback"),
    ):
        _dress(axes, title)
    feedback.set_xticks(range(len(weeks)), [f"{week.monday.day} {week.monday:%b}" for week in weeks])
    every = -(-len(weeks) // 7)
    for number, label in enumerate(feedback.get_xticklabels()):
        label.set_visible((len(weeks) - 1 - number) % every == 0)
    figure.subplots_adjust(left=0.085, right=0.965, top=0.925, bottom=0.065, hspace=0.42)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _bars(axes: "Axes", counts: Sequence[int], colour: str, label: str, bottom: Sequence[int] | None = None) -> None:
    axes.bar(range(len(counts)), counts, _BAR, bottom=bottom, color=colour, label=label)


def _dress(axes: "Axes", title: str) -> None:
    """Give a panel its title, its legend, and quiet axes of whole numbers."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # noqa: PLC0415 - the same

    axes.set_facecolor(BACKGROUND)
    axes.set_title(title, loc="left", color=TEXT, fontsize=8.5, fontweight="bold", pad=7, x=-0.07)
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1.0217, 1),  # the padding moves it left as well as up
        borderpad=0,
        borderaxespad=1.1,
        ncols=2,
        frameon=False,
        fontsize=6.5,
        labelcolor=MUTED,
        handlelength=0.9,
        handleheight=0.9,
        columnspacing=1.2,
    )
    low, high = axes.dataLim.intervaly
    if low == high:
        axes.text(0.5, 0.5, "no data yet", color=MUTED, fontsize=7, ha="center", transform=axes.transAxes)
    axes.set_ylim(min(1.04 * low, 0), max(1.04 * high, 1))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{abs(count):,.0f}"))
    axes.grid(axis="y", color=TRACK, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=MUTED, labelsize=6.5, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
