"""One engine, many servers: whose model answers whom, and what becomes of models over time."""

import asyncio
import gc
import os
import shutil
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.youtube import LocalYouTube
from classifier.engine import Engine
from classifier.errors import CancelledTrainingError, NoModelError, PictureError, TrainingRunningError
from classifier.models import artifact
from classifier.models.predictor import Predictor
from classifier.pictures.dataset import Dataset
from classifier.serving import batcher as answering
from classifier.serving.batcher import Batcher
from classifier.serving.worker import Worker
from classifier.training.publish import publish
from classifier.training.train import TrainingResult
from classifier.values import Prediction, Progress, TrainedModel
from tests.classifier.conftest import QUICK
from tests.classifier.engines import CHANNELS, NOWHERE, PlayedChild, Watch, png, serving, until

HERE, THERE = 7, 8
"""Two servers."""
OLD, NEW = "20980101-000000", "20980102-000000"


@pytest.fixture(scope="session")
def two(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of amber and cobalt alone; not to be changed."""
    folder = tmp_path_factory.mktemp("models") / "two"
    chosen = Dataset.open(drawn, only=["amber", "cobalt"])
    publish(chosen, QUICK, folder, against=None, on_progress=lambda _: None, on_epoch=lambda _: None)
    return folder


def lay(home: Path, owner: int, model: Path, version: str = OLD) -> Path:
    """Let a model serve an owner."""
    folder = shutil.copytree(model, home / "models" / str(owner) / version)
    (folder.parent / "serving").write_text(version)
    return folder


@pytest.fixture
async def engine(home: Path, two: Path) -> AsyncIterator[Engine]:
    """An engine whose default knows three channels, and HERE's model two."""
    lay(home, HERE, two)
    engine = Engine(home, NOWHERE)
    await engine.start()
    yield engine
    await engine.close()


# Whose model


async def test_a_server_has_its_own_model_or_the_default(engine: Engine, trained: TrainingResult) -> None:
    assert (await engine.classify(None, png("fern"))).channel.label == "fern"
    assert (await engine.classify(THERE, png("fern"))).channel.label == "fern"
    assert (await engine.classify(HERE, png("fern"))).channel.label in {"amber", "cobalt"}
    assert len((await engine.classify(HERE, png("amber"))).guesses) == 2
    assert engine.info(None) == engine.info(THERE) == trained.artifact.info
    here = engine.info(HERE)
    assert here is not None
    assert (here.version, [channel.label for channel in here.channels]) == (OLD, ["amber", "cobalt"])


async def test_what_is_no_servers_folder_is_nobodys(home: Path, model: Path) -> None:
    shutil.copytree(model, home / "models" / "notes" / OLD)
    (home / "models" / "notes" / "serving").write_text(OLD)
    engine = Engine(home, NOWHERE)
    await engine.start()
    assert set(engine._serving) == {"default"}
    await engine.close()


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_broken_model_is_logged_and_the_default_answers(
    name: str, when: str, home: Path, two: Path, trained: TrainingResult, caplog: pytest.LogCaptureFixture
) -> None:
    broken = lay(home, HERE, two) / name
    engine = Engine(home, NOWHERE)
    if when == "after":
        await engine.start()
    broken.write_bytes(broken.read_bytes()[:100])
    await engine.start()
    answers = await asyncio.gather(*(engine.classify(HERE, png("fern")) for _ in range(3)), engine.explain(HERE, png()))
    assert [answer.channel.label for answer in answers[:3]] == ["fern"] * 3
    if not (when == "after" and name == "model.json"):  # the card was read already, and is read again to load
        assert engine.info(HERE) == trained.artifact.info
    assert [record.levelname for record in caplog.records if str(HERE) in record.getMessage()] == ["ERROR"]
    await engine.close()


async def test_a_broken_default_leaves_servers_their_own(
    home: Path, two: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lay(home, HERE, two)
    for weights in (home / "models" / "default").glob("*/model.safetensors"):
        weights.write_bytes(b"")
    engine = Engine(home, NOWHERE)
    await engine.start()
    assert (await engine.classify(HERE, png("amber"))).channel.label == "amber"
    for server in (None, THERE):
        with pytest.raises(NoModelError):
            await engine.classify(server, png())
    assert "is broken" in caplog.text
    await engine.close()


async def test_a_model_of_before_there_were_servers_is_the_defaults(home: Path, model: Path) -> None:
    for path in (home / "models" / "default").iterdir():
        path.rename(home / "models" / path.name)
    (home / "models" / "default").rmdir()
    for _ in range(2):
        engine = Engine(home, NOWHERE)
        await engine.start()
        assert (await engine.classify(THERE, png("fern"))).channel.label == "fern"
        assert [it.serves for it in await engine.versions(None)] == [True]
        await engine.close()
    assert [path.name for path in (home / "models").iterdir()] == ["default"]
    assert serving(home) == artifact.read_info(model).version


# Memory and turns


@dataclass(frozen=True)
class Loads:
    """Whose models were loaded, in that order, and which of them are in memory."""

    owners: list[str] = field(default_factory=list)
    predictors: weakref.WeakSet[Predictor] = field(default_factory=weakref.WeakSet)

    def held(self) -> int:
        gc.collect()
        return len(self.predictors)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Loads:
    seen = Loads()
    load = Predictor.load

    def watched(folder: Path) -> Predictor:
        seen.owners.append(folder.parent.name)
        predictor = load(folder)
        seen.predictors.add(predictor)
        return predictor

    monkeypatch.setattr(Predictor, "load", watched)
    return seen


async def test_only_so_many_models_are_in_memory(home: Path, two: Path, loads: Loads) -> None:
    for server in range(1, 6):
        lay(home, server, two)
    engine = Engine(home, NOWHERE, models_in_memory=2)
    await engine.start()
    assert loads.owners == ["default"]
    for server in (1, None, 2, None, 1, 1, 3, 4, 5):
        await engine.classify(server, png("amber"))
        assert loads.held() <= 2
    assert loads.owners == ["default", "1", "2", "1", "3", "4", "5"]  # whoever was asked last stays
    await engine.close()


async def test_a_why_that_waits_brings_no_model_back(loads: Loads, engine: Engine) -> None:
    await engine.classify(HERE, png("amber"))
    busy = threading.Event()
    engine._batcher._worker.submit(busy.wait)
    whys = [asyncio.create_task(engine.explain(HERE, png("amber"))) for _ in range(3)]
    await asyncio.sleep(0)
    await engine.forget(HERE)
    busy.set()
    assert {why.channel.label for why in await asyncio.gather(*whys)} == {"amber"}
    assert loads.owners == ["default", str(HERE)]
    assert loads.held() == 1


async def test_a_model_that_no_longer_serves_leaves_memory(
    loads: Loads, engine: Engine, played_child: PlayedChild
) -> None:
    await engine.classify(HERE, png("amber"))
    assert loads.held() == 2
    assert (await engine.retrain(HERE, CHANNELS, lambda _: None)).swapped
    assert (await engine.classify(HERE, png("fern"))).channel.label == "fern"
    assert loads.held() == 2
    await engine.serve(HERE, played_child.version)  # it serves already
    await engine.classify(HERE, png("amber"))
    assert loads.owners == ["default", str(HERE), str(HERE)]
    await engine.rollback(HERE)
    await engine.classify(HERE, png("amber"))
    assert loads.held() == 2
    await engine.forget(HERE)
    await engine.classify(HERE, png("amber"))
    assert loads.held() == 1


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Whose model each batch was for, and how many pictures it held."""
    seen: list[tuple[str, int]] = []
    predict = Batcher._predict

    def watched(self: Batcher, model: Path, pictures: Sequence[bytes]) -> list[Prediction | PictureError]:
        seen.append((model.parent.name, len(pictures)))
        return predict(self, model, pictures)

    monkeypatch.setattr(Batcher, "_predict", watched)
    monkeypatch.setattr(answering, "BATCH", 4)
    return seen


@pytest.fixture
def held_worker(engine: Engine) -> Iterator[threading.Event]:
    """The engine's worker thread is busy until the event is set."""
    let_go = threading.Event()
    engine._batcher._worker.submit(let_go.wait)
    yield let_go
    let_go.set()


async def test_servers_take_turns_and_share_batches(
    engine: Engine, batches: list[tuple[str, int]], held_worker: threading.Event
) -> None:
    order: list[object] = []

    async def ask(server: int | None) -> None:
        await engine.classify(server, png("amber"))
        order.append(server)

    asked = [asyncio.create_task(ask(HERE)) for _ in range(9)]
    await asyncio.sleep(0)  # HERE has the thread to itself, and lines up again before anybody else comes
    asked += [asyncio.create_task(ask(server)) for server in (None, None, None, None, None, None, THERE, 99)]
    await asyncio.sleep(0)
    held_worker.set()
    await asyncio.gather(*asked)
    here = str(HERE)
    assert batches == [(here, 4), (here, 4), ("default", 4), (here, 1), ("default", 4)]
    assert set(order[8:12]) == {None, THERE, 99}  # who asks much lets the others pass


async def test_who_waits_for_a_model_that_is_forgotten_gets_the_next_ones_answer(
    engine: Engine, batches: list[tuple[str, int]], held_worker: threading.Event
) -> None:
    asked = [asyncio.create_task(engine.classify(HERE, png("fern", seed))) for seed in range(9)]
    await asyncio.sleep(0)  # all line up
    await engine.forget(HERE)
    held_worker.set()
    assert {answer.channel.label for answer in await asyncio.gather(*asked)} == {"fern"}
    assert batches == [("default", 4), ("default", 4), ("default", 1)]
    assert engine._batcher._count == 0


async def test_an_answer_costs_the_same_however_many_servers_there_are(engine: Engine) -> None:
    """No step looks at all servers: with none to look at, nothing changes."""

    class Unlisted(dict[str, object]):
        def __iter__(self) -> Iterator[str]:
            raise AssertionError("an answer went through all servers")

        keys = items = values = __iter__  # type: ignore[assignment]

    engine._serving = Unlisted(engine._serving)  # type: ignore[assignment]
    await engine.classify(HERE, png("amber"))
    await engine.classify(THERE, png("amber"))


# Learning


async def test_a_training_is_its_servers_alone(engine: Engine, home: Path, played_child: PlayedChild) -> None:
    before, default = engine.info(HERE), engine.info(None)
    assert default is not None
    report = await engine.retrain(THERE, CHANNELS, lambda _: None)
    assert report.swapped
    assert engine.info(THERE) == report.model
    assert (engine.info(HERE), engine.info(None)) == (before, default)
    assert played_child.against == [home / "models" / "default" / default.version]  # which answered until now
    assert played_child.others == (home / "thumbnails", home / "strangers")
    assert serving(home, str(THERE)) == played_child.version
    await engine.retrain(HERE, CHANNELS, lambda _: None)
    assert played_child.against[1:] == [home / "models" / str(HERE) / OLD]


async def test_reviewed_examples_are_fetched_and_noted(engine: Engine, home: Path, played_child: PlayedChild) -> None:
    await engine.retrain(HERE, CHANNELS, lambda _: None)
    assert (played_child.fetched, played_child.reviewed) == ([], None)
    played_child.version = NEW
    told = (("aaaaaaaaaaa", "fern"), ("bbbbbbbbbbb", None), ("aaaaaaaaaaa", "amber"), ("../secrets", None))
    await engine.retrain(HERE, CHANNELS, lambda _: None, reviewed=told)
    assert played_child.fetched == [("aaaaaaaaaaa", "bbbbbbbbbbb")]
    assert played_child.reviewed == home / "reviewed" / f"{HERE}.json"
    assert played_child.reviewed.read_bytes() == b'{"aaaaaaaaaaa":"amber","bbbbbbbbbbb":null}'
    await engine.forget(HERE)
    assert not played_child.reviewed.exists()


async def test_servers_train_one_after_the_other(engine: Engine, played_child: PlayedChild) -> None:
    played_child.go_on.clear()
    heard: list[Progress] = []
    first = asyncio.create_task(engine.retrain(HERE, CHANNELS, lambda _: None))
    second = asyncio.create_task(engine.retrain(THERE, CHANNELS, heard.append))
    third = asyncio.create_task(engine.retrain(None, CHANNELS, lambda _: None))
    await asyncio.sleep(0)
    assert [engine.training(server) for server in (HERE, THERE, None, 99)] == [True, True, True, False]
    assert heard == [Progress("wait", 0, 1, "1 training goes first")]
    with pytest.raises(TrainingRunningError):
        await engine.retrain(THERE, CHANNELS, lambda _: None)
    assert engine.cancel(None)
    assert not engine.cancel(99)
    with pytest.raises(CancelledTrainingError):
        await third
    played_child.go_on.set()
    assert (await first).swapped
    assert (await second).swapped
    assert heard[1:] == [Progress("wait", 1, 1)]
    assert not any(engine.training(server) for server in (HERE, THERE, None))


async def test_closing_ends_the_line(engine: Engine, played_child: PlayedChild) -> None:
    played_child.go_on.clear()
    tasks = [asyncio.create_task(engine.retrain(server, CHANNELS, lambda _: None)) for server in (HERE, THERE)]
    await asyncio.sleep(0)
    await engine.close()
    played_child.go_on.set()
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in told] == [CancelledTrainingError] * 2


async def test_killed_at_any_moment_the_old_model_serves(home: Path, drawn: Path) -> None:
    code = f"""
import asyncio, sys
from pathlib import Path
from classifier.engine import Engine
from classifier.settings import YouTubeSettings

def show(step):
    if step.stage == "read":
        print(engine._turns._line["default"]._process.pid, flush=True)

async def main():
    global engine
    engine = Engine(Path({str(home)!r}), YouTubeSettings(_env_file=None), thumbnails_per_channel=10)
    await engine.start()
    await engine.retrain(None, ["@amber", "@fern"], show)

asyncio.run(main())
"""
    before = serving(home)
    async with LocalYouTube(drawn) as youtube, asyncio.timeout(120):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", code),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **youtube.settings.environment()},
        )
        assert process.stdout is not None
        child = int(await process.stdout.readline())
        orphan, gone = os.pidfd_open(child), asyncio.Event()
        asyncio.get_running_loop().add_reader(orphan, gone.set)
        process.kill()
        await process.wait()
        await gone.wait()  # it finds nobody to tell of its progress
        asyncio.get_running_loop().remove_reader(orphan)
        os.close(orphan)
    assert serving(home) == before
    engine = Engine(home, NOWHERE)
    await engine.start()
    assert (await engine.classify(None, png("fern"))).channel.label == "fern"
    assert [it.model.version for it in await engine.versions(None)] == [before]
    await engine.close()


# Versions


async def test_an_admin_may_insist_and_go_back(engine: Engine, home: Path, played_child: PlayedChild) -> None:
    played_child.worse, played_child.version = True, NEW
    before = engine.info(HERE)
    report = await engine.retrain(HERE, CHANNELS, lambda _: None)
    assert not report.swapped
    assert report.comparison is not None
    assert (report.comparison.only_before, report.comparison.only_after) == (9, 2)
    assert engine.info(HERE) == before
    assert [(it.model.version, it.serves) for it in await engine.versions(HERE)] == [(NEW, False), (OLD, True)]

    assert await engine.serve(HERE, NEW) == report.model == engine.info(HERE)
    assert (await engine.classify(HERE, png("fern"))).channel.label == "fern"
    assert await engine.confusion(HERE) == NEW.encode()
    assert [(it.model.version, it.serves) for it in await engine.versions(HERE)] == [(NEW, True), (OLD, False)]

    assert await engine.rollback(HERE) == before == engine.info(HERE)
    assert (await engine.classify(HERE, png("fern"))).channel.label != "fern"
    with pytest.raises(NoModelError, match="No version served before"):
        await engine.rollback(HERE)
    assert await engine.rollback(HERE, NEW) == report.model
    restarted = Engine(home, NOWHERE)
    await restarted.start()
    assert restarted.info(HERE) == report.model
    assert await restarted.rollback(HERE) == before
    await restarted.close()


async def test_a_version_chosen_while_another_trains_stays(
    engine: Engine, played_child: PlayedChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    played_child.worse, played_child.version = True, NEW
    await engine.retrain(HERE, CHANNELS, lambda _: None)
    played_child.worse, played_child.version = False, "20980103-000000"
    train = played_child.train

    async def meanwhile(*arguments: Any, **options: Any) -> TrainedModel:
        chosen = await engine.serve(HERE, NEW)
        assert chosen.version == NEW
        return await train(*arguments, **options)

    monkeypatch.setattr(Worker, "train", staticmethod(meanwhile))
    report = await engine.retrain(HERE, CHANNELS, lambda _: None)
    assert not report.swapped
    assert [(it.model.version, it.serves) for it in await engine.versions(HERE)] == [
        ("20980103-000000", False),
        (NEW, True),
        (OLD, False),
    ]


@pytest.mark.parametrize("version", ["nonsense", "..", "../default", ""])
async def test_there_is_no_way_to_what_is_no_version(version: str, engine: Engine) -> None:
    before = engine.info(HERE)
    with pytest.raises(NoModelError):
        await engine.serve(HERE, version)
    assert engine.info(HERE) == before


async def test_a_broken_version_never_serves(engine: Engine, home: Path, two: Path) -> None:
    broken = shutil.copytree(two, home / "models" / str(HERE) / NEW)
    (broken / "model.safetensors").write_bytes(b"")
    before = engine.info(HERE)
    with pytest.raises(Exception, match="is broken"):
        await engine.serve(HERE, NEW)
    assert engine.info(HERE) == before
    assert serving(home, str(HERE)) == OLD


async def test_a_server_without_a_model_has_no_versions(engine: Engine) -> None:
    assert await engine.versions(THERE) == ()
    with pytest.raises(NoModelError):
        await engine.rollback(THERE)


async def test_the_confusion_plot_is_of_who_answers(engine: Engine, tmp_path: Path) -> None:
    assert (await engine.confusion(HERE)).startswith(b"\x89PNG")
    with pytest.raises(NoModelError, match="no plot"):
        await engine.confusion(THERE)  # the default's was written without one
    bare = Engine(tmp_path / "bare", NOWHERE)
    with pytest.raises(NoModelError, match="no channels yet"):
        await bare.confusion(THERE)
    await bare.close()


async def test_a_forgotten_server_gets_the_default(engine: Engine, home: Path, trained: TrainingResult) -> None:
    (home / "thumbnails" / "amber").mkdir(parents=True)
    await engine.forget(HERE)
    await engine.forget(THERE)
    assert engine.info(HERE) == trained.artifact.info
    assert (await engine.classify(HERE, png("fern"))).channel.label == "fern"
    assert [path.name for path in (home / "models").iterdir()] == ["default"]
    assert (home / "thumbnails" / "amber").is_dir()


async def test_forgetting_stops_a_training(engine: Engine, home: Path, played_child: PlayedChild) -> None:
    played_child.go_on.clear()
    watch = Watch("wait")
    first = asyncio.create_task(engine.retrain(HERE, CHANNELS, lambda _: None))
    waiting = asyncio.create_task(engine.retrain(THERE, CHANNELS, watch))
    await until(watch, waiting)
    await engine.forget(THERE)
    with pytest.raises(CancelledTrainingError):
        await waiting
    await engine.forget(HERE)
    played_child.go_on.set()
    with pytest.raises(CancelledTrainingError):
        await first
    assert not (home / "models" / str(HERE) / "serving").exists()
