"""Load and soak: what they count, and small runs of both."""

import asyncio
import io
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.metrics import Metrics
from bot.sandbox.discord import LocalDiscord
from scripts.benchmarks import load, load_stage, soak
from scripts.benchmarks.bot_process import Samples, lag, total
from scripts.benchmarks.crowd import Crowd, Tally
from scripts.benchmarks.load import what_came_of
from scripts.benchmarks.soak import Memory
from tests.bot.sandbox.discord.bots import logged_in, make_bot, picture
from tests.scripts.benchmarks.test_commands import run


def samples(metrics: Metrics, **others: float) -> Samples:
    found = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
    }
    return found | {(name, frozenset()): value for name, value in others.items()}


def test_lag_is_between_two_readings() -> None:
    metrics = Metrics()
    metrics.loop_lag.observe(4.0)  # before the first reading
    before = samples(metrics)
    for seconds in [0.0005] * 980 + [0.015] * 19 + [0.12]:
        metrics.loop_lag.observe(seconds)
    late = lag(before, samples(metrics))
    assert late.longest == 0.15
    assert 0.01 < late.p99 < 0.02


def test_lag_beyond_the_last_bucket_is_its_bound() -> None:
    metrics = Metrics()
    before = samples(metrics)
    metrics.loop_lag.observe(1000)
    late = lag(before, samples(metrics))
    assert late.longest == late.p99 == 10


def test_totals_add_all_labels() -> None:
    metrics = Metrics()
    metrics.trainings.labels("done").inc(2)
    metrics.trainings.labels("failed").inc()
    assert total(samples(metrics), "thumbprint_trainings_total") == 3
    assert total(samples(metrics), "nothing") == 0


def test_pictures_that_were_dropped_on_purpose_are_busy_not_lost() -> None:
    tally = Tally(posted=10, answered=[1.0, 2.0, 3.0], began=5.0, ended=8.0)
    tally.refused["Too many."] += 2
    metrics, dropped = Metrics(), "thumbprint_pictures_dropped_total"
    figures = what_came_of(tally, samples(metrics, **{dropped: 1}), samples(metrics, **{dropped: 4}))
    assert (figures["lost"], figures["busy"], figures["rate"], figures["median"]) == (2, 5, 1.0, 2.0)


def test_memory_is_compared_between_its_first_and_last_tenth() -> None:
    memory = Memory.of([(36.0 * hundredth, 200 + 0.1 * hundredth) for hundredth in range(101)])
    assert (memory.start, memory.end) == pytest.approx((200.45, 209.55))
    assert memory.slope == pytest.approx(10)
    assert memory.growth == pytest.approx(209.55 / 200.45 - 1)


async def test_a_crowd_counts_what_is_answered(local_discord: LocalDiscord) -> None:
    bot, seen, twice = make_bot(), 0, asyncio.Event()

    @bot.listen()
    async def on_message(message: discord.Message) -> None:
        nonlocal seen
        if message.author.bot:
            return
        seen += 1
        if seen == 2:
            await message.reply("Too many.")
            await message.reply("Too many, indeed.")
            twice.set()
        elif seen != 3:
            await message.reply("This one.", file=discord.File(io.BytesIO(picture()), "plot.png"))

    crowd = Crowd(local_discord, 4, 2, [picture(), picture(40, 20)])
    assert [person.channel.guild_id for person in crowd.people[::2]] == [crowd.people[0].channel.guild_id] * 2
    assert crowd.people[0].channel != crowd.people[1].channel
    async with logged_in(local_discord, bot):
        first, later = Tally(), Tally()
        await crowd.at_once(crowd.people, 3, first)
        await crowd.at_rate(5, 1000, later)
        await crowd.settled(later)
        await twice.wait()
    assert (later.posted, len(later.answered), later.waiting) == (5, 5, 0)
    assert (first.posted, len(first.answered), first.refused, first.waiting) == (3, 1, {"Too many.": 1}, 1)
    assert (len(first.twice), len(later.twice)) == (1, 0)
    assert first.began <= later.began <= later.ended
    assert 0 < later.percentile(50) <= later.percentile(100)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few servers and thumbnails."""
    for name, value in {"SERVERS": 2, "TRAINED": 16, "POSTED": 2, "WARM_UP": 2}.items():
        monkeypatch.setattr(load_stage, name, value)
    monkeypatch.setattr(load, "SERVERS", 2)


def means(row: Any) -> dict[str, float]:
    return {name: figure["mean"] for name, figure in row["figures"].items()}


@pytest.mark.usefixtures("small")
def test_load_compares_all_bots(tmp_path: Path) -> None:
    answer = run("load", tmp_path, "--pictures", "4", "--rate", "20", "--people", "12", "--burst", "4")
    assert [*answer] == ["load-burst", "load-fair", "load-steady", "load-stop", "goals", "plot"]
    (stopped,) = answer["load-stop"]["rows"]
    found = means(stopped)
    assert (stopped["n"], found["lost"], found["exit status"]) == (4, 0, 0)
    assert found["answered"] + found["declined"] == 4
    for name in ("load-burst", "load-fair", "load-steady"):
        rows = {row["method"]: row for row in answer[name]["rows"]}
        assert [*rows] == [load.OURS, load.PYPLOT, load.SAME_PLOT]
        for row in rows.values():
            found = means(row)
            assert (row["n"], found["lost"], found["busy"]) == (4, 0, 0)
            assert 0 < found["median"] <= found["p99"]
            assert 0 < found["lag p99"] <= found["lag max"]
            assert found["after"] > 50
        assert ("trainings" in means(rows[load.OURS])) is (name == "load-steady")
        assert ("other's wait" in means(rows[load.OURS])) is (name == "load-fair")


@pytest.mark.usefixtures("small")
def test_soak_measures_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "READINGS", 20)
    (row,) = run("soak", tmp_path, "--minutes", "0.1", "--rate", "1")["soak"]["rows"]
    found = means(row)
    assert (row["n"], found["lost"]) == (6, 0)
    assert found["growth"] == pytest.approx(found["end"] / found["start"] - 1)
