"""Discord's ids: the upper bits are milliseconds since 2015, so ids sort by time."""

import time
from datetime import UTC, datetime

EPOCH_MS = 1_420_070_400_000


class Snowflakes:
    """Generates increasing ids.

    They contain the current time, or always the time `at`, which makes them the same at every start.
    """

    def __init__(self, at: datetime | None = None) -> None:
        self._at_ms = None if at is None else int(at.timestamp() * 1000)
        self._last = 0

    def __call__(self) -> int:
        """Generate an id."""
        self._last = max(self._now(), self._last + 1)
        return self._last

    def apart(self) -> int:
        """Generate an id of a millisecond of its own, so that guilds spread over shards."""
        self._last = max(self._now(), ((self._last >> 22) + 1) << 22)
        return self._last

    def _now(self) -> int:
        now_ms = time.time_ns() // 1_000_000 if self._at_ms is None else self._at_ms
        return (now_ms - EPOCH_MS) << 22


def created_at(snowflake: int) -> datetime:
    """When an id was generated, to the millisecond."""
    return datetime.fromtimestamp(((snowflake >> 22) + EPOCH_MS) / 1000, UTC)
