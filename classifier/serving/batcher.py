"""Batcher: pictures wait for their model, and one worker thread answers them in batches."""

import asyncio
import ctypes
import logging
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar, TypeVarTuple, Unpack

import numpy as np
from cachetools import LRUCache, cached
from numpy.typing import NDArray

from classifier.drawing.explanations import heatmap_figure, histograms_figure, planes_figure
from classifier.errors import ArtifactError, BusyError, ClosingError, PictureError, WeightsError
from classifier.models.folder import read_info
from classifier.models.judges import HeadJudge
from classifier.models.predictor import Predictor
from classifier.networks.eye import Eye
from classifier.pictures.thumbnail import Thumbnail
from classifier.settings import EYE
from classifier.values import Prediction, Why

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

log = logging.getLogger(__name__)

MAX_WAITING: Final = 2000
MAX_EXPLANATIONS_WAITING: Final = 16
MAX_EXPLANATIONS_PER_ASKER: Final = 4
BATCH_SIZE: Final = 16
MAX_LOADED: Final = 256
"""Models in memory; those of the eye take a third of a MiB each."""

_REPLACED: Final = "This model is no longer in use. Send the picture again."
_CLOSING: Final = "The program is shutting down. Send the picture again in a minute."


@dataclass(frozen=True, slots=True)
class _Request:
    model: Path
    picture: bytes
    answer: asyncio.Future[Prediction]


class Batcher:
    """Answers pictures with models that it loads on demand; the least recently used ones are unloaded.

    A batch is for many models: the eye sees all its pictures at once. Models take turns, and so do the askers of one
    model: nobody waits for everything that somebody else asked before. An answer costs the same however many models and
    askers there are.
    """

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="predict")
        self._loaded: LRUCache[Path, Predictor] = LRUCache(MAX_LOADED)  # used in the worker thread only
        self._load = cached(self._loaded, key=lambda model: model)(self._read)
        self._eye: Eye | None = None  # used in the worker thread only
        self._unloaded: set[Path] = set()  # explanations that wait for one of them must not load it again
        self._waiting: OrderedDict[Path, OrderedDict[object, deque[_Request]]] = OrderedDict()
        self._count = 0
        self._answering: asyncio.Task[None] | None = None
        self._explaining = asyncio.Lock()
        self._explanations_waiting: Counter[object] = Counter()
        self._closing = False

    async def load(self, model: Path) -> None:
        """Load the model of a folder. Raises ArtifactError, BusyError."""
        self.check_open()
        self._unloaded.discard(model)
        await self._in_worker(self._load, model)

    def unload(self, model: Path) -> None:
        """Unload a model; whoever waits for its answer gets ArtifactError, and may ask another model."""
        self._unloaded.add(model)
        for pictures in self._waiting.pop(model, {}).values():
            self._count -= len(pictures)
            for request in pictures:
                _fail(request, ArtifactError(_REPLACED))
        if not self._closing:
            self._worker.submit(self._drop, model)

    def close(self) -> None:
        """Stop the worker thread after the current batch; everyone else waiting gets ClosingError."""
        self._closing = True
        while self._waiting:
            for request in self._next_batch():
                _fail(request, ClosingError(_CLOSING))
        self._worker.shutdown(wait=False)

    def check_open(self) -> None:
        """Raise ClosingError after `close`."""
        if self._closing:
            raise ClosingError(_CLOSING)

    async def classify(self, model: Path, asker: object, picture: bytes) -> Prediction:
        """Predict the channel of a picture (an encoded file) with the model of a folder.

        Raises PictureError, ArtifactError, BusyError.
        """
        self.check_open()
        if self._count >= MAX_WAITING:
            raise BusyError("Too many pictures are waiting. Send yours again in a minute.")
        request = _Request(model, picture, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(model, OrderedDict()).setdefault(asker, deque()).append(request)
        self._count += 1
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._answer())
        return await request.answer

    async def explain(self, model: Path, asker: object, picture: bytes) -> Why:
        """Explain a picture's most probable channel, in about a second.

        One explanation at a time, so that other pictures never wait for more than one. Raises PictureError,
        ArtifactError, BusyError.
        """
        self.check_open()
        if (
            self._explanations_waiting.total() >= MAX_EXPLANATIONS_WAITING
            or self._explanations_waiting[asker] >= MAX_EXPLANATIONS_PER_ASKER
        ):
            raise BusyError("Too many explanations are waiting. Try again in a minute.")
        self._explanations_waiting[asker] += 1
        try:
            async with self._explaining:
                self.check_open()
                if model in self._unloaded:
                    raise ArtifactError(_REPLACED)
                return await self._in_worker(self._explain, model, picture)
        finally:
            self._explanations_waiting -= Counter([asker])

    async def _answer(self) -> None:
        """Answer everyone who waits, batch by batch."""
        while self._waiting:
            batch = self._next_batch()
            asked = [(request.model, request.picture) for request in batch]
            outcomes: list[Prediction | Exception]
            try:
                outcomes = await self._in_worker(self._predict, asked)
            except Exception as error:
                log.exception("a batch of %d pictures failed", len(batch))
                outcomes = [error] * len(batch)
            for request, outcome in zip(batch, outcomes, strict=True):
                if isinstance(outcome, Exception):
                    _fail(request, outcome)
                elif not request.answer.done():
                    request.answer.set_result(outcome)

    def _next_batch(self) -> list[_Request]:
        """The next batch: one picture per model and asker in turn while there is room; the rest wait again."""
        batch: list[_Request] = []
        while self._waiting and len(batch) < BATCH_SIZE:
            model, askers = self._waiting.popitem(last=False)
            asker, requests = askers.popitem(last=False)
            batch.append(requests.popleft())
            if requests:
                askers[asker] = requests
            if askers:
                self._waiting[model] = askers
        self._count -= len(batch)
        return batch

    def _predict(self, asked: Sequence[tuple[Path, bytes]]) -> list[Prediction | Exception]:
        """Answer pictures with their models; the eye sees all of them at once, and an error is its own picture's."""
        decoded = [_decoded(picture) for _, picture in asked]
        outcomes: dict[int, Prediction | Exception] = {
            place: item for place, item in enumerate(decoded) if isinstance(item, Exception)
        }
        thumbnails = {place: item for place, item in enumerate(decoded) if isinstance(item, Thumbnail)}
        by_model: dict[Path, list[int]] = {}
        for place in thumbnails:
            by_model.setdefault(asked[place][0], []).append(place)
        predictors: dict[Path, Predictor] = {}
        for model, places in by_model.items():
            try:
                predictors[model] = self._load(model)
            except (ArtifactError, WeightsError) as error:
                outcomes |= dict.fromkeys(places, error)
        seen = self._see({place: thumbnails[place] for model in predictors for place in by_model[model]}, predictors)
        for model, predictor in predictors.items():
            places = by_model[model]
            try:
                if isinstance(predictor.judge, HeadJudge):
                    judged = predictor.judge.judge_features(np.stack([seen[place] for place in places]))
                    predictions = predictor.predictions(judged)
                else:
                    predictions = predictor.predict([thumbnails[place] for place in places])
            except Exception as error:
                log.exception("%d pictures could not be answered", len(places))
                outcomes |= dict.fromkeys(places, error)
            else:
                outcomes |= dict(zip(places, predictions, strict=True))
        return [outcomes[place] for place in range(len(asked))]

    def _see(
        self, thumbnails: Mapping[int, Thumbnail], predictors: Mapping[Path, Predictor]
    ) -> Mapping[int, NDArray[np.float32]]:
        """What the eye sees of thumbnails; nothing if no model needs it."""
        if self._eye is None or not any(isinstance(it.judge, HeadJudge) for it in predictors.values()):
            return {}
        features = self._eye.see(np.stack([thumbnail.pixels for thumbnail in thumbnails.values()]))
        return dict(zip(thumbnails, features, strict=True))

    def _read(self, model: Path) -> Predictor:
        """Load a model; all that answer by the eye share one."""
        if self._eye is None and read_info(model).network == EYE:
            self._eye = Eye()
        predictor = Predictor.load(model, self._eye)
        _return_memory()
        return predictor

    def _drop(self, model: Path) -> None:
        self._loaded.pop(model, None)
        _return_memory()

    def _explain(self, model: Path, picture: bytes) -> Why:
        thumbnail = Thumbnail.decode(picture)
        heatmap = self._load(model).explain(thumbnail)
        return Why(
            heatmap.channel,
            heatmap=heatmap_figure(thumbnail, heatmap),
            planes=planes_figure(thumbnail),
            histograms=histograms_figure(thumbnail),
        )

    async def _in_worker(self, work: Callable[[Unpack[Ts]], T], *arguments: *Ts) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work, *arguments)


def _fail(request: _Request, error: Exception) -> None:
    if not request.answer.done():
        request.answer.set_exception(error)


def _decoded(picture: bytes) -> Thumbnail | PictureError:
    """A decoded picture, or its error: whatever its bytes cause, no other answer is affected."""
    try:
        return Thumbnail.decode(picture)
    except PictureError as error:
        return error
    except Exception:
        log.exception("a picture of %d bytes could not be decoded", len(picture))
        return PictureError("That image can't be read. Send another one, or the same one as a JPEG.")


def _return_memory() -> None:
    """Have the C library return freed memory to the system, which glibc does not do by itself."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
