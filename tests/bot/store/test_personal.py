"""What is stored about one person, and nothing about anybody else; and everything about one server."""

import json

from bot.store.store import Store
from bot.store.tables import metadata
from tests.bot.store.conftest import Clock
from tests.bot.store.samples import ADMIN, MEMBER, NEIGHBOUR, NERD, PEIXE, SERVER, prediction


async def fill(store: Store) -> None:
    """Feedback, a review, a run and a channel of each of two people."""
    for person, other, channel in ((MEMBER, ADMIN, NERD), (ADMIN, MEMBER, PEIXE)):
        answer = await store.answers.record(SERVER, prediction(), video=f"video-{person}")
        given = await store.feedback.agree(answer.id, person, quota=9)
        await store.feedback.review(given.id, SERVER, accept=True, by=other)
        await store.channels.add(SERVER, channel, person)
        await store.runs.start(SERVER, channel=1, by=person)
        await store.corrections.set(SERVER, f"doubted-{person}", "nerdologia", person)


async def test_an_export_has_everything_about_one_person(store: Store, clock: Clock) -> None:
    await fill(store)
    data = await store.export(MEMBER)
    assert data["feedback"] == [
        {
            "server": str(SERVER),
            "at": clock.now.isoformat(),
            "video": f"video-{MEMBER}",
            "answer": "nerdologia",
            "confidence": 0.75,
            "verdict": "right",
            "label": "nerdologia",
            "state": "accepted",
        }
    ]
    assert [row["video"] for row in data["reviewed_feedback"]] == [f"video-{ADMIN}"]
    assert [row["id"] for row in data["added_channels"]] == ["UCnerd"]
    assert [row["started_at"] for row in data["training_runs"]] == [clock.now.isoformat()]
    assert [row["video"] for row in data["corrections"]] == [f"doubted-{MEMBER}"]
    assert str(ADMIN) not in json.dumps(data).replace(f"video-{ADMIN}", "")


async def test_an_export_covers_every_column_that_mentions_a_person(store: Store) -> None:
    """Checks every value in the database, so it also covers tables that are added later."""
    await fill(store)
    async with store._database.read() as connection:
        rows = [row for table in metadata.tables.values() for row in await connection.execute(table.select())]
    mentioned = sum(tuple(row).count(MEMBER) for row in rows)
    assert mentioned == sum(len(rows) for rows in (await store.export(MEMBER)).values()) == 5


async def test_nothing_is_stored_about_somebody_new(store: Store) -> None:
    await fill(store)
    assert not any((await store.export(1)).values())


async def test_a_server_is_wiped_at_once_and_no_other(store: Store) -> None:
    await fill(store)
    await store.channels.add(NEIGHBOUR, NERD, ADMIN)
    await store.servers.set_threshold(SERVER, 0.5)
    await store.watched.add(SERVER, 3)
    assert (await store.servers.last_known.get(SERVER)).threshold == 0.5
    assert await store.watched.last_known.get(SERVER) == {3}
    await store.wipe(SERVER)
    async with store._database.read() as connection:
        rows = [row for table in metadata.tables.values() for row in await connection.execute(table.select())]
    assert not any(SERVER in tuple(row) for row in rows)
    assert len(await store.channels.of(NEIGHBOUR)) == 1
    assert (await store.servers.last_known.get(SERVER)).threshold is None
    assert await store.watched.last_known.get(SERVER) == frozenset()
    await fill(store)
