"""Metrics: what the bot counts and measures, in a Prometheus registry of its own."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

import discord
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.store.values import RunState
from classifier.errors import BusyError, ThumbprintError

TICK_SECONDS: Final = 0.02
"""Between two measurements of the event loop's lag."""

_ANSWER_BUCKETS: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 30, 60, 120)
_LAG_BUCKETS: Final = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.075),
    *(0.1, 0.15, 0.2, 0.25, 0.5, 1, 2, 5, 10),
)


class Outcome(StrEnum):
    """How a request for an answer ended."""

    ANSWERED = "answered"
    REFUSED = "refused"
    """One friendly sentence: not a picture, too large, not trained, and so on."""
    BUSY = "busy"
    UNDELIVERED = "undelivered"
    """Discord did not accept the answer: the message is gone, or a permission is missing."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reading:
    """A number that the bot holds anyway, read when Prometheus asks. A counter's `name` has no `_total`."""

    name: str
    meaning: str
    kind: Literal["counter", "gauge"]
    read: Callable[[], float]


class Metrics:
    """All metrics of one bot. Answers are measured in `answering`, the event loop in `watch_loop`."""

    def __init__(self) -> None:
        self.registry: Final = CollectorRegistry()
        self.answers: Final = Histogram(
            "thumbprint_answer_seconds",
            "Time from a message, command or menu to its answer, in seconds.",
            ["outcome"],
            buckets=_ANSWER_BUCKETS,
            registry=self.registry,
        )
        self.trainings: Final = Counter(
            "thumbprint_trainings", "Training runs that have ended.", ["outcome"], registry=self.registry
        )
        self.quota: Final = Counter(
            "thumbprint_quota_units", "Units of YouTube's quota that servers have used.", registry=self.registry
        )
        self.quota_left: Final = Gauge(
            "thumbprint_quota_left_units", "Units of YouTube's quota that are left today.", registry=self.registry
        )
        self.reconnects: Final = Counter(
            "thumbprint_gateway_reconnects",
            "Times that a shard has connected to Discord again, resuming its session or with a new one.",
            ["session"],
            registry=self.registry,
        )
        self.loop_lag: Final = Histogram(
            "thumbprint_loop_lag_seconds",
            "How much later than planned the event loop runs a task, in seconds.",
            buckets=_LAG_BUCKETS,
            registry=self.registry,
        )
        for outcome in Outcome:
            self.answers.labels(outcome)  # so that it is there, as 0, from the start
        for state in RunState:
            if state is not RunState.RUNNING:
                self.trainings.labels(state)
        for session in ("resumed", "new"):
            self.reconnects.labels(session)
        ProcessCollector(registry=self.registry)

    def add(self, *readings: Reading) -> None:
        """Serve these too."""
        self.registry.register(_Readings(readings))

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Measure the block, which gives one answer."""
        start, outcome = asyncio.get_running_loop().time(), Outcome.FAILED
        try:
            yield
            outcome = Outcome.ANSWERED
        except BusyError:
            outcome = Outcome.BUSY
            raise
        except ThumbprintError:
            outcome = Outcome.REFUSED
            raise
        except discord.HTTPException:
            outcome = Outcome.UNDELIVERED
            raise
        finally:
            self.answers.labels(outcome).observe(asyncio.get_running_loop().time() - start)

    async def watch_loop(self) -> None:
        """Measure the event loop's lag, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            self.loop_lag.observe(max(0.0, loop.time() - due))


class _Readings(Collector):
    def __init__(self, readings: tuple[Reading, ...]) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        for it in self._readings:
            family = CounterMetricFamily if it.kind == "counter" else GaugeMetricFamily
            yield family(it.name, it.meaning, value=it.read())
