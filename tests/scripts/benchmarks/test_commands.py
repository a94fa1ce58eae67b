"""The sub-commands, on small data."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from classifier.training.result import TrainingResult
from scripts.benchmarks import crawl, folds, speed, tutorial
from scripts.benchmarks.__main__ import app
from scripts.benchmarks.report import Measure, Report, Row
from tests.classifier.drawn import UNKNOWN, draw_channel


@pytest.fixture
def histograms(tmp_path: Path) -> Path:
    """A data folder with the tutorial's data: three channels whose histograms peak at different bins."""
    random = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], 14)
    counts = random.gamma(1.0, size=(42, 3, 25))
    counts[np.arange(42), :, y * 8] += 30
    planes = counts / counts.sum(axis=2, keepdims=True)
    (tmp_path / "seed").mkdir()
    np.savez(
        tmp_path / "seed" / "histograms.npz", X=np.concatenate([planes, planes.sum(axis=1, keepdims=True)], 1), y=y
    )
    return tmp_path


def test_tutorial_compares_all_methods_on_the_same_folds(histograms: Path, tmp_path: Path) -> None:
    plot = tmp_path / "plots" / "tutorial.png"
    words = [
        "tutorial",
        "--data",
        str(histograms),
        "--epochs",
        "12",
        "--channels",
        "3",
        "--repeats",
        "1",
        "--plot",
        str(plot),
        "--json",
    ]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    rows = answer["tutorial-3"]["rows"]
    assert [row["method"] for row in rows] == ["this project: kernel", "this project: net", *tutorial.PEERS]
    assert {(row["n"], row["figures"]["accuracy"]["folds"]) for row in rows} == {(42, 7)}
    forest = next(row for row in rows if row["method"] == "random forest")
    assert forest["figures"]["accuracy"]["mean"] > 0.9
    reached = [row["figures"]["accuracy"]["mean"] for row in rows[:2]]
    assert [goal["met"] for goal in answer["goals"]] == [accuracy >= 0.85 for accuracy in reached]
    assert reached[0] > 0.9
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_crawl_counts_quota_and_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawl, "DELAY", 0.0)
    words = ["crawl", "--thumbnails", "60", "--repeats", "2", "--plot", str(tmp_path / "crawl.png"), "--json"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    ours, tutorials = json.loads(result.stdout)["crawl"]["rows"]
    assert {name: ours["figures"][name]["mean"] for name in ("quota", "requests")} == {"quota": 3, "requests": 63}
    assert {name: tutorials["figures"][name]["mean"] for name in ("quota", "requests")} == {
        "quota": 73,
        "requests": 133,
    }
    assert ours["figures"]["time"]["folds"] == 2


def test_without_json_a_table_and_the_goals_are_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawl, "DELAY", 0.0)
    words = ["crawl", "--thumbnails", "20", "--repeats", "1", "--plot", str(tmp_path / "crawl.png")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert "A crawl of 20 thumbnails" in result.stdout
    assert "Goals" in result.stdout


def test_medians_are_of_each_step_and_of_their_sum() -> None:
    times = [(0.0, 0.001, 0.003, 0.006), (1.0, 1.003, 1.004, 1.006), (2.0, 2.002, 2.005, 2.100)]
    medians = speed.medians(times)
    assert medians == pytest.approx({"decode": 2.0, "predict": 2.0, "plot": 3.0, "answer": 6.0})


def test_memory_is_measured_with_a_model_after_training_and_afresh(
    trained: TrainingResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "MEMORY_RUNS", 1)
    (row,) = speed._memory(trained.artifact).rows
    resident = {name: summary.mean for name, summary in row.figures.items()}
    assert min(resident[name] for name in ("resident", "after training", "fresh")) > 100
    assert resident["growth"] == pytest.approx(resident["after training"] - resident["fresh"])


def test_all_trains_once_per_fold(
    drawn: Path, trained: TrainingResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thumbnails").symlink_to(drawn)
    draw_channel(tmp_path / "other-channels", 10, UNKNOWN)
    trainings: list[Any] = []

    def train(dataset: Any, *_: Any, **__: Any) -> TrainingResult:
        trainings.append(dataset)
        return trained

    part = Report(
        "part", "Part", "", (Measure("accuracy", goal=0.5),), (Row.of("ours", 1, [{"accuracy": 0.4}], ours=True),)
    )
    monkeypatch.setattr(folds, "train", train)
    monkeypatch.setattr(
        tutorial, "measure", lambda _file, channels, *_, **__: replace(part, name=f"tutorial-{channels}")
    )
    monkeypatch.setattr(speed, "measure", lambda *_: [replace(part, name="answer")])
    monkeypatch.setattr(crawl, "measure", lambda *_, **__: replace(part, name="crawl"))
    words = [
        "all",
        "--data",
        str(tmp_path),
        "--network",
        "net",
        "--folds",
        "2",
        "--plot",
        str(tmp_path / "a.png"),
        "--json",
    ]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert len(trainings) == 2
    assert result.stderr.count("Part") >= 4  # reports are printed as they finish
    answer = json.loads(result.stdout)
    names = ["thumbnails", "unknown", "robustness", "answer", "crawl", "explanations", "tutorial-2", "tutorial-3"]
    assert list(answer) == [*names, "goals", "plot"]
    assert {goal["met"] for goal in answer["goals"] if goal["what"].startswith("Part")} == {False}


def test_networks_are_compared_on_the_same_folds(tmp_path: Path) -> None:
    for name in ("amber", "fern"):
        draw_channel(tmp_path / "data" / "thumbnails" / name, 60)
    draw_channel(tmp_path / "data" / "other-channels", 10, UNKNOWN)
    words = ["networks", "--data", str(tmp_path / "data"), "--networks", "kernel", "--folds", "1"]
    result = CliRunner().invoke(app, [*words, "--plot", str(tmp_path / "networks.png"), "--json"])
    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.stdout)["networks"]["rows"]
    means = {name: figure["mean"] for name, figure in row["figures"].items()}
    assert row["method"] == "kernel"
    assert means["accuracy"] > 0.9
    assert all(means[name] > 0 for name in ("training", "answer", "resident", "model"))
