"""`python -m bot`: run the bot on Discord, or the whole product on this machine as a sandbox."""

import sys

if __name__ == "__main__" and sys.argv[1:] == ["healthy"]:  # without the imports below, which take over a second
    from bot.heartbeat import exit_by_health

    exit_by_health()

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Coroutine
from enum import IntEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, NoReturn

import aiohttp
import discord
import typer
from pydantic import ValidationError
from threadpoolctl import threadpool_limits

from bot.app import Thumbprint, use_addresses
from bot.data_folder import DataFolderInUseError, hold
from bot.faults import in_short
from bot.group import GroupLostError
from bot.heartbeat import find_problem
from bot.logs import redacting, start_logging
from bot.services import make_engine
from bot.settings import Settings
from bot.store.store import Store
from classifier.errors import ThumbprintError

CLOSING_SECONDS = 9.5
"""Timeout of a shutdown: Docker kills after 10 s."""
EXIT_SECONDS = 9.8
"""When the process ends after a signal, whatever goes on."""

log = logging.getLogger(__name__)

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

Once = Annotated[bool, typer.Option("--once", help="Exit after one picture has been posted and answered.")]
Thumbnails = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        file_okay=False,
        help="Serve the thumbnails in this folder (one sub-folder per channel) instead of the sample channels.",
    ),
]
Port = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="Port of the chat page. Default: 8080 if it is free; 0 picks any free port."),
]


class Exit(IntEnum):
    """Exit statuses by cause."""

    FAILED = 1
    UNREACHABLE = 69
    LOST_GROUP = 74
    IN_USE = 75
    NO_INTENT = 76
    REFUSED_TOKEN = 77
    SETTINGS = 78


@app.callback(invoke_without_command=True)
def main(context: typer.Context, *, once: Once = False, thumbnails: Thumbnails = None, port: Port = None) -> None:
    """A Discord bot that recognises YouTube channels by their thumbnails.

    Without a command: `run` if DISCORD_TOKEN is set, else `sandbox`, which accepts the options below.
    """
    if context.invoked_subcommand is None:
        if _settings().discord.token.get_secret_value() and not (once or thumbnails or port is not None):
            run()
        else:
            sandbox(once=once, thumbnails=thumbnails, port=port)


@app.command()
def run() -> None:
    """Run the bot on Discord.

    The settings come from the environment or `.env`.
    """
    settings = _settings()
    if not settings.discord.token.get_secret_value():
        _end(
            Exit.SETTINGS,
            "There is no bot token. Set DISCORD_TOKEN in the environment or .env, or try `python -m bot sandbox`.",
        )
    start_logging(settings)
    use_addresses(settings.discord)
    _run(_serve(settings), settings)


@app.command()
def work() -> None:
    """Perform trainings for bots of the same cluster, without answering.

    Needs THUMBPRINT_JOBS=queue; the other settings are those of `run`, with a data folder of its own.
    """
    settings = _settings()
    if not settings.discord.token.get_secret_value():
        _end(Exit.SETTINGS, "There is no bot token. Set DISCORD_TOKEN in the environment or .env.")
    if settings.jobs != "queue":
        _end(Exit.SETTINGS, "There is no queue to work for. Set THUMBPRINT_JOBS=queue, as for the bots.")
    start_logging(settings)
    use_addresses(settings.discord)
    _run(_work(settings), settings)


@app.command()
def sandbox(*, once: Once = False, thumbnails: Thumbnails = None, port: Port = None) -> None:
    """Try the bot on this machine, without an account.

    Runs a local Discord with a chat page, a local YouTube, and the bot. Each start begins with an empty chat; the bot
    keeps everything it has learned.
    """
    settings = _settings()
    start_logging(settings)
    from bot.sandbox.stage import run_sandbox  # noqa: PLC0415 - only the sandbox needs it

    _run(run_sandbox(settings, once=once, thumbnails=thumbnails, port=port), settings)


@app.command()
def healthy() -> None:
    """Check whether the running bot is connected to Discord and answers pictures.

    Exits with status 0 if so and 1 if not, as container health checks expect.
    """
    if problem := find_problem(_settings().data_dir):
        _end(Exit.FAILED, problem)


async def _work(settings: Settings) -> None:
    _check_extra()
    from bot.work import Worker  # noqa: PLC0415 - needs packages that only a cluster has

    with hold(settings.data_dir):
        async with Worker(settings) as worker:
            await worker.run()


def _check_extra() -> None:
    """Raise ThumbprintError if the packages of a cluster are not installed."""
    if find_spec("pgqueuer") is None:
        raise ThumbprintError("THUMBPRINT_JOBS=queue needs more packages: install thumbprint[cluster].")


async def _serve(settings: Settings) -> None:
    store, library = Store(settings.database), None
    if settings.jobs == "queue":
        _check_extra()
        from bot.cluster.process import make_library  # noqa: PLC0415 - needs packages that only a cluster has

        library = make_library(settings, store)
    with hold(settings.data_dir):
        async with Thumbprint(settings, make_engine(settings, library), store, _expire) as bot:
            await bot.start(settings.discord.token.get_secret_value())


async def _until_signal(work: Coroutine[Any, Any, int | None]) -> int:
    """Work until the end, or until a signal, after which it has CLOSING_SECONDS to stop; threads are not waited for."""
    task = asyncio.ensure_future(work)
    ending = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    waiting = asyncio.ensure_future(ending.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        last_resort = threading.Timer(EXIT_SECONDS, _exit)
        last_resort.daemon = True
        last_resort.start()
        task.cancel()
        await asyncio.wait({task}, timeout=CLOSING_SECONDS)
    waiting.cancel()
    return 0 if not task.done() or task.cancelled() else task.result() or 0


def _exit() -> None:
    """End the process, whatever its threads wait for."""
    log.warning("something still went on at the end of a shutdown, and was ended")
    os._exit(0)


def _expire() -> None:
    """End the process before another one serves the same shards, whatever its event loop and threads wait for."""
    os._exit(Exit.LOST_GROUP)


def _run(work: Coroutine[Any, Any, int | None], settings: Settings) -> NoReturn:
    """Run to the end; a foreseeable failure becomes one line and its own exit status."""
    threadpool_limits(1)  # the matrices of an answer are small: threads of one would only wait for each other
    try:
        status = asyncio.run(_until_signal(work))
    except discord.PrivilegedIntentsRequired:
        _end(
            Exit.NO_INTENT,
            "This bot lacks the Message Content intent. Turn it on at https://discord.com/developers/applications "
            "(Bot), or set THUMBPRINT_MESSAGE_CONTENT=false.",
        )
    except (discord.LoginFailure, discord.ConnectionClosed) as error:
        if isinstance(error, discord.ConnectionClosed) and error.code != 4004:
            _end(Exit.UNREACHABLE, f"Discord closed the connection with code {error.code}. Try again in a few minutes.")
        _end(
            Exit.REFUSED_TOKEN,
            "Discord refused the bot's token. Create a new one at https://discord.com/developers/applications "
            "(Bot, Reset Token) and set DISCORD_TOKEN to it.",
        )
    except (discord.HTTPException, discord.GatewayNotFound) as error:
        if isinstance(error, discord.HTTPException) and error.status < 500:
            _end(Exit.FAILED, f"Discord refused to start the bot: {in_short(error)}.")
        _end(Exit.UNREACHABLE, f"Discord is having problems ({in_short(error)}). Try again in a few minutes.")
    except (aiohttp.ClientError, ConnectionError, TimeoutError):
        _end(
            Exit.UNREACHABLE,
            f"Discord can't be reached at {settings.discord.api_url}. Check the network and DISCORD_API_URL.",
        )
    except DataFolderInUseError as error:
        _end(Exit.IN_USE, str(error))
    except GroupLostError as error:
        _end(Exit.LOST_GROUP, str(error))
    except (ThumbprintError, OSError) as error:
        _end(Exit.FAILED, redacting(settings.secrets)(str(error)))
    raise typer.Exit(status)


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        what = ": ".join([*map(str, first["loc"]), first["msg"].removeprefix("Value error, ")])
        _end(Exit.SETTINGS, f"Invalid setting: {what}. Fix it in the environment or .env.")


def _end(status: Exit, message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(status)


if __name__ == "__main__":
    app(prog_name="python -m bot")
