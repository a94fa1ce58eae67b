"""A crowd: people on several servers of a local Discord, who post pictures; counts what is answered, and when."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Final

import numpy as np

from bot.sandbox.discord import Channel, Event, LocalDiscord, User

PATIENCE_SECONDS: Final = 60
"""A picture is lost if nothing at all was answered for so long."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of a server, and the channel where they post."""

    user: User
    channel: Channel


@dataclass(slots=True)
class Tally:
    """What came of some pictures; each is in exactly one of `answered`, `refused`, and those that are left: the lost.

    `answered` has the seconds from posting a picture to the answer with its plot, `refused` the sentences that were
    answered instead. `began` and `ended`: when the first picture was posted, and when the last one was answered.
    `twice`: the messages that got more than one answer.
    """

    posted: int = 0
    answered: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    began: float = 0.0
    ended: float = 0.0
    twice: set[int] = field(default_factory=set)

    @property
    def waiting(self) -> int:
        """How many pictures nothing was said about."""
        return self.posted - len(self.answered) - self.refused.total()

    @property
    def rate(self) -> float:
        """Pictures answered per second."""
        return len(self.answered) / max(self.ended - self.began, 1e-3)

    def percentile(self, share: float) -> float:
        """The time, in seconds, within which this percentage of the answers came; PATIENCE_SECONDS without any."""
        return float(np.percentile(self.answered, share)) if self.answered else float(PATIENCE_SECONDS)


class Crowd:
    """`servers` servers with a channel and some people each; person number n is on server n modulo `servers`."""

    def __init__(self, discord: LocalDiscord, people: int, servers: int, pictures: Sequence[bytes]) -> None:
        self._discord = discord
        self._pictures = cycle(pictures)
        world = discord.world
        users = [world.add_user(f"Person {number}") for number in range(people)]
        self.admins: list[Person] = []
        places: list[Channel] = []
        for number in range(servers):
            admin = world.add_user(f"Admin {number}")
            guild = world.add_guild(f"Server {number}", admin, (*users[number::servers], discord.bot))
            places.append(world.add_channel(guild, "general"))
            self.admins.append(Person(admin, places[-1]))
        self.people = [Person(user, places[number % servers]) for number, user in enumerate(users)]
        self._asked: dict[int, tuple[float, Tally]] = {}
        self._answered: dict[int, Tally] = {}
        self._news = asyncio.Event()
        world.feed.listen(self._listen)

    async def post(self, person: Person, tally: Tally) -> None:
        """Post the next picture."""
        begun = asyncio.get_running_loop().time()
        tally.began = tally.began or begun
        tally.posted += 1
        message = await self._discord.post(person.user, person.channel, "", [("picture.jpg", next(self._pictures))])
        self._asked[message.id] = begun, tally

    async def at_once(self, people: Sequence[Person], count: int, tally: Tally) -> None:
        """Post pictures at once, in turn by these people."""
        await asyncio.gather(*(self.post(people[number % len(people)], tally) for number in range(count)))

    async def at_rate(self, count: int, rate: float, tally: Tally) -> None:
        """Post `rate` pictures per second, in turn by everybody."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                await asyncio.sleep(max(0.0, start + number / rate - loop.time()))
                group.create_task(self.post(self.people[number % len(self.people)], tally))

    async def settled(self, tally: Tally) -> None:
        """Wait until all pictures are answered, or until nothing was answered for PATIENCE_SECONDS."""
        while tally.waiting:
            self._news.clear()
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                return

    def _listen(self, event: Event) -> None:
        message = event.message
        if event.name != "MESSAGE_CREATE" or message is None or message.author_id != self._discord.bot.id:
            return
        picture = message.reference_id or 0
        if picture in self._answered:
            self._answered[picture].twice.add(picture)
        asked = self._asked.pop(picture, None)
        if asked is None:
            return
        self._answered[picture] = asked[1]
        now, (begun, tally) = asyncio.get_running_loop().time(), asked
        tally.ended = now
        if message.attachments:
            tally.answered.append(now - begun)
        else:
            tally.refused[message.content] += 1
        self._news.set()


async def report_of(discord: LocalDiscord, person: Person, command: str, within: float) -> None:
    """Send a command, and wait for the reply to its first answer: a training's report. Raises TimeoutError."""
    async with discord.watch() as events:
        first = await discord.answer_to(await discord.post(person.user, person.channel, command), within=within)
        await events.next(lambda it: it.message is not None and it.message.reference_id == first.id, within=within)
