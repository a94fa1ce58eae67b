"""The real bot, killed by SIGKILL again and again while it trains: what is lost, half written or left behind."""

import asyncio
import os
import random
import shutil
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psutil
from PIL import Image
from rich.console import Console
from rich.progress import Progress

from bot.sandbox.discord import LocalDiscord, Message
from bot.sandbox.samples import draw_samples
from bot.sandbox.youtube import LocalYouTube
from bot.settings import settings_table
from classifier.errors import ThumbprintError
from classifier.models.eye_model import load_eye_model
from classifier.networks.eye import Eye
from classifier.networks.features import FeatureStore
from classifier.pictures.channel_record import load_record
from scripts.benchmarks.report import Measure, Report, Row

THUMBNAILS: Final = 40
"""Per sample channel; some are held back, to post."""
HELD_BACK: Final = 4
PATIENCE_SECONDS: Final = 120
ORPHAN_SECONDS: Final = 5.0
"""How long a process may outlive the bot."""
SWAP_SECONDS: Final = 1.0
"""After a model is written: in this time, the bot reads, keeps, loads and uses it."""

MEASURES: Final = (
    Measure("acknowledged but lost", "rows", more_is_better=False, goal=0),
    Measure("half written", "files", more_is_better=False, goal=0),
    Measure("outlived the bot", "processes", more_is_better=False, goal=0),
    Measure("still say Training", "messages", more_is_better=False, goal=0),
    Measure("errors logged", "lines", more_is_better=False, goal=0),
    Measure("killed while training", "times", goal=1),
    Measure("time to ready", "s", more_is_better=False, drawn=False),
)


@dataclass(slots=True)
class Rows:
    """What the bot has acknowledged, by the ids in the buttons of its answers."""

    answers: set[int] = field(default_factory=set)
    feedback: set[int] = field(default_factory=set)


class Victim:
    """A bot in a process of its own, with a local Discord and YouTube, which is killed and started again."""

    def __init__(self, home: Path, discord: LocalDiscord, youtube: LocalYouTube) -> None:
        self.data = home / "data"
        self.acknowledged = Rows()
        self._discord = discord
        self._picture = youtube.library.channels[0].held_back[0].thumbnail.read_bytes()
        self._log = home / "log"
        self._environment = _environment(self.data, discord, youtube)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> float:
        """Start it, and wait until it is ready; returns how many seconds that took."""
        began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"), env=self._environment, stdout=log, stderr=log
            )
        async with self._discord.watch() as events:
            await events.next(lambda event: event.name == "GATEWAY_READY", within=PATIENCE_SECONDS)
        return time.perf_counter() - began

    async def kill(self) -> int:
        """Kill it; returns how many of its processes outlive it by ORPHAN_SECONDS."""
        if self._process is None or self._process.returncode is not None:
            raise RuntimeError(f"the bot ended by itself; see {self._log}")
        children = psutil.Process(self._process.pid).children(recursive=True)
        self._process.kill()
        await self._process.wait()
        _, alive = await asyncio.to_thread(psutil.wait_procs, children, ORPHAN_SECONDS)
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return len(alive)

    async def answer(self) -> None:
        """Have it answer a picture and note some feedback, and remember both as acknowledged."""
        discord = self._discord
        posted = await discord.post(discord.member, discord.random, "", [("picture.jpg", self._picture)])
        answer = await discord.answer_to(posted, within=PATIENCE_SECONDS)
        right = str(answer.components[0]["components"][0]["custom_id"])
        number = int(right.rpartition(":")[2])
        self.acknowledged.answers.add(number)
        thanks = await discord.answer_to(await discord.press(discord.member, answer, right), within=PATIENCE_SECONDS)
        if "noted" in thanks.content:
            self.acknowledged.feedback.add(number)

    async def retrain(self) -> Message:
        """Have it start a training; returns the message that shows the progress. Raises RuntimeError if it refuses."""
        asked = await self._discord.post(self._discord.admin, self._discord.general, "!retrain")
        answer = await self._discord.answer_to(asked, within=PATIENCE_SECONDS)
        if "rain" not in answer.content or not answer.components:
            raise RuntimeError(f"no training: {answer.content}")
        return answer

    def trains(self, message: Message) -> bool:
        """Whether a message says that a training goes on."""
        return bool(self._discord.current(message).components)

    async def until_ended(self, message: Message, within: float = PATIENCE_SECONDS) -> bool:
        """Wait until a message says that its training has ended; False if it never does."""
        async with self._discord.watch() as events:
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    while self.trains(message):
                        await events.next(lambda event: event.name == "MESSAGE_UPDATE", within=within)
        return not self.trains(message)

    def lost(self) -> int:
        """How many acknowledged rows the database does not have."""
        with closing(sqlite3.connect(f"file:{self.data / 'thumbprint.db'}?mode=ro", uri=True)) as database:
            answers = {number for (number,) in database.execute("SELECT id FROM answers")}
            feedback = {number for (number,) in database.execute("SELECT answer FROM feedback")}
        return len(self.acknowledged.answers - answers) + len(self.acknowledged.feedback - feedback)

    def errors(self) -> list[str]:
        """The errors in its log."""
        lines = self._log.read_text(errors="replace").splitlines()
        return [line for line in lines if "[error" in line or line.startswith("Traceback")]

    def written(self) -> bool:
        """Whether a model is written that is not kept yet."""
        return any((self.data / "models").glob("*/.draft"))


def measure(kills: int, swaps: int, seed: int = 0) -> Report:
    """Kill the bot at random moments of trainings, then around the swaps of models."""
    rows = asyncio.run(_measure(kills, swaps, random.Random(seed)))  # noqa: S311 - moments, no secrets
    return Report(
        name="faults",
        title="The bot is killed by SIGKILL",
        note=f"The real bot on a local Discord and YouTube, four sample channels of {THUMBNAILS} thumbnails, default "
        "network. Before each kill it has answered a picture and noted feedback; after it, the next one starts on the "
        f"same data folder. A process outlives the bot if it is there {ORPHAN_SECONDS:g} s later.",
        measures=MEASURES,
        rows=tuple(rows),
    )


async def _measure(kills: int, swaps: int, chance: random.Random) -> Sequence[Row]:
    with TemporaryDirectory() as folder:
        async with _victim(Path(folder)) as victim:
            await victim.start()
            began = time.perf_counter()
            await victim.until_ended(await victim.retrain())
            duration = time.perf_counter() - began
            rows = []

            async def at_random(message: Message) -> None:
                del message
                await asyncio.sleep(chance.uniform(0, duration))

            async def around_the_swap(message: Message) -> None:
                while not await asyncio.to_thread(victim.written) and victim.trains(message):  # noqa: ASYNC110 - a file
                    await asyncio.sleep(0.005)
                await asyncio.sleep(chance.uniform(0, SWAP_SECONDS))

            with Progress(console=Console(stderr=True)) as progress:
                for name, count, moment in (
                    ("at a random moment of a training", kills, at_random),
                    ("around the swap of models", swaps, around_the_swap),
                ):
                    figures = [await _round(victim, moment) for _ in progress.track(range(count), description=name)]
                    if figures:
                        rows.append(_row(name, figures))
            await victim.kill()
    return rows


async def _round(victim: Victim, moment: Callable[[Message], Awaitable[None]]) -> dict[str, float]:
    """One kill, and what the next start finds."""
    await victim.answer()
    message = await victim.retrain()
    before = len(victim.errors())
    await moment(message)
    training = victim.trains(message)
    orphans = await victim.kill()
    half = await asyncio.to_thread(lambda: len(list(_half_written(victim.data))))
    lost = await asyncio.to_thread(victim.lost)
    await asyncio.to_thread(_forget_training, victim.data)
    ready = await victim.start()
    stale = not await victim.until_ended(message, within=30)
    await victim.answer()
    figures = (lost, half, orphans, stale, len(victim.errors()) - before, training, ready)
    return dict(zip((it.name for it in MEASURES), map(float, figures), strict=True))


def _forget_training(data: Path) -> None:
    """Delete what a training can be spared by, so that the next one crawls, computes and trains everything."""
    for name in ("thumbnails", "features"):
        shutil.rmtree(data / name, ignore_errors=True)
    for learned in data.glob("models/*/*/learned.sha256"):
        learned.unlink()


def _row(name: str, rounds: Sequence[dict[str, float]]) -> Row:
    """Sums over all rounds, but of the time to be ready the mean."""
    sums = {it.name: sum(figures[it.name] for figures in rounds) for it in MEASURES}
    sums["time to ready"] /= len(rounds)
    return Row.of(f"killed {name}", len(rounds), [sums], ours=True)


def _half_written(data: Path) -> Iterator[Path]:
    """Files that look whole to a reader, but are not."""
    eye = Eye()
    for card in data.glob("models/*/[!.]*/model.json"):
        with suppress(ThumbprintError):
            load_eye_model(card.parent, eye.hash, eye.features)
            continue
        yield card.parent
    for record in data.glob("models/*/serving"):
        if not (record.parent / record.read_text().split()[-1] / "model.json").is_file():
            yield record
    features = FeatureStore(data / "features", eye)
    for file in (data / "features" / eye.hash).glob("??/[!.]*"):
        if features.get(file.name) is None:
            yield file
    for thumbnail in data.glob("thumbnails/*/[!.]*.jpg"):
        try:
            with Image.open(thumbnail) as picture:
                picture.load()
        except OSError:
            yield thumbnail
    for record in data.glob("thumbnails/*/channel.json"):
        with suppress(ThumbprintError):
            load_record(record.parent)
            continue
        yield record


@asynccontextmanager
async def _victim(home: Path) -> AsyncIterator[Victim]:
    await asyncio.to_thread(draw_samples, home / "samples", THUMBNAILS)
    async with LocalYouTube(home / "samples", hold_back=HELD_BACK) as youtube, LocalDiscord() as discord:
        yield Victim(home, discord, youtube)


def _environment(data: Path, discord: LocalDiscord, youtube: LocalYouTube) -> dict[str, str]:
    """An environment with only these settings."""
    others = {row.name for row in settings_table()}
    return {name: value for name, value in os.environ.items() if name not in others} | {
        "THUMBPRINT_DATA_DIR": str(data),
        "THUMBPRINT_CHANNELS": " ".join(channel.id for channel in youtube.library.channels),
        "THUMBPRINT_THUMBNAILS_PER_CHANNEL": str(THUMBNAILS),
        "THUMBPRINT_RETRAIN_COOLDOWN": "0",
        "THUMBPRINT_QUOTA_PER_SERVER": "1000000",
        "THUMBPRINT_METRICS_PORT": "0",
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "DISCORD_CDN_URLS": discord.url,
        **youtube.settings.environment(),
    }
