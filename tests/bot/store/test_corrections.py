"""What admins decided about thumbnails: the latest decision counts, for their own server only."""

from bot.store.store import Store
from tests.bot.store.samples import ADMIN, NEIGHBOUR, OTHER, SERVER


async def test_the_latest_decision_of_a_server_counts(store: Store) -> None:
    for server in (SERVER, None):
        await store.corrections.set(server, "one", "nerdologia", ADMIN)
        await store.corrections.set(server, "two", None, ADMIN)
        await store.corrections.set(server, "one", None, OTHER)
        await store.corrections.set(server, "two", "peixe", OTHER)
        assert await store.corrections.of(server) == {"one": None, "two": "peixe"}
    assert await store.corrections.of(NEIGHBOUR) == {}
    await store.wipe(SERVER)
    assert await store.corrections.of(SERVER) == {}
    assert await store.corrections.of(None) == {"one": None, "two": "peixe"}


async def test_a_persons_last_decision_is_undone(store: Store) -> None:
    await store.corrections.set(SERVER, "one", "nerdologia", ADMIN)
    await store.corrections.set(SERVER, "two", None, ADMIN)
    await store.corrections.set(SERVER, "three", None, OTHER)
    await store.corrections.set(None, "four", None, ADMIN)
    assert await store.corrections.undo(SERVER, ADMIN) == "two"
    assert await store.corrections.undo(SERVER, ADMIN) == "one"
    assert await store.corrections.undo(SERVER, ADMIN) is None
    assert await store.corrections.undo(NEIGHBOUR, OTHER) is None
    assert await store.corrections.of(SERVER) == {"three": None}
    assert await store.corrections.undo(None, ADMIN) == "four"
