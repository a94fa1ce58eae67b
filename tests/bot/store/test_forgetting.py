from bot.store.store import Store
from bot.store.tables import metadata
from bot.store.values import Forgotten
from tests.bot.store.samples import ADMIN, MEMBER, NERD, PEIXE, SERVER, prediction


async def test_one_person_is_forgotten_everywhere_and_nobody_else_is(store: Store) -> None:
    answers = [await store.answers.record(SERVER, prediction(), video=video) for video in "abc"]
    for answer in answers:
        await store.feedback.agree(answer.id, MEMBER, quota=9)
    for answer in answers[:2]:
        given = await store.feedback.agree(answer.id, ADMIN, quota=9)
        await store.feedback.review(given.id, SERVER, accept=True, by=MEMBER)
    await store.channels.add(SERVER, NERD, MEMBER)
    await store.channels.add(SERVER, PEIXE, ADMIN)
    started = await store.runs.start(SERVER, channel=1, by=MEMBER)

    assert await store.forget(MEMBER) == Forgotten(feedback=3, guesses=0)
    assert await store.forget(MEMBER) == Forgotten(feedback=0, guesses=0)

    assert await store.feedback.queue(SERVER) == ()
    assert [example.video for example in await store.feedback.reviewed(SERVER)] == ["a", "b"]
    assert [row.added_by for row in await store.channels.of(SERVER)] == [None, ADMIN]
    run = await store.runs.get(started.id)
    assert run is not None
    assert run.asked_by is None
    assert not run.scheduled
    assert (await store.statistics.weekly(SERVER, 1))[0].answered == 3


async def test_no_table_mentions_a_forgotten_person(store: Store) -> None:
    """Checks every value in the database, so it also covers tables that are added later."""
    answer = await store.answers.record(SERVER, prediction(), video="a")
    await store.feedback.agree(answer.id, MEMBER, quota=9)
    given = await store.feedback.agree(answer.id, ADMIN, quota=9)
    await store.feedback.review(given.id, SERVER, accept=True, by=MEMBER)
    await store.channels.add(SERVER, NERD, MEMBER)
    await store.runs.start(SERVER, channel=1, by=MEMBER)
    await store.corrections.set(SERVER, "a", None, MEMBER)

    async def mentions() -> int:
        async with store._database.read() as connection:
            rows = [row for table in metadata.tables.values() for row in await connection.execute(table.select())]
        return sum(MEMBER in row for row in rows)

    assert await mentions() == 5
    await store.forget(MEMBER)
    assert await mentions() == 0
