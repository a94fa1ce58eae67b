"""Looking: a picture becomes an answer, with YouTube's own word beside the guess, and is noted under a number."""

import asyncio
from dataclasses import replace
from itertools import count
from typing import Final
from weakref import WeakValueDictionary

from bot.intake import Source
from bot.services import Services
from bot.store.values import FactRow
from bot.values import Answer, Truth
from classifier.errors import ThumbprintError
from classifier.values import Prediction, VideoFact

AT_ONCE: Final = 16
"""Pictures in work at any time; the rest wait their turn."""
AT_ONCE_EACH: Final = 8
"""Of one server's, or of one person's direct messages: no more of them stand before another's."""


class Classification:
    """Looks at pictures for all doors; servers take turns, and so does everybody who writes directly."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._turn = asyncio.Semaphore(AT_ONCE)
        # By server or person; each lives as long as a picture of theirs waits or is in work.
        self._turns_each: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()

    async def at(self, server: int | None, asker: int, source: Source, place: int = 0) -> Answer:
        """Fetch a picture, say whose it is, and note that. Raises ThumbprintErrors."""
        own_turn = self._turns_each.setdefault(asker if server is None else server, asyncio.Semaphore(AT_ONCE_EACH))
        async with own_turn, self._turn:
            prediction, video = await asyncio.gather(self._guess(server, source), self._fact(source))
        truth = Truth(video, _right(prediction, video)) if video else None
        model = self._services.engine.info(server)
        noted = await self._services.store.answers.record(
            server,
            prediction,
            version=model.version if model else "",
            video=source.video_id,
            fact=_fact(truth) if truth else None,
        )
        return Answer(noted.id, place, source, prediction, truth)

    async def at_each(
        self, server: int | None, asker: int, sources: tuple[Source, ...]
    ) -> tuple[list[Answer], list[tuple[Source, ThumbprintError]]]:
        """The same for several: what was answered, and what could not be. Raises the first error where nothing was."""
        outcomes = await asyncio.gather(
            *(self._tried(server, asker, *placed) for placed in zip(sources, count(), strict=False))
        )
        given = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
        failed = [
            (source, outcome)
            for source, outcome in zip(sources, outcomes, strict=True)
            if isinstance(outcome, ThumbprintError)
        ]
        if failed and not given:
            raise failed[0][1]
        return given, failed

    async def _tried(self, server: int | None, asker: int, source: Source, place: int) -> Answer | ThumbprintError:
        try:
            return await self.at(server, asker, source, place)
        except ThumbprintError as error:
            return error

    async def _guess(self, server: int | None, source: Source) -> Prediction:
        """What the server's model says, unless the server wants it surer of itself."""
        picture = await self._services.intake.fetch(source)
        prediction = await self._services.engine.classify(server, picture.content)
        settings = await self._services.store.servers.get(server) if server is not None else None
        if settings and settings.threshold is not None and prediction.confidence < settings.threshold:
            return replace(prediction, unknown=True)
        return prediction

    async def _fact(self, source: Source) -> VideoFact | None:
        return await self._services.facts.of(source.video_id) if source.video_id else None


def _right(prediction: Prediction, video: VideoFact) -> bool | None:
    """Whether the guess fits: the channel named, or none named where the video is of a channel that is not known."""
    owned = [(guess.channel, video.names(guess.channel)) for guess in prediction.guesses]
    if any(is_its for _, is_its in owned):
        return not prediction.unknown and owned[0][1] is True
    if all(is_its is False for _, is_its in owned):
        return prediction.unknown
    return None


def _fact(truth: Truth) -> FactRow | None:
    """What the store keeps of it: only what tells right from wrong."""
    channel = truth.video.channel_id or truth.video.channel_handle
    return FactRow(channel, truth.right) if channel and truth.right is not None else None
