"""How many sessions can start, and how fast."""

import time

from bot.sandbox.discord.gateway.protocol import GatewaySettings
from bot.sandbox.discord.values import Json

STARTS_PER_DAY = 1000
DAY_SECONDS = 86_400.0


class SessionStarts:
    """Counts the IDENTIFYs of all shards: one at a time per key, which is the shard's number modulo the concurrency."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._day_began = time.monotonic()
        self._today = 0
        self._last: dict[int, float] = {}
        self.refused = 0
        """IDENTIFYs that came too soon."""

    def start(self, shard: int) -> bool:
        """Count an IDENTIFY; returns whether it comes in time, and not too soon after another one."""
        now, key = time.monotonic(), shard % self._settings.max_concurrency
        last = self._last.get(key)
        if last is not None and now - last < self._settings.identify_interval:
            self.refused += 1
            return False
        self._last[key] = now
        self._new_day(now)
        self._today += 1
        return True

    def payload(self) -> Json:
        """The session start limit as GET /gateway/bot sends it."""
        now = time.monotonic()
        self._new_day(now)
        return {
            "total": STARTS_PER_DAY,
            "remaining": max(0, STARTS_PER_DAY - self._today),
            "reset_after": int((self._day_began + DAY_SECONDS - now) * 1000),
            "max_concurrency": self._settings.max_concurrency,
        }

    def _new_day(self, now: float) -> None:
        if now - self._day_began >= DAY_SECONDS:
            self._day_began, self._today = now, 0
