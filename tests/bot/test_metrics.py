import asyncio
import time
from contextlib import nullcontext
from unittest.mock import MagicMock

import discord
import pytest
from prometheus_client import generate_latest

from bot.metrics import TICK_SECONDS, Metrics, Outcome, Reading
from bot.store.values import RunState
from classifier.errors import BusyError, PictureError


def answers(metrics: Metrics) -> dict[str, float]:
    """How many requests ended in which way."""
    found = {
        it: metrics.registry.get_sample_value("thumbprint_answer_seconds_count", {"outcome": it}) for it in Outcome
    }
    return {outcome: count for outcome, count in found.items() if count}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, Outcome.ANSWERED),
        (PictureError("Not a picture."), Outcome.REFUSED),
        (BusyError("Too many."), Outcome.BUSY),
        (discord.NotFound(MagicMock(status=404), "gone"), Outcome.UNDELIVERED),
        (RuntimeError("unexpected"), Outcome.FAILED),
        (asyncio.CancelledError(), Outcome.FAILED),
    ],
)
async def test_an_answer_is_counted_by_how_it_ended(error: BaseException | None, outcome: Outcome) -> None:
    metrics = Metrics()
    with pytest.raises(type(error)) if error else nullcontext(), metrics.answering():
        if error:
            raise error
    assert answers(metrics) == {outcome: 1}


async def test_every_bot_has_its_own_metrics() -> None:
    one, other = Metrics(), Metrics()
    with one.answering():
        pass
    assert (answers(one), answers(other)) == ({Outcome.ANSWERED: 1}, {})


def test_series_exist_before_anything_happens() -> None:
    get = Metrics().registry.get_sample_value
    for state in set(RunState) - {RunState.RUNNING}:
        assert get("thumbprint_trainings_total", {"outcome": state}) == 0
    for session in ("resumed", "new"):
        assert get("thumbprint_gateway_reconnects_total", {"session": session}) == 0
    assert (get("process_resident_memory_bytes") or 0) > 2**20


def test_readings_are_read_when_asked() -> None:
    metrics, waiting = Metrics(), [0]
    metrics.add(
        Reading("thumbprint_waiting", "Waiting.", "gauge", lambda: waiting[0]),
        Reading("thumbprint_restarts", "Restarts.", "counter", lambda: 2 * waiting[0]),
    )
    waiting[0] = 3
    text = generate_latest(metrics.registry).decode()
    assert "# TYPE thumbprint_waiting gauge\nthumbprint_waiting 3.0" in text
    assert "# TYPE thumbprint_restarts_total counter\nthumbprint_restarts_total 6.0" in text


async def test_a_blocked_event_loop_is_measured() -> None:
    metrics = Metrics()
    watching = asyncio.create_task(metrics.watch_loop())
    await asyncio.sleep(0)
    time.sleep(TICK_SECONDS + 0.11)  # noqa: ASYNC251 - blocking is the point
    await asyncio.sleep(TICK_SECONDS)
    watching.cancel()
    bucket = "thumbprint_loop_lag_seconds_bucket"
    all_, short = (metrics.registry.get_sample_value(bucket, {"le": bound}) for bound in ("+Inf", "0.1"))
    assert all_ - short >= 1
