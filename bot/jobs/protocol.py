"""What every queue of jobs does, and what performs a job."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from bot.languages import ENGLISH
from classifier.errors import TrainingError


class LostClaimError(TrainingError):
    """Another worker has taken the run over: this one must change nothing, and say nothing."""


class HandedBackError(TrainingError):
    """The worker stops, and another one begins the run again."""


@dataclass(frozen=True, slots=True)
class Job:
    """A training run to perform, by its number.

    `force` trains even if there is nothing new to learn from; `language` is that of its messages; `card`: its progress
    is shown on a card that has more buttons than the one that cancels it. `message` shows the progress: after an outage
    of the database, the run's row may not have it yet.
    """

    run: int
    force: bool = False
    language: str = ENGLISH
    card: bool = False
    message: int | None = None


@dataclass(slots=True, eq=False)
class Claim:
    """What a performer holds while it works. `attempt`: the how-manieth worker has claimed the run; 0: there are none.

    `cancelled` is set once somebody wants the run to stop; `lost` once another worker has taken it over.
    """

    attempt: int = 0
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    lost: asyncio.Event = field(default_factory=asyncio.Event)


Perform = Callable[[Job, Claim], Awaitable[None]]
"""Performs a job to its end, whatever that is. If it is cancelled, it ends soon."""


class Jobs(Protocol):
    """A queue of jobs. Its methods raise StoreError if the queue can't be reached."""

    async def submit(self, job: Job) -> None:
        """Have a job performed once."""

    async def follow(self, run: int) -> None:
        """Wait until a run's job has ended; if it is performed in this process, raises what ended it."""

    async def cancel(self, run: int) -> bool:
        """Have a run's job stop; one that waits is performed at once, as cancelled. False if it isn't in line."""

    async def line(self) -> tuple[int, ...]:
        """The runs whose jobs have not ended, in the order in which they were submitted."""
