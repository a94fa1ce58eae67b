"""The benchmark of a cluster's faults: what it counts, and a small run."""

from pathlib import Path

import discord
import pytest

from bot.sandbox.discord import LocalDiscord
from scripts.benchmarks import asked_trainings, cluster_faults, load_stage
from scripts.benchmarks.asked_trainings import AskedTrainings
from tests.bot.sandbox.discord.bots import logged_in, make_bot
from tests.bot.store.postgres import running_postgres
from tests.object_store import LocalS3
from tests.scripts.benchmarks.test_commands import run
from tests.scripts.benchmarks.test_load import means


async def test_trainings_are_accepted_once_and_their_reports_counted(
    local_discord: LocalDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked_trainings, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(asked_trainings, "REPORT_SECONDS", 0.05)
    bot, away = make_bot(), True
    places: dict[int, discord.PartialMessageable] = {}

    @bot.listen()
    async def on_message(message: discord.Message) -> None:
        nonlocal away
        if message.author.bot or message.channel.id in places:
            return
        if away:
            away = False
            await message.reply("The database is away.")
        else:
            places[message.channel.id] = bot.get_partial_messageable(message.channel.id)
            button = discord.ui.Button[discord.ui.View](label="Cancel", custom_id="cancel-training:1")
            await message.reply("Training.", view=discord.ui.View().add_item(button))

    trainings = AskedTrainings(local_discord, shards=2, per_shard=1)
    async with logged_in(local_discord, bot):
        first, second = await trainings.ask(0), await trainings.ask(1)
        assert trainings.accepted.keys() == {first, second}
        await trainings.until_reported(first, second)
        assert trainings.lost(first)
        shown = next(iter(places.values())).get_partial_message(first)
        for _ in range(2):
            await shown.reply("Done.")
        assert trainings.lost(first)  # its message says that it goes on
        await shown.edit(content="Done.", view=None)
        await trainings.until_reported(first)
    assert (trainings.lost(first), trainings.lost(second)) == (False, True)
    assert (len(trainings.reports[first]), len(trainings.reports[second])) == (2, 0)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few servers, thumbnails and processes, and short leases."""
    for name, value in {"SERVERS": 4, "TRAINED": 16, "POSTED": 2, "WARM_UP": 2}.items():
        monkeypatch.setattr(load_stage, name, value)
    for name, value in {"PEOPLE": 8, "SHARDS": 1, "TAKEOVER_SECONDS": 3, "JOB_LEASE": 4}.items():
        monkeypatch.setattr(cluster_faults, name, value)


@pytest.fixture
def servers(s3_server: LocalS3) -> None:
    """Skips the test where PostgreSQL or a local S3 is not installed."""
    with running_postgres():
        pass


@pytest.mark.usefixtures("servers", "small")
def test_nothing_is_lost_or_comes_twice(tmp_path: Path) -> None:
    answer = run("cluster-faults", tmp_path, "--rate", "2", "--faults", "stop-bot,restart-postgres")
    bot, database = answer["cluster-faults"]["rows"]
    assert (bot["method"], database["method"]) == ("a bot is stopped in order", "PostgreSQL restarts")
    for row in (bot, database):
        found = means(row)
        assert row["n"] > 0
        assert {found[name] for name in ("lost", "twice", "trainings lost", "trainings twice", "ended")} == {0}
        assert found["reported"] > 0
    assert means(bot)["taken over"] > 0
    assert "taken over" not in means(database)


def test_a_fault_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no such fault: rain"):
        run("cluster-faults", tmp_path, "--faults", "rain")
