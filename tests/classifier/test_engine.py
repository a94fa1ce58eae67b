"""The engine, with real child processes that crawl a local YouTube and train."""

import asyncio
import io
import logging
import os
import shutil
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import SecretStr

from bot.sandbox.youtube import LocalYouTube
from classifier.engine import Engine
from classifier.errors import (
    ArtifactError,
    BusyError,
    CancelledTrainingError,
    LinkError,
    NoModelError,
    PictureError,
    QuotaExceededError,
    ThumbprintError,
    TooFewThumbnailsError,
    TrainingError,
    TrainingRunningError,
    UnknownChannelError,
    WrongKeyError,
)
from classifier.models.predictor import Predictor
from classifier.pictures.thumbnail import Thumbnail
from classifier.serving import batcher as answering
from classifier.serving.batcher import Batcher
from classifier.serving.versions import KEPT_MODELS
from classifier.training.train import TrainingResult
from classifier.values import Prediction, Why
from tests.classifier.drawn import COLOURS
from tests.classifier.engines import (
    CHANNELS,
    NOWHERE,
    PlayedChild,
    Watch,
    arguments_of,
    assert_gone,
    png,
    process_of,
    serving,
    until,
)
from tests.pictures import video_name


@pytest.fixture(autouse=True)
def small_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine is busy with tests; one thread is enough."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
async def youtube(drawn: Path) -> AsyncIterator[LocalYouTube]:
    """A local YouTube that serves the drawn channels."""
    async with LocalYouTube(drawn) as youtube:
        yield youtube


@pytest.fixture
async def engine(home: Path) -> AsyncIterator[Engine]:
    """An engine that answers, and can reach nothing."""
    engine = Engine(home, NOWHERE)
    await engine.start()
    yield engine
    await engine.close()


@pytest.fixture
async def learning(home: Path, youtube: LocalYouTube) -> AsyncIterator[Engine]:
    """An engine that answers, and can learn ten thumbnails of each channel."""
    engine = Engine(home, youtube.settings, thumbnails_per_channel=10)
    await engine.start()
    yield engine
    await engine.close()


# Answers


async def test_without_a_model_there_is_no_answer(tmp_path: Path) -> None:
    engine = Engine(tmp_path, NOWHERE)
    await engine.start()
    with pytest.raises(NoModelError, match="retrain"):
        await engine.classify(None, png())
    assert engine.info(None) is None
    assert not engine.training(None)
    assert not engine.cancel(None)
    await engine.close()


async def test_a_model_answers(engine: Engine, trained: TrainingResult) -> None:
    for name in COLOURS:
        assert (await engine.classify(None, png(name))).channel.label == name
    assert engine.info(None) == trained.artifact.info


async def test_starting_again_does_nothing(engine: Engine, home: Path) -> None:
    (home / "models" / "default" / "serving").unlink()
    await engine.start()
    assert (await engine.classify(None, png())).channel.label == "fern"


async def test_a_broken_picture_spoils_nobody_elses_answer(engine: Engine) -> None:
    pictures = [png("amber"), b"no picture", png("cobalt"), b"", png("fern")]
    answers = await asyncio.gather(*(engine.classify(None, picture) for picture in pictures), return_exceptions=True)
    assert [isinstance(answer, PictureError) for answer in answers] == [False, True, False, True, False]
    named = [answer.channel.label for answer in answers if isinstance(answer, Prediction)]
    assert named == ["amber", "cobalt", "fern"]


async def test_a_picture_that_breaks_the_decoder_spoils_nobody_elses_answer(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    decode = Thumbnail.decode

    def broken(data: bytes) -> Thumbnail:
        if data == b"evil":
            raise RuntimeError("nobody foresaw this")
        return decode(data)

    monkeypatch.setattr(Thumbnail, "decode", broken)
    evil, good = await asyncio.gather(
        *(engine.classify(None, picture) for picture in (b"evil", png("amber"))), return_exceptions=True
    )
    assert isinstance(evil, PictureError)
    assert isinstance(good, Prediction)
    assert "nobody foresaw this" in caplog.text


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures each batch held."""
    sizes: list[int] = []
    predict = Batcher._predict

    def watched(self: Batcher, model: Path, pictures: Sequence[bytes]) -> list[Prediction | PictureError]:
        sizes.append(len(pictures))
        return predict(self, model, pictures)

    monkeypatch.setattr(Batcher, "_predict", watched)
    return sizes


async def test_many_pictures_at_once_share_batches(engine: Engine, batches: list[int]) -> None:
    names = [*COLOURS] * 14
    answers = await asyncio.gather(*(engine.classify(None, png(name, index)) for index, name in enumerate(names)))
    assert [answer.channel.label for answer in answers] == names
    assert sum(batches) == 42
    assert max(batches) == 16
    assert len(batches) <= 4


@pytest.fixture
def held_worker(engine: Engine) -> Iterator[threading.Event]:
    """The engine's worker thread is busy until the event is set."""
    let_go = threading.Event()
    engine._batcher._worker.submit(let_go.wait)
    yield let_go
    let_go.set()


async def ask(engine: Engine, times: int) -> "list[asyncio.Task[Prediction]]":
    """Ask for answers that are not given yet."""
    asked = [asyncio.create_task(engine.classify(None, png())) for _ in range(times)]
    await asyncio.sleep(0)
    return asked


async def test_too_many_waiting_pictures_are_sent_away(
    engine: Engine, held_worker: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "MOST_WAITING", 3)
    waiting = await ask(engine, 3)
    with pytest.raises(BusyError, match="in a minute"):
        await engine.classify(None, png())
    held_worker.set()
    assert len(await asyncio.gather(*waiting)) == 3


async def test_who_no_longer_waits_disturbs_nobody(engine: Engine, held_worker: threading.Event) -> None:
    gone, stays = await ask(engine, 2)
    gone.cancel()
    held_worker.set()
    assert (await stays).channel.label == "fern"
    assert gone.cancelled()


async def test_a_failing_batch_is_told_and_the_next_one_answered(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Predictor, "predict", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await engine.classify(None, png())
    assert "a batch of 1 pictures failed" in caplog.text
    assert (await engine.classify(None, png("amber"))).channel.label == "amber"


async def test_closing_finishes_the_batch_and_tells_the_others(
    engine: Engine, held_worker: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "BATCH", 2)
    asked = await ask(engine, 5)
    await asyncio.sleep(0)
    assert engine._batcher._count == 3  # the first batch is under way
    await engine.close()
    held_worker.set()
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Prediction] * 2 + [BusyError] * 3


async def test_closing_ends_the_thread(home: Path) -> None:
    before = set(threading.enumerate())
    engine = Engine(home, NOWHERE)
    await engine.start()
    await engine.classify(None, png())
    own = [thread for thread in threading.enumerate() if thread not in before and thread.name.startswith("predict")]
    assert len(own) == 1
    await engine.close()
    await asyncio.to_thread(own[0].join, 10)
    assert not own[0].is_alive()


# Why


async def test_a_model_says_why(engine: Engine) -> None:
    why = await engine.explain(None, png())
    assert why.channel == (await engine.classify(None, png())).channel
    for picture in (why.heat, why.planes, why.histograms):
        with Image.open(io.BytesIO(picture)) as drawn:
            assert (drawn.format, drawn.width > 900) == ("PNG", True)


async def test_why_has_the_errors_of_an_answer(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(PictureError):
        await engine.explain(None, b"no picture")
    unlearned = Engine(tmp_path, NOWHERE)
    await unlearned.start()
    with pytest.raises(NoModelError, match="retrain"):
        await unlearned.explain(None, png())
    await unlearned.close()
    with pytest.raises(BusyError, match="restarting"):
        await unlearned.explain(None, png())


async def ask_why(engine: Engine, times: int) -> "list[asyncio.Task[Why]]":
    """Ask for explanations that are not given yet."""
    asked = [asyncio.create_task(engine.explain(None, png())) for _ in range(times)]
    await asyncio.sleep(0)
    return asked


async def test_a_picture_waits_for_one_explanation_at_most(
    engine: Engine, held_worker: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[str] = []
    predict = Batcher._predict

    def watched(self: Batcher, model: Path, pictures: Sequence[bytes]) -> list[Prediction | PictureError]:
        worked.append("answer")
        return predict(self, model, pictures)

    def explained(*_: object) -> bytes:
        worked.append("why")
        return b""

    monkeypatch.setattr(Batcher, "_predict", watched)
    monkeypatch.setattr(Batcher, "_explain", explained)
    whys = await ask_why(engine, 4)
    answers = await ask(engine, 1)
    held_worker.set()
    await asyncio.gather(*whys, *answers)
    assert worked == ["why", "answer", "why", "why", "why"]


@pytest.mark.parametrize("most", ["MOST_WHYS_WAITING", "MOST_WHYS_WAITING_EACH"])
async def test_too_many_whys_are_sent_away(
    most: str, engine: Engine, held_worker: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, most, 2)
    first, second = await ask_why(engine, 2)
    with pytest.raises(BusyError, match="in a minute"):
        await engine.explain(None, png())
    second.cancel()
    held_worker.set()
    await first
    assert await engine.explain(None, png())


async def test_one_servers_whys_leave_room_for_anothers(engine: Engine, held_worker: threading.Event) -> None:
    asked = await ask_why(engine, answering.MOST_WHYS_WAITING_EACH)
    elsewhere = asyncio.create_task(engine.explain(5, png()))
    held_worker.set()
    assert all(await asyncio.gather(*asked, elsewhere))


async def test_closing_tells_who_waits_for_a_why(engine: Engine, held_worker: threading.Event) -> None:
    asked = await ask_why(engine, 3)
    await engine.close()
    held_worker.set()
    async with asyncio.timeout(30):
        told = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in told] == [Why, BusyError, BusyError]


async def test_matplotlib_waits_for_the_first_why(home: Path) -> None:
    code = f"""
import asyncio, sys
from pathlib import Path
from classifier.engine import Engine
from classifier.settings import YouTubeSettings

async def main():
    engine = Engine(Path({str(home)!r}), YouTubeSettings(_env_file=None, api_key="none"))
    await engine.start()
    await engine.classify(None, sys.stdin.buffer.read())
    await engine.close()

asyncio.run(main())
sys.exit("matplotlib" in sys.modules)
"""
    piped = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=piped, stderr=piped)
    async with asyncio.timeout(60):
        _, errors = await process.communicate(png())
    assert (process.returncode, errors) == (0, b"")


# Starting


def spoilt_weights(models: Path, version: str) -> None:
    weights = models / version / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])


@pytest.mark.parametrize(
    "spoil",
    [
        spoilt_weights,
        lambda models, version: (models / version / "model.json").unlink(),
        lambda models, version: shutil.rmtree(models / version),
        lambda models, version: (models / "serving").write_bytes(b"\0" * 15),
        lambda models, version: (models / "serving").write_bytes(b"\xff\xfe\x80"),
    ],
)
async def test_a_broken_model_is_logged_and_treated_as_none(
    spoil: Callable[[Path, str], object], home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    models = home / "models" / "default"
    spoil(models, (models / "serving").read_text())
    engine = Engine(home, NOWHERE)
    await engine.start()
    assert engine.info(None) is None
    assert [record.levelno for record in caplog.records if record.name == "classifier.engine"] == [logging.ERROR]
    with pytest.raises(NoModelError):
        await engine.classify(None, png())
    await engine.close()


async def test_an_empty_note_means_no_model(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    (home / "models" / "default" / "serving").write_text("")
    engine = Engine(home, NOWHERE)
    await engine.start()
    assert engine.info(None) is None
    assert caplog.records == []
    await engine.close()


# Learning


async def test_a_retrain_ends_in_a_model_that_answers_and_stays(
    youtube: LocalYouTube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    engine = Engine(Path("home"), youtube.settings, thumbnails_per_channel=9)
    await engine.start()
    watch = Watch("crawl")
    told = ((video_name("fern", 20), "fern"), ("no-such-one", None))
    retrain = asyncio.create_task(engine.retrain(None, CHANNELS, watch, reviewed=told))
    await until(watch, retrain)
    assert engine.training(None)
    with pytest.raises(TrainingRunningError, match="running already"):
        await engine.retrain(None, CHANNELS, watch)
    with pytest.raises(NoModelError):
        await engine.classify(None, png())
    process = process_of(engine)
    arguments = arguments_of(process)
    assert b"crawl" in arguments
    assert youtube.api_key.encode() not in arguments
    assert os.getpriority(os.PRIO_PROCESS, process) == 10

    report = await retrain
    assert not engine.training(None)
    assert report.swapped
    assert report.comparison is None
    assert report.skipped == ()
    assert report.model == engine.info(None)
    assert [channel.handle for channel in report.model.channels] == ["@amber", "@fern"]
    assert report.model.pictures == 19  # 9 of each channel, and a reviewed one
    assert report.model.metrics.n <= 18
    with Image.open(io.BytesIO(report.confusion_plot)) as plot:
        assert plot.format == "PNG"
    assert list(dict.fromkeys(step.stage for step in watch.steps)) == ["crawl", "read", "train", "measure"]
    for stage in ("crawl", "read", "train"):
        last = [step for step in watch.steps if step.stage == stage][-1]
        assert last.done == last.total > 0

    answer = await engine.classify(None, png())
    await engine.close()
    kept = {path.name for path in (tmp_path / "home" / "models" / "default").iterdir()}
    assert kept == {"serving", report.model.version}
    restarted = Engine(tmp_path / "home", NOWHERE)
    await restarted.start()
    assert restarted.info(None) == report.model
    assert (await restarted.classify(None, png())).channel == answer.channel
    await restarted.close()


async def test_a_cancelled_retrain_leaves_the_old_model(learning: Engine, youtube: LocalYouTube) -> None:
    youtube.faults.pictures.delay = 0.2
    before, watch = learning.info(None), Watch("crawl")
    retrain = asyncio.create_task(learning.retrain(None, CHANNELS, watch))
    await until(watch, retrain)
    process = process_of(learning)
    assert learning.cancel(None)
    with pytest.raises(CancelledTrainingError, match="the old model goes on"):
        await retrain
    assert_gone(process)
    assert not learning.training(None)
    assert learning.info(None) == before
    assert (await learning.classify(None, png())).channel.label == "fern"


async def test_a_cancel_while_the_process_is_made_counts_too(
    learning: Engine, youtube: LocalYouTube, monkeypatch: pytest.MonkeyPatch
) -> None:
    youtube.faults.pictures.delay = 30
    make = asyncio.create_subprocess_exec

    async def make_and_cancel(*arguments: Any, **options: Any) -> asyncio.subprocess.Process:
        process = await make(*arguments, **options)
        assert learning.cancel(None)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", make_and_cancel)
    async with asyncio.timeout(20):  # less than the first picture takes
        with pytest.raises(CancelledTrainingError):
            await learning.retrain(None, CHANNELS, lambda _: None)
    assert not learning.training(None)


async def test_a_killed_training_leaves_the_old_model(learning: Engine, caplog: pytest.LogCaptureFixture) -> None:
    before, watch = learning.info(None), Watch("train")
    retrain = asyncio.create_task(learning.retrain(None, CHANNELS, watch))
    await until(watch, retrain)
    assert (await learning.classify(None, png("amber"))).channel.label == "amber"
    os.kill(process_of(learning), signal.SIGKILL)
    with pytest.raises(TrainingError, match=r"train process broke off \(status -9\); the old model goes on"):
        await retrain
    assert "train ended with status -9" in caplog.text
    assert not learning.training(None)
    assert learning.info(None) == before
    assert (await learning.classify(None, png("amber"))).channel.label == "amber"


async def test_closing_ends_a_running_retrain(learning: Engine, youtube: LocalYouTube) -> None:
    youtube.faults.pictures.delay = 0.2
    watch = Watch("crawl")
    retrain = asyncio.create_task(learning.retrain(None, CHANNELS, watch))
    await until(watch, retrain)
    child = process_of(learning)
    await learning.close()
    assert_gone(child)
    with pytest.raises(CancelledTrainingError):
        await retrain


async def test_a_retrain_that_nobody_awaits_any_more_leaves_no_process(learning: Engine, youtube: LocalYouTube) -> None:
    youtube.faults.pictures.delay = 0.2
    watch = Watch("crawl")
    retrain = asyncio.create_task(learning.retrain(None, CHANNELS, watch))
    await until(watch, retrain)
    child = process_of(learning)
    retrain.cancel()
    with pytest.raises(asyncio.CancelledError):
        await retrain
    assert_gone(child)
    assert not learning.training(None)


@pytest.mark.parametrize(
    ("channels", "kind"),
    [
        (["@nobody"], UnknownChannelError),
        (["https://example.com/"], LinkError),
        (["@amber"], TooFewThumbnailsError),
        (["--help"], ThumbprintError),
    ],
)
async def test_what_the_child_refuses_is_raised_here(
    channels: list[str], kind: type[ThumbprintError], learning: Engine
) -> None:
    with pytest.raises(kind) as caught:
        await learning.retrain(None, channels, lambda _: None)
    assert type(caught.value) is kind or kind is ThumbprintError
    assert not learning.training(None)


async def test_a_wrong_key_is_a_wrong_key(youtube: LocalYouTube, tmp_path: Path) -> None:
    key = "AIza-a-key-that-must-never-show"
    engine = Engine(tmp_path, youtube.settings.model_copy(update={"api_key": SecretStr(key)}))
    with pytest.raises(WrongKeyError) as caught:
        await engine.retrain(None, CHANNELS, lambda _: None)
    assert key not in str(caught.value)
    await engine.close()


async def test_used_up_quota_is_said(learning: Engine, youtube: LocalYouTube) -> None:
    youtube.faults.quota = 1
    with pytest.raises(QuotaExceededError):
        await learning.retrain(None, CHANNELS, lambda _: None)


# Swapping: the child is played, since what it gives must be fixed


async def test_a_model_that_is_not_worse_serves(engine: Engine, home: Path, played_child: PlayedChild) -> None:
    before = engine.info(None)
    assert before is not None
    old = home / "models" / "default" / before.version
    report = await engine.retrain(None, CHANNELS, lambda _: None)
    assert report.swapped
    assert report.confusion_plot == played_child.version.encode()
    assert engine.info(None) is not before
    assert report.model == engine.info(None)
    assert report.model.version == played_child.version
    assert played_child.against == [old]
    assert serving(home) == played_child.version
    assert old.is_dir()


async def test_a_worse_model_is_kept_but_does_not_serve(engine: Engine, home: Path, played_child: PlayedChild) -> None:
    before, played_child.worse = engine.info(None), True
    report = await engine.retrain(None, CHANNELS, lambda _: None)
    assert not report.swapped
    assert engine.info(None) == before
    assert before is not None
    assert serving(home) == before.version
    assert (home / "models" / "default" / played_child.version / "model.json").is_file()


async def test_the_last_models_are_kept(engine: Engine, home: Path, played_child: PlayedChild) -> None:
    for day in range(1, KEPT_MODELS + 3):
        played_child.version = f"209901{day:02}-000000"
        await engine.retrain(None, CHANNELS, lambda _: None)
    kept = sorted(path.name for path in (home / "models" / "default").iterdir() if path.is_dir())
    assert kept == [f"209901{day:02}-000000" for day in range(3, KEPT_MODELS + 3)]


async def test_the_serving_model_is_kept_however_old(engine: Engine, home: Path, played_child: PlayedChild) -> None:
    played_child.worse = True
    before = engine.info(None)
    assert before is not None
    for day in range(1, KEPT_MODELS + 3):
        played_child.version = f"209901{day:02}-000000"
        await engine.retrain(None, CHANNELS, lambda _: None)
    kept = {path.name for path in (home / "models" / "default").iterdir() if path.is_dir()}
    assert before.version in kept
    assert len(kept) == KEPT_MODELS


async def test_a_model_that_cannot_be_kept_does_not_serve(
    engine: Engine, home: Path, played_child: PlayedChild
) -> None:
    before = engine.info(None)
    (home / "models" / "default" / played_child.version).mkdir()
    (home / "models" / "default" / played_child.version / "in the way").touch()
    with pytest.raises(ArtifactError, match=r"can't be used: .* the model in use goes on"):
        await engine.retrain(None, CHANNELS, lambda _: None)
    assert engine.info(None) == before
    assert (await engine.classify(None, png())).channel.label == "fern"


async def test_a_swap_happens_between_batches(engine: Engine, played_child: PlayedChild, batches: list[int]) -> None:
    answers, report = await asyncio.gather(
        asyncio.gather(*(engine.classify(None, png("cobalt", seed)) for seed in range(40))),
        engine.retrain(None, CHANNELS, lambda _: None),
    )
    assert {answer.channel.label for answer in answers} == {"cobalt"}
    assert report.swapped
    assert sum(batches) == 40
