import asyncio
from collections.abc import Sequence

import pytest

from bot.store.errors import AnswerGoneError, FeedbackGoneError, FeedbackQuotaError, ReviewedError
from bot.store.store import Store
from bot.store.values import AnswerRow, FeedbackState, ReviewedExample, Verdict
from tests.bot.store.conftest import Clock
from tests.bot.store.samples import ADMIN, MEMBER, NEIGHBOUR, NERD, OTHER, SERVER, prediction

ALL = 100
"""A limit that nobody reaches."""


async def answered(
    store: Store, videos: Sequence[str | None] = ("video",), server: int | None = SERVER
) -> list[AnswerRow]:
    return [await store.answers.record(server, prediction(NERD), video=video) for video in videos]


async def test_agreeing_stores_the_channel_of_the_answer(store: Store, clock: Clock) -> None:
    (answer,) = await answered(store)
    given = await store.feedback.agree(answer.id, MEMBER, quota=ALL)
    assert (given.answer, given.user, given.at) == (answer, MEMBER, clock.now)
    assert (given.verdict, given.label) == (Verdict.RIGHT, "nerdologia")
    assert (given.state, given.reviewed_by) == (FeedbackState.QUEUED, None)


async def test_newer_feedback_in_the_queue_is_counted(store: Store) -> None:
    given = [
        await store.feedback.agree(answer.id, MEMBER, quota=ALL) for answer in await answered(store, ["a", "b", "c"])
    ]
    await store.feedback.review(given[0].id, SERVER, accept=True, by=ADMIN)
    assert await store.feedback.queued(SERVER) == 2
    assert [await store.feedback.queued(SERVER, after=it.id) for it in given] == [2, 1, 0]
    assert await store.feedback.queued(NEIGHBOUR, after=given[0].id) == 0


async def test_agreeing_with_unknown_stores_no_channel(store: Store) -> None:
    answer = await store.answers.record(SERVER, prediction(unknown=True), video="v")
    given = await store.feedback.agree(answer.id, MEMBER, quota=ALL)
    assert (given.verdict, given.label) == (Verdict.RIGHT, None)


@pytest.mark.parametrize(
    ("label", "unknown", "verdict"),
    [
        ("canalpeixebabel", False, Verdict.WRONG),
        (None, False, Verdict.WRONG),
        ("nerdologia", False, Verdict.RIGHT),
        ("nerdologia", True, Verdict.WRONG),
        (None, True, Verdict.RIGHT),
    ],
)
async def test_a_correction_means_right_only_if_it_repeats_the_answer(
    store: Store, label: str | None, unknown: bool, verdict: Verdict
) -> None:
    answer = await store.answers.record(SERVER, prediction(NERD, unknown=unknown), video="v")
    given = await store.feedback.correct(answer.id, MEMBER, label, quota=ALL)
    assert (given.label, given.verdict) == (label, verdict)


async def test_only_feedback_on_youtube_thumbnails_is_reviewed(store: Store) -> None:
    thumbnail, picture = await answered(store, ["video", None])
    queued = await store.feedback.agree(thumbnail.id, MEMBER, quota=ALL)
    counted = await store.feedback.agree(picture.id, MEMBER, quota=ALL)
    assert (queued.state, counted.state) == (FeedbackState.QUEUED, FeedbackState.COUNTED)
    assert await store.feedback.queue(SERVER) == (queued,)
    with pytest.raises(ReviewedError):
        await store.feedback.review(counted.id, SERVER, accept=True, by=ADMIN)
    assert await store.feedback.reviewed(SERVER) == ()


@pytest.mark.parametrize("video", ["video", None])
async def test_a_persons_second_feedback_replaces_the_first(store: Store, video: str | None) -> None:
    (answer,) = await answered(store, [video])
    first = await store.feedback.agree(answer.id, MEMBER, quota=1)
    second = await store.feedback.correct(answer.id, MEMBER, None, quota=1)
    assert second.id == first.id
    assert second.verdict is Verdict.WRONG
    week = (await store.statistics.weekly(SERVER, 1))[0]
    assert (week.right_by_feedback, week.wrong_by_feedback) == (0, 1)


async def test_several_people_can_rate_one_answer(store: Store) -> None:
    (answer,) = await answered(store)
    one = await store.feedback.agree(answer.id, MEMBER, quota=1)
    other = await store.feedback.correct(answer.id, OTHER, None, quota=1)
    assert await store.feedback.queue(SERVER) == (other, one)
    assert await store.feedback.queue(SERVER, user=OTHER) == (other,)
    assert [await store.feedback.queued(SERVER, user=person) for person in (MEMBER, OTHER, ADMIN)] == [1, 1, 0]


@pytest.mark.parametrize("accept", [True, False])
async def test_reviewed_feedback_cannot_be_changed(store: Store, accept: bool) -> None:
    (answer,) = await answered(store)
    given = await store.feedback.correct(answer.id, MEMBER, "canalpeixebabel", quota=ALL)
    reviewed = await store.feedback.review(given.id, SERVER, accept=accept, by=ADMIN)
    assert reviewed.state is (FeedbackState.ACCEPTED if accept else FeedbackState.DROPPED)
    assert reviewed.reviewed_by == ADMIN
    with pytest.raises(ReviewedError):
        await store.feedback.agree(answer.id, MEMBER, quota=ALL)
    with pytest.raises(ReviewedError):
        await store.feedback.review(given.id, SERVER, accept=not accept, by=OTHER)
    assert await store.feedback.queue(SERVER) == ()
    examples = (ReviewedExample("video", "canalpeixebabel"),) if accept else ()
    assert await store.feedback.reviewed(SERVER) == examples
    assert (await store.statistics.weekly(SERVER, 1))[0].wrong_by_feedback == int(accept)


async def test_admins_only_review_feedback_of_their_own_server(store: Store) -> None:
    (answer,) = await answered(store)
    given = await store.feedback.agree(answer.id, MEMBER, quota=ALL)
    for server in (NEIGHBOUR, None):
        assert await store.feedback.queue(server) == ()
        with pytest.raises(FeedbackGoneError):
            await store.feedback.review(given.id, server, accept=True, by=ADMIN)
    assert await store.feedback.queue(SERVER) == (given,)


async def test_direct_messages_have_a_queue_of_their_own(store: Store) -> None:
    (answer,) = await answered(store, server=None)
    given = await store.feedback.agree(answer.id, MEMBER, quota=ALL)
    assert await store.feedback.queue(None) == (given,)
    await store.feedback.review(given.id, None, accept=True, by=ADMIN)
    assert await store.feedback.reviewed(None) == (ReviewedExample("video", "nerdologia"),)
    assert await store.feedback.reviewed(SERVER) == ()


async def test_a_page_is_accepted_at_once_and_nothing_else(store: Store) -> None:
    answers = await answered(store, [f"video{n}" for n in range(6)])
    given = [await store.feedback.agree(it.id, MEMBER if n % 2 else OTHER, quota=ALL) for n, it in enumerate(answers)]
    (foreign,) = await answered(store, ["foreign"], server=NEIGHBOUR)
    other = await store.feedback.agree(foreign.id, MEMBER, quota=ALL)
    await store.feedback.review(given[3].id, SERVER, accept=False, by=ADMIN)
    page = {"newest": given[4].id, "oldest": given[1].id, "by": ADMIN}
    assert await store.feedback.accept_all(SERVER, **page, user=OTHER) == 2
    assert await store.feedback.accept_all(SERVER, **page) == 1
    assert await store.feedback.accept_all(SERVER, **page) == 0
    assert await store.feedback.queue(SERVER) == (given[5], given[0])
    assert await store.feedback.queue(NEIGHBOUR) == (other,)
    assert [it.video for it in await store.feedback.reviewed(SERVER)] == ["video1", "video2", "video4"]


async def test_the_queue_is_listed_by_pages_newest_first(store: Store) -> None:
    for answer in await answered(store, [f"video{n}" for n in range(5)]):
        await store.feedback.agree(answer.id, MEMBER, quota=ALL)
    assert await store.feedback.queued(SERVER) == 5
    assert await store.feedback.queued(NEIGHBOUR) == 0
    pages = [await store.feedback.queue(SERVER, limit=2, offset=offset) for offset in (0, 2, 4)]
    assert [[given.answer.video for given in page] for page in pages] == [
        ["video4", "video3"],
        ["video2", "video1"],
        ["video0"],
    ]


async def test_the_last_accepted_feedback_on_a_video_counts(store: Store, clock: Clock) -> None:
    answers = await answered(store, ["b", "a", "b", "b"])
    labels = ["nerdologia", None, "canalpeixebabel", "dropped"]
    for answer, label in zip(answers, labels, strict=True):
        clock.forward(minutes=1)
        given = await store.feedback.correct(answer.id, MEMBER, label, quota=ALL)
        await store.feedback.review(given.id, SERVER, accept=label != "dropped", by=ADMIN)
    assert await store.feedback.reviewed(SERVER) == (
        ReviewedExample("a", None),
        ReviewedExample("b", "canalpeixebabel"),
    )


async def test_the_quota_is_per_person_and_day(store: Store, clock: Clock) -> None:
    first, second, third, fourth = await answered(store, ["a", None, "c", "d"])
    await store.feedback.agree(first.id, MEMBER, quota=2)
    await store.feedback.agree(second.id, MEMBER, quota=2)
    with pytest.raises(FeedbackQuotaError, match=r"today's feedback limit \(2\)"):
        await store.feedback.agree(third.id, MEMBER, quota=2)
    await store.feedback.correct(first.id, MEMBER, None, quota=2)  # not a new answer
    await store.feedback.agree(third.id, OTHER, quota=2)
    clock.now = clock.now.replace(hour=23, minute=59)
    with pytest.raises(FeedbackQuotaError):
        await store.feedback.agree(third.id, MEMBER, quota=2)
    clock.forward(minutes=1)
    await store.feedback.agree(third.id, MEMBER, quota=2)
    await store.feedback.agree(fourth.id, MEMBER, quota=2)


async def test_simultaneous_clicks_do_not_exceed_the_quota(store: Store) -> None:
    answers = await answered(store, [f"video{n}" for n in range(12)])
    clicks = (store.feedback.agree(answer.id, MEMBER, quota=3) for answer in answers)
    outcomes = await asyncio.gather(*clicks, return_exceptions=True)
    assert sum(isinstance(outcome, FeedbackQuotaError) for outcome in outcomes) == 9
    assert await store.feedback.queued(SERVER) == 3


async def test_feedback_on_a_deleted_answer_and_review_of_deleted_feedback_fail(store: Store) -> None:
    with pytest.raises(AnswerGoneError):
        await store.feedback.agree(99, MEMBER, quota=ALL)
    with pytest.raises(AnswerGoneError):
        await store.feedback.correct(99, MEMBER, None, quota=ALL)
    with pytest.raises(FeedbackGoneError):
        await store.feedback.review(99, SERVER, accept=True, by=ADMIN)


async def test_feedback_is_reviewed_once_by_two_admins_at_the_same_time(store: Store) -> None:
    (answer,) = await answered(store)
    given = await store.feedback.agree(answer.id, MEMBER, quota=ALL)
    reviews = (store.feedback.review(given.id, SERVER, accept=by == ADMIN, by=by) for by in (ADMIN, OTHER))
    outcomes = await asyncio.gather(*reviews, return_exceptions=True)
    assert sum(isinstance(outcome, ReviewedError) for outcome in outcomes) == 1
