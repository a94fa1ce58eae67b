"""The event feed: publishes everything that happens in the local Discord, in order."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from bot.sandbox.discord.values import Channel, Guild, Interaction, Message, User


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Most names are the gateway's: MESSAGE_CREATE, MESSAGE_UPDATE, MESSAGE_DELETE, TYPING_START, INTERACTION_CREATE, ...
    A few are the sandbox's own: GATEWAY_READY, GATEWAY_RESUMED and GATEWAY_CLOSED (the bot's connection),
    COMMANDS_UPDATE (the bot changed its application commands), INTERACTION_ANSWER and INTERACTION_FAILED.
    """

    name: str
    message: Message | None = None
    channel: Channel | None = None
    guild: Guild | None = None
    user: User | None = None
    interaction: Interaction | None = None
    emoji: str | None = None
    answer: int | None = None


class Feed:
    """Passes each event to all listeners, immediately and in order."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], None]] = []

    def publish(self, event: Event) -> None:
        """Call all listeners."""
        for listener in tuple(self._listeners):
            listener(event)

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener` with each event from now on; returns a function that stops this."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


class Watch:
    """Collects events from its creation until its `async with` block ends."""

    def __init__(self, feed: Feed) -> None:
        self._events: list[Event] = []
        self._arrived = asyncio.Event()
        self._leave = feed.listen(self._add)

    def _add(self, event: Event) -> None:
        self._events.append(event)
        self._arrived.set()

    async def next(self, matches: Callable[[Event], bool], *, within: float = 10.0) -> Event:
        """Wait for the first matching event and remove it; skipped events stay available for later calls.

        Raises TimeoutError, which lists the other events, after `within` seconds.
        """
        checked = 0
        try:
            async with asyncio.timeout(within):
                while True:
                    for index in range(checked, len(self._events)):
                        if matches(self._events[index]):
                            return self._events.pop(index)
                    checked = len(self._events)
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            seen = ", ".join(event.name for event in self._events) or "none"
            raise TimeoutError(f"no matching event within {within:g} s; other events: {seen}") from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._leave()
