"""A deadline that holds even if the event loop is stuck, or the whole process was stopped for a while."""

import threading
import time
from collections.abc import Callable


class Deadline:
    """Calls `expire` in a thread of its own at a time, by the monotonic clock, that can be moved until then."""

    def __init__(self, expire: Callable[[], None]) -> None:
        self._expire = expire
        self._timer: threading.Timer | None = None
        self.at = 0.0

    def move(self, at: float) -> None:
        """Set the time."""
        self.clear()
        self.at = at
        self._timer = threading.Timer(max(0.0, at - time.monotonic()), self._expire)
        self._timer.daemon = True
        self._timer.start()

    def clear(self) -> None:
        """Never call it."""
        if self._timer is not None:
            self._timer.cancel()

    @property
    def passed(self) -> bool:
        """Whether it is too late."""
        return time.monotonic() >= self.at
