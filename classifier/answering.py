"""Answering: pictures wait for their model, and one worker thread answers them in batches."""

import asyncio
import ctypes
import logging
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple, Unpack

from cachetools import LRUCache, cached

from classifier.errors import ArtifactError, BusyError, PictureError
from classifier.thumbnail import Thumbnail
from classifier.values import Prediction, Why

if TYPE_CHECKING:
    from classifier.predictor import Predictor

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

log = logging.getLogger(__name__)

MOST_WAITING: Final = 2000
MOST_WHYS_WAITING: Final = 16
MOST_WHYS_WAITING_EACH: Final = 4
"""Of one asker's: no more of them stand before another's."""
BATCH: Final = 16

_REPLACED: Final = "This model no longer answers; send the picture again."
_RESTARTING: Final = "I am restarting; send the picture again in a minute."


@dataclass(frozen=True, slots=True)
class _Asked:
    picture: bytes
    answer: asyncio.Future[Prediction]


class Answering:
    """Answers pictures with models that it loads on demand; the least recently used are let go.

    A batch is of one model. Models take turns, and so do those who ask the same one: nobody waits for all that somebody
    else asked before. An answer costs the same however many models and askers there are.
    """

    def __init__(self, models_in_memory: int) -> None:
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="predict")
        self._loaded: LRUCache[Path, Predictor] = LRUCache(models_in_memory)  # touched in the worker thread alone
        self._load = cached(self._loaded, key=lambda model: model)(_load)
        self._let_go: set[Path] = set()  # explanations that wait for one of them don't bring it back
        self._waiting: OrderedDict[Path, OrderedDict[object, deque[_Asked]]] = OrderedDict()
        self._count = 0
        self._answering: asyncio.Task[None] | None = None
        self._explaining = asyncio.Lock()
        self._whys_waiting: Counter[object] = Counter()
        self._closing = False

    async def load(self, model: Path) -> None:
        """Have a model folder in memory. Raises ArtifactError, BusyError."""
        self.check_open()
        self._let_go.discard(model)
        await self._in_worker(self._load, model)

    def let_go(self, model: Path) -> None:
        """Have a model no longer in memory; who waits for its word gets ArtifactError, and may ask another."""
        self._let_go.add(model)
        for pictures in self._waiting.pop(model, {}).values():
            self._count -= len(pictures)
            for asked in pictures:
                _fail(asked, ArtifactError(_REPLACED))
        if not self._closing:
            self._worker.submit(self._drop, model)

    def close(self) -> None:
        """End the worker thread after the batch under way; who else waits is told."""
        self._closing = True
        while self._waiting:
            _, batch = self._next_batch()
            for asked in batch:
                _fail(asked, BusyError(_RESTARTING))
        self._worker.shutdown(wait=False)

    def check_open(self) -> None:
        """Raise BusyError once it is closing."""
        if self._closing:
            raise BusyError(_RESTARTING)

    async def classify(self, model: Path, asker: object, picture: bytes) -> Prediction:
        """Say whose thumbnail a picture (an encoded file) is, by the model in a folder.

        Raises PictureError, ArtifactError, BusyError.
        """
        self.check_open()
        if self._count >= MOST_WAITING:
            raise BusyError("Too many pictures are waiting; send yours again in a minute.")
        asked = _Asked(picture, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(model, OrderedDict()).setdefault(asker, deque()).append(asked)
        self._count += 1
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._answer())
        return await asked.answer

    async def explain(self, model: Path, asker: object, picture: bytes) -> Why:
        """Draw why a picture is taken for its most probable channel's, in about a second.

        One explanation at a time, so that pictures to classify never wait for more than one. Raises PictureError,
        ArtifactError, BusyError.
        """
        self.check_open()
        if self._whys_waiting.total() >= MOST_WHYS_WAITING or self._whys_waiting[asker] >= MOST_WHYS_WAITING_EACH:
            raise BusyError("Too many pictures are waiting to be explained; ask again in a minute.")
        self._whys_waiting[asker] += 1
        try:
            async with self._explaining:
                self.check_open()
                if model in self._let_go:
                    raise ArtifactError(_REPLACED)
                return await self._in_worker(self._explain, model, picture)
        finally:
            self._whys_waiting -= Counter([asker])

    async def _answer(self) -> None:
        """Answer all that wait, batch by batch."""
        while self._waiting:
            model, batch = self._next_batch()
            try:
                answers = await self._in_worker(self._predict, model, [asked.picture for asked in batch])
            except Exception as error:
                if not isinstance(error, ArtifactError):
                    log.exception("a batch of %d pictures failed", len(batch))
                for asked in batch:
                    _fail(asked, error)
                continue
            for asked, answer in zip(batch, answers, strict=True):
                if isinstance(answer, PictureError):
                    _fail(asked, answer)
                elif not asked.answer.done():
                    asked.answer.set_result(answer)

    def _next_batch(self) -> tuple[Path, list[_Asked]]:
        """What the next model is asked: a picture of each asker in turn while there is room; the rest line up again."""
        model, askers = self._waiting.popitem(last=False)
        batch: list[_Asked] = []
        while askers and len(batch) < BATCH:
            asker, pictures = askers.popitem(last=False)
            batch.append(pictures.popleft())
            if pictures:
                askers[asker] = pictures
        if askers:
            self._waiting[model] = askers
        self._count -= len(batch)
        return model, batch

    def _predict(self, model: Path, pictures: Sequence[bytes]) -> list[Prediction | PictureError]:
        predictor = self._load(model)
        decoded = [_decoded(picture) for picture in pictures]
        predictions = iter(predictor.predict([item for item in decoded if isinstance(item, Thumbnail)]))
        return [next(predictions) if isinstance(item, Thumbnail) else item for item in decoded]

    def _drop(self, model: Path) -> None:
        self._loaded.pop(model, None)
        _give_back_memory()

    def _explain(self, model: Path, picture: bytes) -> Why:
        from classifier import figures  # noqa: PLC0415 - matplotlib, only for those who ask why

        thumbnail = Thumbnail.decode(picture)
        explanation = self._load(model).explain(thumbnail)
        return Why(
            explanation.channel,
            heat=figures.explanation_figure(thumbnail, explanation),
            planes=figures.planes_figure(thumbnail),
            histograms=figures.histograms_figure(thumbnail),
        )

    async def _in_worker(self, work: Callable[[Unpack[Ts]], T], *arguments: *Ts) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work, *arguments)


def _fail(asked: _Asked, error: Exception) -> None:
    if not asked.answer.done():
        asked.answer.set_exception(error)


def _decoded(picture: bytes) -> Thumbnail | PictureError:
    """A picture, or why it is none: whatever its bytes bring about, it spoils nobody else's answer."""
    try:
        return Thumbnail.decode(picture)
    except PictureError as error:
        return error
    except Exception:
        log.exception("a picture of %d bytes could not be decoded", len(picture))
        return PictureError("I can't read that picture; send another, or the same as a JPEG.")


def _load(model: Path) -> "Predictor":
    """Import torch, and load a model; one core is enough for answering."""
    import torch  # noqa: PLC0415 - seconds of import, wanted in this thread and only where pictures are answered

    from classifier.predictor import Predictor  # noqa: PLC0415

    torch.set_num_threads(1)
    predictor = Predictor.load(model)
    _give_back_memory()
    return predictor


def _give_back_memory() -> None:
    """Have the C library return what was freed: glibc alone keeps it until it is told."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
