"""The command line: what each verb does and prints, for people and with --json."""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from click.testing import Result
from PIL import Image
from pydantic import TypeAdapter
from typer.testing import CliRunner

from bot.sandbox.youtube import LocalYouTube
from bot.sandbox.youtube.faults import ServiceFaults
from classifier import __main__ as cli
from classifier.models import artifact
from classifier.models.folder import read_info
from classifier.models.unknown import RegressionScore
from classifier.pictures.dataset import Dataset
from classifier.pictures.histograms import histograms
from classifier.terminal import console
from classifier.training import publish as publishing
from classifier.training.result import TrainingResult
from classifier.values import ModelInfo, TrainedModel
from tests.classifier.drawn import UNKNOWN, draw_channel
from tests.pictures import video_name

VERBS = ("crawl", "fetch", "train", "info", "evaluate", "predict", "figures", "histograms")
METRICS = {"n", "accuracy", "precision", "recall", "f1", "log_loss", "ece", "confusion", "labels"}
UNKNOWN_METRICS = {"auroc_unknown", "unknown_rejected", "known_rejected"}


@pytest.fixture(autouse=True)
def fresh_console(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A wide terminal, and a console that writes to this test's output."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "dumb")
    console.cache_clear()
    yield
    console.cache_clear()


def invoke(*arguments: str | Path) -> Result:
    """Run a verb in this process."""
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def result_of(result: Result) -> dict[str, Any]:
    """The JSON object that a verb printed."""
    assert result.stdout.count("\n") == 1
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


def assert_fails(result: Result, *words: str) -> None:
    """Assert one line on standard error, and exit status 1."""
    assert result.exit_code == 1
    assert result.stderr.strip().count("\n") == 0
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr


@pytest.fixture
def picture(unseen: Path) -> Path:
    return next((unseen / "fern").iterdir())


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    (tmp_path / "broken.jpg").write_bytes(b"not an image")
    return tmp_path / "broken.jpg"


# Help


def test_help_lists_every_verb() -> None:
    result = invoke("--help")
    assert result.exit_code == 0
    assert all(verb in result.stdout for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_and_json(verb: str) -> None:
    result = invoke(verb, "--help")
    assert result.exit_code == 0
    assert "--json" in result.stdout
    assert len(result.stdout.splitlines()) > 5


def test_without_a_verb_help_is_printed() -> None:
    assert "Usage" in invoke().output


@pytest.mark.parametrize("arguments", [["evaluate"], ["predict", "--model", "m"], ["crawl", "@a"], ["dance"]])
def test_wrong_usage_gives_exit_status_2(arguments: list[str]) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert "Usage" in result.stderr


# Predict


def test_predict_as_json(model: Path, picture: Path, unseen: Path) -> None:
    other = next((unseen / "amber").iterdir())
    result = invoke("predict", "--json", "--model", model, picture, other)
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["path"] for line in lines] == [str(picture), str(other)]
    assert [line["label"] for line in lines] == ["fern", "amber"]
    for line in lines:
        assert set(line) == {"path", "label", "confidence", "unknown", "probabilities"}
        assert set(line["probabilities"]) == {"amber", "cobalt", "fern"}
        assert sum(line["probabilities"].values()) == pytest.approx(1)
        assert line["confidence"] == line["probabilities"][line["label"]] == max(line["probabilities"].values())
        assert isinstance(line["unknown"], bool)


def test_predict_continues_after_an_unreadable_picture(
    model: Path, picture: Path, broken: Path, tmp_path: Path
) -> None:
    result = invoke("predict", "--json", "--model", model, broken, picture, tmp_path / "gone.png", tmp_path)
    assert result.exit_code == 1
    first, second, third, fourth = (json.loads(line) for line in result.stdout.splitlines())
    assert set(first) == set(third) == set(fourth) == {"path", "error"}
    assert first["path"] == str(broken)
    assert "isn't a supported image" in first["error"]
    assert second["label"] == "fern"
    assert "gone.png can't be read: No such file" in third["error"]


def test_predict_as_text(model: Path, picture: Path, broken: Path) -> None:
    result = invoke("predict", "--model", model, picture, broken)
    assert result.exit_code == 1
    (line,) = [line for line in result.stdout.splitlines() if line.strip()]
    assert line.startswith(f"{picture}: ")
    assert "fern (" in line
    assert line.endswith("%)")
    assert result.stderr.strip().startswith(f"{broken}: ")


def test_predict_plots_one_picture(model: Path, picture: Path, tmp_path: Path) -> None:
    result = invoke("predict", "--model", model, "--plot", tmp_path / "plot.png", picture)
    assert result.exit_code == 0
    with Image.open(tmp_path / "plot.png") as plot:
        assert (plot.format, plot.width) == ("PNG", 680)
    failed = invoke("predict", "--model", model, "--plot", tmp_path / "plot.png", picture, picture)
    assert failed.exit_code == 2
    assert "one picture" in failed.stderr


def test_predict_explains_one_picture(model: Path, picture: Path, tmp_path: Path) -> None:
    why = tmp_path / "why.png"
    result = result_of(invoke("predict", "--json", "--model", model, "--why", why, picture))
    assert result["why"] == str(why)
    assert result["label"] == "fern"
    with Image.open(why) as drawn:
        assert (drawn.format, drawn.width) == ("PNG", 1040)
    assert invoke("predict", "--model", model, "--why", why, picture).exit_code == 0
    failed = invoke("predict", "--model", model, "--why", why, picture, picture)
    assert failed.exit_code == 2
    assert "one picture" in failed.stderr


def test_an_unreadable_picture_has_no_explanation(model: Path, broken: Path, tmp_path: Path) -> None:
    assert invoke("predict", "--model", model, "--why", tmp_path / "why.png", broken).exit_code == 1
    assert not (tmp_path / "why.png").exists()


def test_a_plot_that_cannot_be_written_is_an_error(model: Path, picture: Path, tmp_path: Path) -> None:
    for option in ("--plot", "--why"):
        file = tmp_path / "no" / "plot.png"
        assert_fails(invoke("predict", "--model", model, option, file, picture), "plot.png")


@pytest.mark.parametrize("verb", ["predict", "evaluate"])
def test_a_missing_model_is_an_error(verb: str, tmp_path: Path, picture: Path, unseen: Path) -> None:
    rest = [picture] if verb == "predict" else ["--data", unseen]
    assert_fails(invoke(verb, "--model", tmp_path / "nowhere", *rest), "nowhere has no model. Train one first")
    result = invoke(verb, "--json", "--model", tmp_path / "nowhere", *rest)
    assert result.exit_code == 1
    assert result_of(result)["error"] == "ArtifactError"
    assert "Train one first" in result_of(result)["message"]


# Info


def test_info_as_json(eye_model: Path) -> None:
    described = result_of(invoke("info", "--json", "--model", eye_model))
    assert TypeAdapter(ModelInfo).validate_python(described) == read_info(eye_model)
    assert described["look_alikes"] == []


def test_info_as_text(model: Path) -> None:
    described = read_info(model)
    card = json.loads((model / "model.json").read_bytes())
    assert card["info"]["look_alikes"] == []
    result = invoke("info", "--model", model)
    assert result.exit_code == 0
    assert f"net {described.version}, trained on " in result.stdout
    assert "accuracy" in result.stdout


def test_info_of_a_folder_without_a_model_fails(tmp_path: Path) -> None:
    assert_fails(invoke("info", "--model", tmp_path), "has no model")


# Evaluate


def test_evaluate_as_json(model: Path, unseen: Path) -> None:
    result = invoke("evaluate", "--json", "--model", model, "--data", unseen)
    assert result.exit_code == 0
    metrics = result_of(result)
    assert set(metrics) == METRICS
    assert metrics["n"] == 24
    assert metrics["labels"] == ["amber", "cobalt", "fern"]
    assert np.array(metrics["confusion"]).sum() == 24
    assert metrics["accuracy"] == np.trace(metrics["confusion"]) / 24


def test_evaluate_with_unknown_channels(model: Path, unseen: Path, tmp_path: Path) -> None:
    draw_channel(tmp_path / "unknown", 5, UNKNOWN)
    result = invoke("evaluate", "--json", "--model", model, "--data", unseen, "--unknown", tmp_path)
    assert result.exit_code == 0
    metrics = result_of(result)
    assert set(metrics) == METRICS | UNKNOWN_METRICS
    assert all(0 <= metrics[name] <= 1 for name in UNKNOWN_METRICS)


def test_evaluate_as_text(model: Path, unseen: Path) -> None:
    result = invoke("evaluate", "--model", model, "--data", unseen)
    assert result.exit_code == 0
    for word in (
        "24 thumbnails",
        "accuracy",
        "precision",
        "recall",
        "f1",
        "log loss",
        "ece",
        "amber",
        "cobalt",
        "fern",
    ):
        assert word in result.stdout


def test_evaluating_an_unknown_channel_is_an_error(model: Path, tmp_path: Path) -> None:
    draw_channel(tmp_path / "new", 2, UNKNOWN)
    assert_fails(invoke("evaluate", "--model", model, "--data", tmp_path), "does not know new", "--unknown")


# Train


def test_train_as_json(drawn: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    result = invoke(
        "train", "--json", "--data", drawn, "--out", out, "--network", "net", "--epochs", "2", "--seed", "4"
    )
    assert result.exit_code == 0
    trained = result_of(result)
    assert set(trained["model"]["metrics"]) == METRICS | UNKNOWN_METRICS
    assert trained["model"]["version"] == read_info(out).version
    assert [report["epoch"] for report in trained["history"]] == [1, 2]
    assert (trained["comparison"], trained["skipped"]) == (None, [])
    progress = [json.loads(line) for line in result.stderr.splitlines()]
    assert {step["stage"] for step in progress} == {"read", "train", "measure"}
    assert all(set(step) == {"stage", "done", "total", "note"} for step in progress)
    assert progress[-1]["done"] == progress[-1]["total"]
    assert artifact.load(out).seed == 4


def test_train_keeps_features(drawn: Path, features: Path, eye_trained: TrainingResult, tmp_path: Path) -> None:
    before = {path.name for path in features.rglob("*")}
    arguments = ["train", "--json", "--data", drawn, "--features", features]
    trained = result_of(invoke(*arguments, "--out", tmp_path / "model"))
    assert trained["model"]["network"] == eye_trained.artifact.info.network == "eye"
    assert {path.name for path in features.rglob("*")} == before
    few = ["--only", "amber", "--only", "fern", "--features", tmp_path / "features"]
    assert invoke("train", "--data", drawn, "--out", tmp_path / "few", *few).exit_code == 0
    assert {path.name for path in (tmp_path / "features").rglob("*")} < before
    assert invoke("train", "--data", drawn, "--out", tmp_path / "few", *few, "--feature-bytes", "100000").exit_code == 0
    assert 0 < sum(path.stat().st_size for path in (tmp_path / "features").rglob("*") if path.is_file()) <= 100_000


def test_train_as_text(drawn: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(drawn, data)
    (data / "fern" / "broken\x1b[31m.jpg").write_bytes(b"not an image")
    result = invoke("train", "--data", data, "--out", tmp_path / "model", "--network", "net", "--epochs", "2")
    assert result.exit_code == 0
    lines = [line for line in result.stdout.splitlines() if line.startswith("epoch ")]
    assert [line.split()[1] for line in lines] == ["1/2", "2/2"]
    for word in ("loss", "accuracy", "precision", "recall", "F1"):
        assert word in lines[0]
    assert "skipped fern/broken�[31m.jpg: That file isn't a supported image" in result.stdout
    assert "\x1b[31m" not in result.stdout
    assert "72" not in lines[0]
    assert f"The model is in {tmp_path / 'model'}." in result.stdout


def test_train_leaves_weak_channels_out_and_names_them(drawn: Path, tmp_path: Path) -> None:
    for name in ("amber", "fern"):
        (tmp_path / "data" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "data" / name).symlink_to(drawn / name)
    draw_channel(tmp_path / "data" / "cobalt", 5)
    arguments = ["train", "--data", tmp_path / "data", "--out", tmp_path / "m", "--network", "net", "--epochs", "1"]
    shown = invoke(*arguments)
    assert shown.exit_code == 0
    assert "left out cobalt: It has 5 readable thumbnails; training needs at least 8" in shown.stdout
    trained = result_of(invoke(*arguments, "--json"))
    assert [it["channel"]["label"] for it in trained["left_out"]] == ["cobalt"]
    assert [channel["label"] for channel in trained["model"]["channels"]] == ["amber", "fern"]
    assert_fails(invoke(*arguments, "--only", "cobalt", "--only", "fern"), "cobalt was left out. It has 5 readable")


def test_train_compares_with_another_model(drawn: Path, model: Path, tmp_path: Path) -> None:
    result = invoke(
        "train", "--data", drawn, "--out", tmp_path / "m", "--network", "net", "--epochs", "1", "--against", model
    )
    assert result.exit_code == 0
    assert f"{model}: accuracy " in result.stdout
    assert "significantly worse." in result.stdout


def test_train_uses_only_the_chosen_folders(drawn: Path, tmp_path: Path) -> None:
    arguments = ["train", "--json", "--data", drawn, "--out", tmp_path / "m", "--network", "net", "--epochs", "1"]
    trained = result_of(invoke(*arguments, "--only", "fern", "--only", "amber"))
    assert [channel["label"] for channel in trained["model"]["channels"]] == ["amber", "fern"]


def test_train_learns_from_unknown_channels(drawn: Path, unseen: Path, tmp_path: Path) -> None:
    arguments = ["train", "--data", drawn, "--out", tmp_path / "m", "--network", "net", "--epochs", "1"]
    assert invoke(*arguments, "--unknown", unseen).exit_code == 0
    assert isinstance(artifact.load(tmp_path / "m").calibration.unknown, RegressionScore)
    assert_fails(invoke(*arguments, "--unknown", tmp_path / "gone"), "has no images")


def test_train_limits_unknown_thumbnails_and_leaves_out_known_ones(
    drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets: list[Dataset | None] = []
    publish = publishing.publish

    def watched(*arguments: Any, unknown: Dataset | None, **options: Any) -> TrainedModel:
        datasets.append(unknown)
        return publish(*arguments, unknown=unknown, **options)

    monkeypatch.setattr(publishing, "publish", watched)
    arguments = ["train", "--data", drawn, "--out", tmp_path / "m", "--network", "net", "--epochs", "1"]
    arguments += ["--only", "amber", "--only", "fern", "--unknown", drawn, "--unknown", tmp_path / "gone"]
    assert "not used" not in invoke(*arguments, "--max-unknown", "22").stdout
    assert datasets[0] is not None
    assert [file.parent.name for file in datasets[0].files] == ["cobalt"] * 22
    few = tmp_path / "few" / "cobalt"
    few.mkdir(parents=True)
    shutil.copy(next((drawn / "cobalt").iterdir()), few)
    assert "fewer than 10 unknown channels" in invoke(*arguments[:-4], "--unknown", few.parent).stdout
    assert datasets[1] is None


def test_train_learns_from_reviewed_thumbnails(drawn: Path, unseen: Path, tmp_path: Path) -> None:
    labels: dict[str, str | None] = {}
    for name in ("amber", "cobalt"):
        for picture in sorted((unseen / name).iterdir())[:3]:
            shutil.copy(picture, tmp_path)
            labels[picture.stem] = name if name == "amber" else None
    (tmp_path / "reviewed.json").write_text(json.dumps(labels))
    arguments = ["train", "--data", drawn, "--out", tmp_path / "m", "--network", "net", "--epochs", "1"]
    arguments += ["--only", "amber", "--only", "fern"]
    without = result_of(invoke(*arguments, "--json"))["model"]
    reviewed = result_of(invoke(*arguments, "--json", "--reviewed", tmp_path / "reviewed.json"))["model"]
    assert (without["thumbnails"], reviewed["thumbnails"]) == (48, 51)
    assert reviewed["metrics"]["n"] == without["metrics"]["n"]
    assert_fails(invoke(*arguments, "--reviewed", tmp_path / "gone.json"), "can't be read as reviewed labels")


@pytest.mark.parametrize("epochs", ["1", "5"])
def test_any_number_of_epochs_is_possible(epochs: str, drawn: Path, tmp_path: Path) -> None:
    arguments = ["--network", "net", "--epochs", epochs, "--only", "amber", "--only", "fern"]
    assert invoke("train", "--data", drawn, "--out", tmp_path / "m", *arguments).exit_code == 0


def test_training_errors_are_one_line(drawn: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    draw_channel(tmp_path / "few" / "amber", 5)
    draw_channel(tmp_path / "few" / "fern", 20)
    assert_fails(invoke("train", "--data", tmp_path / "gone", "--out", out), "There is no folder")
    assert_fails(invoke("train", "--data", drawn, "--out", out, "--only", "fern"), "Only 1 channel", "at least 2")
    assert_fails(invoke("train", "--data", drawn, "--out", out, "--network", "vgg"), "no network called 'vgg'")
    assert_fails(invoke("train", "--data", drawn, "--out", drawn), "not a Thumbprint model")
    assert not out.exists()


def test_the_error_of_too_few_thumbnails_counts_them(tmp_path: Path) -> None:
    draw_channel(tmp_path / "few" / "amber", 5)
    draw_channel(tmp_path / "few" / "fern", 20)
    result = invoke("train", "--json", "--data", tmp_path / "few", "--out", tmp_path / "model")
    assert result.exit_code == 1
    assert result_of(result)["error"] == "TooFewThumbnailsError"
    assert "amber was left out. It has 5 readable thumbnails" in result_of(result)["message"]


# Figures and histograms


def test_figures(picture: Path, tmp_path: Path) -> None:
    result = invoke("figures", picture, "--out", tmp_path / "new" / "figures")
    assert result.exit_code == 0
    drawn = sorted((tmp_path / "new" / "figures").iterdir())
    assert [file.name for file in drawn] == ["figure-1-picture.png", "figure-2-planes.png", "figure-3-histograms.png"]
    assert all(str(file) in result.stdout for file in drawn)
    assert result_of(invoke("figures", "--json", picture, "--out", tmp_path)) == {
        "figures": [str(tmp_path / file.name) for file in drawn]
    }


def test_figures_include_a_heatmap_if_a_model_is_given(model: Path, picture: Path, tmp_path: Path) -> None:
    drawn = result_of(invoke("figures", "--json", picture, "--out", tmp_path, "--model", model))["figures"]
    assert drawn[3:] == [str(tmp_path / "figure-4-why.png")]
    assert len(list(tmp_path.iterdir())) == 4
    nowhere = tmp_path / "nowhere"
    assert_fails(invoke("figures", picture, "--out", tmp_path / "none", "--model", nowhere), "Train one first")
    assert not (tmp_path / "none").exists()


def test_figures_of_an_unreadable_picture_are_an_error(broken: Path, tmp_path: Path) -> None:
    assert_fails(invoke("figures", broken, "--out", tmp_path / "figures"), "isn't a supported image")
    assert not (tmp_path / "figures").exists()


def test_histograms_of_a_folder(unseen: Path, tmp_path: Path) -> None:
    out = tmp_path / "thumbnails.npz"
    assert result_of(invoke("histograms", "--json", "--data", unseen, "--out", out)) == {"out": str(out), "n": 24}
    with np.load(out, allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["X"], histograms(Dataset.open(unseen), lambda _: None).X)
    assert (
        f"Saved the histograms of 24 thumbnails in {out}."
        in invoke("histograms", "--data", unseen, "--out", out).stdout
    )


def test_histograms_of_the_tutorial(shared_data: Path, tmp_path: Path) -> None:
    out, source = tmp_path / "thumbnails.npz", shared_data / "seed" / "thumbnails-original.npz"
    assert result_of(invoke("histograms", "--json", "--import-tutorial", source, "--out", out))["n"] == 1075
    with np.load(out, allow_pickle=False) as arrays:
        assert arrays["X"].shape == (1075, 4, 25)


def test_histograms_need_exactly_one_source(unseen: Path, broken: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.npz"
    for sources in ([], ["--data", unseen, "--import-tutorial", broken]):
        result = invoke("histograms", "--out", out, *sources)
        assert result.exit_code == 2
        assert "either --data or --import-tutorial" in result.stderr
    assert_fails(invoke("histograms", "--out", out, "--import-tutorial", broken), "is not the tutorial's")
    assert not out.exists()


# Processes


def contents(folder: Path) -> list[Path]:
    return list(folder.iterdir())


class Finished:
    """The exit status and the output of a process."""

    def __init__(self, status: int, output: bytes, errors: bytes) -> None:
        self.status, self.output, self.errors = status, output.decode(), errors.decode()


async def start(*arguments: str | Path, **environment: str) -> asyncio.subprocess.Process:
    """Start a verb as a process, in another folder than the project's."""
    project = Path(cli.__file__).parents[1]
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "classifier", *map(str, arguments)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(project), "OMP_NUM_THREADS": "1", "COLUMNS": "200", **environment},
        cwd="/",
    )


async def run(*arguments: str | Path, **environment: str) -> Finished:
    process = await start(*arguments, **environment)
    output, errors = await process.communicate()
    assert process.returncode is not None
    return Finished(process.returncode, output, errors)


async def test_a_process_predicts(model: Path, picture: Path, broken: Path) -> None:
    finished = await run("predict", "--json", "--model", model, picture, broken)
    assert finished.status == 1
    first, second = (json.loads(line) for line in finished.output.splitlines())
    assert first["label"] == "fern"
    assert set(second) == {"path", "error"}
    assert finished.errors == ""


async def test_a_process_crawls(drawn: Path, tmp_path: Path) -> None:
    async with LocalYouTube(drawn) as youtube:
        environment = youtube.settings.environment()
        finished = await run("crawl", "@amber", "fern", "--data", tmp_path, "--count", "3", "--json", **environment)
        again = await run("crawl", "@amber", "--data", tmp_path, "--count", "4", **environment)
        unknown = await run("crawl", "@nobody", "--data", tmp_path, **environment)
        gone = await run("crawl", "@amber", "@nobody", "--data", tmp_path, "--count", "4", **environment)
        none = await run("crawl", "@nobody", "@noone", "--data", tmp_path, "--json", **environment)
        wrong_key = await run("crawl", "@amber", "--data", tmp_path, **(environment | {"YOUTUBE_API_KEY": "wrong-key"}))
    assert finished.status == 0
    channels = json.loads(finished.output)["channels"]
    assert [channel["channel"]["handle"] for channel in channels] == ["@amber", "@fern"]
    assert [(channel["thumbnails"], channel["new"]) for channel in channels] == [(3, 3), (3, 3)]
    assert {json.loads(line)["stage"] for line in finished.errors.splitlines()} == {"crawl"}
    assert again.status == 0
    assert "Amber" in again.output
    assert len(list((tmp_path / "amber").glob("*.jpg"))) == 4
    assert gone.status == 0
    assert "left out @nobody: YouTube has no such channel." in gone.output
    summary = json.loads(none.output)
    assert (none.status, summary["channels"]) == (1, [])
    assert [it["channel"]["handle"] for it in summary["left_out"]] == ["@nobody", "@noone"]
    for failed in (unknown, wrong_key):
        assert failed.status == 1
        assert failed.errors.strip().count("\n") == 0
        assert "Traceback" not in failed.errors
        assert "wrong-key" not in failed.errors + failed.output


async def test_a_process_fetches_single_videos(drawn: Path, tmp_path: Path) -> None:
    there, missing = video_name("fern", 3), "no-such-one"
    async with LocalYouTube(drawn) as youtube:
        environment = youtube.settings.environment() | {"YOUTUBE_API_KEY": ""}
        finished = await run("fetch", "--out", tmp_path / "f", "--json", "--", there, missing, **environment)
        again = await run("fetch", "--out", tmp_path / "f", "--", there, **environment)
    assert json.loads(finished.output) == {"thumbnails": 1, "new": 1, "left_out": {"placeholder": 1}}
    assert [path.name for path in contents(tmp_path / "f") if path.name[0] != "."] == [f"{there}.jpg"]
    assert "now has 1 of the thumbnails" in again.output
    assert "(0 new)" in again.output


@pytest.mark.parametrize("video", ["..", "../secrets", "jNQXAC9IVR"])
def test_invalid_video_ids_are_wrong_usage(video: str, tmp_path: Path) -> None:
    assert invoke("fetch", "--out", tmp_path, "--", video).exit_code == 2


class Stalling(ServiceFaults):
    """Serves 40 thumbnails, and lets all further requests wait."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 40
        self.resumed = asyncio.Event()

    async def apply(self, request: web.Request) -> web.Response | None:
        self.left -= 1
        if self.left < 0:
            await self.resumed.wait()
        return await super().apply(request)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_an_interrupted_crawl_keeps_its_downloads(
    stop: signal.Signals, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    stalling = local_youtube.faults.thumbnails = Stalling()
    process = await start("crawl", "@alpha", "--data", tmp_path, "--json", **local_youtube.settings.environment())
    assert process.stderr is not None
    await process.stderr.readline()  # the first progress
    process.send_signal(stop)
    output, errors = await process.communicate()
    kept = {path.name for path in (tmp_path / "alpha").glob("*.jpg")}
    assert process.returncode == 130
    assert b"Everything downloaded so far is kept" in errors
    assert b"Traceback" not in output + errors
    stalling.resumed.set()
    finished = await run("crawl", "@alpha", "--data", tmp_path, "--json", **local_youtube.settings.environment())
    assert finished.status == 0
    (report,) = json.loads(finished.output)["channels"]
    assert 0 < len(kept) <= 40
    assert (report["thumbnails"], report["new"]) == (120, 120 - len(kept))


async def test_an_interrupted_training_writes_nothing(drawn: Path, tmp_path: Path) -> None:
    slow = ("--network", "net", "--epochs", "1000")
    process = await start("train", "--data", drawn, "--out", tmp_path / "model", *slow, "--json")
    assert process.stderr is not None
    async for line in process.stderr:
        if b'"train"' in line:
            break
    process.send_signal(signal.SIGINT)
    _, errors = await process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in errors
    assert contents(tmp_path) == []
