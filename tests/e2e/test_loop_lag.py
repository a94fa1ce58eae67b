"""During a retrain, the event loop is never blocked for 100 ms, and pictures are answered."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.samples import draw_samples
from bot.sandbox.youtube import LocalYouTube
from classifier.engine import Engine
from classifier.models import artifact
from classifier.pictures.dataset import Dataset
from classifier.training.config import TrainingConfig
from classifier.training.train import train
from tests.e2e.conftest import bot_settings, running

TICK = 0.005
LIMIT = 0.1


def place_model(thumbnails: Path, models: Path) -> None:
    """Place a quickly trained model, so that pictures are answered during the retrain."""
    trained = train(Dataset.open(thumbnails), TrainingConfig(network="net", epochs=2))
    artifact.save(trained.artifact, models / trained.artifact.info.version)
    (models / "serving").write_text(trained.artifact.info.version)


@asynccontextmanager
async def pauses_of_the_loop() -> AsyncIterator[list[float]]:
    """Measure how long the event loop's thread computes between ticks of 5 ms, in seconds of its own CPU time.

    CPU time, because the machine can be busy with other things.
    """
    pauses: list[float] = []

    async def tick() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(TICK)
            pauses.append(time.thread_time() - before)

    ticking = asyncio.create_task(tick())
    try:
        yield pauses
    finally:
        ticking.cancel()


async def test_a_retrain_never_blocks_the_loop(discord_addresses: None, tmp_path: Path) -> None:
    await asyncio.to_thread(draw_samples, tmp_path / "samples", 40)
    async with LocalYouTube(tmp_path / "samples", hold_back=4) as youtube, LocalDiscord() as discord:
        channels = tuple(channel.handle for channel in youtube.library.channels)
        chosen = bot_settings(discord, tmp_path / "data", youtube.thumbnails_url, channels=channels)
        await asyncio.to_thread(place_model, tmp_path / "samples", chosen.data_dir / "models")
        engine = Engine(chosen.data_dir, youtube.settings, network="net")
        async with running(Thumbprint(chosen, engine), discord), pauses_of_the_loop() as pauses:
            news = asyncio.Event()
            again = asyncio.create_task(engine.retrain(None, channels, lambda _: news.set()))
            again.add_done_callback(lambda _: news.set())
            answered = 0
            while not again.done():
                await news.wait()  # a few per second
                news.clear()
                video = youtube.library.channels[answered % len(channels)].held_back[0]
                picture = await asyncio.to_thread(video.thumbnail.read_bytes)
                posted = await discord.post(discord.member, discord.general, files=[("a.jpg", picture)])
                answer = await discord.answer_to(posted, within=30)
                assert answer.attachments
                answered += 1
            await again
    assert answered > 10
    assert max(pauses) < LIMIT, f"paused for {max(pauses):.3f} s; {answered} pictures were answered meanwhile"
