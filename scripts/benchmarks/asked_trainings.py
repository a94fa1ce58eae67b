"""Trainings that admins ask for: which were accepted, and how often each was reported."""

import asyncio
from collections import defaultdict
from contextlib import suppress
from typing import Final

from bot.sandbox.discord import Event, LocalDiscord
from scripts.benchmarks.crowd import Person

AGAIN_SECONDS: Final = 2.0
"""After so long, an admin asks again."""
ACCEPT_SECONDS: Final = 180.0
REPORT_SECONDS: Final = 180.0
"""A training is lost if it is not reported within this time."""


class AskedTrainings:
    """Servers of their own, whose admins ask for a training each.

    `accepted` has the times, by the event loop's clock, of the messages that show the progress; `reports` of the
    answers to these.
    """

    def __init__(self, discord: LocalDiscord, shards: int, per_shard: int) -> None:
        self.accepted: dict[int, float] = {}
        self.reports: defaultdict[int, list[float]] = defaultdict(list)
        self._discord = discord
        self._channels: dict[int, int] = {}
        self._admins: dict[int, list[Person]] = {shard: [] for shard in range(shards)}
        while min(map(len, self._admins.values())) < per_shard:
            admin = discord.world.add_user("An admin")
            guild = discord.world.add_guild("A server that trains", admin, (discord.bot,))
            self._admins[(guild.id >> 22) % shards].append(Person(admin, discord.world.add_channel(guild, "general")))
        self._news = asyncio.Event()
        discord.world.feed.listen(self._listen)

    async def ask(self, shard: int) -> int:
        """Have the admin of a server on this shard ask again and again until a training is accepted.

        Returns the message that shows its progress. Raises TimeoutError.
        """
        person = self._admins[shard].pop()
        async with asyncio.timeout(ACCEPT_SECONDS):
            while True:
                await self._discord.post(person.user, person.channel, "!retrain")
                try:
                    async with asyncio.timeout(AGAIN_SECONDS):
                        while person.channel.id not in self._channels:
                            await self._next()
                        return self._channels[person.channel.id]
                except TimeoutError:
                    continue

    async def until_reported(self, *messages: int) -> None:
        """Wait until these are reported, but no longer than REPORT_SECONDS."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REPORT_SECONDS):
                while not all(self._has_ended(it) for it in messages):
                    await self._next()

    def lost(self, message: int) -> bool:
        """Whether an accepted training has no report, or its message still says that it goes on."""
        return not self._has_ended(message)

    def _has_ended(self, message: int) -> bool:
        return bool(self.reports[message]) and not self._shows_button(message)

    def _shows_button(self, message: int) -> bool:
        channel = next(channel for channel, shown in self._channels.items() if shown == message)
        return bool(self._discord.world.messages[channel][message].components)

    async def _next(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _listen(self, event: Event) -> None:
        message = event.message
        if message is None or message.author_id != self._discord.bot.id:
            return
        now = asyncio.get_running_loop().time()
        if event.name == "MESSAGE_CREATE" and message.reference_id in self.accepted:
            self.reports[message.reference_id].append(now)
        elif event.name == "MESSAGE_CREATE" and "cancel-training:" in str(message.components):
            self.accepted[message.id] = now
            self._channels[message.channel_id] = message.id
        self._news.set()
