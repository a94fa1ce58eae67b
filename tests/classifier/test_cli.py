"""The command line: what each verb prints, for people and for machines."""

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
from typer.testing import CliRunner

from bot.sandbox.youtube import LocalYouTube
from bot.sandbox.youtube.faults import Trouble
from classifier import __main__ as cli
from classifier.models import artifact
from classifier.models.unknown import RegressionScore
from classifier.pictures.dataset import Dataset
from classifier.pictures.histograms import histograms
from classifier.training import publish as publishing
from classifier.values import TrainedModel
from tests.classifier.drawn import STRANGE, draw_channel
from tests.pictures import video_name

VERBS = ("crawl", "fetch", "train", "evaluate", "predict", "figures", "histograms")
METRICS = {"n", "accuracy", "precision", "recall", "f1", "log_loss", "ece", "confusion", "labels"}
UNKNOWN_METRICS = {"auroc_unknown", "unknown_rejected", "known_rejected"}


@pytest.fixture(autouse=True)
def fresh_console(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A wide terminal, and a console that writes to this test's output."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "dumb")
    cli._console.cache_clear()
    yield
    cli._console.cache_clear()


def invoke(*arguments: str | Path) -> Result:
    """Run a verb in this process."""
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def answer(result: Result) -> dict[str, Any]:
    """The one object that a verb printed."""
    assert result.stdout.count("\n") == 1
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


def assert_refused(result: Result, *words: str) -> None:
    """One line on standard error, exit status 1, nothing else."""
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
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    return tmp_path / "broken.jpg"


# Help


def test_help_names_every_verb() -> None:
    result = invoke("--help")
    assert result.exit_code == 0
    assert all(verb in result.stdout for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_and_json(verb: str) -> None:
    result = invoke(verb, "--help")
    assert result.exit_code == 0
    assert "--json" in result.stdout
    assert len(result.stdout.splitlines()) > 5


def test_no_verb_is_help_too() -> None:
    assert "Usage" in invoke().output


@pytest.mark.parametrize("arguments", [["evaluate"], ["predict", "--model", "m"], ["crawl", "@a"], ["dance"]])
def test_wrong_usage_is_exit_status_2(arguments: list[str]) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert "Usage" in result.stderr


# Predict


def test_predict_for_machines(model: Path, picture: Path, unseen: Path) -> None:
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


def test_a_picture_that_cannot_be_read_gives_its_error_and_the_others_go_on(
    model: Path, picture: Path, broken: Path, tmp_path: Path
) -> None:
    result = invoke("predict", "--json", "--model", model, broken, picture, tmp_path / "gone.png", tmp_path)
    assert result.exit_code == 1
    first, second, third, fourth = (json.loads(line) for line in result.stdout.splitlines())
    assert set(first) == set(third) == set(fourth) == {"path", "error"}
    assert first["path"] == str(broken)
    assert "no picture I can read" in first["error"]
    assert second["label"] == "fern"
    assert "gone.png can't be read: No such file" in third["error"]


def test_predict_for_people(model: Path, picture: Path, broken: Path) -> None:
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
        assert (plot.format, plot.width) == ("PNG", 1040)
    refused = invoke("predict", "--model", model, "--plot", tmp_path / "plot.png", picture, picture)
    assert refused.exit_code == 2
    assert "one picture" in refused.stderr


def test_predict_says_why_of_one_picture(model: Path, picture: Path, tmp_path: Path) -> None:
    why = tmp_path / "why.png"
    said = answer(invoke("predict", "--json", "--model", model, "--why", why, picture))
    assert said["why"] == str(why)
    assert said["label"] == "fern"
    with Image.open(why) as drawn:
        assert (drawn.format, drawn.width) == ("PNG", 960)
    assert invoke("predict", "--model", model, "--why", why, picture).exit_code == 0
    refused = invoke("predict", "--model", model, "--why", why, picture, picture)
    assert refused.exit_code == 2
    assert "one picture" in refused.stderr


def test_no_picture_has_no_why(model: Path, broken: Path, tmp_path: Path) -> None:
    assert invoke("predict", "--model", model, "--why", tmp_path / "why.png", broken).exit_code == 1
    assert not (tmp_path / "why.png").exists()


def test_a_plot_that_cannot_be_written_is_one_line(model: Path, picture: Path, tmp_path: Path) -> None:
    for option in ("--plot", "--why"):
        file = tmp_path / "no" / "plot.png"
        assert_refused(invoke("predict", "--model", model, option, file, picture), "plot.png")


@pytest.mark.parametrize("verb", ["predict", "evaluate"])
def test_no_model_is_one_line(verb: str, tmp_path: Path, picture: Path, unseen: Path) -> None:
    rest = [picture] if verb == "predict" else ["--data", unseen]
    assert_refused(invoke(verb, "--model", tmp_path / "nowhere", *rest), "nowhere holds no model; train one first")
    result = invoke(verb, "--json", "--model", tmp_path / "nowhere", *rest)
    assert result.exit_code == 1
    assert answer(result)["error"] == "ArtifactError"
    assert "train one first" in answer(result)["message"]


# Evaluate


def test_evaluate_for_machines(model: Path, unseen: Path) -> None:
    result = invoke("evaluate", "--json", "--model", model, "--data", unseen)
    assert result.exit_code == 0
    metrics = answer(result)
    assert set(metrics) == METRICS
    assert metrics["n"] == 24
    assert metrics["labels"] == ["amber", "cobalt", "fern"]
    assert np.array(metrics["confusion"]).sum() == 24
    assert metrics["accuracy"] == np.trace(metrics["confusion"]) / 24


def test_evaluate_with_strangers(model: Path, unseen: Path, tmp_path: Path) -> None:
    draw_channel(tmp_path / "strange", 5, STRANGE)
    result = invoke("evaluate", "--json", "--model", model, "--data", unseen, "--unknown", tmp_path)
    assert result.exit_code == 0
    metrics = answer(result)
    assert set(metrics) == METRICS | UNKNOWN_METRICS
    assert all(0 <= metrics[name] <= 1 for name in UNKNOWN_METRICS)


def test_evaluate_for_people(model: Path, unseen: Path) -> None:
    result = invoke("evaluate", "--model", model, "--data", unseen)
    assert result.exit_code == 0
    for word in ("24 pictures", "accuracy", "precision", "recall", "f1", "log loss", "ece", "amber", "cobalt", "fern"):
        assert word in result.stdout


def test_evaluating_what_the_model_does_not_know_is_one_line(model: Path, tmp_path: Path) -> None:
    draw_channel(tmp_path / "strange", 2, STRANGE)
    assert_refused(invoke("evaluate", "--model", model, "--data", tmp_path), "does not know strange", "--unknown")


# Train


def test_train_for_machines(drawn: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    result = invoke(
        "train", "--json", "--data", drawn, "--out", out, "--network", "net", "--epochs", "2", "--seed", "4"
    )
    assert result.exit_code == 0
    trained = answer(result)
    assert set(trained["model"]["metrics"]) == METRICS | UNKNOWN_METRICS
    assert trained["model"]["version"] == artifact.read_info(out).version
    assert [report["epoch"] for report in trained["history"]] == [1, 2]
    assert (trained["comparison"], trained["skipped"]) == (None, [])
    progress = [json.loads(line) for line in result.stderr.splitlines()]
    assert {step["stage"] for step in progress} == {"read", "train", "measure"}
    assert all(set(step) == {"stage", "done", "total", "note"} for step in progress)
    assert progress[-1]["done"] == progress[-1]["total"]
    assert artifact.load(out).seed == 4


def test_train_for_people(drawn: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(drawn, data)
    (data / "fern" / "broken\x1b[31m.jpg").write_bytes(b"no picture")
    result = invoke("train", "--data", data, "--out", tmp_path / "model", "--network", "net", "--epochs", "2")
    assert result.exit_code == 0
    lines = [line for line in result.stdout.splitlines() if line.startswith("epoch ")]
    assert [line.split()[1] for line in lines] == ["1/2", "2/2"]
    for word in ("loss", "accuracy", "precision", "recall", "F1"):
        assert word in lines[0]
    assert "skipped fern/broken�[31m.jpg: That is no picture I can read" in result.stdout
    assert "\x1b[31m" not in result.stdout
    assert "72" not in lines[0]
    assert f"The model is in {tmp_path / 'model'}." in result.stdout


def test_train_compares(drawn: Path, model: Path, tmp_path: Path) -> None:
    result = invoke(
        "train", "--data", drawn, "--out", tmp_path / "m", "--network", "net", "--epochs", "1", "--against", model
    )
    assert result.exit_code == 0
    assert f"{model}: accuracy " in result.stdout
    assert "worse beyond chance" in result.stdout


def test_train_uses_only_what_it_is_told_to(drawn: Path, tmp_path: Path) -> None:
    arguments = ["train", "--json", "--data", drawn, "--out", tmp_path / "m", "--network", "net", "--epochs", "1"]
    trained = answer(invoke(*arguments, "--only", "fern", "--only", "amber"))
    assert [channel["label"] for channel in trained["model"]["channels"]] == ["amber", "fern"]


def test_train_learns_unknown_from_other_channels(drawn: Path, unseen: Path, tmp_path: Path) -> None:
    arguments = ["train", "--data", drawn, "--out", tmp_path / "m", "--network", "net", "--epochs", "1"]
    assert invoke(*arguments, "--others", unseen).exit_code == 0
    assert isinstance(artifact.load(tmp_path / "m").calibration.strangeness, RegressionScore)
    assert_refused(invoke(*arguments, "--others", tmp_path / "gone"), "holds no pictures")


def test_train_shows_at_most_so_many_others_and_none_of_its_own(
    drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Dataset | None] = []
    publish = publishing.publish

    def watched(*given: Any, others: Dataset | None, **rest: Any) -> TrainedModel:
        seen.append(others)
        return publish(*given, others=others, **rest)

    monkeypatch.setattr(publishing, "publish", watched)
    arguments = ["train", "--data", drawn, "--out", tmp_path / "m", "--network", "net", "--epochs", "1"]
    arguments += ["--only", "amber", "--only", "fern", "--others", drawn, "--others", tmp_path / "gone"]
    assert "left out" not in invoke(*arguments, "--most-others", "22").stdout
    assert seen[0] is not None
    assert [file.parent.name for file in seen[0].files] == ["cobalt"] * 22
    few = tmp_path / "few" / "cobalt"
    few.mkdir(parents=True)
    shutil.copy(next((drawn / "cobalt").iterdir()), few)
    assert "fewer than 10 other channels" in invoke(*arguments[:-4], "--others", few.parent).stdout
    assert seen[1] is None


def test_train_learns_from_reviewed_examples(drawn: Path, unseen: Path, tmp_path: Path) -> None:
    labels: dict[str, str | None] = {}
    for name in ("amber", "cobalt"):
        for picture in sorted((unseen / name).iterdir())[:3]:
            shutil.copy(picture, tmp_path)
            labels[picture.stem] = name if name == "amber" else None
    (tmp_path / "told.json").write_text(json.dumps(labels))
    arguments = ["train", "--data", drawn, "--out", tmp_path / "m", "--network", "net", "--epochs", "1"]
    arguments += ["--only", "amber", "--only", "fern"]
    without = answer(invoke(*arguments, "--json"))["model"]
    told = answer(invoke(*arguments, "--json", "--reviewed", tmp_path / "told.json"))["model"]
    assert (without["pictures"], told["pictures"]) == (48, 51)
    assert told["metrics"]["n"] == without["metrics"]["n"]
    assert_refused(invoke(*arguments, "--reviewed", tmp_path / "gone.json"), "can't be read as reviewed examples")


@pytest.mark.parametrize("epochs", ["1", "5"])
def test_any_number_of_epochs_will_do(epochs: str, drawn: Path, tmp_path: Path) -> None:
    arguments = ["--network", "net", "--epochs", epochs, "--only", "amber", "--only", "fern"]
    assert invoke("train", "--data", drawn, "--out", tmp_path / "m", *arguments).exit_code == 0


def test_what_cannot_be_trained_is_one_line(drawn: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    draw_channel(tmp_path / "few" / "amber", 5)
    draw_channel(tmp_path / "few" / "fern", 20)
    assert_refused(invoke("train", "--data", tmp_path / "gone", "--out", out), "There is no folder")
    assert_refused(invoke("train", "--data", drawn, "--out", out, "--only", "fern"), "1 channel", "takes two")
    assert_refused(invoke("train", "--data", drawn, "--out", out, "--network", "vgg"), "no network called 'vgg'")
    assert_refused(invoke("train", "--data", drawn, "--out", drawn), "no model of ours")
    assert not out.exists()


def test_too_few_pictures_are_one_line_with_numbers(tmp_path: Path) -> None:
    draw_channel(tmp_path / "few" / "amber", 5)
    draw_channel(tmp_path / "few" / "fern", 20)
    result = invoke("train", "--json", "--data", tmp_path / "few", "--out", tmp_path / "model")
    assert result.exit_code == 1
    assert answer(result)["error"] == "TooFewPicturesError"
    assert "amber has 5 readable pictures" in answer(result)["message"]


# Figures and histograms


def test_figures(picture: Path, tmp_path: Path) -> None:
    result = invoke("figures", picture, "--out", tmp_path / "new" / "figures")
    assert result.exit_code == 0
    drawn = sorted((tmp_path / "new" / "figures").iterdir())
    assert [file.name for file in drawn] == ["figure-1-picture.png", "figure-2-planes.png", "figure-3-histograms.png"]
    assert all(str(file) in result.stdout for file in drawn)
    assert answer(invoke("figures", "--json", picture, "--out", tmp_path)) == {
        "figures": [str(tmp_path / file.name) for file in drawn]
    }


def test_figures_say_why_where_a_model_is_given(model: Path, picture: Path, tmp_path: Path) -> None:
    drawn = answer(invoke("figures", "--json", picture, "--out", tmp_path, "--model", model))["figures"]
    assert drawn[3:] == [str(tmp_path / "figure-4-why.png")]
    assert len(list(tmp_path.iterdir())) == 4
    nowhere = tmp_path / "nowhere"
    assert_refused(invoke("figures", picture, "--out", tmp_path / "none", "--model", nowhere), "train one first")
    assert not (tmp_path / "none").exists()


def test_figures_of_no_picture_are_one_line(broken: Path, tmp_path: Path) -> None:
    assert_refused(invoke("figures", broken, "--out", tmp_path / "figures"), "no picture I can read")
    assert not (tmp_path / "figures").exists()


def test_histograms_of_a_folder(unseen: Path, tmp_path: Path) -> None:
    out = tmp_path / "thumbnails.npz"
    assert answer(invoke("histograms", "--json", "--data", unseen, "--out", out)) == {"out": str(out), "n": 24}
    with np.load(out, allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["X"], histograms(Dataset.open(unseen), lambda _: None).X)
    assert f"24 pictures' histograms are in {out}." in invoke("histograms", "--data", unseen, "--out", out).stdout


def test_histograms_of_the_tutorial(shared_data: Path, tmp_path: Path) -> None:
    out, source = tmp_path / "thumbnails.npz", shared_data / "seed" / "thumbnails-original.npz"
    assert answer(invoke("histograms", "--json", "--import-tutorial", source, "--out", out))["n"] == 1075
    with np.load(out, allow_pickle=False) as arrays:
        assert arrays["X"].shape == (1075, 4, 25)


def test_histograms_want_one_source(unseen: Path, broken: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.npz"
    for sources in ([], ["--data", unseen, "--import-tutorial", broken]):
        result = invoke("histograms", "--out", out, *sources)
        assert result.exit_code == 2
        assert "either --data or --import-tutorial" in result.stderr
    assert_refused(invoke("histograms", "--out", out, "--import-tutorial", broken), "is not the tutorial's")
    assert not out.exists()


# Whole processes


def contents(folder: Path) -> list[Path]:
    return list(folder.iterdir())


class Ended:
    """What a process said."""

    def __init__(self, status: int, output: bytes, errors: bytes) -> None:
        self.status, self.output, self.errors = status, output.decode(), errors.decode()


async def start(*arguments: str | Path, **environment: str) -> asyncio.subprocess.Process:
    """Run a verb in a process of its own, from another folder than the project's."""
    project = Path(cli.__file__).parents[1]
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "classifier", *map(str, arguments)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(project), "OMP_NUM_THREADS": "1", "COLUMNS": "200", **environment},
        cwd="/",
    )


async def run(*arguments: str | Path, **environment: str) -> Ended:
    process = await start(*arguments, **environment)
    output, errors = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, output, errors)


async def test_a_process_predicts(model: Path, picture: Path, broken: Path) -> None:
    ended = await run("predict", "--json", "--model", model, picture, broken)
    assert ended.status == 1
    first, second = (json.loads(line) for line in ended.output.splitlines())
    assert first["label"] == "fern"
    assert set(second) == {"path", "error"}
    assert ended.errors == ""


async def test_a_process_crawls(drawn: Path, tmp_path: Path) -> None:
    async with LocalYouTube(drawn) as youtube:
        environment = youtube.settings.environment()
        ended = await run("crawl", "@amber", "fern", "--data", tmp_path, "--count", "3", "--json", **environment)
        again = await run("crawl", "@amber", "--data", tmp_path, "--count", "4", **environment)
        refused = await run("crawl", "@nobody", "--data", tmp_path, **environment)
        keyless = await run("crawl", "@amber", "--data", tmp_path, **(environment | {"YOUTUBE_API_KEY": "wrong-key"}))
    assert ended.status == 0
    channels = json.loads(ended.output)["channels"]
    assert [channel["channel"]["handle"] for channel in channels] == ["@amber", "@fern"]
    assert [(channel["pictures"], channel["new"]) for channel in channels] == [(3, 3), (3, 3)]
    assert {json.loads(line)["stage"] for line in ended.errors.splitlines()} == {"crawl"}
    assert again.status == 0
    assert "Amber" in again.output
    assert len(list((tmp_path / "amber").glob("*.jpg"))) == 4
    for failed in (refused, keyless):
        assert failed.status == 1
        assert failed.errors.strip().count("\n") == 0
        assert "Traceback" not in failed.errors
        assert "wrong-key" not in failed.errors + failed.output


async def test_a_process_fetches_single_videos(drawn: Path, tmp_path: Path) -> None:
    there, gone = video_name("fern", 3), "no-such-one"
    async with LocalYouTube(drawn) as youtube:
        environment = youtube.settings.environment() | {"YOUTUBE_API_KEY": ""}
        ended = await run("fetch", "--out", tmp_path / "f", "--json", "--", there, gone, **environment)
        again = await run("fetch", "--out", tmp_path / "f", "--", there, **environment)
    assert json.loads(ended.output) == {"pictures": 1, "new": 1, "left_out": {"placeholder": 1}}
    assert contents(tmp_path / "f") == [tmp_path / "f" / f"{there}.jpg"]
    assert "1 pictures are in" in again.output
    assert "0 of them new" in again.output


@pytest.mark.parametrize("video", ["..", "../secrets", "jNQXAC9IVR"])
def test_what_is_no_videos_id_is_not_fetched(video: str, tmp_path: Path) -> None:
    assert invoke("fetch", "--out", tmp_path, "--", video).exit_code == 2


class Tired(Trouble):
    """Gives forty pictures, and has the others wait for a rest."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 40
        self.rested = asyncio.Event()

    async def befall(self, request: web.Request) -> web.Response | None:
        self.left -= 1
        if self.left < 0:
            await self.rested.wait()
        return await super().befall(request)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_an_interrupted_crawl_keeps_what_it_has(
    stop: signal.Signals, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    tired = local_youtube.faults.pictures = Tired()
    process = await start("crawl", "@alpha", "--data", tmp_path, "--json", **local_youtube.settings.environment())
    assert process.stderr is not None
    await process.stderr.readline()  # the first progress
    process.send_signal(stop)
    output, errors = await process.communicate()
    kept = {path.name for path in (tmp_path / "alpha").glob("*.jpg")}
    assert process.returncode == 130
    assert b"what has been fetched is kept" in errors
    assert b"Traceback" not in output + errors
    tired.rested.set()
    ended = await run("crawl", "@alpha", "--data", tmp_path, "--json", **local_youtube.settings.environment())
    assert ended.status == 0
    (report,) = json.loads(ended.output)["channels"]
    assert 0 < len(kept) <= 40
    assert (report["pictures"], report["new"]) == (120, 120 - len(kept))


async def test_an_interrupted_training_writes_nothing(drawn: Path, tmp_path: Path) -> None:
    process = await start("train", "--data", drawn, "--out", tmp_path / "model", "--epochs", "1000", "--json")
    assert process.stderr is not None
    async for line in process.stderr:
        if b'"train"' in line:
            break
    process.send_signal(signal.SIGINT)
    _, errors = await process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in errors
    assert contents(tmp_path) == []
