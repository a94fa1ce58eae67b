"""The real bot, logged in to a local Discord over real sockets; most tests replace the engine by a scripted one."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from bot.app import Thumbprint, use_addresses
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.page import ChatPage
from bot.sandbox.youtube import LocalYouTube
from bot.settings import Settings
from classifier.drawing import explanations, resemblance
from classifier.engine import Engine, Owner, Reviewed
from classifier.errors import CancelledTrainingError, NoVersionError, PictureError
from classifier.settings import YouTubeSettings
from classifier.values import (
    HeldOutThumbnail,
    MainColour,
    Mistake,
    ModelInfo,
    Nearest,
    OnProgress,
    Prediction,
    RefreshReport,
    Resemblance,
    RetrainReport,
    Version,
    Why,
)
from classifier.youtube.facts import Facts
from tests.bot.samples import NERDOLOGIA, model, png, prediction, retrain_report, settings
from tests.browser_fixtures import OpenPage
from tests.database_fixtures import Databases

VIDEO = "abcdefghijk"
"""A video of the local YouTube."""


class ScriptedEngine(Engine):
    """Gives fixed answers, and its training ends when the test says so. Only lookups at YouTube are real."""

    def __init__(self) -> None:
        self.facts = Facts(YouTubeSettings(_env_file=None))  # `running` sets those of the bot's settings
        self.prediction: Prediction = prediction(0.973, 0.027)
        self.failure: Exception | None = None
        self.pictures: list[bytes] = []
        self.explained: list[bytes] = []
        self.words = explanations.ENGLISH
        self.nearest: tuple[Nearest, ...] = ()
        self.compared: list[tuple[int | None, bytes, str]] = []
        self.owners: list[int | None] = []
        self.crawled: Sequence[str] = ()
        self.reviewed: Reviewed = ()
        self.corrected: Reviewed = ()
        self.forced = False
        self.drawn = HeldOutThumbnail(VIDEO, NERDOLOGIA, png(320, 180), prediction(0.9, 0.1))
        self.avoided: Sequence[str] = ()
        self.doubted: tuple[Mistake, ...] = ()
        self.available: tuple[Version, ...] = (Version(model(), serving=True),)
        self.started = asyncio.Event()
        self.outcome: asyncio.Future[RetrainReport] = asyncio.get_running_loop().create_future()
        self.on_progress: OnProgress = lambda _: None
        self.closed = False
        self.forgotten: list[int] = []
        self.listed: Sequence[str] = ()
        self.refreshed = asyncio.Event()

    @property
    def waiting(self) -> int:
        return 0

    @property
    def decoder_restarts(self) -> int:
        return 0

    async def start(self) -> None:
        await self.facts.__aenter__()

    async def close(self) -> None:
        await self.facts.__aexit__()
        self.closed = True

    def info(self, owner: Owner) -> ModelInfo | None:
        del owner
        return model()

    async def classify(self, owner: Owner, picture: bytes, *, find_video: bool = True) -> Prediction:
        self.owners.append(owner)
        self.pictures.append(picture)
        if self.failure is not None:
            raise self.failure
        if not picture.startswith((b"\x89PNG", b"\xff\xd8")):
            raise PictureError("That file isn't a supported image. Send a JPEG, PNG, WebP or GIF.")
        return self.prediction

    async def held_out(self, owner: Owner, avoid: Sequence[str] = ()) -> HeldOutThumbnail:
        self.owners.append(owner)
        if self.failure is not None:
            raise self.failure
        self.avoided = avoid
        return self.drawn

    async def mistakes(self, owner: Owner) -> tuple[Mistake, ...]:
        del owner
        return self.doubted

    async def probe(self) -> None:
        if self.failure is not None:
            raise self.failure

    async def explain(self, owner: Owner, picture: bytes, words: explanations.Words = explanations.ENGLISH) -> Why:
        del owner
        self.words = words
        self.explained.append(picture)
        return Why(self.prediction.channel, png(), png(), png(), self.nearest)

    async def compare(
        self, owner: Owner, picture: bytes, label: str, words: resemblance.Words = resemblance.ENGLISH
    ) -> Resemblance:
        del words
        self.compared.append((owner, picture, label))
        if self.failure is not None:
            raise self.failure
        colours = (MainColour(200, 30, 40, 1.0),)
        return Resemblance(self.prediction.channel, 0.63, 40, colours, colours, png(), None)

    async def retrain(
        self,
        owner: Owner,
        channels: Sequence[str],
        on_progress: OnProgress,
        *,
        reviewed: Reviewed = (),
        corrected: Reviewed = (),
        force: bool = False,
    ) -> RetrainReport:
        self.owners.append(owner)
        self.crawled, self.on_progress, self.forced = channels, on_progress, force
        self.reviewed, self.corrected = reviewed, corrected
        self.started.set()
        return await self.outcome

    def finish(self, report: RetrainReport | None = None) -> None:
        """Let the training end."""
        self.outcome.set_result(report or retrain_report())

    async def versions(self, owner: Owner) -> tuple[Version, ...]:
        del owner
        return self.available

    async def serve(self, owner: Owner, version: str) -> ModelInfo:
        self.owners.append(owner)
        if version not in {it.model.version for it in self.available}:
            raise NoVersionError("There is no such version of the model. Choose one that still exists.")
        self.available = tuple(Version(it.model, serving=it.model.version == version) for it in self.available)
        return next(it.model for it in self.available if it.serving)

    async def rollback(self, owner: Owner, version: str | None = None) -> ModelInfo:
        return await self.serve(owner, version or self.available[-1].model.version)

    async def refresh(self, listed: Sequence[str], now: datetime) -> RefreshReport:
        self.listed = listed
        self.refreshed.set()
        return RefreshReport()

    async def forget(self, owner: int) -> None:
        self.forgotten.append(owner)

    def cancel(self, owner: Owner) -> bool:
        del owner
        if self.started.is_set() and not self.outcome.done():
            self.outcome.set_exception(CancelledTrainingError("Training was cancelled."))
            return True
        return False


def bot_settings(discord: LocalDiscord, data_dir: Path, thumbnails_url: str, **others: Any) -> Settings:
    """Settings that point to the local services."""
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
    """The bot, logged in to a local Discord."""
    use_addresses(bot.services.settings.discord)
    if isinstance(bot.services.engine, ScriptedEngine):
        bot.services.engine.facts = Facts(bot.services.settings.youtube)
    async with discord.watch() as events, bot:
        await bot.login(discord.token)  # not in the task, so that a failure is raised here
        for command in bot.walk_commands():
            command._buckets._cache.clear()  # discord.py shares cooldowns between bots
        work = asyncio.create_task(bot.connect())
        await events.next(lambda event: event.name == "GATEWAY_READY")
        yield bot
    async with asyncio.timeout(30):  # a connection that does not end fails the test, and does not stop all others
        await work


async def handled(name: str) -> None:
    """Wait until the bot has handled the event of this name: discord.py runs each listener in a task."""
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == f"discord.py: on_{name}"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests that are marked so once per database."""
    if "database_url" in metafunc.fixturenames and metafunc.definition.get_closest_marker("every_database"):
        metafunc.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> str:
    """The setting of that name: the URL of an empty PostgreSQL database, or nothing for SQLite."""
    kind = getattr(request, "param", "sqlite")
    return "" if kind == "sqlite" else str(databases.empty(kind, tmp_path))


@pytest.fixture
async def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
async def local_youtube(tmp_path: Path) -> AsyncIterator[LocalYouTube]:
    """A local YouTube with one video."""
    folder = tmp_path / "youtube" / "nerdologia"
    folder.mkdir(parents=True)
    (folder / f"{VIDEO}.png").write_bytes(png())
    async with LocalYouTube(folder.parent) as youtube:
        yield youtube


@pytest.fixture
async def three_channels(tmp_path: Path) -> AsyncIterator[LocalYouTube]:
    """A local YouTube with three channels, one video each."""
    for channel, video in (("nerdologia", VIDEO), ("CanalPeixeBabel", "b" * 11), ("Pirulla25", "c" * 11)):
        folder = tmp_path / "youtube" / channel
        folder.mkdir(parents=True)
        (folder / f"{video}.png").write_bytes(png())
    (tmp_path / "youtube" / "nerdologia" / "channel.json").write_text(json.dumps({"id": NERDOLOGIA.id}))
    async with LocalYouTube(tmp_path / "youtube") as youtube:
        yield youtube


@pytest.fixture
async def bot(
    local_discord: LocalDiscord,
    local_youtube: LocalYouTube,
    engine: ScriptedEngine,
    database_url: str,
    tmp_path: Path,
) -> AsyncIterator[Thumbprint]:
    """The bot, logged in, with its default settings."""
    data, thumbnails = tmp_path / "data", local_youtube.thumbnails_url
    chosen = bot_settings(local_discord, data, thumbnails, database_url=database_url)
    async with running(Thumbprint(chosen, engine), local_discord) as bot:
        yield bot


@pytest.fixture
async def page(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, bot: Thumbprint, open_page: OpenPage
) -> AsyncIterator[Page]:
    """The chat page, as Max."""
    async with ChatPage(local_discord, picture_hosts=[local_youtube.thumbnails_url]) as chat:
        page = await open_page(chat.url)
        await expect(page.get_by_role("status")).to_have_text("Thumbprint is online")
        yield page
