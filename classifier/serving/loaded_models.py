"""LoadedModels: models in memory, loaded on demand, which answer a batch of pictures together."""

import ctypes
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from cachetools import LRUCache, cached
from numpy.typing import NDArray

from classifier.drawing.explanations import Words, heatmap_figure, histograms_figure, planes_figure
from classifier.errors import ArtifactError, WeightsError
from classifier.models.folder import read_info
from classifier.models.judges import HeadJudge
from classifier.models.predictor import Predictor, Typicality
from classifier.models.thumbnail_index import Near
from classifier.networks.eye import Eye
from classifier.pictures.thumbnail import Thumbnail
from classifier.settings import EYE
from classifier.values import Prediction, Why

log = logging.getLogger(__name__)

MAX_LOADED: Final = 256
"""Models in memory; those of the eye take a third of a MiB each, and 150 bytes per thumbnail."""

_M_ARENA_MAX: Final = -8
_ARENAS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """An answer, and the thumbnails that the picture could be a copy of."""

    thumbnail: Thumbnail
    prediction: Prediction
    candidates: tuple[Near, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation, and the nearest thumbnails of each channel that is in question."""

    why: Why
    nearest: tuple[tuple[Near, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A thumbnail, and how typical of a channel it is."""

    thumbnail: Thumbnail
    typicality: Typicality


class LoadedModels:
    """The models of folders; the least recently used ones are dropped. For one thread only."""

    def __init__(self) -> None:
        _share_arenas()
        self._loaded: LRUCache[Path, Predictor] = LRUCache(MAX_LOADED)
        self.load = cached(self._loaded, key=lambda model: model)(self._read)
        self._eye: Eye | None = None

    def drop(self, model: Path) -> None:
        """Unload a model, if it is loaded."""
        self._loaded.pop(model, None)
        _return_memory()

    def predict(self, asked: Sequence[tuple[Path, Thumbnail]]) -> list[Predicted | Exception]:
        """Answer thumbnails with their models; the eye sees all of them at once, and an error is its own model's."""
        outcomes: dict[int, Predicted | Exception] = {}
        thumbnails = [thumbnail for _, thumbnail in asked]
        by_model: dict[Path, list[int]] = {}
        for place, (model, _) in enumerate(asked):
            by_model.setdefault(model, []).append(place)
        predictors: dict[Path, Predictor] = {}
        for model, places in by_model.items():
            try:
                predictors[model] = self.load(model)
            except (ArtifactError, WeightsError) as error:
                outcomes |= dict.fromkeys(places, error)
        seen = self._see({place: thumbnails[place] for model in predictors for place in by_model[model]}, predictors)
        for model, predictor in predictors.items():
            places = by_model[model]
            try:
                if isinstance(predictor.judge, HeadJudge):
                    judged = predictor.judge.judge_features(np.stack([seen[place] for place in places]))
                    predictions = predictor.predictions(judged)
                    near = [predictor.index.candidates(seen[place], predictor.channels) for place in places]
                else:
                    predictions = predictor.predict([thumbnails[place] for place in places])
                    near = [()] * len(places)
            except Exception as error:
                log.exception("%d pictures could not be answered", len(places))
                outcomes |= dict.fromkeys(places, error)
            else:
                outcomes |= {
                    place: Predicted(thumbnails[place], prediction, candidates)
                    for place, prediction, candidates in zip(places, predictions, near, strict=True)
                }
        if len(asked) > 1:  # one picture alone does not take enough
            _return_memory()
        return [outcomes[place] for place in range(len(asked))]

    def explain(self, model: Path, thumbnail: Thumbnail, words: Words) -> Explained:
        """Explain a thumbnail's most probable channel; `words` are in the figures.

        Raises ArtifactError, WeightsError.
        """
        predictor = self.load(model)
        heatmap = predictor.explain(thumbnail)
        why = Why(
            heatmap.channel,
            heatmap=heatmap_figure(thumbnail, heatmap, words),
            planes=planes_figure(thumbnail, words),
            histograms=histograms_figure(thumbnail, words),
        )
        return Explained(why, predictor.nearest(thumbnail, heatmap.prediction))

    def compare(self, model: Path, thumbnail: Thumbnail, label: str) -> Compared:
        """Compare a thumbnail with a channel. Raises ArtifactError, WeightsError, NoIndexError."""
        return Compared(thumbnail, self.load(model).compare(thumbnail, label))

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


def _share_arenas() -> None:
    """Have the threads share what glibc allocates from: what one of them has freed, the others can use."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(_M_ARENA_MAX, _ARENAS)


def _return_memory() -> None:
    """Have the C library return freed memory to the system, which glibc does not do by itself."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
