"""Figures: every number that the cost model starts from, and where it comes from."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final


class Kind(StrEnum):
    """Where a figure comes from."""

    MEASURED = "measured"
    """By a command that anybody can repeat."""
    RULE = "rule"
    """Of Discord, YouTube or this program."""
    ASSUMED = "assumed"
    """Nobody knows it before there are that many servers."""


LOAD: Final = "`./scripts/benchmark load`"
SERVERS: Final = "`./scripts/benchmark servers`"
GATEWAY: Final = "`./scripts/scale gateway`"
ROWS: Final = "`./scripts/scale rows --database postgresql://…`"
CRAWL: Final = "`./scripts/benchmark crawl`"
TRAINING: Final = "`/usr/bin/time -v python -m classifier train --data … --unknown …`"
DISCORD: Final = "Discord"
YOUTUBE: Final = "YouTube"


def _figure(kind: Kind, default: float, unit: str, meaning: str, source: str) -> Any:  # noqa: ANN401 - as `field` does
    return field(default=default, metadata={"kind": kind, "unit": unit, "meaning": meaning, "source": source})


def _measured(default: float, unit: str, meaning: str, command: str) -> Any:  # noqa: ANN401
    return _figure(Kind.MEASURED, default, unit, meaning, command)


def _rule(default: float, unit: str, meaning: str, whose: str) -> Any:  # noqa: ANN401
    return _figure(Kind.RULE, default, unit, meaning, whose)


def _assumed(default: float, unit: str, meaning: str) -> Any:  # noqa: ANN401
    return _figure(Kind.ASSUMED, default, unit, meaning, "")


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that the model starts from; `dataclasses.replace` gives other assumptions."""

    pictures_per_day: float = _assumed(2, "per server", "pictures posted per day")
    messages_per_day: float = _assumed(500, "per server", "messages per day that Discord sends to the bot")
    peak: float = _assumed(4, "times the mean", "rate in the busiest hour")
    channels: float = _assumed(5, "per server", "YouTube channels on a server's list")
    distinct: float = _assumed(0.5, "", "share of listed channels that no earlier server has listed")
    trainings_per_month: float = _assumed(1, "per server", "training runs per 30 days, weekly ones included")
    machine_mib: float = _assumed(4096, "MiB", "memory of a machine that runs one process")
    core_share: float = _assumed(0.7, "", "share of a core that an event loop, or a worker, may use")
    restart_seconds: float = _assumed(600, "s", "longest acceptable restart of all shards")

    answer_core_seconds: float = _measured(
        0.037,
        "s",
        "processor time per answer, at most: two cores, shared with the local Discord, give 53.9 per second",
        LOAD,
    )
    answers_per_process: float = _measured(53.9, "per second", "answers of one process", LOAD)
    process_mib: float = _measured(
        358, "MiB", "memory of one process and its decoders, with as many models as it keeps loaded", SERVERS
    )
    server_mib: float = _measured(0.041, "MiB", "what the connection to Discord keeps in memory per server", GATEWAY)
    event_core_seconds: float = _measured(0.000055, "s", "processor time per message that needs no answer", GATEWAY)
    answer_bytes: float = _measured(182, "bytes", "an answer in PostgreSQL, with its indexes", ROWS)
    training_core_seconds: float = _measured(
        77, "s", "processor time of one training: 2,469 thumbnails of five channels, 625 unknown ones", TRAINING
    )
    training_mib: float = _measured(708, "MiB", "memory of the process that trains", TRAINING)
    model_bytes: float = _measured(682_783, "bytes", "one version of that model", TRAINING)
    thumbnail_bytes: float = _measured(20_571, "bytes", "one thumbnail, the mean of 2,469", "their sizes")
    crawl_units: float = _measured(9, "units", "quota of one crawl of 400 thumbnails", CRAWL)

    thumbnails: float = _rule(400, "per channel", "thumbnails of a channel", "`THUMBPRINT_THUMBNAILS_PER_CHANNEL`")
    versions: float = _rule(5, "per server", "versions of a model that are kept", "this program")
    shards_per_process: float = _rule(16, "shards", "most shards of one process", "`THUMBPRINT_SHARDS_PER_PROCESS`")
    worker_cores: float = _rule(2, "cores", "cores that a training uses", "this program")
    connections: float = _rule(20, "connections", "most connections to the database per process", "this program")
    worker_connections: float = _rule(28, "connections", "the same per worker", "this program")
    requests_per_answer: float = _rule(
        2, "requests", "requests to Discord per answer: typing, and the answer", "this program"
    )
    unverified_servers: float = _rule(100, "servers", "most servers of a bot that Discord has not verified", DISCORD)
    shard_servers: float = _rule(1000, "servers", "servers per shard that Discord recommends", DISCORD)
    shard_limit: float = _rule(2500, "servers", "most servers per shard", DISCORD)
    large_bot: float = _rule(150_000, "servers", "from here on, the number of shards is a multiple of 16", DISCORD)
    large_concurrency: float = _rule(16, "shards", "that a large bot may start at once; other bots: 1", DISCORD)
    identify_seconds: float = _rule(5, "s", "between two starts of shards", DISCORD)
    requests_per_second: float = _rule(50, "per second", "requests of one bot", DISCORD)
    quota: float = _rule(10_000, "units", "quota of a key per day, unless YouTube grants more", YOUTUBE)
    channels_per_unit: float = _rule(50, "channels", "whose names one unit refreshes, once a day", YOUTUBE)
    database_connections: float = _rule(
        100, "connections", "of a PostgreSQL server, unless configured otherwise", "PostgreSQL"
    )


@dataclass(frozen=True, slots=True)
class Source:
    """One figure with its name in `Figures`, and where it comes from."""

    name: str
    value: float
    unit: str
    meaning: str
    kind: Kind
    source: str


def sources(figures: Figures) -> Iterator[Source]:
    """Every figure, in the order of the class."""
    for it in fields(figures):
        about = it.metadata
        value = getattr(figures, it.name)
        yield Source(it.name, value, about["unit"], about["meaning"], about["kind"], about["source"])
