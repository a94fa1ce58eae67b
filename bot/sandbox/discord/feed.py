"""The event feed: everything that happens in the local Discord, in order, for whoever listens."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from bot.sandbox.discord.values import Channel, Guild, Interaction, Message, User


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Names are the gateway's (MESSAGE_CREATE, MESSAGE_UPDATE, MESSAGE_DELETE, TYPING_START, INTERACTION_CREATE, ...) and
    a few of our own: GATEWAY_READY, GATEWAY_RESUMED, GATEWAY_CLOSED (the bot's connection), COMMANDS_UPDATE (the bot
    told its slash commands), INTERACTION_ANSWER and INTERACTION_FAILED.
    """

    name: str
    message: Message | None = None
    channel: Channel | None = None
    guild: Guild | None = None
    user: User | None = None
    interaction: Interaction | None = None
    emoji: str | None = None


class Feed:
    """Hands each event to every listener, at once and in order."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], None]] = []

    def publish(self, event: Event) -> None:
        """Tell all listeners."""
        for listener in tuple(self._listeners):
            listener(event)

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener` with each event from now on; call the answer to end that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


class Watch:
    """Collects events from the moment it is made until its `async with` block ends."""

    def __init__(self, feed: Feed) -> None:
        self._events: list[Event] = []
        self._arrived = asyncio.Event()
        self._leave = feed.listen(self._take)

    def _take(self, event: Event) -> None:
        self._events.append(event)
        self._arrived.set()

    async def next(self, wanted: Callable[[Event], bool], *, within: float = 10.0) -> Event:
        """The first event that is wanted and was not given out before; those left aside stay for a later call.

        Raises TimeoutError, naming what did happen, after `within` seconds.
        """
        looked_at = 0
        try:
            async with asyncio.timeout(within):
                while True:
                    for index in range(looked_at, len(self._events)):
                        if wanted(self._events[index]):
                            return self._events.pop(index)
                    looked_at = len(self._events)
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            seen = ", ".join(event.name for event in self._events) or "nothing"
            raise TimeoutError(f"not seen within {within:g} s; what happened: {seen}") from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._leave()
