"""Engine: the async door through which the bot reaches learning. Nothing here blocks the event loop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from classifier.answering import Answering
from classifier.child import Child
from classifier.errors import ArtifactError, NoModelError
from classifier.reviewed import save_labels
from classifier.settings import YouTubeSettings
from classifier.turns import Turns
from classifier.values import ModelInfo, OnProgress, Prediction, TrainingReport, Version, Why
from classifier.versions import Versions
from classifier.youtube import is_video_id

T = TypeVar("T")

log = logging.getLogger(__name__)

DEFAULT: Final = "default"
"""Owner of the model that answers wherever a server has none of its own."""

Reviewed = Sequence[tuple[str, str | None]]
"""Ids of videos, each with its channel's label, or None for none of the channels."""

_NOTHING_LEARNED: Final = "I know no channels yet; a server admin can teach me with the command retrain."


class Engine:
    """Answers pictures from one worker thread and trains in a child process of low priority, for many servers.

    A server is Discord's id of it, or None for the default model, which answers direct messages and every server
    without a model of its own. `data_dir` holds `thumbnails/` (crawled pictures, a folder a channel, shared by all),
    `strangers/` (pictures of channels that nobody learns), `reviewed/` (videos of which people told the channel) and
    `models/` (a folder of versions for "default" and for each server that has trained).
    """

    def __init__(
        self,
        data_dir: Path,
        youtube: YouTubeSettings,
        *,
        network: str = "lite",
        thumbnails_per_channel: int = 400,
        models_in_memory: int = 4,
    ) -> None:
        self._thumbnails = data_dir.absolute() / "thumbnails"  # the child works in another folder
        self._strangers = data_dir.absolute() / "strangers"
        self._reviewed = data_dir.absolute() / "reviewed"
        self._models = data_dir.absolute() / "models"
        self._youtube = youtube
        self._network = network
        self._count = thumbnails_per_channel
        self._answering = Answering(models_in_memory)
        self._turns = Turns()
        self._serving: dict[str, ModelInfo] = {}
        self._changing = asyncio.Lock()
        self._started = False

    async def start(self) -> None:
        """Find the models that serve, and load the default one, where there is one.

        Call it before the gateway connects: it imports torch, which takes seconds. A broken model is logged and
        treated as none, so that a retrain can replace it. Started already, it does nothing.
        """
        if self._started:
            return
        self._started = True
        self._serving = await asyncio.to_thread(_find_serving, self._models)
        if self.info(None) is not None:
            with suppress(NoModelError):  # it was broken, and the log says so
                await self._with_model(None, self._answering.load)

    async def close(self) -> None:
        """End all trainings and, after the batch under way, the worker thread; who else waits is told."""
        self._answering.close()
        await self._turns.stop(*self._turns)

    def info(self, server: int | None) -> ModelInfo | None:
        """The model that answers a server; None before the first training."""
        return self._serving.get(self._answering_owner(server))

    def training(self, server: int | None) -> bool:
        """Whether a training of the server's is running or waits in line."""
        return _owner(server) in self._turns

    async def classify(self, server: int | None, picture: bytes) -> Prediction:
        """Say whose thumbnail a picture (an encoded file) is.

        Pictures for the same model that arrive while others are answered share the next batch; servers take turns.
        Raises PictureError, NoModelError, BusyError.
        """
        return await self._with_model(server, lambda model: self._answering.classify(model, server, picture))

    async def explain(self, server: int | None, picture: bytes) -> Why:
        """Draw why a picture (an encoded file) is taken for its most probable channel's, in about a second.

        Raises PictureError, NoModelError, BusyError.
        """
        return await self._with_model(server, lambda model: self._answering.explain(model, server, picture))

    async def confusion(self, server: int | None) -> bytes:
        """The PNG of the confusion matrix of the model that answers a server. Raises NoModelError."""
        model = self._model(server)
        if model is None:
            raise NoModelError(_NOTHING_LEARNED)
        return await asyncio.to_thread(_confusion, model)

    async def retrain(
        self, server: int | None, channels: Sequence[str], on_progress: OnProgress, *, reviewed: Reviewed = ()
    ) -> TrainingReport:
        """Crawl the channels (handles, ids or links), train, and let the new model serve unless it is worse.

        `reviewed` are videos with what people told of them: a channel's label, or None for none of the channels; they
        are learned from, never measured with.

        Worse means: than the model that answered the server when the training began, beyond chance, on the same
        held-out pictures. A worse one is kept as a version all the same; so is any, where somebody chose a version
        meanwhile. One training at a time; the others wait in line. `on_progress` is called in the event loop. Whatever
        ends it early, the old model goes on serving. Raises TrainingRunningError, CancelledTrainingError, LinkError,
        CrawlError, DatasetError, TrainingError, ArtifactError.
        """
        owner, versions = _owner(server), self._versions(_owner(server))
        child = Child(self._youtube, on_progress)
        async with self._turns.turn(owner, child, on_progress):
            crawled = await child.crawl(channels, self._thumbnails, self._count, strangers=self._strangers)
            labels = [report.channel.label for report in crawled]
            draft = await asyncio.to_thread(versions.draft)
            before = self._serving.get(owner)
            trained = await child.train(
                self._thumbnails,
                labels,
                draft,
                network=self._network,
                others=(self._thumbnails, self._strangers),
                reviewed=await self._fetch(child, owner, reviewed),
                against=self._model(server),
            )
            async with self._changing:
                child.check()
                chosen = self._serving.get(owner) not in (None, before)
                swapped = not chosen and (trained.comparison is None or not trained.comparison.worse)
                plot = await asyncio.to_thread(_confusion, draft)
                await asyncio.to_thread(versions.keep, draft, trained.model.version)
                if swapped:
                    await self._serve(owner, trained.model.version)
                await asyncio.to_thread(versions.prune)
        return TrainingReport(trained.model, trained.comparison, swapped, trained.skipped, plot)

    def cancel(self, server: int | None) -> bool:
        """Stop the server's retrain, which then raises CancelledTrainingError; False where none is running."""
        return self._turns.cancel(_owner(server))

    async def versions(self, server: int | None) -> tuple[Version, ...]:
        """The models of a server's own that are kept, newest first; the default's for None. Raises ArtifactError."""
        return await asyncio.to_thread(self._versions(_owner(server)).all)

    async def serve(self, server: int | None, version: str) -> ModelInfo:
        """Let one of a server's versions answer from now on. Raises NoModelError, ArtifactError."""
        async with self._changing:
            return await self._serve(_owner(server), version)

    async def rollback(self, server: int | None, version: str | None = None) -> ModelInfo:
        """Go back to a version, or to the one that served before. Raises NoModelError, ArtifactError."""
        owner = _owner(server)
        async with self._changing:
            if version is None:
                version = await asyncio.to_thread(self._versions(owner).before)
            return await self._serve(owner, version)

    async def forget(self, server: int) -> None:
        """Delete a server's models; thumbnails are shared, and stay. A running training is stopped."""
        owner = _owner(server)
        await self._turns.stop(owner)
        async with self._changing:
            forgotten = self._serving.pop(owner, None)
            if forgotten is not None:
                self._answering.let_go(self._folder(owner, forgotten))
            await asyncio.to_thread(self._versions(owner).delete)
            await asyncio.to_thread(self._notes(owner).unlink, missing_ok=True)

    async def _fetch(self, child: Child, owner: str, reviewed: Reviewed) -> Path | None:
        """Have reviewed examples' pictures in their folder, where all servers' lie, and note what was told of them."""
        labels = {video: label for video, label in reviewed if is_video_id(video)}
        if not labels:
            return None
        note = self._notes(owner)
        await child.fetch(tuple(labels), note.parent)
        await asyncio.to_thread(save_labels, note, labels)
        return note

    def _notes(self, owner: str) -> Path:
        return self._reviewed / f"{owner}.json"

    async def _serve(self, owner: str, version: str) -> ModelInfo:
        """Load a version and let it answer from now on; a broken one never does."""
        versions = self._versions(owner)
        info = await asyncio.to_thread(versions.read, version)
        await self._answering.load(versions.folder / version)
        await asyncio.to_thread(versions.serve, version)
        replaced, self._serving[owner] = self._serving.get(owner), info
        if replaced is not None and replaced.version != version:
            self._answering.let_go(self._folder(owner, replaced))
        return info

    async def _with_model(self, server: int | None, use: Callable[[Path], Awaitable[T]]) -> T:
        """Use what answers a server; a broken model is logged, and the default takes its place. Raises NoModelError."""
        while True:
            self._answering.check_open()
            owner = self._answering_owner(server)
            info = self._serving.get(owner)
            if info is None:
                raise NoModelError(_NOTHING_LEARNED)
            try:
                return await use(self._folder(owner, info))
            except ArtifactError as error:
                if self._serving.get(owner) is info:  # and not yet another, or dropped by who asked before
                    del self._serving[owner]
                    log.error("%s", error)  # noqa: TRY400 - the sentence says it all

    def _answering_owner(self, server: int | None) -> str:
        owner = _owner(server)
        return owner if owner in self._serving else DEFAULT

    def _model(self, server: int | None) -> Path | None:
        """The folder of the model that answers a server."""
        owner = self._answering_owner(server)
        info = self._serving.get(owner)
        return self._folder(owner, info) if info else None

    def _folder(self, owner: str, info: ModelInfo) -> Path:
        return self._models / owner / info.version

    def _versions(self, owner: str) -> Versions:
        return Versions(self._models / owner)


def _owner(server: int | None) -> str:
    return DEFAULT if server is None else str(server)


def _find_serving(models: Path) -> dict[str, ModelInfo]:
    """What serves each owner; a broken model is logged and left out."""
    # Imported now, torch with it, and not once somebody waits.
    from classifier import predictor  # noqa: F401, PLC0415

    found: dict[str, ModelInfo] = {}
    try:
        Versions(models / DEFAULT).take_over(models)
    except ArtifactError as error:
        log.error("%s", error)  # noqa: TRY400 - the sentence says it all
    for folder in models.iterdir() if models.is_dir() else ():
        if folder.name == DEFAULT or folder.name.isdecimal():
            try:
                info = Versions(folder).serving()
            except ArtifactError as error:
                log.error("%s", error)  # noqa: TRY400
            else:
                found |= {folder.name: info} if info else {}
    return found


def _confusion(model: Path) -> bytes:
    try:
        return (model / "confusion.png").read_bytes()
    except OSError as error:
        raise NoModelError("There is no plot of this model; train again to get one.") from error
