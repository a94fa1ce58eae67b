"""Which messages were seen already."""

from typing import Final

REMEMBERED: Final = 10_000


class SeenMessages:
    """The ids of the newest messages, up to `size`."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._ids: dict[int, None] = {}  # in the order in which they came

    def add(self, message: int) -> bool:
        """Remember a message; returns whether it is new."""
        if message in self._ids:
            return False
        self._ids[message] = None
        if len(self._ids) > self._size:
            del self._ids[next(iter(self._ids))]
        return True
