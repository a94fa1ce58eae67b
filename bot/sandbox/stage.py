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

from bot.app import Thumbprint, use_addresses
from bot.data_folder import hold
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.page.server import ChatPage
from bot.sandbox.samples import draw_samples, draw_unknown
from bot.sandbox.youtube import LocalYouTube
from bot.services import make_engine
from bot.settings import DiscordSettings, Settings
from classifier.engine import Engine
from classifier.terminal import progress_bars

HELD_BACK: Final = 6
"""Thumbnails per channel that no crawl finds, to try the bot with."""
PATIENCE_SECONDS: Final = 60
"""Timeout of the bot's login, and of its first answer."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A running sandbox: its local servers, the chat page, and the bot, which `running` runs.

    `home` is its folder; `unseen` are thumbnails that the model never saw, each a channel's title and a file.
    """

    home: Path
    youtube: LocalYouTube
    discord: LocalDiscord
    page: ChatPage
    bot: Thumbprint
    running: asyncio.Task[None]
    unseen: Sequence[tuple[str, Path]]


async def run_sandbox(settings: Settings, *, once: bool, thumbnails: Path | None, port: int | None) -> int:
    """Set everything up, post one thumbnail that the model never saw, and run until cancelled, or only that if `once`.

    `port` is the chat page's; None: the usual one if it is free.
    Returns the exit status: 0 if the bot answered. Raises ThumbprintErrors.
    """
    console = Console(highlight=False, markup=False)
    async with staged(settings, console, thumbnails=thumbnails, port=port) as stage:
        console.print(f"\nThe chat page is at {stage.page.url}\n", soft_wrap=True)
        answered = await _try(stage, console)
        if once:
            return 0 if answered else 1
        console.print(
            "\nCtrl-C stops everything. The next start has an empty chat but keeps everything the bot has learned.",
            soft_wrap=True,
        )
        await stage.running
    return 0


@asynccontextmanager
async def staged(
    settings: Settings, console: Console, *, thumbnails: Path | None = None, port: int | None = 0
) -> AsyncIterator[Stage]:
    """Everything set up, with a trained model and the bot logged in. Raises ThumbprintErrors."""
    home = settings.data_dir / "sandbox" / _name(thumbnails)
    unknown = home / "unknown-samples"
    async with AsyncExitStack() as stack:
        stack.enter_context(hold(home))
        folder = thumbnails or await _drawn(home / "samples", console)
        await asyncio.to_thread(draw_unknown, unknown)
        youtube = await stack.enter_async_context(LocalYouTube(folder, hold_back=HELD_BACK, unknown=unknown))
        discord = await stack.enter_async_context(LocalDiscord())
        local = settings.model_copy(
            update={
                "data_dir": home,
                "database_url": SecretStr(""),
                "shards": 0,
                "shards_per_process": 0,
                "youtube": youtube.settings,
                "channels": tuple(channel.id for channel in youtube.library.channels),
                "message_content": True,
                "retrain_cooldown": 0,  # people try it out
                "discord": DiscordSettings(
                    token=SecretStr(discord.token),
                    api_url=discord.api_url,
                    gateway_url=discord.gateway_url,
                    cdn_urls=(discord.api_url,),
                ),
            }
        )
        engine = make_engine(local)
        stack.push_async_callback(engine.close)
        await _learn(engine, local.channels, console)
        held_back = [
            [(channel.title, video.thumbnail) for video in channel.held_back] for channel in youtube.library.channels
        ]
        unseen = [thumbnail for row in zip_longest(*held_back) for thumbnail in row if thumbnail]
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
        use_addresses(local.discord)
        bot = await stack.enter_async_context(Thumbprint(local, engine))
        async with discord.watch() as events:
            await bot.login(discord.token)  # not in the task, so that a failure is raised here
            running = asyncio.create_task(bot.connect())
            await events.next(lambda event: event.name == "GATEWAY_READY", within=PATIENCE_SECONDS)
        yield Stage(home, youtube, discord, page, bot, running, unseen)


def _name(thumbnails: Path | None) -> str:
    """The sandbox's folder in the data folder: one per folder of thumbnails."""
    if thumbnails is None:
        return "drawn"
    return f"{thumbnails.name}-{hashlib.sha256(str(thumbnails.resolve()).encode()).hexdigest()[:8]}"


async def _drawn(folder: Path, console: Console) -> Path:
    """Draw the sample channels, unless they exist already."""
    bars = Bars(
        TextColumn("{task.description:<17}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
    with bars:
        bar = bars.add_task("Drawing samples", total=None)
        await asyncio.to_thread(
            draw_samples, folder, on_progress=lambda done, total: bars.update(bar, completed=done, total=total)
        )
    return folder


async def _learn(engine: Engine, channels: Sequence[str], console: Console) -> None:
    """Crawl and train, unless there is a model of exactly these channels from an earlier start."""
    await engine.start()
    model = engine.info(None)
    if model is not None and {channel.id for channel in model.channels} == set(channels):
        console.print(f"Using the model that was trained on {model.trained_at:%Y-%m-%d %H:%M} (UTC).")
        return
    console.print(
        "Crawling the channels and training a model. This can take a minute or more, but only the first time."
    )
    with progress_bars(console) as on_progress:
        report = await engine.retrain(None, channels, on_progress)
    metrics = report.model.metrics
    console.print(f"Trained. Accuracy: {metrics.accuracy:.1%} on {metrics.n} test thumbnails.")


async def _try(stage: Stage, console: Console) -> bool:
    """Post a thumbnail as an ordinary user; print the bot's answer, and save its plot."""
    discord, plot = stage.discord, stage.home / "answer.png"
    title, file = stage.unseen[0]
    content = await asyncio.to_thread(file.read_bytes)
    watched = await stage.bot.services.store.watched.of(discord.guild.id)  # set in an earlier start
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
