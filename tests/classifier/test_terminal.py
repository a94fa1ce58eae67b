"""What the command line prints: progress bars, tables, JSON, and errors."""

import asyncio
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from rich.console import Console

from classifier.errors import CrawlError, TooFewThumbnailsError, UnknownChannelError
from classifier.terminal import (
    console,
    counts,
    epoch_line,
    prediction_json,
    print_crawl,
    print_info,
    print_json,
    print_metrics,
    printable,
    progress_bars,
    say,
    verb,
)
from classifier.values import (
    Channel,
    CrawlReport,
    CrawlSummary,
    EpochReport,
    Guess,
    LeftOut,
    LookAlikes,
    Metrics,
    ModelInfo,
    Prediction,
    Progress,
    UnknownReport,
)

METRICS = Metrics(4, 0.75, 0.8, 0.7, 0.7333, 0.5, 0.05, confusion=((1, 1), (0, 2)), labels=("amber", "fern"))


class _PrivateError(CrawlError):
    """An error that only one module knows."""


@pytest.fixture(autouse=True)
def fresh_console(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A wide terminal, and a console that writes to this test's output."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "dumb")
    console.cache_clear()
    yield
    console.cache_clear()


def fail(error: BaseException, *, as_json: bool) -> int:
    """The exit status of a verb that raises an error."""
    with pytest.raises(typer.Exit) as caught, verb(as_json=as_json):
        raise error
    return caught.value.exit_code


# Errors


@pytest.mark.parametrize(
    ("error", "kind", "data"),
    [
        (UnknownChannelError("YouTube has no channel @x.", channel="@x"), "UnknownChannelError", {"channel": "@x"}),
        (TooFewThumbnailsError("Crawl more."), "TooFewThumbnailsError", {}),
        (_PrivateError("Try again."), "CrawlError", {}),
        (FileNotFoundError(2, "No such file", "x.png"), "ThumbprintError", {}),
    ],
)
def test_an_error_as_json_has_its_kind_message_and_data(
    error: Exception, kind: str, data: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert fail(error, as_json=True) == 1
    output = capsys.readouterr()
    assert json.loads(output.out) == {"error": kind, "message": str(error), "template": str(error), "data": data}
    assert output.err == ""


def test_an_error_as_text_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert fail(UnknownChannelError("YouTube has no channel @x.", channel="@x"), as_json=False) == 1
    output = capsys.readouterr()
    assert output.err == "YouTube has no channel @x.\n"
    assert output.out.strip() == ""


@pytest.mark.parametrize("error", [KeyboardInterrupt(), asyncio.CancelledError()])
def test_an_interrupted_verb_gives_exit_status_130(error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    assert fail(error, as_json=True) == 130
    assert capsys.readouterr().err == "Stopped. Everything downloaded so far is kept.\n"


def test_unforeseen_errors_are_not_caught() -> None:
    with pytest.raises(ZeroDivisionError), verb(as_json=True):
        raise ZeroDivisionError


# Progress


def test_progress_as_json_is_limited_but_has_the_last_step_of_each_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with verb(as_json=True) as on_progress:
        for done in range(1, 101):
            on_progress(Progress("read", done, 100, "note"))
        for done in range(1, 101):
            on_progress(Progress("train", done, 100, "note"))
    output = capsys.readouterr()
    steps = [json.loads(line) for line in output.err.splitlines()]
    assert len(steps) < 100
    assert steps[0] == {"stage": "read", "done": 1, "total": 100, "note": "note"}
    assert [step["stage"] for step in steps if step["done"] == 100] == ["read", "train"]
    assert output.out == ""


def test_every_stage_has_a_bar_and_a_stage_that_starts_again_gets_another() -> None:
    file = io.StringIO()
    with progress_bars(Console(file=file, width=120)) as show:
        show(Progress("crawl", 1, 2, "[red]Amber"))
        show(Progress("crawl", 2, 2, "[red]Amber"))
        show(Progress("crawl", 1, 0, "Fern"))
        show(Progress("measure", 3, 3))
    lines = [line for line in file.getvalue().splitlines() if line.strip()]
    assert [line.split()[0] for line in lines[-3:]] == ["Crawling", "Crawling", "Testing"]
    assert "2/2" in lines[-3]
    assert "[red]Amber" in lines[-3]
    assert "Fern" in lines[-2]


@pytest.mark.parametrize(
    ("stage", "name"),
    [
        ("wait", "Queued"),
        ("crawl", "Crawling"),
        ("read", "Reading thumbnails"),
        ("train", "Training"),
        ("measure", "Testing"),
    ],
)
def test_stages_have_names(stage: str, name: str) -> None:
    file = io.StringIO()
    with progress_bars(Console(file=file, width=120)) as show:
        show(Progress(stage, 1, 1))  # type: ignore[arg-type]  # one of the stages
    assert file.getvalue().strip().startswith(name)


# Results


def test_a_crawl_is_a_table_of_channels(capsys: pytest.CaptureFixture[str]) -> None:
    channel = Channel("amber", "Amber\x1b[31m", "UCa", "@amber")
    reports = (
        CrawlReport(channel, 9, 2, 3, {"private": 2, "failed": 1}),
        CrawlReport(Channel("fern", "Fern"), 5, 5, 2, problem="It is unavailable."),
    )
    gone = LeftOut(Channel("grey", "Gr\x1b[31mey", handle="@gr\x1bey"), "There is no such channel.", gone=True)
    unknown = UnknownReport(7, 1, 4, problem="The quota is used up.")
    print_crawl(CrawlSummary(reports, (gone,), 6, unknown), Path("unknown"))
    output = capsys.readouterr().out
    rows = [" ".join(line.replace("│", " ").replace("┃", " ").split()) for line in output.splitlines()]
    assert "channel folder thumbnails new left out quota units" in rows
    assert "Amber�[31m amber 9 2 2 private, 1 failed 3" in rows
    assert "Fern fern 5 5 none 2" in rows
    assert "unknown channels unknown 7 1 4" in rows
    assert rows[-3:] == [
        "Some thumbnails of Fern may be missing: It is unavailable.",
        "left out Gr�[31mey (@gr�ey): There is no such channel.",
        "Some thumbnails of unknown channels are missing: The quota is used up.",
    ]


def test_a_crawl_without_unknown_channels_has_no_row_for_them(capsys: pytest.CaptureFixture[str]) -> None:
    print_crawl(CrawlSummary((CrawlReport(Channel("fern", "Fern"), 5, 5, 2),), (), 2), None)
    assert "unknown" not in capsys.readouterr().out


def test_metrics_are_a_table_and_a_confusion_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    print_metrics(METRICS)
    output = capsys.readouterr().out
    assert "4 thumbnails" in output
    for name, value in (("accuracy", "0.7500"), ("log loss", "0.5000"), ("ece", "0.0500")):
        assert any(name in line and value in line for line in output.splitlines())
    assert "true \\ predicted" in output
    assert "unknown" not in output


def test_info_has_channels_metrics_and_look_alikes(capsys: pytest.CaptureFixture[str]) -> None:
    model = ModelInfo(
        *("v1", datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "eye"),
        (Channel("amber", "Am\x1bber"), Channel("fern", "Fern")),
        *(800, METRICS, (datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))),
        look_alikes=(LookAlikes("amber", "fern", 12, 80),),
    )
    print_info(model)
    first, second, *rest = capsys.readouterr().out.splitlines()
    assert first == "eye v1, trained on 2026-01-02 03:04 UTC."
    assert second == "It was made from 800 thumbnails, downloaded from 2025-12-01 to 2026-01-01, of these channels:"
    assert rest[:2] == ["  amber: Am�ber", "  fern: Fern"]
    assert any("accuracy" in line for line in rest)
    assert rest[-1] == "amber and fern are often mixed up: 12 of 80 test thumbnails."
    print_info(replace(model, look_alikes=()))
    assert "mixed up" not in capsys.readouterr().out


def test_metrics_include_unknown_channels_if_they_were_measured(capsys: pytest.CaptureFixture[str]) -> None:
    measured = Metrics(
        *(4, 0.75, 0.8, 0.7, 0.7333, 0.5, 0.05),
        confusion=METRICS.confusion,
        labels=METRICS.labels,
        auroc_unknown=0.9,
        unknown_rejected=0.6,
        known_rejected=0.04,
    )
    print_metrics(measured)
    output = capsys.readouterr().out
    for name, value in (("auroc unknown", "0.9000"), ("unknown rejected", "0.6000"), ("known rejected", "0.0400")):
        assert any(name in line and value in line for line in output.splitlines())


def test_an_epoch_is_one_line() -> None:
    report = EpochReport(3, 12, loss=0.51234, accuracy=0.9, precision=0.8, recall=0.7, f1=0.6)
    assert epoch_line(report) == (
        "epoch  3/12  loss 0.5123  accuracy 90.00%  precision 0.8000  recall 0.7000  F1 0.6000"
    )


def test_a_prediction_as_json_has_labels() -> None:
    guesses = (Guess(Channel("fern", "Fern"), 0.7), Guess(Channel("amber", "Amber"), 0.3))
    assert prediction_json(Prediction(guesses, unknown=True, version="20260102-030405")) == {
        "label": "fern",
        "confidence": 0.7,
        "unknown": True,
        "probabilities": {"fern": 0.7, "amber": 0.3},
    }


def test_counts_by_reason_are_a_list_in_words() -> None:
    assert counts({"private": 2, "failed": 1}) == "2 private, 1 failed"
    assert counts({}) == ""


def test_control_characters_are_not_printable() -> None:
    assert printable("a\x1b[31m\nb日本") == "a�[31m�b日本"


def test_json_and_lines_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"path": Path("a b"), "n": 1})
    say("[red]not markup[/] " + "x" * 300)
    assert capsys.readouterr().out.splitlines() == [
        '{"path": "a b", "n": 1}',
        "[red]not markup[/] " + "x" * 300,
    ]
