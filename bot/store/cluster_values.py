"""The values of a cluster: how its shards are grouped, and what a process holds of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.store.errors import StoreError
from bot.store.values import Shards


class OtherLayoutError(StoreError):
    """The processes that run divide the shards in another way."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How `total` shards are divided into groups of `size`; the last group may have fewer."""

    total: int
    size: int

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return -(-self.total // self.size)

    def group(self, number: int) -> Shards:
        """The shards of a group, counted from 0."""
        first = number * self.size
        return Shards(self.total, tuple(range(first, min(first + self.size, self.total))))


@dataclass(frozen=True, slots=True)
class Lease:
    """A shard group that a process serves, and when each of its shards last had a process, as far as is known."""

    number: int
    shards: Shards
    beats: Mapping[int, datetime]
