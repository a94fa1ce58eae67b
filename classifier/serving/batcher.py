"""Batcher: pictures are decoded when it is their turn, and one worker thread answers them in batches."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar, TypeVarTuple, Unpack

from classifier.drawing.explanations import Words
from classifier.errors import ArtifactError, BusyError, ClosingError
from classifier.pictures.thumbnail import Thumbnail
from classifier.serving.decoder_pool import DecoderPool
from classifier.serving.fair_queue import FairQueue
from classifier.serving.loaded_models import Compared, Explained, LoadedModels, Predicted

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

log = logging.getLogger(__name__)

MAX_WAITING: Final = 2000
MAX_EXPLANATIONS_WAITING: Final = 16
MAX_EXPLANATIONS_PER_ASKER: Final = 4
BATCH_SIZE: Final = 16

_REPLACED: Final = "This model is no longer in use. Send the picture again."
_CLOSING: Final = "The program is shutting down. Send the picture again in a minute."


@dataclass(frozen=True, slots=True)
class _Request:
    model: Path
    picture: bytes
    answer: asyncio.Future[Predicted]


@dataclass(frozen=True, slots=True)
class _Decoded:
    request: _Request
    thumbnail: Thumbnail


class Batcher:
    """Answers pictures with models that it loads on demand.

    Models take turns, and so do the askers of one model, until their picture is decoded. A batch is for many models:
    the eye sees all its pictures at once, while the decoders prepare the next one. An answer costs the same however
    many models and askers there are.
    """

    def __init__(self, decoders: DecoderPool) -> None:
        self._decoders = decoders
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="predict")
        self._models = LoadedModels()  # used in the worker thread only
        self._unloaded: set[Path] = set()  # explanations that wait for one of them must not load it again
        self._waiting: FairQueue[_Request] = FairQueue()
        self._decoding: dict[asyncio.Task[Thumbnail], _Request] = {}
        self._decoded: list[_Decoded] = []
        self._answering: asyncio.Task[None] | None = None
        self._explaining = asyncio.Lock()
        self._explanations_waiting: Counter[object] = Counter()
        self._closing = False

    async def load(self, model: Path) -> None:
        """Load the model of a folder. Raises ArtifactError, BusyError."""
        self.check_open()
        self._unloaded.discard(model)
        await self._in_worker(self._models.load, model)

    def unload(self, model: Path) -> None:
        """Unload a model; whoever waits for its answer gets ArtifactError, and may ask another model."""
        self._unloaded.add(model)
        others = [decoded for decoded in self._decoded if decoded.request.model != model]
        for request in (*self._waiting.remove(model), *self._decoding.values(), *(it.request for it in self._decoded)):
            if request.model == model:
                _fail(request, ArtifactError(_REPLACED))
        self._decoded = others
        if not self._closing:
            self._worker.submit(self._models.drop, model)

    def close(self) -> None:
        """Stop the worker thread after the current batch; everyone else waiting gets ClosingError."""
        self._closing = True
        while self._waiting:
            _fail(self._waiting.pop(), ClosingError(_CLOSING))
        for request in (*self._decoding.values(), *(decoded.request for decoded in self._decoded)):
            _fail(request, ClosingError(_CLOSING))
        self._decoded.clear()
        for task in self._decoding:
            task.cancel()
        self._worker.shutdown(wait=False)

    @property
    def waiting(self) -> int:
        """How many pictures wait for their batch."""
        return len(self._waiting)

    def check_open(self) -> None:
        """Raise ClosingError after `close`."""
        if self._closing:
            raise ClosingError(_CLOSING)

    async def classify(self, model: Path, asker: object, picture: bytes) -> Predicted:
        """Predict the channel of a picture (an encoded file) with the model of a folder.

        Raises PictureError, ArtifactError, BusyError.
        """
        self.check_open()
        if len(self._waiting) >= MAX_WAITING:
            raise BusyError("Too many pictures are waiting. Send yours again in a minute.")
        request = _Request(model, picture, asyncio.get_running_loop().create_future())
        self._waiting.put(model, asker, request)
        self._go_on()
        return await request.answer

    async def explain(self, model: Path, asker: object, picture: bytes, words: Words) -> Explained:
        """Explain a picture's most probable channel, in about a second; `words` are in the figures.

        Raises PictureError, ArtifactError, BusyError.
        """
        return await self._alone(model, asker, picture, partial(self._models.explain, words=words))

    async def compare(self, model: Path, asker: object, picture: bytes, label: str) -> Compared:
        """Compare a picture with a channel. Raises PictureError, ArtifactError, BusyError, NoIndexError."""
        return await self._alone(model, asker, picture, partial(self._models.compare, label=label))

    async def _alone(self, model: Path, asker: object, picture: bytes, work: Callable[[Path, Thumbnail], T]) -> T:
        """Decode a picture and work on it: one at a time, so that other pictures never wait for more than one."""
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
                thumbnail = await self._decoders.decode(picture)
                self.check_open()
                if model in self._unloaded:
                    raise ArtifactError(_REPLACED)
                return await self._in_worker(work, model, thumbnail)
        finally:
            self._explanations_waiting -= Counter([asker])

    def _go_on(self) -> None:
        """Keep the decoders and the worker thread busy, with no more decoded pictures than the next batch takes."""
        while (
            self._waiting
            and len(self._decoding) < self._decoders.size
            and len(self._decoding) + len(self._decoded) < BATCH_SIZE
        ):
            request = self._waiting.pop()
            if not request.answer.done():
                task = asyncio.create_task(self._decoders.decode(request.picture))
                self._decoding[task] = request
                task.add_done_callback(self._on_decoded)
        if self._decoded and self._answering is None:
            batch, self._decoded = self._decoded, []
            self._answering = asyncio.create_task(self._answer(batch))

    def _on_decoded(self, task: asyncio.Task[Thumbnail]) -> None:
        """Pass a decoded picture on to the next batch; an error is its own picture's."""
        request = self._decoding.pop(task)
        if task.cancelled():
            return
        if error := task.exception():
            _fail(request, error)
        elif not request.answer.done():
            self._decoded.append(_Decoded(request, task.result()))
        self._go_on()

    async def _answer(self, batch: Sequence[_Decoded]) -> None:
        """Answer a batch."""
        asked = [(decoded.request.model, decoded.thumbnail) for decoded in batch]
        outcomes: list[Predicted | Exception]
        try:
            outcomes = await self._in_worker(self._models.predict, asked)
        except Exception as error:
            log.exception("a batch of %d pictures failed", len(batch))
            outcomes = [error] * len(batch)
        for decoded, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Exception):
                _fail(decoded.request, outcome)
            elif not decoded.request.answer.done():
                decoded.request.answer.set_result(outcome)
        self._answering = None
        self._go_on()

    async def _in_worker(self, work: Callable[[Unpack[Ts]], T], *arguments: *Ts) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work, *arguments)


def _fail(request: _Request, error: BaseException) -> None:
    if not request.answer.done():
        request.answer.set_exception(error)
