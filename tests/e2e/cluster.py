"""A bot of several processes, and people who post pictures on all its shards."""

import asyncio
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import aiohttp

from bot.sandbox.discord import Channel, LocalDiscord, Message
from bot.settings import settings_table
from tests.bot.samples import png

ROOT = Path(__file__).parents[2]
TAKEOVER = 3
"""Seconds until the shards of a process that died can be served by another one."""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Member:
    """One process of the bot, with its own data folder, which logs to `log`."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path, env: Mapping[str, str], port: int) -> None:
        self._process = process
        self._folder = folder
        self.env = env
        self._url = f"http://127.0.0.1:{port}"

    @classmethod
    async def start(cls, folder: Path, discord: LocalDiscord, **settings: object) -> Self:
        """Start one."""
        await asyncio.to_thread(folder.mkdir)
        port = _free_port()
        ours = {row.name for row in settings_table()}
        env = {name: value for name, value in os.environ.items() if name not in ours}
        env |= {
            "PYTHONPATH": str(ROOT),
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "DISCORD_CDN_URLS": discord.url,
            "THUMBPRINT_DATA_DIR": str(folder / "data"),
            "THUMBPRINT_METRICS_PORT": str(port),
            "THUMBPRINT_TAKEOVER_SECONDS": str(TAKEOVER),
        }
        env |= {f"THUMBPRINT_{name.upper()}": str(value) for name, value in settings.items()}
        with (folder / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.e2e.scripted_bot"), cwd=folder, env=env, stdout=log, stderr=log
            )
        return cls(process, folder, env, port)

    @property
    def log(self) -> str:
        """What it has logged."""
        return (self._folder / "log").read_text()

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    async def end(self, within: float = 60) -> int | None:
        """Wait until it exits; returns its exit status."""
        async with asyncio.timeout(within):
            await self._process.wait()
        return self._process.returncode

    async def kill(self) -> None:
        """Kill it by SIGKILL."""
        if self.runs:
            self._process.kill()
            await self._process.wait()

    async def page(self, path: str) -> str:
        """One of its pages; empty if it does not answer."""
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self._url}/{path}") as response:
                return await response.text()
        except aiohttp.ClientError:
            return ""

    async def until(self, words: str, path: str = "readyz", within: float = 60) -> Self:
        """Wait until a page has these words."""
        async with asyncio.timeout(within):
            while words not in await self.page(path):
                if not self.runs:
                    raise RuntimeError(f"it ended: {self.log}")
                await asyncio.sleep(0.05)  # the page of another process gives no event
        return self


class People:
    """People who post pictures, one after the other, in a channel on each shard."""

    def __init__(self, discord: LocalDiscord, shards: int) -> None:
        self._discord = discord
        self.posted: list[Message] = []
        self._places: list[Channel] = []
        self._users = [discord.world.add_user(f"Person {number}") for number in range(shards)]
        for number in range(shards):
            guild = discord.world.add_guild(f"Server {number}", discord.admin, (*self._users, discord.bot))
            self._places.append(discord.world.add_channel(guild, "general"))
        self.covered = {(place.guild_id or 0) >> 22 for place in self._places}

    async def post(self) -> Message:
        """Post a picture in the next channel."""
        number = len(self.posted) % len(self._places)
        message = await self._discord.post(self._users[number], self._places[number], "", [("a.png", png())])
        self.posted.append(message)
        return message

    async def post_steadily(self, every: float) -> None:
        """Post until cancelled."""
        while True:
            await self.post()
            await asyncio.sleep(every)

    def answers(self) -> Counter[int]:
        """How many answers each picture has."""
        replies = (it for place in self._places for it in self._discord.world.messages[place.id].values())
        found = Counter(it.reference_id for it in replies if it.author_id == self._discord.bot.id)
        return Counter({message.id: found[message.id] for message in self.posted})

    async def answered(self, within: float = 60) -> None:
        """Wait until every picture has an answer. Raises AssertionError."""
        try:
            async with self._discord.watch() as events, asyncio.timeout(within):
                while min(self.answers().values()) == 0:
                    await events.next(lambda event: event.name == "MESSAGE_CREATE", within=within)
        except TimeoutError:
            missing = [place for place, it in enumerate(self.posted) if not self.answers()[it.id]]
            raise AssertionError(f"no answers to pictures {missing} of {len(self.posted)}") from None
