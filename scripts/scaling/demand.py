"""Demand: what a number of servers needs."""

import math
from dataclasses import dataclass
from typing import Final

from scripts.scaling.figures import Figures

DAY: Final = 86_400.0
"""Seconds."""
MONTH: Final = 30.0
"""Days."""
YEAR: Final = 365.0
"""Days."""
GIB: Final = 2.0**30
MIB_PER_GIB: Final = 1024.0


@dataclass(frozen=True, slots=True)
class Demand:
    """What some servers need. Rates per second are those of the busiest hour; quota is per day."""

    servers: int
    answers: float
    """Per second."""
    events: float
    """From Discord's gateway, per second."""
    requests: float
    """To Discord, per second."""
    shards: int
    processes: int
    workers: int
    cores: float
    """In the busiest hour, database and object store not included."""
    memory_gib: float
    """Of all processes and workers."""
    start_seconds: float
    """Until all shards are connected."""
    connections: int
    """To the database, at most."""
    rows: float
    """New rows of answers per year."""
    database_gib: float
    """By which the database grows per year."""
    store_gib: float
    """Of models and thumbnails."""
    quota: float
    """Units per day, if every training crawls all its channels."""
    shared_quota: float
    """Units per day, if a channel that several servers list is crawled once for all, and only for its new videos."""


def demand(servers: int, figures: Figures) -> Demand:
    """Compute what at least one server needs."""
    answers = servers * figures.pictures_per_day * figures.peak / DAY
    events = servers * figures.messages_per_day * figures.peak / DAY
    shards = shards_of(servers, figures)
    processes = max(
        math.ceil(shards / figures.shards_per_process),
        math.ceil(answers / figures.answers_per_process),
        math.ceil(events * figures.event_core_seconds / figures.core_share),
    )
    # One process trains by itself.
    workers = 0 if processes == 1 else math.ceil(servers * workers_per_server(figures))
    memory = (processes + workers) * figures.process_mib + servers * figures.server_mib
    memory += max(workers, 1) * figures.training_mib
    training = servers * training_cores_per_server(figures)
    rows = servers * figures.pictures_per_day * YEAR
    thumbnails = servers * figures.channels * figures.distinct * figures.thumbnails * figures.thumbnail_bytes
    models = servers * figures.versions * figures.model_bytes
    return Demand(
        servers=servers,
        answers=answers,
        events=events,
        requests=answers * figures.requests_per_answer,
        shards=shards,
        processes=processes,
        workers=workers,
        cores=answers * figures.answer_core_seconds + events * figures.event_core_seconds + training,
        memory_gib=memory / MIB_PER_GIB,
        start_seconds=math.ceil(shards / concurrency(servers, figures)) * figures.identify_seconds,
        connections=0
        if processes == 1
        else int(processes * figures.connections + workers * figures.worker_connections),
        rows=rows,
        database_gib=rows * figures.answer_bytes / GIB,
        store_gib=(thumbnails + models) / GIB,
        quota=servers * quota_per_server(figures),
        shared_quota=servers * shared_quota_per_server(figures),
    )


def shards_of(servers: int, figures: Figures) -> int:
    """The number of shards that Discord recommends; a large bot's is a multiple of 16."""
    shards = math.ceil(servers / figures.shard_servers)
    multiple = int(figures.large_concurrency) if servers >= figures.large_bot else 1
    return math.ceil(shards / multiple) * multiple


def concurrency(servers: int, figures: Figures) -> int:
    """How many shards may start at once."""
    return int(figures.large_concurrency) if servers >= figures.large_bot else 1


def training_cores_per_server(figures: Figures) -> float:
    """Processor cores that are busy with the trainings of one server, on average: they wait for their turn."""
    return figures.trainings_per_month * figures.training_core_seconds / MONTH / DAY


def workers_per_server(figures: Figures) -> float:
    """Workers that one server keeps busy."""
    return training_cores_per_server(figures) / figures.worker_cores / figures.core_share


def quota_per_server(figures: Figures) -> float:
    """Units per server and day, if every training crawls all its channels."""
    return _crawls(figures) * figures.crawl_units + _names(figures)


def shared_quota_per_server(figures: Figures) -> float:
    """Units per server and day, if a channel is crawled once for all servers, and only for its new videos.

    That takes two units: one for the channel, and one for its newest 50 videos.
    """
    return _crawls(figures) * figures.distinct * min(2.0, figures.crawl_units) + _names(figures)


def _crawls(figures: Figures) -> float:
    """Channels to crawl per server and day."""
    return figures.trainings_per_month / MONTH * figures.channels


def _names(figures: Figures) -> float:
    """Units per server and day for the daily refresh of the names of its channels."""
    return figures.channels * figures.distinct / figures.channels_per_unit
