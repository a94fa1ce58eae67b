import asyncio
from datetime import UTC, timedelta, timezone

import pytest

from bot.store.errors import StoreError
from bot.store.store import Store
from bot.store.values import AnswerRow, FactRow
from classifier.values import Guess, Prediction
from tests.bot.store.conftest import Clock
from tests.bot.store.samples import NERD, PEIXE, SERVER, prediction


async def test_an_answer_is_kept_as_it_was_given(store: Store, clock: Clock) -> None:
    fact = FactRow("UCpeixe", right=False)
    answer = await store.answers.record(SERVER, prediction(NERD, 0.75), version="v1", video="dQw4w9WgXcQ", fact=fact)
    assert answer == AnswerRow(answer.id, SERVER, clock.now, "dQw4w9WgXcQ", "nerdologia", 0.75, False, "v1", fact)
    assert answer.said == "nerdologia"
    assert await store.answers.get(answer.id) == answer


async def test_a_picture_in_a_direct_message_has_neither_server_nor_video_nor_fact(store: Store) -> None:
    answer = await store.answers.record(None, prediction(PEIXE, 0.5, unknown=True), version="v1")
    assert (answer.server, answer.video, answer.fact, answer.unknown, answer.said) == (None, None, None, True, None)
    assert await store.answers.get(answer.id) == answer


async def test_a_probability_may_pass_one_by_a_rounding_error(store: Store) -> None:
    sure = Prediction((Guess(NERD, 1.0000001), Guess(PEIXE, 0.0)), unknown=False)
    assert (await store.answers.record(SERVER, sure, version="v1")).confidence == 1


async def test_a_time_of_another_zone_comes_back_as_the_same_moment_in_utc(store: Store, clock: Clock) -> None:
    clock.now = clock.now.astimezone(timezone(timedelta(hours=-3))).replace(microsecond=123456)
    kept = await store.answers.get((await store.answers.record(SERVER, prediction(), version="v1")).id)
    assert kept is not None
    assert (kept.at, kept.at.tzinfo) == (clock.now, UTC)


async def test_a_time_without_zone_is_refused(store: Store, clock: Clock) -> None:
    clock.now = clock.now.replace(tzinfo=None)
    with pytest.raises(StoreError) as refused:
        await store.answers.record(SERVER, prediction(), version="v1")
    assert "zone" in str(refused.value.__cause__)


async def test_what_youtube_called_wrong_is_known_by_its_true_channel(store: Store) -> None:
    for server, video, right in (
        (SERVER, "first", False),
        (SERVER, "right", True),
        (SERVER, "again", False),
        (None, "private", False),
    ):
        fact = FactRow(f"UC{video}", right=right)
        await store.answers.record(server, prediction(), version="v1", video=video, fact=fact)
    await store.answers.record(SERVER, prediction(), version="v1", video="untold")
    assert await store.answers.mistakes(SERVER) == {"first": "UCfirst", "again": "UCagain"}
    assert await store.answers.mistakes(SERVER, limit=1) == {"again": "UCagain"}
    assert await store.answers.mistakes(None) == {"private": "UCprivate"}


async def test_a_number_is_never_given_twice(store: Store, clock: Clock) -> None:
    """An old button must not judge another answer."""
    old = await store.answers.record(SERVER, prediction(), version="v1")
    await store.servers.left(SERVER)
    clock.forward(days=31)
    await store.servers.purge(SERVER)
    assert await store.answers.get(old.id) is None
    assert (await store.answers.record(SERVER, prediction(), version="v1")).id > old.id


async def test_answers_of_one_moment_are_all_kept(store: Store) -> None:
    answers = await asyncio.gather(
        *(store.answers.record(SERVER, prediction(), version=str(number)) for number in range(40))
    )
    assert len({answer.id for answer in answers}) == 40
    assert (await store.statistics.weekly(SERVER, 1))[0].answered == 40
