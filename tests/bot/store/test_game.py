"""Rounds, guesses, points, streaks and standings; the daily round of each server."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.store.errors import GuessedError, RoundOverError
from bot.store.game_values import DailyRound, Played, Puzzle, Round, RoundResult, Standing
from bot.store.scoring import points
from bot.store.store import Store
from bot.store.tables import metadata
from bot.store.values import Forgotten
from tests.bot.store.conftest import Clock
from tests.bot.store.samples import ADMIN, MEMBER, NEIGHBOUR, OTHER, SERVER

LASTS = timedelta(seconds=20)


def puzzle(video: str = "v", *, bot: int = 0) -> Puzzle:
    """The first of three channels is right."""
    return Puzzle(video, ("a", "b", "c"), answer=0, bot_choice=bot, bot_confidence=0.8)


async def start(store: Store, video: str = "v", *, server: int = SERVER, **others: Any) -> Round:
    return await store.game.start(server, 5, puzzle(video, **others), lasts=LASTS, daily=False)


async def play(store: Store, *, server: int = SERVER, bot: int = 0, fast: bool = False, **chosen: int) -> RoundResult:
    """A whole round; `chosen` are the choices of m (the member), a (the admin) and o (another person)."""
    begun = await start(store, server=server, bot=bot)
    people = {"m": MEMBER, "a": ADMIN, "o": OTHER}
    for who, choice in chosen.items():
        await store.game.guess(begun.id, server, people[who], choice, fast=fast)
    result = await store.game.close(begun.id, server)
    assert result is not None
    return result


# Points


@pytest.mark.parametrize(
    ("streak", "fast", "worth"), [(0, False, 0), (0, True, 0), (1, False, 1), (2, True, 2), (3, False, 2), (6, True, 3)]
)
def test_a_guess_is_worth_more_if_it_is_fast_or_completes_a_streak(streak: int, fast: bool, worth: int) -> None:
    assert points(streak=streak, fast=fast) == worth


# Rounds


async def test_a_round_is_stored_until_it_is_over(store: Store, clock: Clock) -> None:
    begun = await start(store)
    assert (begun.started_at, begun.ends_at) == (clock.now, clock.now + LASTS)
    assert begun.options == ("a", "b", "c")
    await store.game.set_message(begun.id, 7)
    (found,) = await store.game.running()
    assert (found.id, found.message) == (begun.id, 7)
    clock.forward(seconds=20)
    result = await store.game.close(begun.id, SERVER)
    assert result is not None
    assert (result.round.closed_at, result.round.bot_points, result.round.bot_streak) == (clock.now, 1, 1)
    assert await store.game.running() == ()
    assert await store.game.close(begun.id, SERVER) is None


async def test_a_dropped_round_never_was(store: Store) -> None:
    begun = await start(store)
    await store.game.drop(begun.id)
    assert await store.game.running() == ()
    assert await store.game.shown(SERVER) == ()
    with pytest.raises(RoundOverError):
        await store.game.guess(begun.id, SERVER, MEMBER, 0, fast=True)


async def test_only_the_first_guess_of_a_person_counts(store: Store) -> None:
    begun = await start(store)
    await store.game.guess(begun.id, SERVER, MEMBER, 1, fast=False)
    with pytest.raises(GuessedError) as caught:
        await store.game.guess(begun.id, SERVER, MEMBER, 0, fast=False)
    assert (caught.value.choice, caught.value.round) == (1, begun)
    result = await store.game.close(begun.id, SERVER)
    assert result is not None
    assert result.played == (Played(MEMBER, 1, points=0, streak=0),)


@pytest.mark.parametrize("why", ["over", "of another server", "without this option", "never begun"])
async def test_a_guess_that_does_not_belong_to_a_running_round_is_refused(why: str, store: Store) -> None:
    begun = await start(store)
    number, server, choice = begun.id, SERVER, 0
    if why == "over":
        await store.game.close(number, SERVER)
    elif why == "of another server":
        server = NEIGHBOUR
    elif why == "never begun":
        number = 2**63 - 1
    else:
        choice = 3
    with pytest.raises(RoundOverError, match=r"That round is over\. Start a new one with `/guess`\."):
        await store.game.guess(number, server, MEMBER, choice, fast=True)


async def test_streaks_go_on_over_missed_rounds_and_end_with_a_wrong_guess(store: Store, clock: Clock) -> None:
    streaks: list[dict[int, tuple[int, int]]] = []
    for chosen in ({"m": 0, "a": 0}, {"m": 0}, {"a": 0}, {"m": 0, "a": 1}, {"m": 1, "a": 0}, {"m": 0}):
        result = await play(store, bot=0 if len(streaks) < 3 else 1, **chosen)
        streaks.append({it.user: (it.streak, it.points) for it in result.played})
        clock.forward(minutes=1)
    await play(store, server=NEIGHBOUR, m=0)
    assert streaks == [
        {MEMBER: (1, 1), ADMIN: (1, 1)},
        {MEMBER: (2, 1)},
        {ADMIN: (2, 1)},
        {MEMBER: (3, 2), ADMIN: (0, 0)},
        {ADMIN: (1, 1), MEMBER: (0, 0)},
        {MEMBER: (1, 1)},
    ]
    bot = (await store.game.leaderboard(SERVER, MEMBER, since=None)).bot
    assert bot == Standing(None, rank=0, points=4, played=6, right=3, streak=3)


async def test_the_last_hundred_videos_of_a_server_are_remembered_newest_first(store: Store, clock: Clock) -> None:
    for number in range(103):
        begun = await start(store, f"v{number}")
        await store.game.close(begun.id, SERVER)
    await start(store, "elsewhere", server=NEIGHBOUR)
    assert await store.game.shown(SERVER) == tuple(f"v{number}" for number in range(102, 2, -1))


async def test_videos_are_forgotten_after_30_days_and_points_are_not(store: Store, clock: Clock) -> None:
    await play(store, m=0)
    clock.forward(days=29)
    recent = await start(store, "recent")
    await store.game.close(recent.id, SERVER)
    await store.game.forget_videos()
    assert await store.game.shown(SERVER) == ("recent", "v")
    clock.forward(days=2)
    await store.game.forget_videos()
    assert await store.game.shown(SERVER) == ("recent",)
    async with store._database.read() as connection:
        rounds = metadata.tables["rounds"]
        options = (await connection.execute(rounds.select().order_by(rounds.c.id))).mappings()
        assert [row["options"] for row in options] == [[], ["a", "b", "c"]]
    assert (await store.game.leaderboard(SERVER, MEMBER, since=None)).mine is not None


# Standings


async def test_people_with_the_same_points_share_a_rank(store: Store) -> None:
    await play(store, m=0, a=0, o=1)
    await play(store, o=0)
    await play(store, m=0, a=1, o=1, fast=True)
    board = await store.game.leaderboard(SERVER, OTHER, since=None)
    assert board.best == (
        Standing(MEMBER, rank=1, points=3, played=2, right=2, streak=2),
        Standing(ADMIN, rank=2, points=1, played=2, right=1, streak=1),
        Standing(OTHER, rank=2, points=1, played=3, right=1, streak=1),
    )
    assert board.mine == board.best[2]
    assert (board.bot.points, board.bot.played, board.people) == (4, 3, 3)
    assert (await store.game.leaderboard(NEIGHBOUR, OTHER, since=None)).best == ()


async def test_everybody_tied_for_the_last_place_is_shown(store: Store) -> None:
    begun = await start(store)
    for person in range(9):
        await store.game.guess(begun.id, SERVER, 100 + person, 0, fast=True)
    for person in range(5):
        await store.game.guess(begun.id, SERVER, 200 + person, 0, fast=False)
    await store.game.guess(begun.id, SERVER, MEMBER, 2, fast=True)
    await store.game.close(begun.id, SERVER)
    board = await store.game.leaderboard(SERVER, MEMBER, since=None)
    assert [(it.rank, it.user) for it in board.best] == [
        *((1, 100 + person) for person in range(9)),
        *((10, 200 + person) for person in range(5)),
    ]
    assert board.mine == Standing(MEMBER, rank=15, points=0, played=1, right=0, streak=0)
    assert board.people == 15


async def test_a_week_counts_the_rounds_that_ended_in_it(store: Store, clock: Clock) -> None:
    await play(store, m=0, a=0)
    clock.forward(days=5)
    await play(store, m=0)
    running = await start(store)
    await store.game.guess(running.id, SERVER, OTHER, 0, fast=True)
    monday = datetime(2026, 3, 9, tzinfo=UTC)
    assert clock.now > monday
    board = await store.game.leaderboard(SERVER, ADMIN, since=monday)
    assert board.best == (Standing(MEMBER, rank=1, points=1, played=1, right=1, streak=2),)
    assert (board.mine, board.people, board.bot.played) == (None, 1, 1)


# What is deleted


async def test_a_forgotten_persons_guesses_and_points_are_deleted(store: Store) -> None:
    await play(store, m=0, a=0)
    await play(store, m=0)
    running = await start(store)
    await store.game.guess(running.id, SERVER, MEMBER, 0, fast=True)

    async def mentions() -> int:
        async with store._database.read() as connection:
            rows = [row for table in metadata.tables.values() for row in await connection.execute(table.select())]
        return sum(MEMBER in row for row in rows)

    assert await mentions() == 3
    assert await store.forget(MEMBER) == Forgotten(feedback=0, guesses=3)
    assert await mentions() == 0
    board = await store.game.leaderboard(SERVER, MEMBER, since=None)
    assert ([it.user for it in board.best], board.mine) == ([ADMIN], None)


async def test_a_servers_game_is_deleted_with_it(store: Store, clock: Clock) -> None:
    await play(store, m=0)
    running = await start(store)
    await store.daily.turn_on(SERVER, 5, 18)
    await play(store, server=NEIGHBOUR, m=0)
    await store.servers.left(SERVER)
    clock.forward(days=31)
    await store.servers.purge(SERVER)
    for table in ("rounds", "guesses", "daily_rounds"):
        async with store._database.read() as connection:
            rows = (await connection.execute(metadata.tables[table].select())).all()
        assert len(rows) == (0 if table == "daily_rounds" else 1)
    assert await store.game.close(running.id, SERVER) is None


# The daily round


async def test_a_daily_round_is_due_once_a_day_from_its_hour_on(store: Store, clock: Clock) -> None:
    await store.daily.turn_on(SERVER, 5, 18)  # it is 12:00
    daily = DailyRound(SERVER, 5, 18)
    assert await store.daily.get(SERVER) == daily
    assert await store.daily.claim() == ()
    clock.forward(hours=6)
    assert await store.daily.claim() == (daily,)
    assert await store.daily.claim() == ()
    clock.forward(hours=5)
    assert await store.daily.claim() == ()
    clock.forward(hours=18)  # 17:00, the next day
    assert await store.daily.claim() == ()
    clock.forward(hours=5)  # 22:00: the bot was off for some hours
    assert await store.daily.claim() == (daily,)


async def test_a_day_that_the_bot_missed_is_not_made_up_for(store: Store, clock: Clock) -> None:
    await store.daily.turn_on(SERVER, 5, 18)
    clock.forward(days=3)  # 12:00
    assert await store.daily.claim() == ()
    clock.forward(hours=7)
    assert len(await store.daily.claim()) == 1
    assert await store.daily.claim() == ()


async def test_nothing_is_posted_at_once_if_todays_hour_is_over(store: Store, clock: Clock) -> None:
    await store.daily.turn_on(SERVER, 5, 12)
    assert await store.daily.claim() == ()
    clock.forward(days=1)
    assert len(await store.daily.claim()) == 1


async def test_no_change_makes_a_second_round_on_one_day(store: Store, clock: Clock) -> None:
    await store.daily.turn_on(SERVER, 5, 13)
    clock.forward(hours=1)
    assert len(await store.daily.claim()) == 1
    assert await store.daily.turn_off(SERVER)
    assert not await store.daily.turn_off(SERVER)
    assert await store.daily.get(SERVER) == DailyRound(SERVER, 5, None)
    await store.daily.turn_on(SERVER, 6, 15)
    clock.forward(hours=3)
    assert await store.daily.claim() == ()
    clock.forward(hours=24)
    assert await store.daily.claim() == (DailyRound(SERVER, 6, 15),)


async def test_neither_a_server_that_was_left_nor_one_that_turned_it_off_gets_one(store: Store, clock: Clock) -> None:
    for server in (SERVER, NEIGHBOUR):
        await store.daily.turn_on(server, 5, 18)
    await store.servers.left(SERVER)
    await store.daily.turn_off(NEIGHBOUR)
    clock.forward(hours=8)
    assert await store.daily.claim() == ()
    assert not await store.daily.turn_off(OTHER)
    assert await store.daily.get(OTHER) is None
