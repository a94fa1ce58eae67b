"""Nonces that clients ask to enforce, so that a repeated request sends nothing twice."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.sandbox.discord.values import Json, Message, User

LIFETIME_SECONDS = 300.0
"""Discord's reference says "the past few minutes"."""


@dataclass(slots=True)
class Claim:
    """A nonce's message, once it is sent."""

    message: Message | None = None
    expires: float = field(default_factory=lambda: time.monotonic() + LIFETIME_SECONDS)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Nonces:
    """The enforced nonces of the last minutes, by author."""

    def __init__(self) -> None:
        self._claims: dict[tuple[int, str], Claim] = {}

    @asynccontextmanager
    async def claim(self, author: User, form: Json) -> AsyncIterator[Claim]:
        """The claim of a message's nonce, or a new one if the form enforces none. Only one at a time has it."""
        claim = self._find(author, form)
        async with claim.lock:
            yield claim

    def _find(self, author: User, form: Json) -> Claim:
        if not form.get("enforce_nonce") or form.get("nonce") is None:
            return Claim()
        now = time.monotonic()
        self._claims = {key: claim for key, claim in self._claims.items() if claim.expires > now}
        return self._claims.setdefault((author.id, str(form["nonce"])), Claim())
