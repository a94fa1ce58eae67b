"""The real bot, logged in to a local Discord over real sockets; only learning is played, where a test needs it slow."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.youtube import LocalYouTube
from bot.settings import Settings
from classifier.engine import Engine, Reviewed
from classifier.errors import CancelledTrainingError, NoModelError, PictureError
from classifier.values import ModelInfo, OnProgress, Prediction, RetrainReport, Version, Why
from tests.bot.samples import model, png, prediction, settings, training_report

VIDEO = "abcdefghijk"
"""A video of the local YouTube."""


class PlayedEngine(Engine):
    """Learning by the script of a test: fixed answers, and a training that goes on when the test says so."""

    def __init__(self) -> None:
        self.prediction: Prediction = prediction(0.973, 0.027)
        self.failure: Exception | None = None
        self.pictures: list[bytes] = []
        self.explained: list[bytes] = []
        self.servers: list[int | None] = []
        self.channels: Sequence[str] = ()
        self.reviewed: Reviewed = ()
        self.kept: tuple[Version, ...] = (Version(model(), serves=True),)
        self.started = asyncio.Event()
        self.outcome: asyncio.Future[RetrainReport] = asyncio.get_running_loop().create_future()
        self.on_progress: OnProgress = lambda _: None
        self.closed = False
        self.forgotten: list[int] = []

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        self.closed = True

    def info(self, server: int | None) -> ModelInfo | None:
        del server
        return model()

    async def classify(self, server: int | None, picture: bytes) -> Prediction:
        self.servers.append(server)
        self.pictures.append(picture)
        if self.failure is not None:
            raise self.failure
        if not picture.startswith((b"\x89PNG", b"\xff\xd8")):
            raise PictureError("That is no picture that I can read. Send a JPEG, PNG, WebP or GIF.")
        return self.prediction

    async def explain(self, server: int | None, picture: bytes) -> Why:
        del server
        self.explained.append(picture)
        return Why(self.prediction.channel, png(), png(), png())

    async def retrain(
        self, server: int | None, channels: Sequence[str], on_progress: OnProgress, *, reviewed: Reviewed = ()
    ) -> RetrainReport:
        self.servers.append(server)
        self.channels, self.on_progress, self.reviewed = channels, on_progress, reviewed
        self.started.set()
        return await self.outcome

    def finish(self, report: RetrainReport | None = None) -> None:
        """Let the training end."""
        self.outcome.set_result(report or training_report())

    async def versions(self, server: int | None) -> tuple[Version, ...]:
        del server
        return self.kept

    async def serve(self, server: int | None, version: str) -> ModelInfo:
        self.servers.append(server)
        if version not in {it.model.version for it in self.kept}:
            raise NoModelError("There is no such version of the model; choose one of those that are kept.")
        self.kept = tuple(Version(it.model, serves=it.model.version == version) for it in self.kept)
        return next(it.model for it in self.kept if it.serves)

    async def rollback(self, server: int | None, version: str | None = None) -> ModelInfo:
        return await self.serve(server, version or self.kept[-1].model.version)

    async def confusion(self, server: int | None) -> bytes:
        del server
        return png()

    async def forget(self, server: int) -> None:
        self.forgotten.append(server)

    def cancel(self, server: int | None) -> bool:
        del server
        if self.started.is_set() and not self.outcome.done():
            self.outcome.set_exception(CancelledTrainingError("The training was stopped. Start it again."))
            return True
        return False


def bot_settings(discord: LocalDiscord, data_dir: Path, thumbnails_url: str, **others: Any) -> Settings:
    """Settings that lead to the local services."""
    addresses = {
        "token": discord.token,
        "api_url": discord.api_url,
        "gateway_url": discord.gateway_url,
        "cdn_urls": (discord.url,),
    }
    youtube = {"thumbnails_url": thumbnails_url, "oembed_url": f"{thumbnails_url}/oembed"}
    return settings(data_dir, discord=addresses, youtube=youtube, **others)


@asynccontextmanager
async def running(bot: Thumbprint, discord: LocalDiscord) -> AsyncIterator[Thumbprint]:
    """The bot while it is logged in; nobody has asked it anything yet."""
    async with discord.watch() as events, bot:
        await bot.login(discord.token)  # what fails here is told at once
        for command in bot.walk_commands():
            command._buckets._cache.clear()  # discord.py keeps cooldowns with a command's function, from bot to bot
        work = asyncio.create_task(bot.connect())
        await events.next(lambda event: event.name == "GATEWAY_READY")
        yield bot
    await work


async def heard(name: str) -> None:
    """Wait until the bot is done with the event of this name: discord.py runs listeners as tasks of their own."""
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == f"discord.py: on_{name}"))


@pytest.fixture
async def engine() -> PlayedEngine:
    return PlayedEngine()


@pytest.fixture
async def local_youtube(tmp_path: Path) -> AsyncIterator[LocalYouTube]:
    """A YouTube with one video, and its picture."""
    folder = tmp_path / "youtube" / "nerdologia"
    folder.mkdir(parents=True)
    (folder / f"{VIDEO}.png").write_bytes(png())
    async with LocalYouTube(folder.parent) as youtube:
        yield youtube


@pytest.fixture
async def bot(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, engine: PlayedEngine, tmp_path: Path
) -> AsyncIterator[Thumbprint]:
    """The bot, logged in, with its usual settings."""
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    async with running(Thumbprint(chosen, engine), local_discord) as bot:
        yield bot
