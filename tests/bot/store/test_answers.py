import asyncio
from datetime import UTC, timedelta, timezone

import pytest

from bot.store.errors import AnswerGoneError
from bot.store.store import Store
from bot.store.values import AnswerRow, FactRow
from classifier.values import Guess, Prediction
from tests.bot.store.conftest import Clock
from tests.bot.store.samples import NERD, PEIXE, SERVER, prediction


async def test_an_answer_is_stored_with_all_its_parts(store: Store, clock: Clock) -> None:
    fact = FactRow("UCpeixe", correct=False)
    answer = await store.answers.record(SERVER, prediction(NERD, 0.75), video="dQw4w9WgXcQ", fact=fact)
    assert answer == AnswerRow(answer.id, SERVER, clock.now, "dQw4w9WgXcQ", "nerdologia", 0.75, False, "v1", fact)
    assert answer.named == "nerdologia"
    assert await store.answers.get(answer.id) == answer


async def test_a_picture_in_a_direct_message_has_neither_server_nor_video_nor_fact(store: Store) -> None:
    answer = await store.answers.record(None, prediction(PEIXE, 0.5, unknown=True))
    assert (answer.server, answer.video, answer.fact, answer.unknown, answer.named) == (None, None, None, True, None)
    assert await store.answers.get(answer.id) == answer


async def test_an_exact_match_is_stored_as_the_fact_that_it_is(store: Store) -> None:
    answer = await store.answers.record(SERVER, prediction(NERD, 0.5, unknown=True, exact=True))
    assert (answer.label, answer.confidence, answer.unknown, answer.exact) == (PEIXE.label, 1.0, False, True)
    assert await store.answers.get(answer.id) == answer


async def test_a_confidence_slightly_above_one_is_stored_as_one(store: Store) -> None:
    sure = Prediction((Guess(NERD, 1.0000001), Guess(PEIXE, 0.0)), unknown=False, version="v1")
    assert (await store.answers.record(SERVER, sure)).confidence == 1


async def test_a_time_in_another_zone_is_returned_in_utc(store: Store, clock: Clock) -> None:
    clock.now = clock.now.astimezone(timezone(timedelta(hours=-3))).replace(microsecond=123456)
    stored = await store.answers.get((await store.answers.record(SERVER, prediction())).id)
    assert (stored.at, stored.at.tzinfo) == (clock.now, UTC)


async def test_mistakes_are_listed_with_the_right_channels(store: Store) -> None:
    for server, video, correct in (
        (SERVER, "first", False),
        (SERVER, "right", True),
        (SERVER, "again", False),
        (None, "private", False),
    ):
        fact = FactRow(f"UC{video}", correct=correct)
        await store.answers.record(server, prediction(), video=video, fact=fact)
    await store.answers.record(SERVER, prediction(), video="no-fact")
    assert await store.answers.mistakes(SERVER) == {"first": "UCfirst", "again": "UCagain"}
    assert await store.answers.mistakes(SERVER, limit=1) == {"again": "UCagain"}
    assert await store.answers.mistakes(None) == {"private": "UCprivate"}


async def test_an_id_is_never_used_again(store: Store, clock: Clock) -> None:
    """Otherwise an old button would rate another answer."""
    old = await store.answers.record(SERVER, prediction())
    await store.servers.left(SERVER)
    clock.forward(days=31)
    await store.servers.purge(SERVER)
    with pytest.raises(AnswerGoneError):
        await store.answers.get(old.id)
    assert (await store.answers.record(SERVER, prediction())).id > old.id


async def test_simultaneous_answers_are_all_stored(store: Store) -> None:
    answers = await asyncio.gather(*(store.answers.record(SERVER, prediction()) for _ in range(40)))
    assert len({answer.id for answer in answers}) == 40
    assert (await store.statistics.weekly(SERVER, 1))[0].answered == 40


async def test_old_facts_are_forgotten_but_not_whether_answers_were_correct(store: Store, clock: Clock) -> None:
    for video, correct in (("a", False), ("b", True)):
        await store.answers.record(SERVER, prediction(), video=video, fact=FactRow(f"UC{video}", correct))
    clock.forward(days=20)
    new = await store.answers.record(SERVER, prediction(), video="c", fact=FactRow("UCc", correct=False))
    clock.forward(days=9)
    await store.answers.forget_facts(keep=timedelta(days=29))
    assert await store.answers.mistakes(SERVER) == {"c": "UCc"}
    assert (await store.answers.get(new.id)).fact == FactRow("UCc", correct=False)
    weeks = await store.statistics.weekly(SERVER)
    assert (sum(it.right_by_fact for it in weeks), sum(it.wrong_by_fact for it in weeks)) == (1, 2)
