"""A bot of several processes: every posted picture is answered exactly once, whatever happens to the processes."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.discord import GatewaySettings, LocalDiscord, RateLimit
from tests.bot.store.postgres import Postgres, running_postgres
from tests.discord_fixtures import MakeDiscord
from tests.e2e.cluster import TAKEOVER, Member, People

SHARDS = 4
LOST_GROUP = 74

Start = Callable[[], Awaitable[Member]]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as running:
        yield running


@pytest.fixture
async def discord(make_discord: MakeDiscord) -> AsyncIterator[LocalDiscord]:
    """A Discord of four shards; even ones can identify every 4 seconds, and so can odd ones.

    That is Discord's 5 seconds, less what a busy machine may delay an IDENTIFY.
    """
    gateway = GatewaySettings(shards=SHARDS, max_concurrency=2, identify_interval=4.0)
    async with make_discord(gateway=gateway, rate_limit=RateLimit(requests=100_000)) as discord:
        yield discord


@pytest.fixture
def people(discord: LocalDiscord) -> People:
    people = People(discord, SHARDS)
    assert {it % SHARDS for it in people.covered} == set(range(SHARDS))
    return people


@pytest.fixture
async def start(discord: LocalDiscord, postgres: Postgres, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts processes that serve two shards each; they are killed when the test ends."""
    url = postgres.empty()
    members: list[Member] = []

    async def start() -> Member:
        folder = tmp_path / f"member-{len(members)}"
        members.append(await Member.start(folder, discord, database_url=url, shards_per_process=2))
        return members[-1]

    yield start
    for member in members:
        await member.kill()
    errors = [line for it in members for line in it.log.splitlines() if "Traceback" in line]
    assert not errors, "\n".join(it.log for it in members)


@pytest.fixture
async def three(start: Start) -> tuple[Member, Member, Member]:
    """A process for each of the two groups, which started at the same time, and a hot spare."""
    started = [await start(), await start()]
    groups = {await (await it.until("ok (shard group")).page("readyz"): it for it in started}
    first, second = (it for _, it in sorted(groups.items()))
    return first, second, await (await start()).until("ok (a spare")


@asynccontextmanager
async def posting(people: People, every: float = 0.1) -> AsyncIterator[None]:
    """A picture is posted `every` so many seconds inside the block; after it, each is answered exactly once."""
    for _ in range(SHARDS):
        await people.post()
    await people.answered()
    task = asyncio.create_task(people.post_steadily(every))
    try:
        yield
    finally:
        task.cancel()
    await asyncio.wait({task})
    await people.answered()
    assert set(people.answers().values()) == {1}
    assert people.refusals() == []


async def test_shards_identify_in_turn_and_each_is_served_once(
    discord: LocalDiscord, people: People, three: tuple[Member, Member, Member]
) -> None:
    assert discord.gateway.starts.refused == 0
    sessions = sorted(session.shard for session in discord.gateway._sessions.values())
    assert sessions == [(number, SHARDS) for number in range(SHARDS)]
    first, second, spare = three
    assert "thumbprint_shards 2.0" in await second.page("metrics")
    assert "thumbprint_shard_group 2.0" in await second.page("metrics")
    assert "thumbprint_shards 0.0" in await spare.page("metrics")
    assert await first.page("healthz") == "ok (shard group 0, shards 0 to 1 of 4)\n"
    assert await spare.page("healthz") == "ok (a spare: every shard group has a process)\n"
    async with posting(people):
        pass


async def test_a_killed_process_is_taken_over_by_the_spare(
    people: People, three: tuple[Member, Member, Member], start: Start
) -> None:
    first, second, spare = three
    async with posting(people):
        await first.kill()
        await spare.until("ok (shard group 0", within=TAKEOVER + 30)
        again = await (await start()).until("ok (a spare")
        await second.kill()
        await again.until("ok (shard group 1", within=TAKEOVER + 30)


async def test_a_stopped_process_leaves_its_shards_to_the_spare(
    people: People, three: tuple[Member, Member, Member]
) -> None:
    first, _, spare = three
    async with posting(people):
        first.signal(signal.SIGTERM)
        assert await first.end() == 0
        await spare.until("ok (shard group 0")


async def test_without_a_spare_whoever_starts_next_answers_what_was_missed(people: People, start: Start) -> None:
    first = await (await start()).until("ok (shard group 0")
    await (await start()).until("ok (shard group 1")
    async with posting(people):
        await first.kill()
        await (await start()).until("ok (shard group 0")


async def test_a_process_that_is_paused_for_too_long_ends(people: People, three: tuple[Member, Member, Member]) -> None:
    first, _, spare = three
    async with posting(people):
        first.signal(signal.SIGSTOP)
        await spare.until("ok (shard group 0")
        first.signal(signal.SIGCONT)
        assert await first.end() == LOST_GROUP


async def test_a_restart_of_the_database_is_survived(
    people: People, three: tuple[Member, Member, Member], postgres: Postgres
) -> None:
    async with posting(people):
        await asyncio.to_thread(postgres.stop)
        await people.post()
        await asyncio.to_thread(postgres.start)
        await asyncio.sleep(2 * TAKEOVER)
    assert all(member.runs for member in three)


async def test_without_a_database_processes_end_before_their_leases(
    people: People, three: tuple[Member, Member, Member], postgres: Postgres, start: Start
) -> None:
    first, second, spare = three
    async with posting(people, every=0.5):  # not more than is read of a channel afterwards
        await asyncio.to_thread(postgres.stop)
        try:
            assert [await it.end() for it in (first, second)] == [LOST_GROUP, LOST_GROUP]
            assert "lost its shard group" in first.log
        finally:
            await asyncio.to_thread(postgres.start)
        await spare.until("ok (shard group")
        await (await start()).until("ok (shard group")
