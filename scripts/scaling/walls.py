"""Walls: the limits that a growing bot meets, in the order in which it meets them."""

from dataclasses import dataclass

from scripts.scaling.demand import DAY, quota_per_server, shared_quota_per_server, workers_per_server
from scripts.scaling.figures import Figures


@dataclass(frozen=True, slots=True)
class Wall:
    """A limit, how much of it each server uses, and what to do when it is reached."""

    name: str
    limit: float
    per_server: float
    remedy: str

    @property
    def servers(self) -> int:
        """The number of servers that just fits."""
        return int(self.limit / self.per_server)

    def used(self, servers: float) -> float:
        """The share of the limit that some servers use; above 1, it is exceeded."""
        return servers * self.per_server / self.limit


def walls(figures: Figures) -> tuple[Wall, ...]:
    """Every wall, the first one first."""
    answers = figures.pictures_per_day * figures.peak / DAY
    events = figures.messages_per_day * figures.peak / DAY
    group = figures.shards_per_process * figures.shard_servers
    found = (
        Wall(
            "Discord: a bot that is not verified",
            figures.unverified_servers,
            1,
            "Have the bot verified, and ask for the Message Content intent, from 75 servers on.",
        ),
        Wall(
            "Discord: one connection",
            figures.shard_limit,
            1,
            "Nothing: the bot opens as many connections (shards) as Discord recommends.",
        ),
        Wall(
            "YouTube: quota, if every training crawls",
            figures.quota,
            quota_per_server(figures),
            "Fewer thumbnails per channel; longer pauses between trainings; ask YouTube for more.",
        ),
        Wall(
            "YouTube: quota, if crawls are shared",
            figures.quota,
            shared_quota_per_server(figures),
            "Ask YouTube for more. A second key for the same bot is against its rules.",
        ),
        Wall(
            "one process: memory",
            figures.machine_mib - figures.process_mib - figures.training_mib,
            figures.server_mib,
            "A larger machine, or shard groups: PostgreSQL, an object store and `THUMBPRINT_SHARDS_PER_PROCESS=16`.",
        ),
        Wall("one process: messages", figures.core_share, events * figures.event_core_seconds, "Shard groups."),
        Wall("one process: answers", figures.answers_per_process, answers, "Shard groups."),
        Wall(
            "PostgreSQL: connections",
            figures.database_connections,
            figures.connections / group + figures.worker_connections * workers_per_server(figures),
            "Raise `max_connections` of PostgreSQL.",
        ),
        Wall(
            "Discord: restart, one shard at a time",
            figures.restart_seconds,
            figures.identify_seconds / figures.shard_servers,
            "Restart one group at a time. From 150,000 servers on, Discord lets 16 shards start at once.",
        ),
        Wall(
            "Discord: restart, 16 shards at a time",
            figures.restart_seconds,
            figures.identify_seconds / figures.shard_servers / figures.large_concurrency,
            "Restart one group at a time; ask Discord for more.",
        ),
        Wall(
            "Discord: requests per second",
            figures.requests_per_second,
            answers * figures.requests_per_answer,
            "Ask Discord for more. Without the typing indicator (`/unknown react` or `silent`), it is half as many.",
        ),
    )
    return tuple(sorted(found, key=lambda wall: wall.servers))
