"""Engine: the one async interface to the classifier, for many owners. Nothing here blocks the event loop."""

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from classifier.drawing import explanations, resemblance
from classifier.errors import ArtifactError, NoModelError, NothingNewError, TooFewThumbnailsError
from classifier.left_out import check_enough, left_out_of
from classifier.links import is_video_id
from classifier.models.held_out import HeldOutFile, draw_held_out, find_held_out
from classifier.models.mistakes import load_mistakes
from classifier.pictures.examples import read_file
from classifier.pictures.fingerprint import fingerprint
from classifier.pictures.reviewed import save_labels
from classifier.serving.batcher import Batcher
from classifier.serving.decoder_pool import DecoderPool
from classifier.serving.known_videos import KnownVideos
from classifier.serving.library import DEFAULT, Finished, FolderLibrary, Library, Publish
from classifier.serving.names import channel_ids, refresh_names
from classifier.serving.queue import TrainingQueue
from classifier.serving.versions import Versions
from classifier.serving.worker import Worker
from classifier.settings import DEFAULT_FEATURE_BYTES, DEFAULT_NETWORK, YouTubeSettings
from classifier.values import (
    Channel,
    HeldOutThumbnail,
    Mistake,
    ModelInfo,
    OnProgress,
    Prediction,
    RefreshReport,
    Resemblance,
    RetrainReport,
    Version,
    Why,
)
from classifier.youtube.facts import Facts

T = TypeVar("T")

log = logging.getLogger(__name__)

PROBE: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg=="
)
"""A picture of one grey pixel, as a PNG."""

Owner = int | None
"""Whose model it is: an opaque number of the caller's. None: the default model, for all owners without their own."""

Reviewed = Sequence[tuple[str, str | None]]
"""Ids of videos, each with its channel's label, or None for none of the channels."""

_REFRESH: Final = "refresh"
"""Its place in the queue of training runs; no owner has this name."""
_NO_MODEL: Final = "There is no model yet. Train one first."


class Engine:
    """Decodes pictures in processes of their own, answers them in one worker thread, and trains in a child process.

    `facts` looks up videos and channels at YouTube. `data_dir` holds `thumbnails/` (crawled, a folder per channel,
    shared by all owners), `unknown/` (thumbnails of unknown channels), `features/` (what the eye saw of both, at most
    `feature_bytes`), `reviewed/` (videos that people labelled) and `models/` (per owner a folder of versions).
    `library` says which models there are, and which ones are in use; by default, the data folder does.
    """

    def __init__(
        self,
        data_dir: Path,
        youtube: YouTubeSettings,
        *,
        network: str = DEFAULT_NETWORK,
        thumbnails_per_channel: int = 400,
        feature_bytes: int = DEFAULT_FEATURE_BYTES,
        library: Library | None = None,
    ) -> None:
        self._data = data_dir.absolute()  # the child process works in another folder
        self._thumbnails = self._data / "thumbnails"
        self._unknown = self._data / "unknown"
        self._reviewed = self._data / "reviewed"
        self._models = self._data / "models"
        self._youtube = youtube
        self._network = network
        self._count = thumbnails_per_channel
        self._feature_bytes = feature_bytes
        self._library = library or FolderLibrary(self._data)
        self.facts = Facts(youtube)
        self._opened = AsyncExitStack()
        self._decoders = DecoderPool()
        self._batcher = Batcher(self._decoders)
        self._known_videos = KnownVideos(self._thumbnails, self._decoders)
        self._trainings = TrainingQueue()
        self._serving: dict[str, ModelInfo] = {}
        self._changing = asyncio.Lock()
        self._started = False

    async def start(self) -> None:
        """Find the models in use, and load the default one.

        Call it before anyone asks: it loads the eye. A broken model is logged and ignored, so that
        a retrain can replace it. A second call does nothing.
        """
        if self._started:
            return
        self._started = True
        await self._opened.enter_async_context(self.facts)
        await self._decoders.start()
        self._serving = dict(await self._library.serving())
        if self.info(None) is not None:
            with suppress(NoModelError):  # it was broken, and the log says so
                await self._with_model(None, self._batcher.load)

    async def close(self) -> None:
        """Stop the decoders, all training runs and, after its batch, the worker thread; who waits gets ClosingError."""
        self._batcher.close()
        await self._decoders.close()
        await self._trainings.stop(*self._trainings)
        await self._opened.aclose()

    @property
    def waiting(self) -> int:
        """How many pictures wait to be classified."""
        return self._batcher.waiting

    @property
    def decoder_restarts(self) -> int:
        """How many decoders were replaced because a picture brought them down."""
        return self._decoders.restarts

    def info(self, owner: Owner) -> ModelInfo | None:
        """The model that answers for an owner; None before the first training."""
        return self._serving.get(self._answering(owner))

    def channels(self, owner: Owner) -> tuple[Channel, ...]:
        """The channels of the model that answers for an owner; none before the first training."""
        info = self.info(owner)
        return info.channels if info else ()

    async def classify(self, owner: Owner, picture: bytes, *, find_video: bool = True) -> Prediction:
        """Predict the channel of a picture (an encoded file), and find the thumbnail in the data folder that it shows.

        The latter can double what an answer costs, and happens if `find_video`. Pictures for the same model that arrive
        during a batch share the next one; owners take turns. Raises PictureError (VerticalPictureError if it is
        narrower than high), NoModelError, BusyError.
        """
        predicted = await self._with_model(owner, lambda model: self._batcher.classify(model, owner, picture))
        if not find_video:
            return predicted.prediction
        exact = await self._known_videos.same(predicted.thumbnail, predicted.candidates)
        return replace(predicted.prediction, exact=exact)

    async def probe(self) -> None:
        """Have a picture answered with a model in use, to see that decoders, eye and head work.

        Without any model, the picture is only decoded. Raises what an answer does.
        """
        folder = DEFAULT if DEFAULT in self._serving else next(iter(self._serving), None)
        if folder is None:
            await self._decoders.decode(PROBE)
        else:
            await self.classify(None if folder == DEFAULT else int(folder), PROBE)

    async def explain(self, owner: Owner, picture: bytes, words: explanations.Words = explanations.ENGLISH) -> Why:
        """Explain a picture's (an encoded file's) most probable channel, in about a second. `words` are in its figures.

        Raises PictureError, NoModelError, BusyError.
        """
        explained = await self._with_model(owner, lambda model: self._batcher.explain(model, owner, picture, words))
        shown = [await self._known_videos.nearest(near) for near in explained.nearest]
        return replace(explained.why, nearest=tuple(filter(None, shown)))

    async def compare(
        self, owner: Owner, picture: bytes, label: str, words: resemblance.Words = resemblance.ENGLISH
    ) -> Resemblance:
        """Compare a picture (an encoded file) with a channel of the owner's model, by its label. `words` are
        in its figure.

        Raises PictureError, NoModelError, NoIndexError, BusyError.
        """
        compared = await self._with_model(owner, lambda model: self._batcher.compare(model, owner, picture, label))
        return await self._known_videos.resemblance(compared, words)

    async def held_out(self, owner: Owner, avoid: Sequence[str] = ()) -> HeldOutThumbnail:
        """Draw a thumbnail that the model which answers for an owner did not learn from, and classify it.

        `avoid` are ids of videos, newest first: they are drawn only if there are no others, the oldest one first.
        Raises TooFewHeldOutError, DatasetError, PictureError, NoModelError, BusyError.
        """

        async def draw(model: Path) -> HeldOutThumbnail:
            channels = {channel.label: channel for channel in self.channels(owner)}
            drawn, content = await asyncio.to_thread(_draw, model, tuple(channels), self._thumbnails, avoid)
            predicted = await self._batcher.classify(model, owner, content)  # that it is known, the bot may not see
            picture = await asyncio.to_thread(predicted.thumbnail.png)
            return HeldOutThumbnail(drawn.video_id, channels[drawn.label], picture, predicted.prediction)

        return await self._with_model(owner, draw)

    async def mistakes(self, owner: Owner) -> tuple[Mistake, ...]:
        """The worst mistakes of the model that answers for an owner, and what it was trained on and doubts; or none.

        They have the titles that the data folder has.
        """
        model = await self._model(owner)
        mistakes = await asyncio.to_thread(load_mistakes, model) if model else ()
        return await asyncio.to_thread(self._known_videos.titled, mistakes, self.channels(owner))

    async def retrain(
        self,
        owner: Owner,
        channels: Sequence[str],
        on_progress: OnProgress,
        *,
        reviewed: Reviewed = (),
        corrected: Reviewed = (),
        force: bool = False,
        publish: Publish | None = None,
    ) -> RetrainReport:
        """Crawl the channels (handles, ids or links), train, and use the new model unless it is worse.

        Channels that can't be crawled, or have too few different thumbnails, are left out; the report names them.
        `reviewed` are videos that people labelled; they are used for training, never for measuring. `corrected` are
        crawled videos with their right labels; None leaves one out.

        Worse means significantly worse than the model that answered for the owner when the training began, on the same
        test thumbnails. A worse one is still kept as a version, as is any that finishes after somebody chose
        another version. One training run at a time; the others are queued. `on_progress` is called in the event loop.
        Whatever ends it early, the previous model stays in use. If thumbnails, labels, channels and network are those
        of the last training, it ends after the crawl, unless `force` is true. `publish` is called with the new model
        before it is used, decides whether it is, and can refuse it by raising. Raises NothingNewError,
        TrainingRunningError, CancelledTrainingError, LinkError, CrawlError, DatasetError, TrainingError, ArtifactError.
        """
        folder = _folder_name(owner)
        versions = self._versions(folder)
        worker = Worker(self._youtube, on_progress)
        async with self._trainings.turn(folder, worker, on_progress):
            crawled = await worker.crawl(channels, self._thumbnails, self._count, unknown=self._unknown)
            check_enough(len(crawled.channels), crawled.left_out)
            labels = [report.channel.label for report in crawled.channels]
            people = dict(reviewed), dict(corrected)
            learned = await asyncio.to_thread(fingerprint, self._thumbnails, labels, self._network, *people)
            if not force and folder in self._serving and learned == await self._library.learned(folder):
                raise NothingNewError("There is nothing new to learn from.", units=crawled.units)
            draft = await asyncio.to_thread(versions.draft)
            before = self._serving.get(folder)
            try:
                trained = await worker.train(
                    self._thumbnails,
                    labels,
                    draft,
                    network=self._network,
                    features=self._data / "features",
                    feature_bytes=self._feature_bytes,
                    unknown=(self._thumbnails, self._unknown),
                    reviewed=await self._fetch(worker, folder, reviewed),
                    corrected=await asyncio.to_thread(self._save_corrections, folder, corrected),
                    against=await self._model(owner),
                )
            except TooFewThumbnailsError as error:
                check_enough(error.data.get("channels", 0), (*crawled.left_out, *left_out_of(error)))
                raise
            async with self._changing:
                worker.check()
                chosen = self._serving.get(folder) not in (None, before)
                swapped = not chosen and (trained.comparison is None or not trained.comparison.worse)
                await asyncio.to_thread(versions.keep, draft, trained.model.version, learned)
                if publish is not None:
                    kept = await asyncio.to_thread(versions.read, trained.model.version)
                    serving = before.version if before else None
                    swapped = await publish(Finished(versions.folder / kept.version, kept, learned, swapped, serving))
                    if swapped:
                        await self._use(folder, kept)
                elif swapped:
                    await self._serve(folder, trained.model.version)
                await asyncio.to_thread(versions.prune)
        return RetrainReport(
            trained.model,
            trained.comparison,
            swapped,
            trained.skipped,
            left_out=(*crawled.left_out, *trained.left_out),
            units=crawled.units,
            shorts=crawled.shorts,
        )

    async def refresh(self, listed: Sequence[str], now: datetime) -> RefreshReport:
        """Bring what came from YouTube up to date, or delete it; it takes its turn among the training runs.

        `listed` are the channels of all owners, by id, handle or link: the thumbnails of others are deleted. See
        `classifier.youtube.refresh`. Raises CancelledTrainingError, TrainingRunningError, DatasetError, TrainingError.
        """
        worker = Worker(self._youtube, lambda _: None)
        async with self._trainings.turn(_REFRESH, worker, lambda _: None):
            used = await asyncio.to_thread(channel_ids, self._models)
            report = await worker.refresh(
                self._thumbnails, self._unknown, self._reviewed, listed=listed, used=used, now=now
            )
            async with self._changing:
                for model in await asyncio.to_thread(refresh_names, self._models, report, now):
                    serving = self._serving.get(model.parent.name)
                    if serving is not None and serving.version == model.name:
                        self._batcher.unload(model)
                        await self._use(model.parent.name, await self._library.read(model.parent.name, model.name))
        return report

    async def follow_library(self, *owners: Owner) -> None:
        """Use what the library says is in use by some owners, or by all, because others may have changed that.

        Raises what the library does.
        """
        folders = [*map(_folder_name, owners)]
        async with self._changing:
            found = await self._library.serving(*folders)
            for folder in folders or self._serving.keys() | found.keys():
                if self._serving.get(folder) != found.get(folder):
                    self._replace(folder, found.get(folder))

    def cancel(self, owner: Owner) -> bool:
        """Stop the owner's retrain, which then raises CancelledTrainingError; False if there is none."""
        return self._trainings.cancel(_folder_name(owner))

    async def versions(self, owner: Owner) -> tuple[Version, ...]:
        """The owner's own models that are kept, newest first; None: the default ones. Raises ArtifactError."""
        return await self._library.all(_folder_name(owner))

    async def serve(self, owner: Owner, version: str) -> ModelInfo:
        """Use one of the owner's versions from now on. Raises NoVersionError, ArtifactError."""
        async with self._changing:
            return await self._serve(_folder_name(owner), version)

    async def rollback(self, owner: Owner, version: str | None = None) -> ModelInfo:
        """Go back to a version; None: to the one used before. Raises NoVersionError, ArtifactError."""
        folder = _folder_name(owner)
        async with self._changing:
            if version is None:
                version = await self._library.before(folder)
            return await self._serve(folder, version)

    async def forget(self, owner: int) -> None:
        """Delete an owner's models; thumbnails are shared, and stay. A running training is stopped."""
        folder = _folder_name(owner)
        await self._trainings.stop(folder)
        async with self._changing:
            self._replace(folder, None)
            await self._library.delete(folder)
            for file in (self._labels(folder), self._corrections(folder)):
                await asyncio.to_thread(file.unlink, missing_ok=True)

    async def _fetch(self, worker: Worker, folder: str, reviewed: Reviewed) -> Path | None:
        """Download the thumbnails of reviewed videos into the folder shared by all owners, and write their labels."""
        labels = {video: label for video, label in reviewed if is_video_id(video)}
        if not labels:
            return None
        file = self._labels(folder)
        await worker.fetch(tuple(labels), file.parent)
        await asyncio.to_thread(save_labels, file, labels)
        return file

    def _save_corrections(self, folder: str, corrected: Reviewed) -> Path | None:
        if not corrected:
            return None
        file = self._corrections(folder)
        save_labels(file, {video: label for video, label in corrected if is_video_id(video)})
        return file

    def _labels(self, folder: str) -> Path:
        return self._reviewed / f"{folder}.json"

    def _corrections(self, folder: str) -> Path:
        return self._reviewed / f"{folder}.corrected.json"

    async def _serve(self, folder: str, version: str) -> ModelInfo:
        """Load a version and use it from now on; a broken one never is."""
        info = await self._library.read(folder, version)
        await self._batcher.load(await self._library.folder(folder, version))
        await self._library.serve(folder, version)
        self._replace(folder, info)
        return info

    async def _use(self, folder: str, info: ModelInfo) -> None:
        """Use a version that the library says is in use."""
        await self._batcher.load(await self._library.folder(folder, info.version))
        self._replace(folder, info)

    def _replace(self, folder: str, info: ModelInfo | None) -> None:
        """Answer with another version from now on; None: with no version of this owner's."""
        replaced = self._serving.pop(folder, None)
        if info is not None:
            self._serving[folder] = info
        if replaced is not None and (info is None or replaced.version != info.version):
            self._batcher.unload(self._models / folder / replaced.version)

    async def _with_model(self, owner: Owner, use: Callable[[Path], Awaitable[T]]) -> T:
        """Use the model that answers for an owner; a broken one is logged, and replaced by the default model.

        Raises NoModelError.
        """
        while True:
            self._batcher.check_open()
            folder = self._answering(owner)
            info = self._serving.get(folder)
            if info is None:
                raise NoModelError(_NO_MODEL)
            try:
                return await use(await self._library.folder(folder, info.version))
            except ArtifactError as error:
                if self._serving.get(folder) is info:  # neither replaced nor dropped meanwhile
                    del self._serving[folder]
                    log.error("%s", error)  # noqa: TRY400 - the sentence says it all

    def _answering(self, owner: Owner) -> str:
        """The folder of the models that answer for an owner."""
        folder = _folder_name(owner)
        return folder if folder in self._serving else DEFAULT

    async def _model(self, owner: Owner) -> Path | None:
        """The folder of the model that answers for an owner."""
        folder = self._answering(owner)
        info = self._serving.get(folder)
        return await self._library.folder(folder, info.version) if info else None

    def _versions(self, folder: str) -> Versions:
        return Versions(self._models / folder)


def _folder_name(owner: Owner) -> str:
    return DEFAULT if owner is None else str(owner)


def _draw(model: Path, labels: Sequence[str], thumbnails: Path, avoid: Sequence[str]) -> tuple[HeldOutFile, bytes]:
    """A held-out thumbnail, and its file's content. Raises TooFewHeldOutError, DatasetError, PictureError."""
    drawn = draw_held_out(find_held_out(model, labels, thumbnails), avoid)
    return drawn, read_file(drawn.file)
