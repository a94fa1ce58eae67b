"""Each server's list of channels, which begins as a copy of the default list."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot import channel_lists
from bot.channel_lists import Change, ChannelLists, ListError
from bot.metrics import Metrics
from bot.services import Services
from bot.store.store import Store
from classifier.errors import LinkError, NoNetworkError, QuotaExceededError, UnknownChannelError
from classifier.links import channel_ref
from classifier.values import Channel, LeftOut
from tests.bot.samples import NERDOLOGIA, PEIXE, settings

SERVER, OTHER_SERVER = 1, 2
ADMIN = 3
FISH = Channel("canalpeixebabel", "Canal Peixe Babel", "UC" + "p" * 22, "@CanalPeixeBabel")
PIRULLA = Channel("pirulla25", "Canal do Pirulla", "UC" + "q" * 22, "@Pirulla25")


class FakeYouTube:
    """Looks up three channels, but not those that are `gone`; raises `failure` instead; `asked` counts the lookups."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.gone: tuple[Channel, ...] = ()
        self.asked = 0

    async def channel(self, name: str) -> Channel:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        ref = str(channel_ref(name)).casefold()
        for channel in (NERDOLOGIA, FISH, PIRULLA):
            named = ref in {(channel.id or "").casefold(), (channel.handle or "").casefold()}
            if named and channel not in self.gone:
                return channel
        raise UnknownChannelError("There is no such channel.", channel=name)


@pytest.fixture
def youtube() -> FakeYouTube:
    return FakeYouTube()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path / "thumbprint.db")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def lists(store: Store, youtube: FakeYouTube, tmp_path: Path) -> ChannelLists:
    """Lists of a bot whose default model knows Nerdologia, and one channel that is not on the default list."""
    engine = SimpleNamespace(facts=youtube, channels=lambda _: (NERDOLOGIA, PEIXE))
    shared = SimpleNamespace(store=store, engine=engine, settings=settings(tmp_path), metrics=Metrics())
    return ChannelLists(cast("Services", shared))


async def stored(store: Store, server: int = SERVER) -> list[Channel]:
    return [it.channel for it in await store.channels.of(server)]


@pytest.mark.parametrize("server", [SERVER, None])
async def test_the_default_list_has_titles_of_channels_that_the_default_model_knows(
    server: int | None, lists: ChannelLists, youtube: FakeYouTube
) -> None:
    assert await lists.of(server) == ([NERDOLOGIA, Channel("@CanalPeixeBabel", "@CanalPeixeBabel")], False)
    assert youtube.asked == 0


async def test_the_first_addition_copies_the_default_list(lists: ChannelLists, store: Store) -> None:
    assert await lists.add(SERVER, "@pirulla25", ADMIN) == Change(PIRULLA, changed=True, count=3, copied=2)
    assert await lists.of(SERVER) == ([NERDOLOGIA, FISH, PIRULLA], True)
    assert {it.added_by for it in await store.channels.of(SERVER)} == {ADMIN}
    assert not (await lists.of(OTHER_SERVER))[1]


async def test_later_additions_copy_nothing(lists: ChannelLists, store: Store, youtube: FakeYouTube) -> None:
    await store.channels.add(SERVER, PIRULLA, ADMIN)
    assert await lists.add(SERVER, "@nerdologia", ADMIN) == Change(NERDOLOGIA, changed=True, count=2, copied=0)
    assert await stored(store) == [PIRULLA, NERDOLOGIA]
    assert youtube.asked == 1


@pytest.mark.parametrize("name", ["nerdologia", "@NERDOLOGIA", "https://www.youtube.com/@nerdologia", NERDOLOGIA.id])
async def test_a_listed_channel_is_not_added_again(name: str, lists: ChannelLists, store: Store) -> None:
    assert await lists.add(SERVER, name, ADMIN) == Change(NERDOLOGIA, changed=False, count=2, copied=0)
    assert await stored(store) == [], "the default list is only copied if something changes"


async def test_a_list_has_a_limit(lists: ChannelLists, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_lists, "MAX_CHANNELS", 2)
    with pytest.raises(ListError, match=r"^I can learn up to 2 channels\. Remove one first\.$"):
        await lists.add(SERVER, "@pirulla25", ADMIN)
    assert await stored(store) == []


@pytest.mark.parametrize(
    ("name", "failure", "expected"),
    [
        ("@nobody-here", None, UnknownChannelError),
        ("https://example.com/x", None, LinkError),
        ("@pirulla25", NoNetworkError("YouTube can't be reached."), NoNetworkError),
    ],
)
async def test_a_failed_lookup_changes_nothing(
    name: str,
    failure: Exception | None,
    expected: type[Exception],
    lists: ChannelLists,
    store: Store,
    youtube: FakeYouTube,
) -> None:
    youtube.failure = failure
    with pytest.raises(expected):
        await lists.add(SERVER, name, ADMIN)
    assert await stored(store) == []


async def test_a_default_channel_that_is_gone_is_not_copied(
    lists: ChannelLists, store: Store, youtube: FakeYouTube
) -> None:
    youtube.gone = (FISH,)
    gone = (Channel("@CanalPeixeBabel", "@CanalPeixeBabel"),)
    assert await lists.add(SERVER, "@pirulla25", ADMIN) == Change(PIRULLA, changed=True, count=2, copied=1, gone=gone)
    assert await stored(store) == [NERDOLOGIA, PIRULLA]
    change = await lists.remove(OTHER_SERVER, "@nerdologia", ADMIN)
    assert change == Change(NERDOLOGIA, changed=True, count=0, copied=0, gone=gone)


async def test_a_default_channel_that_is_gone_can_be_removed(
    lists: ChannelLists, store: Store, youtube: FakeYouTube
) -> None:
    youtube.gone = (NERDOLOGIA,)
    assert await lists.remove(SERVER, "@nerdologia", ADMIN) == Change(NERDOLOGIA, changed=True, count=1, copied=1)
    assert await stored(store) == [FISH]


@pytest.mark.parametrize("failure", [NoNetworkError("It can't be reached."), QuotaExceededError("It is used up.")])
async def test_a_default_channel_that_cannot_be_looked_up_is_not_gone(
    failure: Exception, lists: ChannelLists, store: Store, youtube: FakeYouTube
) -> None:
    youtube.failure = failure
    with pytest.raises(type(failure)):
        await lists.remove(SERVER, "@nerdologia", ADMIN)
    assert await stored(store) == []


async def test_while_youtube_is_out_of_reach_the_default_model_knows_its_channels(
    store: Store, youtube: FakeYouTube, tmp_path: Path
) -> None:
    youtube.failure = NoNetworkError("It can't be reached.")
    engine = SimpleNamespace(facts=youtube, channels=lambda _: (NERDOLOGIA, FISH))
    shared = SimpleNamespace(store=store, engine=engine, settings=settings(tmp_path), metrics=Metrics())
    lists = ChannelLists(cast("Services", shared))
    assert (await lists.remove(SERVER, "@nerdologia", ADMIN)).copied == 1
    assert await stored(store) == [FISH]


async def test_channels_that_were_left_out_go_by_the_names_of_the_list(lists: ChannelLists, store: Store) -> None:
    await store.channels.add(SERVER, PIRULLA, ADMIN)
    assert PIRULLA.id is not None
    unnamed = LeftOut(Channel(PIRULLA.id, PIRULLA.id, PIRULLA.id), "It is gone.", gone=True)
    other = LeftOut(Channel("other", "Other"), "It is weak.")
    named = (LeftOut(PIRULLA, "It is gone.", gone=True), other)
    assert await lists.named(SERVER, (unnamed, other)) == named
    assert await lists.named(None, (unnamed,)) == (unnamed,)


@pytest.mark.parametrize(
    "name",
    [
        "@nerdologia",
        "NERDOLOGIA ",
        "\u2068Nerdologia\u2069",
        "\u200e@nerdologia",
        "@nerdo\u200blogia",
        "https://youtube.com/@Nerdologia/videos",
        NERDOLOGIA.id,
    ],
)
async def test_the_first_removal_copies_the_rest_of_the_default_list(
    name: str, lists: ChannelLists, store: Store
) -> None:
    assert await lists.remove(SERVER, name, ADMIN) == Change(NERDOLOGIA, changed=True, count=1, copied=1)
    assert await stored(store) == [FISH]
    assert await lists.of(SERVER) == ([FISH], True)


async def test_without_channels_the_default_list_applies_again(lists: ChannelLists, store: Store) -> None:
    await store.channels.add(SERVER, PIRULLA, ADMIN)
    assert await lists.remove(SERVER, "Canal do Pirulla", ADMIN) == Change(PIRULLA, changed=True, count=0, copied=0)
    assert not (await lists.of(SERVER))[1]


@pytest.mark.parametrize("name", ["@pirulla25", "", "somebody else", "https://example.com/x"])
async def test_a_channel_that_is_not_listed_cannot_be_removed(name: str, lists: ChannelLists, store: Store) -> None:
    with pytest.raises(ListError, match=r"^That channel isn't on this server's list\. See `/channels`\.$"):
        await lists.remove(SERVER, name, ADMIN)
    assert await stored(store) == []
