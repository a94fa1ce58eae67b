"""Figures, how they are shown, and whether they reach their goals."""

import io
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from scripts.benchmarks.plots import save_plot
from scripts.benchmarks.report import Measure, Report, Row, Summary, verdicts
from scripts.benchmarks.tables import report_table, verdict_table

ACCURACY = Measure("accuracy", goal=0.95)
SECONDS = Measure("training", "s", more_is_better=False, goal=300)


def report(accuracy: float, seconds: float = 240.0) -> Report:
    values = [{"accuracy": accuracy - 0.01, "training": seconds}, {"accuracy": accuracy + 0.01, "training": seconds}]
    rows = (
        Row.of("ours", 100, values, ours=True),
        Row.of("peer", 100, [{"accuracy": 0.5}]),
        Row.of("slow", 1, [{"training": 9e5}]),
    )
    return Report("thumbnails", "Thumbnails", "Drawn.", (ACCURACY, SECONDS), rows)


def shown(table: object) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(table)
    return console.file.getvalue()  # type: ignore[attr-defined]  # it is a StringIO


def test_a_summary_covers_all_values() -> None:
    assert Summary.of([1.0, 2.0, 6.0]) == Summary(3, 3.0, pytest.approx(2.160247), 1.0, 6.0)


@pytest.mark.parametrize(
    ("measure", "value", "text"),
    [
        (ACCURACY, 0.94999, "94.9 %"),
        (ACCURACY, 0.95, "95.0 %"),
        (SECONDS, 300.01, "300.1 s"),
        (SECONDS, 300.0, "300.0 s"),
        (Measure("ECE", "", more_is_better=False), 0.03001, "0.031"),
        (Measure("drop", "points", more_is_better=False), -0.61, "-0.6 points"),
        (Measure("units", "units"), 1234.0, "1,234 units"),
    ],
)
def test_figures_are_rounded_towards_the_worse(measure: Measure, value: float, text: str) -> None:
    assert measure.text(value) == text


def test_goals_are_compared_with_the_unrounded_mean() -> None:
    assert [verdict.met for verdict in verdicts([report(0.95)])] == [True, True]
    assert [verdict.met for verdict in verdicts([report(0.94999, 300.01)])] == [False, False]


def test_only_our_rows_have_goals() -> None:
    assert [verdict.what for verdict in verdicts([report(0.97)])] == [
        "Thumbnails: ours, accuracy",
        "Thumbnails: ours, training",
    ]


def test_a_measure_without_a_goal_has_no_verdict() -> None:
    with pytest.raises(ValueError, match="no goal"):
        Measure("accuracy").met(1.0)


def test_the_tables_show_n_folds_spread_and_missed_goals() -> None:
    table = shown(report_table(report(0.9)))
    for part in ("ours", "100", "90.0 ± 1.0", "89.0 to 91.0", "accuracy", "%", "Drawn."):
        assert part in table
    goals = shown(verdict_table(list(verdicts([report(0.9)]))))
    assert "not reached" in goals
    assert "≥ 95.0 %" in goals
    assert "yes" in goals


def test_the_plot_is_a_png_that_grows_with_its_reports(tmp_path: Path) -> None:
    one, two = tmp_path / "deep" / "one.png", tmp_path / "two.png"
    save_plot([report(0.9)], one)
    save_plot([report(0.9), report(0.9)], two)
    with Image.open(one) as small, Image.open(two) as large:
        assert (small.format, small.width) == ("PNG", large.width)
        assert large.height > 1.5 * small.height
