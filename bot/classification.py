"""Classification: a picture becomes an answer, compared with YouTube's facts and recorded in the store."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final
from weakref import WeakValueDictionary

from bot.budget import Budget
from bot.services import Services
from bot.sources import Source
from bot.store.errors import StoreError
from bot.store.values import FactRow, UnknownPictures
from bot.values import Answer
from classifier.errors import BusyError, ThumbprintError
from classifier.values import Prediction, VideoFact

log = logging.getLogger(__name__)

AT_ONCE: Final = 16
"""Pictures in work at any time; the others wait."""
AT_ONCE_EACH: Final = 8
"""Pictures in work per server, and in all direct messages together."""
AT_ONCE_PERSON: Final = 2
"""Pictures in work per person in a server, so that others wait for no more than these, however long they take."""
MESSAGES_AT_ONCE: Final = 2
"""Messages in work per person in a server, until their answers are sent: Discord sends them one after the other."""
FIND_VIDEOS: Final = 16
"""While more pictures wait or are in work, their videos are not looked for, so that all are answered sooner."""
MAX_WAITING_EACH: Final = 100
"""Pictures that wait or are in work per person in a server."""

_Place = tuple[int | None, int | None]
"""A server, or none in direct messages, and a person in it, or none for all of them."""

_PERCENT: Final = re.compile(r"(\d{1,2})\s*%?")


class ThresholdError(ThumbprintError):
    """A text that is not a threshold."""


class ActionError(ThumbprintError):
    """A text that is not something to do with unknown pictures."""


class DroppedError(BusyError):
    """A picture too many, from somebody who knows that already."""


@dataclass(slots=True, eq=False)
class _Line:
    """One person's pictures in a server that wait or are in work, and how many were dropped meanwhile."""

    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MESSAGES_AT_ONCE))
    pictures: int = 0
    dropped: int = 0


class Classification:
    """Classifies pictures for all entry points. Servers take turns, and so do the people of a server.

    `dropped` counts the pictures that somebody posted beyond MAX_WAITING_EACH.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._budget = Budget(services)
        self.dropped = 0
        self._lines: dict[tuple[int | None, int], _Line] = {}
        self._turn = asyncio.Semaphore(AT_ONCE)
        # By server, and by person in it; each lives as long as one of their pictures waits or is in work.
        self._turns_each: WeakValueDictionary[_Place, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, server: int | None, asker: int, pictures: int) -> AsyncIterator[None]:
        """Wait for a person's turn to have some pictures answered; it lasts as long as the block.

        Raises BusyError if too many of theirs are waiting, then DroppedError until all those are answered.
        """
        line = self._lines.get((server, asker)) or _Line()
        if line.pictures + pictures > MAX_WAITING_EACH:
            kind = DroppedError if line.dropped else BusyError
            line.dropped += pictures
            self.dropped += pictures
            raise kind(
                f"You have {line.pictures} pictures waiting already, so I'm skipping the rest. "
                "Post them again when those are answered."
            )
        self._lines[server, asker] = line
        line.pictures += pictures
        try:
            async with line.turn:
                yield
        finally:
            line.pictures -= pictures
            if not line.pictures:
                del self._lines[server, asker]
                if line.dropped:
                    log.warning("dropped %d pictures of one person in server %s", line.dropped, server)

    async def one(self, server: int | None, asker: int, source: Source, place: int = 0) -> Answer:
        """Fetch a picture, classify it, and record the answer. Raises ThumbprintErrors."""
        own_turn = self._turns_each.setdefault((server, asker), asyncio.Semaphore(AT_ONCE_PERSON))
        servers_turn = self._turns_each.setdefault((server, None), asyncio.Semaphore(AT_ONCE_EACH))
        async with own_turn, servers_turn, self._turn:
            prediction, fact = await asyncio.gather(self._predict(server, source), self._look_up(server, source))
        correct = _is_correct(prediction, fact) if fact else None
        recorded = await self._services.store.answers.record(
            server, prediction, video=source.video_id, fact=_fact_row(fact, correct)
        )
        return Answer(recorded.id, place, source, prediction, fact, correct)

    async def several(
        self, server: int | None, asker: int, sources: tuple[Source, ...]
    ) -> tuple[list[Answer], list[tuple[Source, ThumbprintError]]]:
        """The same for several pictures: the answers, and the failures."""
        outcomes = await asyncio.gather(
            *(self._try(server, asker, *placed) for placed in zip(sources, count(), strict=False))
        )
        answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
        failures = [
            (source, outcome)
            for source, outcome in zip(sources, outcomes, strict=True)
            if isinstance(outcome, ThumbprintError)
        ]
        return answers, failures

    async def _try(self, server: int | None, asker: int, source: Source, place: int) -> Answer | ThumbprintError:
        try:
            return await self.one(server, asker, source, place)
        except ThumbprintError as error:
            return error

    async def _predict(self, server: int | None, source: Source) -> Prediction:
        """The prediction of the server's model, by the server's own threshold if it has one."""
        picture = await self._services.intake.fetch(source)
        in_line = sum(line.pictures for line in self._lines.values())
        prediction = await self._services.engine.classify(server, picture.content, find_video=in_line <= FIND_VIDEOS)
        settings = await self._services.store.servers.last_known.get(server) if server is not None else None
        if settings and settings.threshold is not None and prediction.confidence < settings.threshold:
            return replace(prediction, unknown=True)
        return prediction

    async def _look_up(self, server: int | None, source: Source) -> VideoFact | None:
        """What YouTube says of a video; a server's budget pays for that, and without one the answer may be poorer."""
        facts, video = self._services.engine.facts, source.video_id
        if not video:
            return None
        return await facts.video(video, quota=facts.is_free(video) or await self._can_pay(server))

    async def _can_pay(self, server: int | None) -> bool:
        try:
            if server is None or not await self._budget.has_left(server):
                return False
            await self._budget.pay(server)
        except StoreError:
            return False
        return True


def read_threshold(text: str) -> float | None:
    """Read "80", "80 %" or "auto" as a share in [0, 1], or None. Raises ThresholdError."""
    words = text.strip().casefold()
    if words == "auto":
        return None
    match = _PERCENT.fullmatch(words)
    if match is None or not 1 <= int(match[1]) <= 99:
        raise ThresholdError("Enter a percentage from 1 to 99, such as `80`, or `auto`.")
    return int(match[1]) / 100


def read_action(text: str) -> UnknownPictures:
    """Read "answer", "react" or "silent". Raises ActionError."""
    try:
        return UnknownPictures(text.strip().casefold())
    except ValueError:
        raise ActionError("Choose `answer`, `react` or `silent`.") from None


def _is_correct(prediction: Prediction, fact: VideoFact) -> bool | None:
    """Whether the right channel was named, or none if the video is from an unknown channel; None if in doubt."""
    if prediction.exact:
        return fact.is_from(prediction.exact.channel)
    matches = [fact.is_from(guess.channel) for guess in prediction.guesses]
    if any(matches):
        return not prediction.unknown and matches[0] is True
    if all(match is False for match in matches):
        return prediction.unknown
    return None


def _fact_row(fact: VideoFact | None, correct: bool | None) -> FactRow | None:
    """What is stored of a fact: only what distinguishes right from wrong."""
    channel = fact and (fact.channel_id or fact.channel_handle)
    return FactRow(channel, correct) if channel and correct is not None else None
