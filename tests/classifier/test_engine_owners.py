"""One engine, many owners: whose model answers, and the versions of each owner's model."""

import asyncio
import gc
import io
import os
import shutil
import sys
import threading
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from bot.sandbox.youtube import LocalYouTube
from classifier.engine import Engine
from classifier.errors import (
    CancelledTrainingError,
    NoModelError,
    NothingNewError,
    PictureError,
    TooFewHeldOutError,
    TrainingRunningError,
)
from classifier.models.folder import read_info
from classifier.models.mistakes import MISTAKES_NAME, dump_mistakes
from classifier.models.predictor import Predictor
from classifier.networks.eye import Eye
from classifier.pictures.channel_record import ChannelRecord, save_record
from classifier.pictures.dataset import Dataset
from classifier.pictures.thumbnail import Thumbnail
from classifier.serving import batcher, loaded_models
from classifier.serving.loaded_models import LoadedModels, Predicted
from classifier.serving.worker import Worker
from classifier.training.publish import publish
from classifier.training.result import TrainingResult
from classifier.values import Mistake, Prediction, Progress, TrainedModel
from tests.classifier.conftest import QUICK
from tests.classifier.drawn import COLOURS, draw_channel
from tests.classifier.engines import (
    CHANNELS,
    NOWHERE,
    FakeWorker,
    StageWatch,
    decoded,
    png,
    served_version,
    wait_for_stage,
)

OWNER, OTHER = 7, 8
"""Two owners: one with a model of its own, one that starts with the default model."""
OLD, NEW = "20980101-000000", "20980102-000000"


@pytest.fixture(scope="session")
def two_channels(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of only amber and cobalt; tests must not change it."""
    folder = tmp_path_factory.mktemp("models") / "two"
    chosen = Dataset.open(drawn, only=["amber", "cobalt"])
    publish(chosen, QUICK, folder, against=None, on_progress=lambda _: None, on_epoch=lambda _: None)
    return folder


def use_model(home: Path, owner: int, model: Path, version: str = OLD) -> Path:
    """Make a model the one in use for an owner."""
    folder = shutil.copytree(model, home / "models" / str(owner) / version)
    (folder.parent / "serving").write_text(version)
    return folder


@pytest.fixture
async def engine(home: Path, two_channels: Path) -> AsyncIterator[Engine]:
    """An engine whose default model knows three channels, and OWNER's model two."""
    use_model(home, OWNER, two_channels)
    engine = Engine(home, NOWHERE)
    await engine.start()
    yield engine
    await engine.close()


# Held-out thumbnails


@pytest.fixture
async def playing_engine(home: Path, drawn: Path, two_channels: Path) -> AsyncIterator[Engine]:
    """An engine with the drawn thumbnails, which OWNER's model knows; the default model has no record of its split."""
    use_model(home, OWNER, two_channels)
    shutil.copytree(drawn, home / "thumbnails")
    engine = Engine(home, NOWHERE)
    await engine.start()
    yield engine
    await engine.close()


async def test_held_out_thumbnails_are_drawn_and_really_classified(playing_engine: Engine, home: Path) -> None:
    drawn = []
    for _ in range(read_info(home / "models" / str(OWNER) / OLD).metrics.n):
        drawn.append(await playing_engine.held_out(OWNER, [it.video_id for it in reversed(drawn)]))
    assert len({it.video_id for it in drawn}) == len(drawn)
    assert {it.channel.label for it in drawn} == {"amber", "cobalt"}
    for it in drawn:
        file = home / "thumbnails" / it.channel.label / f"{it.video_id}.jpg"
        assert it.prediction == await playing_engine.classify(OWNER, file.read_bytes())
        with Image.open(io.BytesIO(it.picture)) as picture, Image.open(file) as original:
            assert (picture.format, picture.info, picture.getexif()) == ("PNG", {}, {})
            assert picture.tobytes() == original.convert("RGB").tobytes()


async def test_a_model_without_a_record_of_its_split_has_nothing_held_out(playing_engine: Engine) -> None:
    with pytest.raises(TooFewHeldOutError):
        await playing_engine.held_out(OTHER)


async def test_without_thumbnails_of_two_channels_there_is_nothing_to_draw(playing_engine: Engine, home: Path) -> None:
    shutil.rmtree(home / "thumbnails" / "amber")
    with pytest.raises(TooFewHeldOutError):
        await playing_engine.held_out(OWNER)


# Whose model


async def test_an_owner_has_its_own_model_or_the_default(engine: Engine, trained: TrainingResult) -> None:
    assert (await engine.classify(None, png("fern"))).channel.label == "fern"
    assert (await engine.classify(OTHER, png("fern"))).channel.label == "fern"
    assert (await engine.classify(OWNER, png("fern"))).channel.label in {"amber", "cobalt"}
    assert len((await engine.classify(OWNER, png("amber"))).guesses) == 2
    assert engine.info(None) == engine.info(OTHER) == trained.artifact.info
    own = engine.info(OWNER)
    assert own is not None
    assert (own.version, [channel.label for channel in own.channels]) == (OLD, ["amber", "cobalt"])


async def test_channels_are_those_of_the_model_that_answers(engine: Engine, trained: TrainingResult) -> None:
    assert [channel.label for channel in engine.channels(OWNER)] == ["amber", "cobalt"]
    assert engine.channels(OTHER) == engine.channels(None) == trained.artifact.info.channels
    await engine.forget(OWNER)
    assert engine.channels(OWNER) == trained.artifact.info.channels


async def test_predictions_name_the_version_of_each_owners_model(engine: Engine, fake_worker: FakeWorker) -> None:
    default = engine.info(None)
    assert default is not None
    await engine.retrain(OTHER, CHANNELS, lambda _: None)
    answers = await asyncio.gather(*(engine.classify(owner, png()) for owner in (OTHER, None, OTHER, 99)))
    assert [answer.version for answer in answers] == [
        fake_worker.version,
        default.version,
        fake_worker.version,
        default.version,
    ]


async def test_folders_without_an_owners_number_are_ignored(home: Path, model: Path) -> None:
    shutil.copytree(model, home / "models" / "notes" / OLD)
    (home / "models" / "notes" / "serving").write_text(OLD)
    engine = Engine(home, NOWHERE)
    await engine.start()
    assert set(engine._serving) == {"default"}
    await engine.close()


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_broken_model_is_logged_and_the_default_answers(
    name: str, when: str, home: Path, two_channels: Path, trained: TrainingResult, caplog: pytest.LogCaptureFixture
) -> None:
    broken = use_model(home, OWNER, two_channels) / name
    engine = Engine(home, NOWHERE)
    if when == "after":
        await engine.start()
    broken.write_bytes(broken.read_bytes()[:100])
    await engine.start()
    answers = await asyncio.gather(
        *(engine.classify(OWNER, png("fern")) for _ in range(3)), engine.explain(OWNER, png())
    )
    assert [answer.channel.label for answer in answers[:3]] == ["fern"] * 3
    if not (when == "after" and name == "model.json"):  # the model was loaded before
        assert engine.info(OWNER) == trained.artifact.info
    assert [record.levelname for record in caplog.records if str(OWNER) in record.getMessage()] == ["ERROR"]
    await engine.close()


async def test_a_broken_default_does_not_affect_other_models(
    home: Path, two_channels: Path, caplog: pytest.LogCaptureFixture
) -> None:
    use_model(home, OWNER, two_channels)
    for weights in (home / "models" / "default").glob("*/model.safetensors"):
        weights.write_bytes(b"")
    engine = Engine(home, NOWHERE)
    await engine.start()
    assert (await engine.classify(OWNER, png("amber"))).channel.label == "amber"
    for owner in (None, OTHER):
        with pytest.raises(NoModelError):
            await engine.classify(owner, png())
    assert "is broken" in caplog.text
    await engine.close()


async def test_a_model_from_before_there_were_owners_becomes_the_default(home: Path, model: Path) -> None:
    for path in (home / "models" / "default").iterdir():
        path.rename(home / "models" / path.name)
    (home / "models" / "default").rmdir()
    for _ in range(2):
        engine = Engine(home, NOWHERE)
        await engine.start()
        assert (await engine.classify(OTHER, png("fern"))).channel.label == "fern"
        assert [it.serving for it in await engine.versions(None)] == [True]
        await engine.close()
    assert [path.name for path in (home / "models").iterdir()] == ["default"]
    assert served_version(home) == read_info(model).version


# Memory and fairness


@dataclass(frozen=True)
class Loads:
    """Whose models were loaded, in order, and which predictors are still in memory."""

    owners: list[str] = field(default_factory=list)
    predictors: weakref.WeakSet[Predictor] = field(default_factory=weakref.WeakSet)

    def in_memory(self) -> int:
        gc.collect()
        return len(self.predictors)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Loads:
    loads = Loads()
    load = Predictor.load

    def watched(folder: Path, eye: Eye | None) -> Predictor:
        loads.owners.append(folder.parent.name)
        predictor = load(folder, eye)
        loads.predictors.add(predictor)
        return predictor

    monkeypatch.setattr(Predictor, "load", watched)
    return loads


async def test_the_number_of_models_in_memory_is_limited(
    home: Path, two_channels: Path, loads: Loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaded_models, "MAX_LOADED", 2)
    for owner in range(1, 6):
        use_model(home, owner, two_channels)
    engine = Engine(home, NOWHERE)
    await engine.start()
    assert loads.owners == ["default"]
    for owner in (1, None, 2, None, 1, 1, 3, 4, 5):
        await engine.classify(owner, png("amber"))
        await asyncio.wrap_future(engine._batcher._worker.submit(lambda: None))  # the thread has let go of the model
        assert loads.in_memory() <= 2
    assert loads.owners == ["default", "1", "2", "1", "3", "4", "5"]  # the most recently used ones stay
    await engine.close()


async def test_a_waiting_explanation_does_not_load_a_forgotten_model_again(loads: Loads, engine: Engine) -> None:
    await engine.classify(OWNER, png("amber"))
    released = threading.Event()
    engine._batcher._worker.submit(released.wait)
    explanations = [asyncio.create_task(engine.explain(OWNER, png("amber"))) for _ in range(3)]
    await asyncio.sleep(0)
    await engine.forget(OWNER)
    released.set()
    assert {why.channel.label for why in await asyncio.gather(*explanations)} == {"amber"}
    assert loads.owners == ["default", str(OWNER)]
    assert loads.in_memory() == 1


async def test_a_model_that_is_no_longer_used_is_unloaded(
    loads: Loads, engine: Engine, fake_worker: FakeWorker
) -> None:
    await engine.classify(OWNER, png("amber"))
    assert loads.in_memory() == 2
    assert (await engine.retrain(OWNER, CHANNELS, lambda _: None)).swapped
    assert (await engine.classify(OWNER, png("fern"))).channel.label == "fern"
    assert loads.in_memory() == 2
    await engine.serve(OWNER, fake_worker.version)  # it is already in use
    await engine.classify(OWNER, png("amber"))
    assert loads.owners == ["default", str(OWNER), str(OWNER)]
    await engine.rollback(OWNER)
    await engine.classify(OWNER, png("amber"))
    assert loads.in_memory() == 2
    await engine.forget(OWNER)
    await engine.classify(OWNER, png("amber"))
    assert loads.in_memory() == 1


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[Counter[str]]:
    """The number of pictures for each owner's model in each batch."""
    batches: list[Counter[str]] = []
    predict = LoadedModels.predict

    def watched(self: LoadedModels, asked: Sequence[tuple[Path, Thumbnail]]) -> list[Predicted | Exception]:
        batches.append(Counter(model.parent.name for model, _ in asked))
        return predict(self, asked)

    monkeypatch.setattr(LoadedModels, "predict", watched)
    monkeypatch.setattr(batcher, "BATCH_SIZE", 4)
    return batches


@pytest.fixture
def busy_thread(engine: Engine) -> Iterator[threading.Event]:
    """The engine's worker thread is busy until the event is set."""
    released = threading.Event()
    engine._batcher._worker.submit(released.wait)
    yield released
    released.set()


@pytest.mark.usefixtures("decoded_here")
async def test_owners_take_turns_and_share_batches(
    engine: Engine, batches: list[Counter[str]], busy_thread: threading.Event
) -> None:
    order: list[object] = []

    async def ask(owner: int | None) -> None:
        await engine.classify(owner, png("amber"))
        order.append(owner)

    asked = [asyncio.create_task(ask(OWNER)) for _ in range(11)]
    await asyncio.sleep(0)
    await decoded(engine)  # one is in work, and four are decoded, before anyone else asks
    asked += [asyncio.create_task(ask(owner)) for owner in (None, None, None, OTHER, 99)]
    await asyncio.sleep(0)
    busy_thread.set()
    await asyncio.gather(*asked)
    own = str(OWNER)
    assert batches[:2] == [{own: 1}, {own: 4}]
    assert all(batch[own] == batch["default"] for batch in batches[2:] if batch.total() == 4)
    assert order[5:] == [OWNER, None, OWNER, OTHER, OWNER, 99, OWNER, None, OWNER, None, OWNER]


async def test_pictures_that_wait_for_a_forgotten_model_get_the_defaults_answer(
    engine: Engine, batches: list[Counter[str]]
) -> None:
    asked = [asyncio.create_task(engine.classify(OWNER, png("fern", seed))) for seed in range(9)]
    await asyncio.sleep(0)  # all are waiting, or being decoded
    await engine.forget(OWNER)
    assert {answer.channel.label for answer in await asyncio.gather(*asked)} == {"fern"}
    assert sum(batches, Counter()) == {"default": 9}
    assert len(engine._batcher._waiting) == 0


@pytest.mark.usefixtures("decoded_here")
async def test_decoded_pictures_of_a_forgotten_model_get_the_defaults_answer(
    engine: Engine, batches: list[Counter[str]], busy_thread: threading.Event
) -> None:
    asked = [asyncio.create_task(engine.classify(OWNER, png("fern", seed))) for seed in range(3)]
    await asyncio.sleep(0)
    await decoded(engine)  # one is in work, for a model that is not loaded yet
    await engine.forget(OWNER)
    busy_thread.set()
    assert {answer.channel.label for answer in await asyncio.gather(*asked)} == {"fern"}
    assert sum(batches, Counter()) == {str(OWNER): 1, "default": 3}


async def test_the_eye_sees_the_pictures_of_all_models_at_once(
    home: Path, eye_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner in (OWNER, OTHER):
        use_model(home, owner, eye_model)
    sizes: list[int] = []
    see = Eye.see

    def watched(self: Eye, seen: NDArray[np.uint8]) -> NDArray[np.float32]:
        sizes.append(len(seen))
        return see(self, seen)

    monkeypatch.setattr(Eye, "see", watched)
    engine = Engine(home, NOWHERE)
    await engine.start()
    names = ["amber", "cobalt", "fern", "amber", "cobalt", "fern"]
    owners = [OWNER, OTHER, OWNER, OTHER, None, OWNER]
    asked = [engine.classify(owner, png(name)) for owner, name in zip(owners, names, strict=True)]
    released = threading.Event()
    engine._batcher._worker.submit(released.wait)
    answering = asyncio.gather(*asked, engine.classify(OTHER, b"not an image"), return_exceptions=True)
    await asyncio.sleep(0)
    await decoded(engine)
    released.set()
    answers = await answering
    assert isinstance(answers.pop(), PictureError)
    assert [answer.channel.label for answer in answers if isinstance(answer, Prediction)] == names
    assert sizes in ([1, 5], [5])  # the first one may be for the default model, which does not use the eye
    await engine.close()


async def test_a_broken_model_does_not_affect_others_in_its_batch(home: Path, eye_model: Path) -> None:
    use_model(home, OWNER, eye_model)
    (use_model(home, OTHER, eye_model) / "model.safetensors").write_bytes(b"")
    engine = Engine(home, NOWHERE)
    await engine.start()
    default = engine.info(None)
    assert default is not None
    answers = await asyncio.gather(*(engine.classify(owner, png("fern")) for owner in (OWNER, OTHER)))
    assert [answer.channel.label for answer in answers] == ["fern", "fern"]
    assert answers[1].version == default.version
    await engine.close()


async def test_the_cost_of_an_answer_does_not_depend_on_the_number_of_owners(engine: Engine) -> None:
    """Nothing iterates over all owners: it would fail here."""

    class NotIterable(dict[str, object]):
        def __iter__(self) -> Iterator[str]:
            raise AssertionError("an answer iterated over all owners")

        keys = items = values = __iter__  # type: ignore[assignment]

    engine._serving = NotIterable(engine._serving)  # type: ignore[assignment]
    await engine.classify(OWNER, png("amber"))
    await engine.classify(OTHER, png("amber"))


# Training


async def test_a_training_affects_only_its_owner(engine: Engine, home: Path, fake_worker: FakeWorker) -> None:
    before, default = engine.info(OWNER), engine.info(None)
    assert default is not None
    report = await engine.retrain(OTHER, CHANNELS, lambda _: None)
    assert report.swapped
    assert engine.info(OTHER) == report.model
    assert (engine.info(OWNER), engine.info(None)) == (before, default)
    assert fake_worker.against == [home / "models" / "default" / default.version]  # which was in use until now
    assert fake_worker.unknown == (home / "thumbnails", home / "unknown")
    assert served_version(home, str(OTHER)) == fake_worker.version
    await engine.retrain(OWNER, CHANNELS, lambda _: None)
    assert fake_worker.against[1:] == [home / "models" / str(OWNER) / OLD]


async def test_reviewed_thumbnails_are_downloaded_and_their_labels_written(
    engine: Engine, home: Path, fake_worker: FakeWorker
) -> None:
    await engine.retrain(OWNER, CHANNELS, lambda _: None)
    assert (fake_worker.fetched, fake_worker.reviewed) == ([], None)
    fake_worker.version = NEW
    reviewed = (("aaaaaaaaaaa", "fern"), ("bbbbbbbbbbb", None), ("aaaaaaaaaaa", "amber"), ("../secrets", None))
    await engine.retrain(OWNER, CHANNELS, lambda _: None, reviewed=reviewed)
    assert fake_worker.fetched == [("aaaaaaaaaaa", "bbbbbbbbbbb")]
    assert fake_worker.reviewed == home / "reviewed" / f"{OWNER}.json"
    assert fake_worker.reviewed.read_bytes() == b'{"aaaaaaaaaaa":"amber","bbbbbbbbbbb":null}'
    assert fake_worker.corrected is None
    fake_worker.version = "20980103-000000"
    await engine.retrain(OWNER, CHANNELS, lambda _: None, reviewed=reviewed, corrected=(("ccccccccccc", None),))
    assert fake_worker.corrected == home / "reviewed" / f"{OWNER}.corrected.json"
    assert fake_worker.corrected.read_bytes() == b'{"ccccccccccc":null}'
    await engine.forget(OWNER)
    assert not fake_worker.reviewed.exists()
    assert not fake_worker.corrected.exists()


async def test_the_mistakes_of_the_model_that_answers_are_read(engine: Engine, home: Path) -> None:
    assert await engine.mistakes(OTHER) == ()
    mistake = Mistake("abcdefghijk", "amber/abcdefghijk.jpg", "amber", "fern", 2.5, held_out=True)
    info = engine.info(None)
    assert info is not None
    (home / "models" / "default" / info.version / MISTAKES_NAME).write_bytes(dump_mistakes([mistake]))
    assert await engine.mistakes(OTHER) == await engine.mistakes(None) == (mistake,)
    assert await engine.mistakes(OWNER) == (), "it has a model of its own"
    folder = home / "thumbnails" / "amber"
    folder.mkdir(parents=True)
    titles = {mistake.video: "A video"}
    save_record(folder, ChannelRecord("UC" + "a" * 22, "@amber", "Amber", datetime.now(UTC), titles=titles))
    assert await engine.mistakes(None) == (replace(mistake, title="A video"),)


async def test_a_training_that_would_learn_the_same_ends_after_the_crawl(
    engine: Engine, home: Path, fake_worker: FakeWorker
) -> None:
    draw_channel(home / "thumbnails" / CHANNELS[0], 2, COLOURS["amber"])
    steps: list[Progress] = []

    async def retrain(channels: Sequence[str] = CHANNELS, **options: Any) -> str:
        fake_worker.version = f"2099010{len(fake_worker.against)}-000000"
        return (await engine.retrain(OWNER, channels, steps.append, **options)).model.version

    await retrain()
    with pytest.raises(NothingNewError) as caught:
        await retrain()
    assert caught.value.data == {"units": 4}
    assert len(fake_worker.against) == 1, "nothing was trained"
    assert [*engine._trainings] == []
    first = engine.info(OWNER)
    assert await retrain(force=True) != (first and first.version)
    await retrain(reviewed=(("aaaaaaaaaaa", "fern"),))
    await retrain((*CHANNELS, "@cobalt"))
    draw_channel(home / "thumbnails" / CHANNELS[0], 3, COLOURS["amber"])
    await retrain((*CHANNELS, "@cobalt"))
    with pytest.raises(NothingNewError):
        await retrain(("@cobalt", *CHANNELS))
    assert len(fake_worker.against) == 5


async def test_a_first_training_always_has_something_to_learn(engine: Engine, fake_worker: FakeWorker) -> None:
    await engine.retrain(OWNER, CHANNELS, lambda _: None)
    fake_worker.version = NEW
    await engine.retrain(OTHER, CHANNELS, lambda _: None)
    await engine.forget(OWNER)
    await engine.retrain(OWNER, CHANNELS, lambda _: None)


async def test_owners_train_one_after_the_other(engine: Engine, fake_worker: FakeWorker) -> None:
    fake_worker.may_crawl.clear()
    progress: list[Progress] = []
    first = asyncio.create_task(engine.retrain(OWNER, CHANNELS, lambda _: None))
    second = asyncio.create_task(engine.retrain(OTHER, CHANNELS, progress.append))
    third = asyncio.create_task(engine.retrain(None, CHANNELS, lambda _: None))
    await asyncio.sleep(0)
    assert [*engine._trainings] == [str(OWNER), str(OTHER), "default"]
    assert progress == [Progress("wait", 0, 1, "1 training run ahead")]
    with pytest.raises(TrainingRunningError):
        await engine.retrain(OTHER, CHANNELS, lambda _: None)
    assert engine.cancel(None)
    assert not engine.cancel(99)
    with pytest.raises(CancelledTrainingError):
        await third
    fake_worker.may_crawl.set()
    assert (await first).swapped
    assert (await second).swapped
    assert progress[1:] == [Progress("wait", 1, 1)]
    assert [*engine._trainings] == []


async def test_close_ends_all_trainings_in_the_queue(engine: Engine, fake_worker: FakeWorker) -> None:
    fake_worker.may_crawl.clear()
    tasks = [asyncio.create_task(engine.retrain(owner, CHANNELS, lambda _: None)) for owner in (OWNER, OTHER)]
    await asyncio.sleep(0)
    await engine.close()
    fake_worker.may_crawl.set()
    errors = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(error) for error in errors] == [CancelledTrainingError] * 2


async def test_the_current_model_survives_a_kill_during_training(home: Path, drawn: Path) -> None:
    code = f"""
import asyncio, sys
from pathlib import Path
from classifier.engine import Engine
from classifier.settings import YouTubeSettings

def show(step):
    if step.stage == "read":
        print(engine._trainings._line["default"]._process.pid, flush=True)

async def main():
    global engine
    engine = Engine(Path({str(home)!r}), YouTubeSettings(_env_file=None), thumbnails_per_channel=10)
    await engine.start()
    await engine.retrain(None, ["@amber", "@fern"], show)

asyncio.run(main())
"""
    before = served_version(home)
    async with LocalYouTube(drawn) as youtube, asyncio.timeout(120):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", code),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **youtube.settings.environment()},
        )
        assert process.stdout is not None
        worker = int(await process.stdout.readline())
        orphan, gone = os.pidfd_open(worker), asyncio.Event()
        asyncio.get_running_loop().add_reader(orphan, gone.set)
        process.kill()
        await process.wait()
        await gone.wait()  # it ends when it can't report its progress
        asyncio.get_running_loop().remove_reader(orphan)
        os.close(orphan)
    assert served_version(home) == before
    engine = Engine(home, NOWHERE)
    await engine.start()
    assert (await engine.classify(None, png("fern"))).channel.label == "fern"
    assert [it.model.version for it in await engine.versions(None)] == [before]
    await engine.close()


# Versions


async def test_a_worse_model_can_be_used_anyway_and_rolled_back(
    engine: Engine, home: Path, fake_worker: FakeWorker
) -> None:
    fake_worker.worse, fake_worker.version = True, NEW
    before = engine.info(OWNER)
    report = await engine.retrain(OWNER, CHANNELS, lambda _: None)
    assert not report.swapped
    assert report.comparison is not None
    assert (report.comparison.only_before, report.comparison.only_after) == (9, 2)
    assert engine.info(OWNER) == before
    assert [(it.model.version, it.serving) for it in await engine.versions(OWNER)] == [(NEW, False), (OLD, True)]

    assert await engine.serve(OWNER, NEW) == report.model == engine.info(OWNER)
    assert (await engine.classify(OWNER, png("fern"))).channel.label == "fern"
    assert [(it.model.version, it.serving) for it in await engine.versions(OWNER)] == [(NEW, True), (OLD, False)]

    assert await engine.rollback(OWNER) == before == engine.info(OWNER)
    assert (await engine.classify(OWNER, png("fern"))).channel.label != "fern"
    with pytest.raises(NoModelError, match="no earlier version"):
        await engine.rollback(OWNER)
    assert await engine.rollback(OWNER, NEW) == report.model
    restarted = Engine(home, NOWHERE)
    await restarted.start()
    assert restarted.info(OWNER) == report.model
    assert await restarted.rollback(OWNER) == before
    await restarted.close()


async def test_a_version_chosen_during_a_training_stays_in_use(
    engine: Engine, fake_worker: FakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_worker.worse, fake_worker.version = True, NEW
    await engine.retrain(OWNER, CHANNELS, lambda _: None)
    fake_worker.worse, fake_worker.version = False, "20980103-000000"
    train = fake_worker.train

    async def meanwhile(*arguments: Any, **options: Any) -> TrainedModel:
        chosen = await engine.serve(OWNER, NEW)
        assert chosen.version == NEW
        return await train(*arguments, **options)

    monkeypatch.setattr(Worker, "train", staticmethod(meanwhile))
    report = await engine.retrain(OWNER, CHANNELS, lambda _: None, force=True)
    assert not report.swapped
    assert [(it.model.version, it.serving) for it in await engine.versions(OWNER)] == [
        ("20980103-000000", False),
        (NEW, True),
        (OLD, False),
    ]


@pytest.mark.parametrize("version", ["nonsense", "..", "../default", ""])
async def test_only_versions_can_be_served(version: str, engine: Engine) -> None:
    before = engine.info(OWNER)
    with pytest.raises(NoModelError):
        await engine.serve(OWNER, version)
    assert engine.info(OWNER) == before


async def test_a_broken_version_is_never_used(engine: Engine, home: Path, two_channels: Path) -> None:
    broken = shutil.copytree(two_channels, home / "models" / str(OWNER) / NEW)
    (broken / "model.safetensors").write_bytes(b"")
    before = engine.info(OWNER)
    with pytest.raises(Exception, match="is broken"):
        await engine.serve(OWNER, NEW)
    assert engine.info(OWNER) == before
    assert served_version(home, str(OWNER)) == OLD


async def test_an_owner_without_a_model_has_no_versions(engine: Engine) -> None:
    assert await engine.versions(OTHER) == ()
    with pytest.raises(NoModelError):
        await engine.rollback(OTHER)


async def test_a_forgotten_owner_gets_the_default(engine: Engine, home: Path, trained: TrainingResult) -> None:
    (home / "thumbnails" / "amber").mkdir(parents=True)
    await engine.forget(OWNER)
    await engine.forget(OTHER)
    assert engine.info(OWNER) == trained.artifact.info
    assert (await engine.classify(OWNER, png("fern"))).channel.label == "fern"
    assert [path.name for path in (home / "models").iterdir()] == ["default"]
    assert (home / "thumbnails" / "amber").is_dir()


async def test_forget_stops_a_training(engine: Engine, home: Path, fake_worker: FakeWorker) -> None:
    fake_worker.may_crawl.clear()
    watch = StageWatch("wait")
    first = asyncio.create_task(engine.retrain(OWNER, CHANNELS, lambda _: None))
    waiting = asyncio.create_task(engine.retrain(OTHER, CHANNELS, watch))
    await wait_for_stage(watch, waiting)
    await engine.forget(OTHER)
    with pytest.raises(CancelledTrainingError):
        await waiting
    await engine.forget(OWNER)
    fake_worker.may_crawl.set()
    with pytest.raises(CancelledTrainingError):
        await first
    assert not (home / "models" / str(OWNER) / "serving").exists()
