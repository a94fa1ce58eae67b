"""The engine, with real worker processes that crawl a local YouTube and train."""

import asyncio
import io
import logging
import os
import shutil
import signal
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from PIL import Image
from pydantic import SecretStr

from bot.sandbox.youtube import LocalYouTube
from classifier.drawing.explanations import Words
from classifier.engine import Engine
from classifier.errors import (
    ArtifactError,
    BusyError,
    CancelledTrainingError,
    ClosingError,
    MissingKeyError,
    NoModelError,
    PictureError,
    QuotaExceededError,
    TooFewThumbnailsError,
    TrainingError,
    TrainingRunningError,
    WeightsError,
    WrongKeyError,
)
from classifier.left_out import left_out_of
from classifier.models.predictor import Predictor
from classifier.networks.eye import Eye
from classifier.pictures.thumbnail import Thumbnail
from classifier.serving import batcher
from classifier.serving.decoder_pool import DecoderPool
from classifier.serving.loaded_models import Explained, LoadedModels, Predicted
from classifier.serving.versions import KEPT_MODELS
from classifier.training.result import TrainingResult
from classifier.values import Channel, Prediction, VideoFact, Why
from tests.classifier.conftest import make_home
from tests.classifier.drawn import COLOURS, draw_channel
from tests.classifier.engines import (
    CHANNELS,
    NOWHERE,
    FakeWorker,
    StageWatch,
    arguments_of,
    assert_gone,
    decoded,
    png,
    process_of,
    served_version,
    wait_for_stage,
)
from tests.pictures import video_name


@pytest.fixture(autouse=True)
def one_thread_per_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
async def youtube(drawn: Path) -> AsyncIterator[LocalYouTube]:
    """A local YouTube that serves the drawn channels."""
    async with LocalYouTube(drawn) as youtube:
        yield youtube


@pytest.fixture
async def engine(home: Path) -> AsyncIterator[Engine]:
    """An engine with a model, and without a network."""
    engine = Engine(home, NOWHERE)
    await engine.start()
    yield engine
    await engine.close()


@pytest.fixture
async def crawling_engine(home: Path, youtube: LocalYouTube) -> AsyncIterator[Engine]:
    """An engine with a model, which can crawl ten thumbnails per channel and train a slow network on them."""
    engine = Engine(home, youtube.settings, network="net", thumbnails_per_channel=10)
    await engine.start()
    yield engine
    await engine.close()


# Answers


async def test_without_a_model_there_is_no_answer(tmp_path: Path) -> None:
    engine = Engine(tmp_path, NOWHERE)
    await engine.start()
    with pytest.raises(NoModelError, match=r"There is no model yet\. Train one first"):
        await engine.classify(None, png())
    assert engine.info(None) is None
    assert engine.channels(None) == ()
    assert [*engine._trainings] == []
    assert not engine.cancel(None)
    await engine.close()


async def test_a_model_answers(engine: Engine, trained: TrainingResult) -> None:
    for name in COLOURS:
        assert (await engine.classify(None, png(name))).channel.label == name
    assert engine.info(None) == trained.artifact.info
    assert engine.channels(None) == trained.artifact.info.channels


async def test_a_second_start_does_nothing(engine: Engine, home: Path) -> None:
    (home / "models" / "default" / "serving").unlink()
    await engine.start()
    assert (await engine.classify(None, png())).channel.label == "fern"


async def test_an_unreadable_picture_does_not_affect_other_answers(engine: Engine) -> None:
    pictures = [png("amber"), b"not an image", png("cobalt"), b"", png("fern")]
    answers = await asyncio.gather(*(engine.classify(None, picture) for picture in pictures), return_exceptions=True)
    assert [isinstance(answer, PictureError) for answer in answers] == [False, True, False, True, False]
    predicted = [answer.channel.label for answer in answers if isinstance(answer, Prediction)]
    assert predicted == ["amber", "cobalt", "fern"]


async def test_an_unforeseen_error_of_a_decoder_does_not_affect_other_answers(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = DecoderPool.decode

    async def broken(self: DecoderPool, picture: bytes) -> Thumbnail:
        if picture == b"evil":
            raise RuntimeError("an unforeseen error")
        return await decode(self, picture)

    monkeypatch.setattr(DecoderPool, "decode", broken)
    pictures = (png("amber"), b"evil", png("cobalt"))
    answers = await asyncio.gather(*(engine.classify(None, picture) for picture in pictures), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Prediction, RuntimeError, Prediction]


async def test_no_picture_is_decoded_in_this_process(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "open", Mock(side_effect=AssertionError("an image was opened")))
    monkeypatch.setattr(Thumbnail, "decode", Mock(side_effect=AssertionError("a picture was decoded")))
    assert (await engine.classify(None, png("amber"))).channel.label == "amber"
    assert (await engine.explain(None, png("amber"))).channel.label == "amber"


async def test_a_picture_that_brings_its_decoder_down_does_not_affect_other_answers(engine: Engine) -> None:
    (first, *_) = engine._decoders._decoders
    asked = [asyncio.create_task(engine.classify(None, png("fern", seed))) for seed in range(12)]
    await asyncio.sleep(0)
    assert first._process is not None
    first._process.kill()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, PictureError)]
    assert len(refused) <= 1  # none if it was killed between two pictures
    assert all(answer.channel.label == "fern" for answer in answers if isinstance(answer, Prediction))
    assert engine.decoder_restarts == len(refused)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of pictures in each batch."""
    sizes: list[int] = []
    predict = LoadedModels.predict

    def watched(self: LoadedModels, asked: Sequence[tuple[Path, Thumbnail]]) -> list[Predicted | Exception]:
        sizes.append(len(asked))
        return predict(self, asked)

    monkeypatch.setattr(LoadedModels, "predict", watched)
    return sizes


@pytest.fixture
def busy_thread(engine: Engine) -> Iterator[threading.Event]:
    """The engine's worker thread is busy until the event is set."""
    released = threading.Event()
    engine._batcher._worker.submit(released.wait)
    yield released
    released.set()


async def test_pictures_that_arrive_during_a_batch_share_the_next_one(
    engine: Engine, batches: list[int], busy_thread: threading.Event
) -> None:
    names = [*COLOURS] * 14
    asked = [asyncio.create_task(engine.classify(None, png(name, index))) for index, name in enumerate(names)]
    await asyncio.sleep(0)
    await decoded(engine)
    busy_thread.set()
    assert [answer.channel.label for answer in await asyncio.gather(*asked)] == names
    assert batches[:2] == [1, 16]
    assert (max(batches), sum(batches)) == (16, 42)


async def ask(engine: Engine, times: int) -> "list[asyncio.Task[Prediction]]":
    """Ask for answers, without waiting for them."""
    asked = [asyncio.create_task(engine.classify(None, png())) for _ in range(times)]
    await asyncio.sleep(0)
    return asked


async def test_too_many_waiting_pictures_are_rejected(
    engine: Engine, busy_thread: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batcher, "MAX_WAITING", 3)
    monkeypatch.setattr(batcher, "BATCH_SIZE", 2)
    taken = await ask(engine, 3)
    await decoded(engine)  # one is in work, and two are decoded
    waiting = await ask(engine, 3)
    with pytest.raises(BusyError, match="in a minute"):
        await engine.classify(None, png())
    busy_thread.set()
    assert len(await asyncio.gather(*taken, *waiting)) == 6


async def test_a_cancelled_request_does_not_affect_other_answers(engine: Engine, busy_thread: threading.Event) -> None:
    cancelled, waiting = await ask(engine, 2)
    cancelled.cancel()
    busy_thread.set()
    assert (await waiting).channel.label == "fern"
    assert cancelled.cancelled()


async def test_a_failed_batch_is_logged_and_the_next_one_is_answered(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Predictor, "predict", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await engine.classify(None, png())
    assert "1 pictures could not be answered" in caplog.text
    assert (await engine.classify(None, png("amber"))).channel.label == "amber"


@pytest.mark.parametrize("error", [WeightsError("The weights are gone."), RuntimeError("out of memory")])
async def test_an_eye_that_fails_is_an_error_for_those_who_wait(
    error: Exception, eye_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(eye_home, NOWHERE)
    await engine.start()
    with monkeypatch.context() as broken:
        broken.setattr(Eye, "see", Mock(side_effect=error))
        async with asyncio.timeout(30):
            answers = await asyncio.gather(*(engine.classify(None, png()) for _ in range(3)), return_exceptions=True)
    assert answers == [error] * 3
    assert (await engine.classify(None, png())).channel.label == "fern"
    await engine.close()


async def test_close_finishes_the_batch_and_raises_for_everyone_else(
    engine: Engine, busy_thread: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batcher, "BATCH_SIZE", 2)
    asked = await ask(engine, 5)
    await decoded(engine)
    assert len(engine._batcher._waiting) == 2  # the first batch is under way, and the next one is decoded
    await engine.close()
    busy_thread.set()
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*asked, return_exceptions=True)
    assert Counter(type(answer) for answer in answers) == {Prediction: 1, ClosingError: 4}


async def test_close_raises_for_pictures_that_are_being_decoded(engine: Engine) -> None:
    asked = await ask(engine, 3)
    assert engine._batcher._decoding
    await engine.close()
    assert [type(it) for it in await asyncio.gather(*asked, return_exceptions=True)] == [ClosingError] * 3
    assert not engine._batcher._decoding


async def test_a_closed_engine_raises_closing_errors(engine: Engine) -> None:
    await engine.close()
    with pytest.raises(ClosingError, match="shutting down"):
        await engine.classify(None, png())
    with pytest.raises(ClosingError, match="shutting down"):
        await engine.explain(None, png())


async def test_close_ends_the_thread(home: Path) -> None:
    before = set(threading.enumerate())
    engine = Engine(home, NOWHERE)
    await engine.start()
    await engine.classify(None, png())
    own = [thread for thread in threading.enumerate() if thread not in before and thread.name.startswith("predict")]
    assert len(own) == 1
    await engine.close()
    await asyncio.to_thread(own[0].join, 10)
    assert not own[0].is_alive()


# Probes


async def test_a_probe_goes_through_the_whole_line(engine: Engine, batches: list[int]) -> None:
    await engine.probe()
    assert batches == [1]


async def test_a_probe_without_a_model_is_only_decoded(tmp_path: Path) -> None:
    engine = Engine(tmp_path, NOWHERE)
    await engine.start()
    await engine.probe()
    await engine.close()
    with pytest.raises(ClosingError):
        await engine.probe()


async def test_a_probe_raises_what_an_answer_does(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Predictor, "predict", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await engine.probe()


async def test_a_probe_uses_a_servers_model_if_there_is_no_default(model: Path, tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", model)
    (home / "models" / "default").rename(home / "models" / "7")
    engine = Engine(home, NOWHERE)
    await engine.start()
    await engine.probe()
    await engine.close()


# Why


async def test_an_answer_is_explained_in_pictures(engine: Engine) -> None:
    why = await engine.explain(None, png())
    assert why.channel == (await engine.classify(None, png())).channel
    for picture in (why.heatmap, why.planes, why.histograms):
        with Image.open(io.BytesIO(picture)) as drawn:
            assert (drawn.format, drawn.width > 900) == ("PNG", True)
    translated = await engine.explain(None, png(), Words("{channel}?", "nada", "tudo", ("V", "V", "A"), "%", "0"))
    assert translated.heatmap != why.heatmap
    assert translated.planes != why.planes
    assert translated.histograms != why.histograms


async def test_explanations_raise_the_errors_of_answers(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(PictureError):
        await engine.explain(None, b"not an image")
    untrained = Engine(tmp_path, NOWHERE)
    await untrained.start()
    with pytest.raises(NoModelError, match=r"There is no model yet\. Train one first"):
        await untrained.explain(None, png())
    await untrained.close()
    with pytest.raises(ClosingError, match="shutting down"):
        await untrained.explain(None, png())


async def ask_why(engine: Engine, times: int) -> "list[asyncio.Task[Why]]":
    """Ask for explanations, without waiting for them."""
    asked = [asyncio.create_task(engine.explain(None, png())) for _ in range(times)]
    await asyncio.sleep(0)
    return asked


@pytest.mark.usefixtures("decoded_here")
async def test_a_picture_waits_for_at_most_one_explanation(
    engine: Engine, busy_thread: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    predict = LoadedModels.predict

    def watched(self: LoadedModels, asked: Sequence[tuple[Path, Thumbnail]]) -> list[Predicted | Exception]:
        order.append("answer")
        return predict(self, asked)

    def explained(*_: object, **__: object) -> Explained:
        order.append("why")
        return Explained(Why(Channel("fern", "Fern"), b"", b"", b""), ())

    monkeypatch.setattr(LoadedModels, "predict", watched)
    monkeypatch.setattr(LoadedModels, "explain", explained)
    whys = await ask_why(engine, 4)
    answers = await ask(engine, 1)
    await decoded(engine)
    busy_thread.set()
    await asyncio.gather(*whys, *answers)
    assert order == ["why", "answer", "why", "why", "why"]


@pytest.mark.parametrize("limit", ["MAX_EXPLANATIONS_WAITING", "MAX_EXPLANATIONS_PER_ASKER"])
async def test_too_many_waiting_explanations_are_rejected(
    limit: str, engine: Engine, busy_thread: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batcher, limit, 2)
    first, second = await ask_why(engine, 2)
    with pytest.raises(BusyError, match="in a minute"):
        await engine.explain(None, png())
    second.cancel()
    busy_thread.set()
    await first
    assert await engine.explain(None, png())


async def test_one_owners_explanations_leave_room_for_anothers(engine: Engine, busy_thread: threading.Event) -> None:
    asked = await ask_why(engine, batcher.MAX_EXPLANATIONS_PER_ASKER)
    elsewhere = asyncio.create_task(engine.explain(5, png()))
    busy_thread.set()
    assert all(await asyncio.gather(*asked, elsewhere))


@pytest.mark.usefixtures("decoded_here")
async def test_close_raises_for_waiting_explanations(engine: Engine, busy_thread: threading.Event) -> None:
    asked = await ask_why(engine, 3)
    await engine.close()
    busy_thread.set()
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Why, ClosingError, ClosingError]


@pytest.mark.parametrize(
    ("fixture", "unneeded"),
    [("home", {"matplotlib"}), ("eye_home", {"matplotlib", "scipy", "sklearn", "torch"})],
)
async def test_answers_and_explanations_import_only_what_they_need(
    fixture: str, unneeded: set[str], request: pytest.FixtureRequest
) -> None:
    code = f"""
import asyncio, sys
from pathlib import Path
from classifier.engine import Engine
from classifier.settings import YouTubeSettings

async def main():
    engine = Engine(Path({str(request.getfixturevalue(fixture))!r}), YouTubeSettings(_env_file=None, api_key="none"))
    await engine.start()
    picture = sys.stdin.buffer.read()
    answer, why = await engine.classify(None, picture), await engine.explain(None, picture)
    await engine.close()
    print(answer.channel.label, why.channel.label, *sorted({unneeded!r} & set(sys.modules)))

asyncio.run(main())
"""
    piped = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code), stdin=piped, stdout=piped, stderr=piped
    )
    async with asyncio.timeout(60):
        output, errors = await process.communicate(png())
    assert (process.returncode, output, errors) == (0, b"fern fern\n", b"")


# Starting


def truncate_weights(models: Path, version: str) -> None:
    weights = models / version / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])


@pytest.mark.parametrize(
    "damage",
    [
        truncate_weights,
        lambda models, version: (models / version / "model.json").unlink(),
        lambda models, version: shutil.rmtree(models / version),
        lambda models, version: (models / "serving").write_bytes(b"\0" * 15),
        lambda models, version: (models / "serving").write_bytes(b"\xff\xfe\x80"),
    ],
)
async def test_a_broken_model_is_logged_and_ignored(
    damage: Callable[[Path, str], object], home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    models = home / "models" / "default"
    damage(models, (models / "serving").read_text())
    engine = Engine(home, NOWHERE)
    await engine.start()
    assert engine.info(None) is None
    assert [record.levelno for record in caplog.records if record.name.startswith("classifier.")] == [logging.ERROR]
    with pytest.raises(NoModelError):
        await engine.classify(None, png())
    await engine.close()


async def test_the_folder_of_unknown_channels_is_renamed(home: Path) -> None:
    (home / "strangers").mkdir()
    (home / "strangers" / "thumbnail.jpg").write_bytes(b"kept")
    engine = Engine(home, NOWHERE)
    await engine.start()
    assert (home / "unknown" / "thumbnail.jpg").read_bytes() == b"kept"
    assert not (home / "strangers").exists()
    await engine.close()


async def test_an_existing_folder_of_unknown_channels_is_not_replaced(home: Path) -> None:
    for name in ("strangers", "unknown"):
        (home / name).mkdir()
        (home / name / "thumbnail.jpg").write_text(name)
    engine = Engine(home, NOWHERE)
    await engine.start()
    assert [(home / name / "thumbnail.jpg").read_text() for name in ("strangers", "unknown")] == [
        "strangers",
        "unknown",
    ]
    await engine.close()


async def test_a_folder_that_cannot_be_renamed_is_logged(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (home / "strangers").mkdir()

    def fail(*_: object) -> Path:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "rename", fail)
        engine = Engine(home, NOWHERE)
        await engine.start()
    assert "strangers can't be used: permission denied" in caplog.text
    assert (await engine.classify(None, png())).channel.label == "fern"
    await engine.close()


async def test_an_empty_record_means_no_model(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    (home / "models" / "default" / "serving").write_text("")
    engine = Engine(home, NOWHERE)
    await engine.start()
    assert engine.info(None) is None
    assert caplog.records == []
    await engine.close()


# Training


async def test_a_retrain_gives_a_model_that_survives_a_restart(
    youtube: LocalYouTube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    engine = Engine(Path("home"), youtube.settings, thumbnails_per_channel=9, feature_bytes=200_000)
    await engine.start()
    watch = StageWatch("crawl")
    reviewed = ((video_name("fern", 20), "fern"), ("no-such-one", None))
    retrain = asyncio.create_task(engine.retrain(None, CHANNELS, watch, reviewed=reviewed))
    await wait_for_stage(watch, retrain)
    assert [*engine._trainings] == ["default"]
    with pytest.raises(TrainingRunningError, match="already running"):
        await engine.retrain(None, CHANNELS, watch)
    with pytest.raises(NoModelError):
        await engine.classify(None, png())
    process = process_of(engine)
    arguments = arguments_of(process)
    assert b"crawl" in arguments
    assert youtube.api_key.encode() not in arguments
    assert os.getpriority(os.PRIO_PROCESS, process) == 10
    assert os.getsid(process) == os.getsid(0)  # Linux compares priorities within a session only
    assert os.getpgid(process) == process  # Ctrl-C is for the caller

    report = await retrain
    assert [*engine._trainings] == []
    assert report.swapped
    assert report.comparison is None
    assert report.skipped == ()
    assert report.model == engine.info(None)
    assert [channel.handle for channel in report.model.channels] == ["@amber", "@fern"]
    assert report.model.thumbnails == 19  # 9 of each channel, and a reviewed one
    assert report.model.metrics.n <= 18
    assert list(dict.fromkeys(step.stage for step in watch.steps)) == ["crawl", "read", "train", "measure"]
    for stage in ("crawl", "read", "train"):
        last = [step for step in watch.steps if step.stage == stage][-1]
        assert last.done == last.total > 0

    answer = await engine.classify(None, png())
    await engine.close()
    kept = {path.name for path in (tmp_path / "home" / "models" / "default").iterdir()}
    assert kept == {"serving", report.model.version}
    cached = [path.stat().st_size for path in (tmp_path / "home" / "features").rglob("*") if path.is_file()]
    assert 0 < sum(cached) <= 200_000
    restarted = Engine(tmp_path / "home", NOWHERE)
    await restarted.start()
    assert restarted.info(None) == report.model
    assert (await restarted.classify(None, png())).channel == answer.channel
    await restarted.close()


async def test_a_cancelled_retrain_leaves_the_current_model(crawling_engine: Engine, youtube: LocalYouTube) -> None:
    youtube.faults.thumbnails.delay = 0.2
    before, watch = crawling_engine.info(None), StageWatch("crawl")
    retrain = asyncio.create_task(crawling_engine.retrain(None, CHANNELS, watch))
    await wait_for_stage(watch, retrain)
    process = process_of(crawling_engine)
    assert crawling_engine.cancel(None)
    with pytest.raises(CancelledTrainingError, match=r"cancelled\. Nothing has changed"):
        await retrain
    assert_gone(process)
    assert [*crawling_engine._trainings] == []
    assert crawling_engine.info(None) == before
    assert (await crawling_engine.classify(None, png())).channel.label == "fern"


async def test_a_retrain_can_be_cancelled_while_its_process_starts(
    crawling_engine: Engine, youtube: LocalYouTube, monkeypatch: pytest.MonkeyPatch
) -> None:
    youtube.faults.thumbnails.delay = 30
    create = asyncio.create_subprocess_exec

    async def create_and_cancel(*arguments: Any, **options: Any) -> asyncio.subprocess.Process:
        process = await create(*arguments, **options)
        assert crawling_engine.cancel(None)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", create_and_cancel)
    async with asyncio.timeout(20):  # less than the first thumbnail takes
        with pytest.raises(CancelledTrainingError):
            await crawling_engine.retrain(None, CHANNELS, lambda _: None)
    assert [*crawling_engine._trainings] == []


async def test_a_killed_training_leaves_the_current_model(
    crawling_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    before, watch = crawling_engine.info(None), StageWatch("train")
    retrain = asyncio.create_task(crawling_engine.retrain(None, CHANNELS, watch))
    await wait_for_stage(watch, retrain)
    assert (await crawling_engine.classify(None, png("amber"))).channel.label == "amber"
    os.kill(process_of(crawling_engine), signal.SIGKILL)
    with pytest.raises(TrainingError, match=r"train process ended unexpectedly \(status -9\)\. Nothing has changed"):
        await retrain
    assert "train ended with status -9" in caplog.text
    assert [*crawling_engine._trainings] == []
    assert crawling_engine.info(None) == before
    assert (await crawling_engine.classify(None, png("amber"))).channel.label == "amber"


async def test_close_ends_a_running_retrain(crawling_engine: Engine, youtube: LocalYouTube) -> None:
    youtube.faults.thumbnails.delay = 0.2
    watch = StageWatch("crawl")
    retrain = asyncio.create_task(crawling_engine.retrain(None, CHANNELS, watch))
    await wait_for_stage(watch, retrain)
    process = process_of(crawling_engine)
    await crawling_engine.close()
    assert_gone(process)
    with pytest.raises(CancelledTrainingError):
        await retrain


async def test_a_retrain_whose_task_is_cancelled_leaves_no_process(
    crawling_engine: Engine, youtube: LocalYouTube
) -> None:
    youtube.faults.thumbnails.delay = 0.2
    watch = StageWatch("crawl")
    retrain = asyncio.create_task(crawling_engine.retrain(None, CHANNELS, watch))
    await wait_for_stage(watch, retrain)
    process = process_of(crawling_engine)
    retrain.cancel()
    with pytest.raises(asyncio.CancelledError):
        await retrain
    assert_gone(process)
    assert [*crawling_engine._trainings] == []


async def test_a_channel_that_is_gone_or_weak_does_not_stop_the_others(
    drawn: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    served = tmp_path / "served"
    for name in ("amber", "fern"):
        (served / name).parent.mkdir(exist_ok=True)
        (served / name).symlink_to(drawn / name)
    draw_channel(served / "cobalt", 5)
    async with LocalYouTube(served) as youtube:
        engine = Engine(tmp_path / "home", youtube.settings, network="net", thumbnails_per_channel=10)
        await engine.start()
        with pytest.raises(TooFewThumbnailsError) as caught:
            await engine.retrain(None, ["@amber", "@nobody", "@cobalt"], lambda _: None)
        assert [it.channel.handle for it in left_out_of(caught.value)] == ["@nobody", "@cobalt"]
        with pytest.raises(TooFewThumbnailsError) as caught:
            await engine.retrain(None, ["@amber", "@nobody"], lambda _: None)
        assert [it.channel.handle for it in left_out_of(caught.value)] == ["@nobody"]
        assert engine.info(None) is None
        before = youtube.units
        report = await engine.retrain(None, ["@amber", "@nobody", "@cobalt", "@fern"], lambda _: None)
        await engine.close()
    assert report.swapped
    assert [channel.handle for channel in report.model.channels] == ["@amber", "@fern"]
    assert [(it.channel.handle, it.gone) for it in report.left_out] == [("@nobody", True), ("@cobalt", False)]
    assert report.units == 3 * 2 + 1
    assert youtube.units - before >= report.units
    assert caplog.records == []


@pytest.mark.parametrize(
    ("channels", "remaining", "left_out"), [(["@amber"], 1, []), (["@nobody", "--help"], 0, ["@nobody", "@--help"])]
)
async def test_errors_of_the_worker_are_raised_by_the_engine(
    channels: list[str], remaining: int, left_out: list[str], crawling_engine: Engine
) -> None:
    with pytest.raises(TooFewThumbnailsError) as caught:
        await crawling_engine.retrain(None, channels, lambda _: None)
    assert caught.value.data["channels"] == remaining
    assert [it.channel.title for it in left_out_of(caught.value)] == left_out
    assert [*crawling_engine._trainings] == []


async def test_a_wrong_key_is_an_error_that_does_not_show_it(youtube: LocalYouTube, tmp_path: Path) -> None:
    key = "AIza-a-key-that-must-never-show"
    engine = Engine(tmp_path, youtube.settings.model_copy(update={"api_key": SecretStr(key)}))
    with pytest.raises(WrongKeyError) as caught:
        await engine.retrain(None, CHANNELS, lambda _: None)
    assert key not in str(caught.value)
    await engine.close()


async def test_a_missing_key_is_an_error_of_its_own(youtube: LocalYouTube, tmp_path: Path) -> None:
    engine = Engine(tmp_path, youtube.settings.model_copy(update={"api_key": SecretStr(" ")}))
    await engine.start()
    with pytest.raises(MissingKeyError, match="YOUTUBE_API_KEY"):
        await engine.retrain(None, CHANNELS, lambda _: None)
    with pytest.raises(MissingKeyError, match="YOUTUBE_API_KEY"):
        await engine.facts.channel("@fern")
    await engine.close()


async def test_an_exceeded_quota_is_an_error(crawling_engine: Engine, youtube: LocalYouTube) -> None:
    youtube.faults.quota = 1
    with pytest.raises(QuotaExceededError):
        await crawling_engine.retrain(None, CHANNELS, lambda _: None)


async def test_facts_of_videos_and_channels_are_looked_up(crawling_engine: Engine, youtube: LocalYouTube) -> None:
    fern = youtube.library.by_handle["@fern"]
    video = video_name("fern", 3)
    assert await crawling_engine.facts.video(video) == VideoFact(video, "Fern", channel_id=fern.id, title="Fern #21")
    assert await crawling_engine.facts.channel(fern.id) == Channel("fern", "Fern", fern.id, "@fern")


# Swapping models, with a fake worker, because the results must be fixed


async def test_a_model_that_is_not_worse_is_used(engine: Engine, home: Path, fake_worker: FakeWorker) -> None:
    before = engine.info(None)
    assert before is not None
    old = home / "models" / "default" / before.version
    report = await engine.retrain(None, CHANNELS, lambda _: None)
    assert report.swapped
    assert engine.info(None) is not before
    assert report.model == engine.info(None)
    assert report.model.version == fake_worker.version
    assert fake_worker.against == [old]
    assert served_version(home) == fake_worker.version
    assert old.is_dir()


async def test_a_worse_model_is_kept_but_not_used(engine: Engine, home: Path, fake_worker: FakeWorker) -> None:
    before, fake_worker.worse = engine.info(None), True
    report = await engine.retrain(None, CHANNELS, lambda _: None)
    assert not report.swapped
    assert engine.info(None) == before
    assert before is not None
    assert served_version(home) == before.version
    assert (home / "models" / "default" / fake_worker.version / "model.json").is_file()


async def test_only_the_last_models_are_kept(engine: Engine, home: Path, fake_worker: FakeWorker) -> None:
    for day in range(1, KEPT_MODELS + 3):
        fake_worker.version = f"209901{day:02}-000000"
        await engine.retrain(None, CHANNELS, lambda _: None, force=True)
    kept = sorted(path.name for path in (home / "models" / "default").iterdir() if path.is_dir())
    assert kept == [f"209901{day:02}-000000" for day in range(3, KEPT_MODELS + 3)]


async def test_the_model_in_use_is_kept_however_old(engine: Engine, home: Path, fake_worker: FakeWorker) -> None:
    fake_worker.worse = True
    before = engine.info(None)
    assert before is not None
    for day in range(1, KEPT_MODELS + 3):
        fake_worker.version = f"209901{day:02}-000000"
        await engine.retrain(None, CHANNELS, lambda _: None, force=True)
    kept = {path.name for path in (home / "models" / "default").iterdir() if path.is_dir()}
    assert before.version in kept
    assert len(kept) == KEPT_MODELS


async def test_a_model_that_cannot_be_kept_is_not_used(engine: Engine, home: Path, fake_worker: FakeWorker) -> None:
    before = engine.info(None)
    (home / "models" / "default" / fake_worker.version).mkdir()
    (home / "models" / "default" / fake_worker.version / "in the way").touch()
    with pytest.raises(ArtifactError, match=r"can't be used: .* The current model stays in use"):
        await engine.retrain(None, CHANNELS, lambda _: None)
    assert engine.info(None) == before
    assert (await engine.classify(None, png())).channel.label == "fern"


async def test_models_are_swapped_between_batches(engine: Engine, fake_worker: FakeWorker, batches: list[int]) -> None:
    answers, report = await asyncio.gather(
        asyncio.gather(*(engine.classify(None, png("cobalt", seed)) for seed in range(40))),
        engine.retrain(None, CHANNELS, lambda _: None),
    )
    assert {answer.channel.label for answer in answers} == {"cobalt"}
    assert report.swapped
    assert sum(batches) == 40


async def test_a_prediction_names_the_version_that_made_it(
    engine: Engine, fake_worker: FakeWorker, busy_thread: threading.Event
) -> None:
    before = engine.info(None)
    assert before is not None
    asked = await ask(engine, 1)
    await decoded(engine)  # it is in work
    retrain = asyncio.create_task(engine.retrain(None, CHANNELS, lambda _: None))
    later = await ask(engine, 2)
    busy_thread.set()
    assert (await retrain).swapped
    assert {answer.version for answer in await asyncio.gather(*asked)} == {before.version}
    assert {answer.version for answer in await asyncio.gather(*later)} <= {before.version, fake_worker.version}
    assert (await engine.classify(None, png())).version == fake_worker.version
    await engine.rollback(None)
    assert (await engine.classify(None, png())).version == before.version
