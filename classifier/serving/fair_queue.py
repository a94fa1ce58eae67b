"""FairQueue: models take turns, and so do the askers of one model."""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Items that wait, each for a model and an asker: nobody waits for everything that somebody else asked before."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[object, OrderedDict[object, deque[T]]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, model: object, asker: object, item: T) -> None:
        """Add an item."""
        self._waiting.setdefault(model, OrderedDict()).setdefault(asker, deque()).append(item)
        self._count += 1

    def pop(self) -> T:
        """Remove the next item; its model and asker wait for their next turn. Raises KeyError if there is none."""
        model, askers = self._waiting.popitem(last=False)
        asker, items = askers.popitem(last=False)
        item = items.popleft()
        if items:
            askers[asker] = items
        if askers:
            self._waiting[model] = askers
        self._count -= 1
        return item

    def remove(self, model: object) -> list[T]:
        """Remove all items of a model."""
        removed = [item for items in self._waiting.pop(model, {}).values() for item in items]
        self._count -= len(removed)
        return removed
