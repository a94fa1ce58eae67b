"""Engine: the async door through which the bot reaches learning. Nothing here blocks the event loop."""

import asyncio
import logging
import re
import shutil
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple, Unpack

from classifier.child import Child
from classifier.errors import (
    ArtifactError,
    BusyError,
    NoModelError,
    PictureError,
    TrainingError,
    TrainingRunningError,
)
from classifier.settings import YouTubeSettings
from classifier.thumbnail import Thumbnail
from classifier.values import ModelInfo, OnProgress, Prediction, TrainedModel, TrainingReport

if TYPE_CHECKING:
    from classifier.predictor import Predictor

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

log = logging.getLogger(__name__)

MOST_WAITING: Final = 2000
MOST_WHYS_WAITING: Final = 16
BATCH: Final = 16
KEPT_MODELS: Final = 5

_RESTARTING: Final = "I am restarting; send the picture again in a minute."
_VERSION: Final = re.compile(r"[\w-]*")


class Engine:
    """Answers pictures from one worker thread and trains in a child process of low priority.

    `data_dir` holds `thumbnails/` (the crawled pictures) and `models/` (one folder a version, and the file `serving`
    that names one of them).
    """

    def __init__(self, data_dir: Path, youtube: YouTubeSettings, *, thumbnails_per_channel: int = 400) -> None:
        self._thumbnails = data_dir.absolute() / "thumbnails"  # the child works in another folder
        self._models = data_dir.absolute() / "models"
        self._youtube = youtube
        self._count = thumbnails_per_channel
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="predict")
        self._predictor: Predictor | None = None
        self._info: ModelInfo | None = None
        self._waiting: deque[tuple[bytes, asyncio.Future[Prediction]]] = deque()
        self._answering: asyncio.Task[None] | None = None
        self._explaining = asyncio.Lock()
        self._whys_waiting = 0
        self._child: Child | None = None
        self._closing = False

    async def start(self) -> None:
        """Load the serving model, where there is one.

        Call it before the gateway connects: it imports torch, which takes seconds. A broken model is logged and
        treated as none, so that a retrain can replace it. Started already, it does nothing.
        """
        if self._predictor is not None:
            return
        try:
            await self._serve(await self._in_worker(_read_serving, self._models))
        except ArtifactError as error:
            log.error("%s", error)  # noqa: TRY400 - the sentence says it all

    async def close(self) -> None:
        """End a running training and, after the batch under way, the worker thread; who else waits is told."""
        self._closing = True
        self.cancel()
        while self._waiting:
            _, future = self._waiting.popleft()
            _fail(future, BusyError(_RESTARTING))
        if self._child is not None:
            await self._child.gone()
        self._worker.shutdown(wait=False)

    @property
    def info(self) -> ModelInfo | None:
        """The serving model; None before the first training."""
        return self._info

    @property
    def training(self) -> bool:
        """Whether a retrain is running."""
        return self._child is not None

    async def classify(self, picture: bytes) -> Prediction:
        """Say whose thumbnail a picture (an encoded file) is.

        Pictures that arrive while others are answered share the next batch. Raises PictureError, NoModelError,
        BusyError.
        """
        self._ready()
        if len(self._waiting) >= MOST_WAITING:
            raise BusyError("Too many pictures are waiting; send yours again in a minute.")
        future: asyncio.Future[Prediction] = asyncio.get_running_loop().create_future()
        self._waiting.append((picture, future))
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._answer())
        return await future

    async def explain(self, picture: bytes) -> bytes:
        """Draw why a picture (an encoded file) is taken for its most probable channel's: a PNG, after about a second.

        One explanation at a time, so that pictures to classify never wait for more than one. Raises PictureError,
        NoModelError, BusyError.
        """
        self._ready()
        if self._whys_waiting >= MOST_WHYS_WAITING:
            raise BusyError("Too many pictures are waiting to be explained; ask again in a minute.")
        self._whys_waiting += 1
        try:
            async with self._explaining:
                return await self._in_worker(_explain, self._ready(), picture)
        finally:
            self._whys_waiting -= 1

    async def retrain(self, channels: Sequence[str], on_progress: OnProgress) -> TrainingReport:
        """Crawl the channels (handles, ids or links), train, and let the new model serve unless it is worse.

        Worse means: beyond chance, on the same held-out pictures. `on_progress` is called in the event loop. Whatever
        ends it early, the old model goes on serving. Raises TrainingRunningError, LinkError, CrawlError, DatasetError,
        TrainingError, ArtifactError.
        """
        if self._child is not None:
            raise TrainingRunningError("A training is running already; wait for its report, then ask again.")
        self._child = child = Child(self._youtube, on_progress)
        draft = self._models / ".draft"
        try:
            crawled = await child.crawl(channels, self._thumbnails, self._count)
            labels = [report.channel.label for report in crawled]
            serving = self._models / self._info.version if self._info else None
            trained = await child.train(self._thumbnails, labels, draft, against=serving)
            plot = await self._in_worker(self._admit, draft, trained)
            if not trained.worse:
                await self._serve(trained.model.version)
        finally:
            try:
                await child.gone()
            finally:
                self._child = None
        return TrainingReport(trained.model, trained.before, not trained.worse, trained.skipped, plot)

    def cancel(self) -> bool:
        """Stop the running retrain, which then raises CancelledTrainingError; False where none is running."""
        return self._child is not None and self._child.cancel()

    def _ready(self) -> "Predictor":
        """What answers now. Raises BusyError, NoModelError where nothing does."""
        if self._closing:
            raise BusyError(_RESTARTING)
        if self._predictor is None:
            raise NoModelError("I know no channels yet; a server admin can teach me with the command retrain.")
        return self._predictor

    async def _answer(self) -> None:
        """Answer all that wait, batch by batch."""
        while self._waiting and self._predictor is not None:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            try:
                answers = await self._in_worker(_predict, self._predictor, [picture for picture, _ in batch])
            except Exception as error:
                log.exception("a batch of %d pictures failed", len(batch))
                for _, future in batch:
                    _fail(future, error)
                continue
            for (_, future), answer in zip(batch, answers, strict=True):
                if isinstance(answer, PictureError):
                    _fail(future, answer)
                elif not future.done():
                    future.set_result(answer)

    async def _serve(self, version: str | None) -> None:
        """Load a version and let it answer from now on."""
        predictor, info = await self._in_worker(_load, self._models / version if version else None)
        if predictor is not None:
            self._predictor, self._info = predictor, info

    def _admit(self, draft: Path, trained: TrainedModel) -> bytes:
        """Keep a finished model under its version, note whether it serves, and forget the oldest."""
        try:
            plot = (draft / "confusion.png").read_bytes()
            draft.rename(self._models / trained.model.version)
            if not trained.worse:
                note = self._models / ".serving.part"
                note.write_text(trained.model.version)
                note.replace(self._models / "serving")
            serving = _read_serving(self._models)
            others = sorted(path for path in self._models.iterdir() if path.is_dir() and path.name != serving)
            for old in others[: -(KEPT_MODELS - 1)]:
                shutil.rmtree(old, ignore_errors=True)
        except OSError as error:
            raise TrainingError(f"The new model can't be kept: {error.strerror}. The old one goes on.") from error
        return plot

    async def _in_worker(self, work: Callable[[Unpack[Ts]], T], *arguments: *Ts) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work, *arguments)


def _fail(future: asyncio.Future[Prediction], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def _read_serving(models: Path) -> str | None:
    """The version that serves, if any. Raises ArtifactError where the note of it is broken."""
    try:
        version = (models / "serving").read_text(errors="replace").strip()
    except FileNotFoundError:
        return None
    if not _VERSION.fullmatch(version):
        raise ArtifactError(f"{models / 'serving'} names no model; train again.")
    return version or None


def _load(folder: Path | None) -> "tuple[Predictor | None, ModelInfo | None]":
    """Import torch, and load a model if there is one; one core is enough for answering."""
    import torch  # noqa: PLC0415 - seconds of import, wanted in this thread and only where pictures are answered

    from classifier import artifact  # noqa: PLC0415
    from classifier.predictor import Predictor  # noqa: PLC0415

    torch.set_num_threads(1)
    if folder is None:
        return None, None
    model = artifact.load(folder)
    return Predictor(model.network, model.calibration, model.info.channels), model.info


def _predict(predictor: "Predictor", pictures: Sequence[bytes]) -> list[Prediction | PictureError]:
    decoded: list[Thumbnail | PictureError] = []
    for picture in pictures:
        try:
            decoded.append(Thumbnail.decode(picture))
        except PictureError as error:
            decoded.append(error)
    predictions = iter(predictor.predict([item for item in decoded if isinstance(item, Thumbnail)]))
    return [next(predictions) if isinstance(item, Thumbnail) else item for item in decoded]


def _explain(predictor: "Predictor", picture: bytes) -> bytes:
    from classifier.figures import explanation_figure  # noqa: PLC0415 - matplotlib, only for those who ask why

    thumbnail = Thumbnail.decode(picture)
    return explanation_figure(thumbnail, predictor.explain(thumbnail))
