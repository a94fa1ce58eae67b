from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store.store import Store
from bot.store.values import FactRow, WeekStatistics
from tests.bot.store.conftest import Clock
from tests.bot.store.samples import ADMIN, MEMBER, NEIGHBOUR, OTHER, SERVER, prediction

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
WEEKS = 4
EVENT = st.tuples(
    st.integers(-5 * 7 * 24 * 60, 5 * 24 * 60),  # minutes from now
    st.sampled_from([SERVER, NEIGHBOUR]),
    st.booleans(),  # unknown
    st.sampled_from([None, True, False]),  # correct according to YouTube, if known
    st.lists(st.booleans(), max_size=2),  # right according to each person
    st.booleans(),  # exact match
)
Event = tuple[int, int, bool, bool | None, list[bool], bool]


def counted(events: list[Event], server: int, now: datetime) -> tuple[WeekStatistics, ...]:
    """The same counts, computed in plain Python."""
    weeks = []
    for back in reversed(range(WEEKS)):
        monday = (now - timedelta(days=now.weekday(), weeks=back)).date()
        mine = [
            event
            for event in events
            if event[1] == server and monday <= (NOW + timedelta(minutes=event[0])).date() < monday + timedelta(days=7)
        ]
        predicted = [event for event in mine if not event[5]]
        rated = [right for event in predicted for right in event[4]]
        weeks.append(
            WeekStatistics(
                monday,
                len(mine),
                sum(event[2] for event in predicted),
                sum(event[3] is True for event in predicted),
                sum(event[3] is False for event in predicted),
                rated.count(True),
                rated.count(False),
                len(mine) - len(predicted),
            )
        )
    return tuple(weeks)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENT, max_size=8), st.integers(0, 9))
async def test_the_counts_of_each_week_are_right(store: Store, clock: Clock, events: list[Event], days: int) -> None:
    for server in (SERVER, NEIGHBOUR):  # left over from another example
        await store.servers.left(server)
    clock.now = NOW + timedelta(days=400)
    for server in (SERVER, NEIGHBOUR):
        await store.servers.purge(server)
    for minutes, server, unknown, fact, feedback, exact in events:
        clock.now = NOW + timedelta(minutes=minutes)
        answer = await store.answers.record(
            server,
            prediction(unknown=unknown, exact=exact),
            fact=None if fact is None else FactRow("UCnerd", correct=fact),
        )
        clock.forward(days=9)  # feedback counts for the week of its answer, whenever it is given
        for user, right in zip((MEMBER, OTHER), feedback, strict=False):
            if right:
                await store.feedback.agree(answer.id, user, quota=99)
            else:
                await store.feedback.correct(answer.id, user, "another", quota=99)
    clock.now = NOW + timedelta(days=days)
    for server in (SERVER, NEIGHBOUR):
        assert await store.statistics.weekly(server, WEEKS) == counted(events, server, clock.now)


@pytest.mark.parametrize(
    ("moment", "monday"),
    [
        ("2026-03-02T00:00:00+00:00", date(2026, 3, 2)),
        ("2026-03-01T23:59:59.999999+00:00", date(2026, 2, 23)),
        ("2026-03-01T23:00:00-03:00", date(2026, 3, 2)),
        ("2026-01-01T12:00:00+00:00", date(2025, 12, 29)),
    ],
)
async def test_a_week_begins_on_monday_at_midnight_utc(store: Store, clock: Clock, moment: str, monday: date) -> None:
    clock.now = datetime.fromisoformat(moment)
    await store.answers.record(None, prediction())
    clock.now = NOW
    assert [week.monday for week in await store.statistics.weekly(None) if week.answered] == [monday]


async def test_weeks_without_answers_have_zeros(store: Store) -> None:
    weeks = await store.statistics.weekly(SERVER, 3)
    assert weeks == tuple(WeekStatistics(date(2026, 2, 16) + timedelta(weeks=number)) for number in range(3))


async def test_dropped_feedback_is_not_counted(store: Store) -> None:
    answer = await store.answers.record(SERVER, prediction(), video="v")
    rating = await store.feedback.agree(answer.id, MEMBER, quota=9)
    assert (await store.statistics.weekly(SERVER, 1))[0].right_by_feedback == 1
    await store.feedback.review(rating.id, SERVER, accept=False, by=ADMIN)
    assert (await store.statistics.weekly(SERVER, 1))[0].right_by_feedback == 0
