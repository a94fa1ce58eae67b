"""The stage of load benchmarks: a local Discord with a crowd, a local YouTube, and a bot's data folder with a model."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console

from bot.sandbox.discord import GatewaySettings, LocalDiscord, RateLimit
from bot.sandbox.samples import draw_samples
from classifier.settings import YouTubeSettings
from scripts.benchmarks.bot_process import BotProcess, running
from scripts.benchmarks.crowd import Crowd, Person, Tally, report_of
from scripts.benchmarks.local_youtube import served

SERVERS: Final = 10
TRAINED: Final = 60
"""Thumbnails per channel that the model learns."""
POSTED: Final = 24
"""Further thumbnails per channel, which are posted again and again."""
WARM_UP: Final = 32
TRAINING_SECONDS: Final = 900
"""Timeout of the first training."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Local services, people, and the data folder of a bot that recognises `channels`."""

    discord: LocalDiscord
    youtube: YouTubeSettings
    crowd: Crowd
    data: Path
    channels: tuple[str, ...]

    @property
    def model(self) -> Path:
        """The folder of the default model."""
        folder = self.data / "models" / "default"
        return folder / (folder / "serving").read_text().split()[-1]

    def bot(self) -> AbstractAsyncContextManager[BotProcess]:
        """This project's bot, running."""
        handles = " ".join(f"@{channel}" for channel in self.channels)
        return running(("-m", "bot", "run"), self.discord, self.youtube, self.data, THUMBPRINT_CHANNELS=handles)

    def naive_bot(self, plot: str) -> AbstractAsyncContextManager[BotProcess]:
        """A naive bot with the same model, running."""
        arguments = ("-m", "scripts.benchmarks.naive_bot", str(self.model), plot)
        return running(arguments, self.discord, self.youtube, self.data)

    async def train(self) -> None:
        """Have the bot that runs train the default model."""
        owner = Person(self.discord.owner, self.discord.direct(self.discord.owner))
        await report_of(self.discord, owner, "!retrain", within=TRAINING_SECONDS)

    async def warm_up(self) -> None:
        """Have some pictures answered."""
        tally = Tally()
        await self.crowd.at_once(self.crowd.people, WARM_UP, tally)
        await self.crowd.settled(tally)


@asynccontextmanager
async def staged(
    people: int, console: Console, gateway: GatewaySettings | None = None, *, trained: bool = True
) -> AsyncIterator[Stage]:
    """Everything set up in a temporary folder, if `trained` with a default model that the bot itself has trained."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with console.status("Drawing thumbnails"):
            pictures = await asyncio.to_thread(_draw, folder / "channels")
        channels = tuple(sorted(channel.name for channel in (folder / "channels").iterdir()))
        # Discord's rate limits are not what is measured.
        with served(folder / "channels", 0.0) as youtube:
            async with LocalDiscord(rate_limit=RateLimit(requests=100_000), gateway=gateway) as discord:
                crowd = Crowd(discord, people, SERVERS, pictures)
                stage = Stage(discord, youtube.settings, crowd, folder / "data", channels)
                if trained:
                    with console.status("Training"):
                        async with stage.bot():
                            await stage.train()
                yield stage


def _draw(folder: Path) -> list[bytes]:
    """Draw the channels; returns thumbnails of all of them that are not in the folder."""
    draw_samples(folder, TRAINED + POSTED)
    pictures = []
    for channel in sorted(folder.iterdir()):
        for file in sorted(channel.glob("*.jpg"))[:POSTED]:
            pictures.append(file.read_bytes())
            file.unlink()
    return pictures
