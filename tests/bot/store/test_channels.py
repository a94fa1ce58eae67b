from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store.store import Store
from bot.store.values import ServerChannel
from classifier.values import Channel
from tests.bot.store.conftest import Clock
from tests.bot.store.samples import ADMIN, MEMBER, NEIGHBOUR, NERD, PEIXE, SERVER


async def test_a_servers_channels_are_in_the_order_of_adding(store: Store) -> None:
    assert await store.channels.of(SERVER) == ()
    assert await store.channels.add(SERVER, PEIXE, ADMIN)
    assert await store.channels.add(SERVER, NERD, MEMBER)
    assert await store.channels.add(NEIGHBOUR, NERD, ADMIN)
    assert await store.channels.of(SERVER) == (
        ServerChannel(PEIXE, ADMIN),
        ServerChannel(NERD, MEMBER),
    )
    assert len(await store.channels.of(NEIGHBOUR)) == 1


async def test_adding_a_channel_again_only_updates_its_names(store: Store) -> None:
    await store.channels.add(SERVER, PEIXE, ADMIN)
    await store.channels.add(SERVER, NERD, ADMIN)
    await store.channels.add(NEIGHBOUR, PEIXE, ADMIN)
    renamed = replace(PEIXE, title="Peixe Babel", handle=None, label="peixe")
    assert not await store.channels.add(SERVER, renamed, MEMBER)
    first, second = await store.channels.of(SERVER)
    assert (first.channel, first.added_by) == (renamed, ADMIN)
    assert second.channel == NERD
    assert (await store.channels.of(NEIGHBOUR))[0].channel == PEIXE


async def test_a_channel_is_removed_from_only_one_server(store: Store) -> None:
    for server in (SERVER, NEIGHBOUR):
        await store.channels.add(server, NERD, ADMIN)
    assert await store.channels.remove(SERVER, "UCnerd")
    assert not await store.channels.remove(SERVER, "UCnerd")
    assert await store.channels.of(SERVER) == ()
    assert len(await store.channels.of(NEIGHBOUR)) == 1


async def test_a_channel_without_an_id_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="id"):
        await store.channels.add(SERVER, replace(NERD, id=None), ADMIN)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(st.characters(exclude_categories=())) | st.sampled_from(["\0", "a\0b", "\ud800", "'; --", "😀"]))
async def test_any_title_is_stored_without_nul_and_surrogates(store: Store, title: str) -> None:
    await store.channels.add(SERVER, Channel("label", title, "UC1"), ADMIN)
    stored = (await store.channels.of(SERVER))[0].channel.title
    assert stored == "".join("?" if "\ud800" <= c <= "\udfff" else c for c in title if c != "\0")


async def test_each_server_has_its_own_watched_channels(store: Store) -> None:
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


async def test_names_are_refreshed_on_all_lists(store: Store, clock: Clock) -> None:
    for server in (SERVER, NEIGHBOUR):
        await store.channels.add(server, PEIXE, ADMIN)
    await store.channels.add(SERVER, NERD, ADMIN)
    assert await store.channels.listed() == ("UCnerd", "UCpeixe")
    renamed = replace(PEIXE, title="Peixe", handle="@peixe", label="other")
    clock.forward(days=28)
    await store.channels.refresh([renamed], (), keep=timedelta(days=29))
    expected = replace(PEIXE, title="Peixe", handle="@peixe")
    assert [it.channel for it in await store.channels.of(SERVER)] == [expected, NERD]
    assert [it.channel for it in await store.channels.of(NEIGHBOUR)] == [expected]
    clock.forward(days=1)
    await store.channels.refresh([], (), keep=timedelta(days=29))
    nameless = replace(NERD, title="UCnerd", handle=None)
    assert [it.channel for it in await store.channels.of(SERVER)] == [expected, nameless], "it was 29 days old"
    await store.channels.refresh([NERD], ["UCpeixe"], keep=timedelta(days=29))
    gone = replace(PEIXE, title="UCpeixe", handle=None)
    assert [it.channel for it in await store.channels.of(SERVER)] == [gone, NERD]


async def test_adding_a_channel_again_counts_as_refreshing_it(store: Store, clock: Clock) -> None:
    await store.channels.add(SERVER, NERD, ADMIN)
    clock.forward(days=20)
    await store.channels.add(SERVER, NERD, ADMIN)
    clock.forward(days=20)
    await store.channels.refresh([], (), keep=timedelta(days=29))
    assert [it.channel for it in await store.channels.of(SERVER)] == [NERD]
