"""Discord's ids: milliseconds since 2015 in the upper bits, so that they sort by time."""

import time
from datetime import UTC, datetime

EPOCH_MS = 1_420_070_400_000


class Snowflakes:
    """Makes ids that rise and never repeat."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self) -> int:
        """A new id."""
        now = (time.time_ns() // 1_000_000 - EPOCH_MS) << 22
        self._last = max(now, self._last + 1)
        return self._last


def created_at(snowflake: int) -> datetime:
    """When an id was made, to the millisecond."""
    return datetime.fromtimestamp(((snowflake >> 22) + EPOCH_MS) / 1000, UTC)
