"""The bot's token and the YouTube key are planted, and searched for in every byte that comes out of a whole run."""

import asyncio
import base64
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil
import pytest

from bot.sandbox.discord import LocalDiscord
from bot.sandbox.samples import draw_samples
from bot.sandbox.youtube import LocalYouTube
from tests.bot.test_main import Process, environment
from tests.e2e.chat import buttons
from tests.e2e.test_operations import free_port

# Letters and digits look the same in every encoding of text; what surrounds them does not.
TOKEN_CORE, KEY_CORE, PASSWORD_CORE = "PlantedToken7Qx2Vb9", "PlantedKey5Jd8Wn3", "PlantedPassword4Rt6"
TOKEN, KEY = f'MTE5.a+b%"c/{TOKEN_CORE}\\&z', f'AIza+b%"c/{KEY_CORE}\\é&z='
CORES = (TOKEN_CORE, KEY_CORE)


def found(data: bytes, where: str, cores: tuple[str, ...] = CORES) -> Iterator[str]:
    """Which secrets are in some bytes: as text in any encoding, as UTF-16, hexadecimal, or base64 at any offset."""
    for core in cores:
        forms = [core.encode(), core.encode("utf-16-le"), core.encode().hex().encode()]
        forms += [base64.b64encode(b"x" * offset + core.encode())[4:-4] for offset in range(3)]
        if any(form in data for form in forms):
            yield f"{core} in {where}"


def test_a_secret_is_found_in_any_form() -> None:
    assert list(found(f"Bot {TOKEN}".encode(), "a header")) == [f"{TOKEN_CORE} in a header"]
    for offset in range(3):
        assert list(found(base64.b64encode(b"a" * offset + KEY.encode()), "base64"))
    assert not list(found(b"nothing", "here"))


@dataclass
class Children:
    """The child processes that were seen: their command lines and environments."""

    commands: set[str] = field(default_factory=set)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)

    @asynccontextmanager
    async def watched(self, process: psutil.Process) -> AsyncIterator[None]:
        """Look at a process and its children again and again."""

        async def look() -> None:
            while True:
                for child in process.children(recursive=True):
                    with suppress(psutil.Error):
                        command = " ".join(child.cmdline())
                        self.commands.add(command)
                        self.environments.setdefault(command, child.environ())
                await asyncio.sleep(0.05)

        looking = asyncio.create_task(look())
        try:
            yield
        finally:
            looking.cancel()


@dataclass
class Run:
    """Everything that came out of a run."""

    log: str
    replies: list[str]
    files: dict[str, bytes]
    metrics: str
    command: str
    children: Children


async def use(discord: LocalDiscord, youtube: LocalYouTube) -> None:
    """Use what talks to YouTube and Discord: train, answer a picture and a link, explain, look channels up, fail."""
    general, member, admin = discord.general, discord.member, discord.admin
    async with discord.watch() as events:
        progress = await discord.answer_to(await discord.post(admin, general, "!retrain"), within=60)
        await events.next(
            lambda event: event.message is not None and event.message.reference_id == progress.id, within=300
        )
    video = youtube.library.channels[0].held_back[0]
    content = await asyncio.to_thread(video.thumbnail.read_bytes)
    answer = await discord.answer_to(await discord.post(member, general, "", [("a.jpg", content)]), within=60)
    await discord.answer_to(await discord.press(member, answer, buttons(answer)["Why?"]), within=60)
    handle = youtube.library.channels[0].handle
    for command in (
        f"!classify https://youtu.be/{video.id}",
        f"!channels add {handle}",
        "!channels add @nobody-at-all",
    ):
        await discord.answer_to(await discord.post(admin, general, command), within=60)
    youtube.api_key = "another one"  # so that YouTube refuses the bot's
    for command in ("!channels add @another-one", "!retrain"):
        await discord.answer_to(await discord.post(admin, general, command), within=60)
    await discord.answer_to(
        await discord.slash(member, general, "classify", {"picture": ("b.jpg", content)}), within=60
    )


@pytest.fixture(scope="module", params=["text", "json"])
def whole_run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of the program, with each format of the log."""
    return asyncio.run(run_whole(request.param, tmp_path_factory.mktemp("run")))


async def run_whole(log_format: str, tmp_path: Path) -> Run:
    """Run the program at DEBUG, from its start to its end."""
    await asyncio.to_thread(draw_samples, tmp_path / "samples", 24)
    youtube = LocalYouTube(tmp_path / "samples", hold_back=4, api_key=KEY)
    async with youtube, LocalDiscord(token=TOKEN) as discord:
        env = environment(
            tmp_path,
            discord,
            DISCORD_CDN_URLS=discord.url,
            YOUTUBE_API_KEY=KEY,
            YOUTUBE_API_URL=youtube.api_url,
            YOUTUBE_THUMBNAILS_URL=youtube.thumbnails_url,
            YOUTUBE_OEMBED_URL=youtube.oembed_url,
            THUMBPRINT_CHANNELS=" ".join(channel.handle for channel in youtube.library.channels),
            THUMBPRINT_LOG_LEVEL="DEBUG",
            THUMBPRINT_LOG_FORMAT=log_format,
            THUMBPRINT_METRICS_PORT=str(port := free_port()),
        )
        with (tmp_path / "log").open("wb") as log:
            async with discord.watch() as events:
                process = await Process.start("run", tmp_path, env, output=log)
                await events.next(lambda event: event.name == "GATEWAY_READY", within=60)
            try:
                bot, children = psutil.Process(process.id), Children()
                async with children.watched(bot):
                    await use(discord, youtube)
                async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as page:
                    metrics = await page.text()
                command = " ".join(bot.cmdline())
                process.signal(signal.SIGTERM)
                await process.end()
            finally:
                await process.kill()
        messages = [message for channel in discord.world.messages.values() for message in channel.values()]
        sent = [discord.read(file) for message in messages for file in message.attachments]
    data = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    return Run(
        log=(tmp_path / "log").read_text(),
        replies=[repr(message) for message in messages] + [repr(file) for file in sent],
        files={str(path): path.read_bytes() for path in data},
        metrics=metrics,
        command=command,
        children=children,
    )


def test_no_secret_comes_out(whole_run: Run) -> None:
    outputs = {"the log": whole_run.log, "the metrics": whole_run.metrics, "a command line": whole_run.command}
    leaks = [leak for where, text in outputs.items() for leak in found(text.encode(), where)]
    leaks += [leak for command in whole_run.children.commands for leak in found(command.encode(), command)]
    leaks += [leak for reply in whole_run.replies for leak in found(reply.encode(), "a reply")]
    leaks += [leak for path, content in whole_run.files.items() for leak in found(content, path)]
    assert not leaks

    # What could have held them is there.
    for logger in ("discord.gateway", "discord.http", "urllib3.connectionpool"):
        assert logger in whole_run.log
    assert re.search(r"key=(\*\*\*|\[secret\])", whole_run.log)
    assert any("refused" in reply for reply in whole_run.replies)
    assert any(path.endswith("thumbprint.db") for path in whole_run.files)
    assert "thumbprint_answer_seconds" in whole_run.metrics
    for verb in ("crawl", "train"):
        assert any(re.search(f"classifier .*{verb} ", command) for command in whole_run.children.commands)


def test_children_get_no_secret_that_they_do_not_need(whole_run: Run) -> None:
    for command, environ in whole_run.children.environments.items():
        secrets = (TOKEN_CORE,) if re.search("classifier .*(crawl|fetch|refresh) ", command) else CORES
        assert not list(found(repr(environ).encode(), command, secrets))


async def test_a_refused_databases_password_is_not_printed(tmp_path: Path) -> None:
    url = f"postgresql://bot:{PASSWORD_CORE}%40%22@127.0.0.1:9/thumbprint"
    async with LocalDiscord(token=TOKEN) as discord:
        env = environment(tmp_path, discord, THUMBPRINT_DATABASE_URL=url, THUMBPRINT_LOG_LEVEL="DEBUG")
        process = await Process.start("run", tmp_path, env)
        try:
            status, errors = await process.end()
        finally:
            await process.kill()
    assert status == 1
    assert "can't be opened" in errors
    assert not list(found(errors.encode(), "the output", (*CORES, PASSWORD_CORE)))
