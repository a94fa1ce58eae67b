"""The sub-commands, on small data."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from scripts.benchmarks import __main__ as commands
from scripts.benchmarks import crawl, explanations, folds, open_set, robustness, servers, speed, thumbnails, tutorial
from scripts.benchmarks.__main__ import app
from scripts.benchmarks.report import Measure, Report, Row


@pytest.fixture(autouse=True)
def build_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models and features are written to a temporary folder."""
    monkeypatch.setattr(commands, "_MODELS", tmp_path / "models")
    monkeypatch.setattr(commands, "_BUILD", tmp_path / "features")


def run(name: str, folder: Path, *options: str) -> dict[str, Any]:
    """The JSON that a sub-command prints; its plot is in the folder."""
    result = CliRunner().invoke(app, [name, *options, "--plot", str(folder / f"{name}.png"), "--json"])
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


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
    options = ["--epochs", "12", "--channels", "3", "--repeats", "1"]
    answer = run("tutorial", plot.parent, "--data", str(histograms), *options)
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
    ours, tutorials = run("crawl", tmp_path, "--thumbnails", "60", "--repeats", "2")["crawl"]["rows"]
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


def test_speed_measures_answers_starts_and_memory(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "ROUNDS", 1)
    monkeypatch.setattr(speed, "PICTURES", 2)
    monkeypatch.setattr(speed, "MEMORY_RUNS", 1)
    answer = run("speed", tmp_path, "--data", str(data))
    assert [*answer][:3] == ["answer", "start", "memory"]
    assert [row["n"] for row in answer["answer"]["rows"]] == [2, 2]
    means = {name: figure["mean"] for name, figure in answer["memory"]["rows"][0]["figures"].items()}
    assert min(means[name] for name in ("resident", "after training", "fresh")) > 50
    assert means["growth"] == pytest.approx(means["after training"] - means["fresh"])


@pytest.mark.parametrize("name", ["thumbnails", "robustness", "explanations"])
@pytest.mark.parametrize("network", ["eye", "net"])
def test_models_are_trained_and_measured(
    name: str, network: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explanations, "THUMBNAILS", 2)
    monkeypatch.setattr(robustness, "VARIATIONS", dict([*robustness.VARIATIONS.items()][:2]))
    monkeypatch.setattr(thumbnails, "PEERS", {})
    options = ["--data", str(data), "--network", network, "--folds", "1", "--epochs", "1"]
    rows = run(name, tmp_path, *options)[name]["rows"]
    assert len(rows) == {"thumbnails": 1, "robustness": 2, "explanations": 2}[name]


def test_open_set_draws_channels(data: Path, tmp_path: Path) -> None:
    answer = run("open-set", tmp_path, "--data", str(data), "--known", "2,3", "--draws", "1")
    assert [*answer] == ["open-set-2", "open-set-3", "goals", "plot"]
    assert any((tmp_path / "features").rglob("*"))


def test_open_set_says_which_number_of_channels_can_not_be_drawn(data: Path) -> None:
    result = CliRunner().invoke(app, ["open-set", "--data", str(data), "--known", "9"])
    assert result.exit_code == 2
    assert "9 of 5 channels" in result.stderr


def test_networks_are_compared_on_the_same_folds(data: Path, tmp_path: Path) -> None:
    options = ["--data", str(data), "--networks", "eye,kernel", "--folds", "1"]
    rows = run("networks", tmp_path, *options)["networks"]["rows"]
    assert [row["method"] for row in rows] == ["eye", "kernel"]
    for row in rows:
        means = {name: figure["mean"] for name, figure in row["figures"].items()}
        assert means["accuracy"] > 0.8
        assert all(means[name] > 0 for name in ("training", "answer", "resident", "model"))


def test_servers_have_a_model_each(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers.measure, "__defaults__", ((1, 3),))
    rows = run("servers", tmp_path, "--data", str(data))["servers"]["rows"]
    assert [(row["method"], row["n"]) for row in rows] == [("1 server", 1), ("3 servers", 3)]
    assert all(figure["mean"] > 0 for row in rows for figure in row["figures"].values())


def test_all_trains_once_per_fold(data: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainings: list[Any] = []

    def publish(dataset: Any, _config: Any, out: Path, **_: Any) -> None:
        trainings.append(dataset)
        shutil.copytree(model, out)

    part = Report(
        "part", "Part", "", (Measure("accuracy", goal=0.5),), (Row.of("ours", 1, [{"accuracy": 0.4}], ours=True),)
    )
    monkeypatch.setattr(folds, "publish", publish)
    monkeypatch.setattr(
        tutorial, "measure", lambda _file, channels, *_, **__: replace(part, name=f"tutorial-{channels}")
    )
    monkeypatch.setattr(speed, "measure", lambda *_: [replace(part, name="answer")])
    monkeypatch.setattr(servers, "measure", lambda *_: replace(part, name="servers"))
    monkeypatch.setattr(crawl, "measure", lambda *_, **__: replace(part, name="crawl"))
    monkeypatch.setattr(open_set, "measure", lambda _, known, __: replace(part, name=f"open-set-{known}"))
    monkeypatch.setattr(explanations, "THUMBNAILS", 2)
    answer = run("all", tmp_path, "--data", str(data), "--network", "net", "--folds", "2")
    assert len(trainings) == 2
    names = ["thumbnails", "robustness", "answer", "servers", "crawl", "explanations"]
    names += [f"open-set-{known}" for known in open_set.KNOWN]
    assert list(answer) == [*names, "tutorial-2", "tutorial-3", "goals", "plot"]
    assert {goal["met"] for goal in answer["goals"] if goal["what"].startswith("Part")} == {False}
