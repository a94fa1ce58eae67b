"""The sandbox: the whole product on one machine, with a local YouTube, a local Discord and a chat page."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.page.server import ChatPage
from bot.sandbox.samples import draw_samples, draw_strangers
from bot.sandbox.youtube import LocalYouTube
from bot.settings import DiscordSettings, Settings
from classifier.engine import Engine
from classifier.terminal import progress_bars

HELD_BACK: Final = 6
"""Pictures of each channel that no crawl finds, to try the bot on."""
PATIENCE_SECONDS: Final = 60
"""Longest wait for the bot: until it is logged in, and for its first answer."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A sandbox that is up: its local servers, the chat page, and the bot, which `running` runs.

    `home` is its folder; `unseen` are pictures that the model never saw, each a channel's title and a file.
    """

    home: Path
    youtube: LocalYouTube
    discord: LocalDiscord
    page: ChatPage
    bot: Thumbprint
    running: asyncio.Task[None]
    unseen: Sequence[tuple[str, Path]]


async def run_sandbox(settings: Settings, *, once: bool, thumbnails: Path | None, port: int | None) -> int:
    """Set everything up, post one picture that the model never saw, and go on until cancelled, or end if `once`.

    `port` is the chat page's; None takes the usual one if it is free.
    Returns the exit status: 0 if the bot answered. Raises the family of ThumbprintError.
    """
    console = Console(highlight=False, markup=False)
    async with staged(settings, console, thumbnails=thumbnails, port=port) as stage:
        console.print(f"\nThe chat page is at {stage.page.url}\n", soft_wrap=True)
        answered = await _try(stage, console)
        if once:
            return 0 if answered else 1
        console.print("\nCtrl-C ends everything. What the bot learned and was told stays; the next chat begins empty.")
        await stage.running
    return 0


@asynccontextmanager
async def staged(
    settings: Settings, console: Console, *, thumbnails: Path | None = None, port: int | None = 0
) -> AsyncIterator[Stage]:
    """Everything set up, with a trained model and the bot logged in. Raises the family of ThumbprintError."""
    home = settings.data_dir / "sandbox" / _name(thumbnails)
    folder = thumbnails or await _drawn(home / "samples", console)
    strangers = home / "passers-by"
    await asyncio.to_thread(draw_strangers, strangers)
    async with AsyncExitStack() as stack:
        youtube = await stack.enter_async_context(LocalYouTube(folder, hold_back=HELD_BACK, strangers=strangers))
        discord = await stack.enter_async_context(LocalDiscord())
        local = settings.model_copy(
            update={
                "data_dir": home,
                "database_url": SecretStr(""),
                "youtube": youtube.settings,
                "channels": tuple(channel.id for channel in youtube.library.channels),
                "message_content": True,
                "discord": DiscordSettings(
                    token=SecretStr(discord.token),
                    api_url=discord.api_url,
                    gateway_url=discord.gateway_url,
                    cdn_urls=(discord.api_url,),
                ),
            }
        )
        engine = Engine(
            home,
            youtube.settings,
            network=settings.network,
            thumbnails_per_channel=settings.thumbnails_per_channel,
            models_in_memory=settings.models_in_memory,
        )
        stack.push_async_callback(engine.close)
        await _learn(engine, local.channels, console)
        shelves = [
            [(channel.title, video.picture) for video in channel.held_back] for channel in youtube.library.channels
        ]
        unseen = [picture for row in zip_longest(*shelves) for picture in row if picture]
        links = [f"https://youtu.be/{video.id}" for channel in youtube.library.channels for video in channel.held_back]
        page = await stack.enter_async_context(
            ChatPage(
                discord,
                port=port,
                gallery=unseen,
                example=f"{local.prefix}classify {links[-1]}" if links else "",
                picture_hosts=[youtube.thumbnails_url],
            )
        )
        bot = await stack.enter_async_context(Thumbprint(local, engine))
        async with discord.watch() as events:
            await bot.login(discord.token)  # not in the task: what fails here is told
            running = asyncio.create_task(bot.connect())
            await events.next(lambda event: event.name == "GATEWAY_READY", within=PATIENCE_SECONDS)
        yield Stage(home, youtube, discord, page, bot, running, unseen)


def _name(thumbnails: Path | None) -> str:
    """The sandbox's folder in the data folder: one for each folder of thumbnails."""
    if thumbnails is None:
        return "drawn"
    return f"{thumbnails.name}-{hashlib.sha256(str(thumbnails.resolve()).encode()).hexdigest()[:8]}"


async def _drawn(folder: Path, console: Console) -> Path:
    """Draw the sample channels, where they aren't there yet."""
    bars = Bars(
        TextColumn("{task.description:<17}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
    with bars:
        bar = bars.add_task("Drawing channels", total=None)
        await asyncio.to_thread(
            draw_samples, folder, on_progress=lambda done, total: bars.update(bar, completed=done, total=total)
        )
    return folder


async def _learn(engine: Engine, channels: Sequence[str], console: Console) -> None:
    """Crawl and train, unless a model of just these channels is there from last time."""
    await engine.start()
    model = engine.info(None)
    if model is not None and {channel.id for channel in model.channels} == set(channels):
        console.print(f"Using the model of {model.trained_at:%Y-%m-%d %H:%M} (UTC).")
        return
    console.print("Learning the channels: crawling, then training. This takes a few minutes, and only once.")
    with progress_bars(console) as on_progress:
        report = await engine.retrain(None, channels, on_progress)
    metrics = report.model.metrics
    console.print(f"Trained: {metrics.accuracy:.1%} of {metrics.n} held-out thumbnails named right.")


async def _try(stage: Stage, console: Console) -> bool:
    """Post a picture as an ordinary user; show what the bot answers, and keep its plot."""
    discord, plot = stage.discord, stage.home / "answer.png"
    title, file = stage.unseen[0]
    content = await asyncio.to_thread(file.read_bytes)
    watched = await stage.bot.services.store.watched.of(discord.guild.id)  # by what it was told in an earlier start
    channel = discord.random if watched and discord.general.id not in watched else discord.general
    posted = await discord.post(discord.member, channel, files=[("thumbnail.jpg", content)])
    console.print(f"Posted a thumbnail of {title} that the model never saw ({file.name}).", soft_wrap=True)
    try:
        answer = await discord.answer_to(posted, within=PATIENCE_SECONDS)
    except TimeoutError:
        console.print(f"The bot did not answer within {PATIENCE_SECONDS} s.")
        return False
    if not (answer.embeds and answer.attachments):
        console.print(f"The bot answered without a plot: {answer.content}", soft_wrap=True)
        return False
    embed = answer.embeds[0]
    verdict = " ".join(embed["description"].split("\n")[0].replace("**", "").split())
    await asyncio.to_thread(plot.write_bytes, discord.read(answer.attachments[0]))
    console.print(f"The bot answered: {embed['title']}. {verdict}", soft_wrap=True)
    console.print(f"Its plot is in {plot}.", soft_wrap=True)
    return True
