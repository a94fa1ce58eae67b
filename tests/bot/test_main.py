"""The command line, run in processes of its own."""

import asyncio
import os
import re
import signal
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

import pytest
from typer.testing import CliRunner

from bot import __main__ as command_line
from bot.heartbeat import beat
from bot.sandbox.discord import LocalDiscord
from bot.settings import settings_table
from classifier.models import artifact
from classifier.pictures.dataset import Dataset
from classifier.training.config import TrainingConfig
from classifier.training.train import train
from tests.classifier.drawn import draw_channels
from tests.discord_fixtures import MakeDiscord

ROOT = Path(__file__).parents[2]


def environment(folder: Path, discord: LocalDiscord | None = None, **more: str) -> dict[str, str]:
    """An environment with only the given settings; the current folder has no `.env`."""
    ours = {row.name for row in settings_table()} | {"PYTHONWARNINGS"}
    given = {name: value for name, value in os.environ.items() if name not in ours}
    given |= {"PYTHONPATH": str(ROOT), "THUMBPRINT_DATA_DIR": str(folder / "data"), "THUMBPRINT_METRICS_PORT": "0"}
    if discord is not None:
        given |= {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.api_url}
        given |= {"DISCORD_GATEWAY_URL": discord.gateway_url}
    return given | more


class Process:
    """`python -m bot` with some arguments."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls, arguments: str, folder: Path, env: dict[str, str], output: int | IO[bytes] = asyncio.subprocess.PIPE
    ) -> "Process":
        return cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", *arguments.split()), cwd=folder, env=env, stdout=output, stderr=output
            )
        )

    @property
    def id(self) -> int:
        return self._process.pid

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def end(self, within: float = 60) -> tuple[int | None, str]:
        """Wait until it exits; returns its exit status and standard error."""
        async with asyncio.timeout(within):
            _, errors = await self._process.communicate()
        return self._process.returncode, (errors or b"").decode()

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.communicate()


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[type[Process]]:
    """Starts processes that are killed when the test ends."""
    started: list[Process] = []

    class Started(Process):
        def __init__(self, process: asyncio.subprocess.Process) -> None:
            super().__init__(process)
            started.append(self)

    yield Started
    for process in started:
        await process.kill()


def assert_one_line(errors: str, *words: str) -> None:
    lines = errors.strip().splitlines()
    assert len(lines) == 1, errors
    for word in words:
        assert word in lines[0]


async def test_without_a_token_run_says_where_to_set_it(start: type[Process], tmp_path: Path) -> None:
    status, errors = await (await start.start("run", tmp_path, environment(tmp_path))).end()
    assert status == 78
    assert_one_line(errors, "DISCORD_TOKEN")


async def test_an_invalid_setting_is_named(start: type[Process], tmp_path: Path) -> None:
    env = environment(tmp_path, DISCORD_TOKEN="x", THUMBPRINT_PICTURE_BYTES="many")
    status, errors = await (await start.start("run", tmp_path, env)).end()
    assert status == 78
    assert_one_line(errors, "Invalid setting: picture_bytes", ". Fix it in the environment or .env.")


async def test_a_refused_token_is_reported(start: type[Process], local_discord: LocalDiscord, tmp_path: Path) -> None:
    env = environment(tmp_path, local_discord, DISCORD_TOKEN="not.the.token")
    status, errors = await (await start.start("run", tmp_path, env)).end()
    assert status == 77
    assert_one_line(errors, "refused", "token", "DISCORD_TOKEN")
    assert "not.the.token" not in errors


async def test_a_missing_message_content_intent_is_reported(
    start: type[Process], make_discord: MakeDiscord, tmp_path: Path
) -> None:
    async with make_discord(message_content_allowed=False) as discord:
        status, errors = await (await start.start("run", tmp_path, environment(tmp_path, discord))).end()
    assert status == 76
    assert_one_line(errors, "lacks the Message Content intent", "THUMBPRINT_MESSAGE_CONTENT=false")


@pytest.mark.parametrize(
    ("status", "exit_status", "words"),
    [(403, 1, "Discord refused to start the bot: Forbidden"), (503, 69, "Discord is having problems (")],
)
async def test_only_an_unreachable_discord_is_a_matter_of_the_network(
    status: int, exit_status: int, words: str, start: type[Process], local_discord: LocalDiscord, tmp_path: Path
) -> None:
    local_discord.fail_next(status, "/applications/@me", times=9)
    ended, errors = await (await start.start("run", tmp_path, environment(tmp_path, local_discord))).end()
    assert ended == exit_status
    assert_one_line(errors, words)
    assert "network" not in errors


async def test_an_unreachable_discord_is_reported(start: type[Process], tmp_path: Path) -> None:
    env = environment(tmp_path, DISCORD_TOKEN="x", DISCORD_API_URL="http://127.0.0.1:9/api/v10")
    status, errors = await (await start.start("run", tmp_path, env)).end()
    assert status == 69
    assert_one_line(errors, "http://127.0.0.1:9/api/v10")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", ["run", ""], ids=["run", "no-command"])
async def test_a_signal_stops_it_cleanly(
    number: signal.Signals, command: str, start: type[Process], local_discord: LocalDiscord, tmp_path: Path
) -> None:
    async with local_discord.watch() as events:
        process = await start.start(command, tmp_path, environment(tmp_path, local_discord))
        await events.next(lambda event: event.name == "GATEWAY_READY", within=60)
        process.signal(number)
        status, errors = await process.end(within=5)
        await events.next(lambda event: event.name == "GATEWAY_CLOSED")
    assert status == 0
    assert "Traceback" not in errors
    assert local_discord.token not in errors


async def test_a_second_bot_on_the_same_data_folder_is_refused(
    start: type[Process], local_discord: LocalDiscord, tmp_path: Path
) -> None:
    """`healthy` and the classifier's command line are not; nor is the next bot after a kill."""
    env = environment(tmp_path, local_discord)
    data = tmp_path / "data"

    async def begin() -> Process:
        async with local_discord.watch() as events:
            process = await start.start("run", tmp_path, env)
            await events.next(lambda event: event.name == "GATEWAY_READY", within=60)
        return process

    first = await begin()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (data, data / "thumbprint.db")] == [0o700, 0o600]
    status, errors = await (await start.start("run", tmp_path, env)).end()
    assert status == 75
    assert_one_line(errors, "Another Thumbprint (process ", "is using the data folder", "THUMBPRINT_DATA_DIR")
    beat(data)
    assert (await (await start.start("healthy", tmp_path, env)).end())[0] == 0
    evaluated = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "classifier", "evaluate", "--model", str(data), "--data", str(data)),
        stderr=asyncio.subprocess.PIPE,
        env=env,
    )
    assert "has no model" in (await evaluated.communicate())[1].decode()

    first.signal(signal.SIGKILL)
    await first.end()
    await begin()


async def test_secrets_are_not_logged(start: type[Process], local_discord: LocalDiscord, tmp_path: Path) -> None:
    env = environment(tmp_path, local_discord, THUMBPRINT_LOG_LEVEL="DEBUG", YOUTUBE_API_KEY="a-youtube-key")
    async with local_discord.watch() as events:
        process = await start.start("run", tmp_path, env)
        await events.next(lambda event: event.name == "GATEWAY_READY", within=60)
        process.signal(signal.SIGTERM)
        _, errors = await process.end()
    assert "discord.gateway" in errors  # it did log at this level
    assert local_discord.token not in errors
    assert "a-youtube-key" not in errors


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command_line.app, arguments)
    return result.exit_code, result.output


@pytest.fixture
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for row in settings_table():
        monkeypatch.delenv(row.name, raising=False)
    monkeypatch.setenv("THUMBPRINT_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def test_the_docs_list_every_exit_code() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text().partition("## Exit codes")[2]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)] == [0, *command_line.Exit]


@pytest.mark.usefixtures("_no_settings")
def test_healthy_reads_the_heartbeat(tmp_path: Path) -> None:
    assert run("healthy") == (1, "The bot has not connected to Discord yet.\n")
    beat(tmp_path)
    assert run("healthy") == (0, "")
    beat(tmp_path, "Answers are stuck.")
    assert run("healthy") == (1, "Answers are stuck.\n")


@pytest.mark.usefixtures("_no_settings")
@pytest.mark.parametrize(
    ("arguments", "token", "expected"),
    [
        ([], "", "sandbox"),
        ([], "x", "run"),
        (["--once", "--port", "8123"], "", "sandbox"),
        (["--once"], "x", "sandbox"),
        (["--thumbnails", "."], "x", "sandbox"),
    ],
)
def test_without_a_command_the_token_and_the_options_decide_what_runs(
    arguments: list[str], token: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []
    monkeypatch.setenv("DISCORD_TOKEN", token)
    monkeypatch.setattr(command_line, "run", lambda: called.append("run"))
    monkeypatch.setattr(command_line, "sandbox", lambda **_: called.append("sandbox"))
    assert run(*arguments) == (0, "")
    assert called == [expected]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "Try the bot on this machine, without an account."),
        (("run",), "The settings come from"),
        (("sandbox",), "--thumbnails"),
        (("healthy",), "health check"),
    ],
)
def test_every_command_has_help(arguments: tuple[str, ...], expected: str) -> None:
    status, output = run(*arguments, "--help")
    assert status == 0
    assert expected in output


def place_model(data: Path, thumbnails: Path) -> bytes:
    """Place a quickly trained default model in the data folder; returns a thumbnail of one of its channels."""
    dataset = Dataset.open(draw_channels(thumbnails, 12))
    trained = train(dataset, TrainingConfig(network="net", epochs=2))
    artifact.save(trained.artifact, data / "models" / "default" / "first")
    (data / "models" / "default" / "serving").write_text("first\n")
    return dataset.files[0].read_bytes()


async def test_sigterm_loses_none_of_150_pictures(
    start: type[Process], local_discord: LocalDiscord, tmp_path: Path
) -> None:
    """Each is answered, or its author hears of the restart; those that arrive late, too."""
    picture = await asyncio.to_thread(place_model, tmp_path / "data", tmp_path / "thumbnails")
    env = environment(tmp_path, local_discord, DISCORD_CDN_URLS=local_discord.url)
    places = (local_discord.general, local_discord.random)
    people = [local_discord.member, local_discord.admin, local_discord.owner]
    process = await start.start("run", tmp_path, env)
    async with local_discord.watch() as events:
        await events.next(lambda event: event.name == "GATEWAY_READY", within=60)
        posts = [
            await local_discord.post(people[number % 3], places[number % 2], "", [(f"{number}.png", picture)])
            for number in range(150)
        ]
        await local_discord.answer_to(posts[0], within=60)
        process.signal(signal.SIGTERM)
        status, errors = await process.end()
    assert status == 0, errors
    assert "Traceback" not in errors
    replies: dict[int | None, list[str]] = {}
    for place in places:
        for message in local_discord.world.messages[place.id].values():
            if message.author_id == local_discord.bot.id:
                replies.setdefault(message.reference_id, []).append(message.content)
                assert message.embeds or message.content == "I'm restarting. Try again in a minute."
    lost = {number: replies.get(post.id) for number, post in enumerate(posts) if len(replies.get(post.id, ())) != 1}
    assert not lost, errors


async def test_settings_and_feedback_survive_a_kill(
    start: type[Process], local_discord: LocalDiscord, tmp_path: Path
) -> None:
    picture = await asyncio.to_thread(place_model, tmp_path / "data", tmp_path / "thumbnails")
    env = environment(tmp_path, local_discord, DISCORD_CDN_URLS=local_discord.url)
    general, random, member = local_discord.general, local_discord.random, local_discord.member

    async def begin() -> Process:
        async with local_discord.watch() as events:
            process = await start.start("run", tmp_path, env)
            await events.next(lambda event: event.name == "GATEWAY_READY", within=60)
        return process

    process = await begin()
    asked = await local_discord.post(local_discord.admin, general, f"!watch <#{general.id}>")
    await local_discord.answer_to(asked)
    answer = await local_discord.answer_to(
        await local_discord.post(member, general, "", [("a.png", picture)]), within=30
    )
    right, wrong, _ = (button["custom_id"] for button in answer.components[0]["components"])
    thanks = await local_discord.answer_to(await local_discord.press(member, answer, right))
    assert "noted as right" in thanks.content
    process.signal(signal.SIGKILL)
    await process.end()

    await begin()
    await local_discord.post(member, random, "", [("unwatched.png", picture)])
    question = await local_discord.answer_to(await local_discord.press(member, answer, wrong))
    assert len(question.components[0]["components"][0]["options"]) == 4  # three channels, and none of these
    stats = await local_discord.answer_to(await local_discord.post(member, general, "!stats"), within=30)
    fields = {field["name"]: field["value"] for field in stats.embeds[0]["fields"]}
    assert fields["Answered"] == "1"
    assert "1 of 1" in fields["Right (according to feedback)"]


_LOOKS = """
import numpy
from threadpoolctl import threadpool_info
from bot import __main__ as command_line
from bot.settings import Settings

async def look():
    print([library["num_threads"] for library in threadpool_info()])

command_line._run(look(), Settings(_env_file=None))
"""


async def test_matrices_of_an_answer_are_multiplied_by_one_thread(tmp_path: Path) -> None:
    """Several would only wait for each other: on two cores, an answer took twice the time and four times the work."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _LOOKS),
        env=environment(tmp_path, OPENBLAS_NUM_THREADS="2"),
        stdout=asyncio.subprocess.PIPE,
    )
    threads, _ = await process.communicate()
    assert threads.strip() == b"[1]"
