from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store.store import Store
from bot.store.values import ServerChannel
from classifier.values import Channel
from tests.bot.store.conftest import Clock
from tests.bot.store.samples import ADMIN, MEMBER, NEIGHBOUR, NERD, PEIXE, SERVER


async def test_a_server_has_its_own_channels_in_the_order_of_adding(store: Store, clock: Clock) -> None:
    begin = clock.now
    assert await store.channels.of(SERVER) == ()
    assert await store.channels.add(SERVER, PEIXE, ADMIN)
    clock.forward(hours=1)
    assert await store.channels.add(SERVER, NERD, MEMBER)
    assert await store.channels.add(NEIGHBOUR, NERD, ADMIN)
    assert await store.channels.of(SERVER) == (
        ServerChannel(PEIXE, ADMIN, begin),
        ServerChannel(NERD, MEMBER, clock.now),
    )
    assert len(await store.channels.of(NEIGHBOUR)) == 1


async def test_adding_a_channel_again_only_brings_its_names_up_to_date(store: Store, clock: Clock) -> None:
    await store.channels.add(SERVER, PEIXE, ADMIN)
    await store.channels.add(SERVER, NERD, ADMIN)
    await store.channels.add(NEIGHBOUR, PEIXE, ADMIN)
    clock.forward(days=1)
    renamed = replace(PEIXE, title="Peixe Babel", handle=None, label="peixe")
    assert not await store.channels.add(SERVER, renamed, MEMBER)
    first, second = await store.channels.of(SERVER)
    assert (first.channel, first.added_by) == (renamed, ADMIN)
    assert first.added_at < clock.now
    assert second.channel == NERD
    assert (await store.channels.of(NEIGHBOUR))[0].channel == PEIXE


async def test_a_channel_is_removed_from_one_server(store: Store) -> None:
    for server in (SERVER, NEIGHBOUR):
        await store.channels.add(server, NERD, ADMIN)
    assert await store.channels.remove(SERVER, "UCnerd")
    assert not await store.channels.remove(SERVER, "UCnerd")
    assert await store.channels.of(SERVER) == ()
    assert len(await store.channels.of(NEIGHBOUR)) == 1


async def test_a_channel_without_id_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="id"):
        await store.channels.add(SERVER, replace(NERD, id=None), ADMIN)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(st.characters(exclude_categories=())) | st.sampled_from(["\0", "a\0b", "\ud800", "'; --", "😀"]))
async def test_any_title_is_kept_as_far_as_it_is_text(store: Store, title: str) -> None:
    await store.channels.add(SERVER, Channel("label", title, "UC1"), ADMIN)
    kept = (await store.channels.of(SERVER))[0].channel.title
    assert kept == "".join("?" if "\ud800" <= c <= "\udfff" else c for c in title if c != "\0")


async def test_a_server_watches_its_own_discord_channels(store: Store) -> None:
    assert await store.watched.of(SERVER) == frozenset()
    assert await store.watched.add(SERVER, 10)
    assert await store.watched.add(SERVER, 2**62)
    assert not await store.watched.add(SERVER, 10)
    assert await store.watched.add(NEIGHBOUR, 10)
    assert await store.watched.of(SERVER) == {10, 2**62}
    assert await store.watched.remove(SERVER, 10)
    assert not await store.watched.remove(SERVER, 10)
    assert await store.watched.of(SERVER) == {2**62}
    assert await store.watched.of(NEIGHBOUR) == {10}
