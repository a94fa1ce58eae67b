"""Which channels a server's model is to know: listed, added, removed, by each door, as admin and as member."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app import Thumbprint
from bot.cogs import channels as module
from bot.sandbox.discord import LocalDiscord, Message
from bot.sandbox.youtube import LocalYouTube
from bot.settings import Settings
from classifier.values import Channel
from tests.e2e.asking import DOORS, REFUSAL, By, ask, buttons, said
from tests.e2e.conftest import PlayedEngine, bot_settings, running
from tests.pictures import draw_channel

LISTS = {"text": "channels", "slash": "channels list"}

pytestmark = pytest.mark.usefixtures("no_backoff")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of channels, one picture each."""
    folder = tmp_path_factory.mktemp("channels")
    for name in ("nerdologia", "CanalPeixeBabel", "Pirulla25"):
        draw_channel(folder / name, 1)
    return folder


@pytest.fixture
async def local_youtube(served: Path) -> AsyncIterator[LocalYouTube]:
    async with LocalYouTube(served) as youtube:
        yield youtube


@pytest.fixture
def chosen(local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path) -> Settings:
    """Settings with a key for the local YouTube."""
    usual = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    return usual.model_copy(update={"youtube": local_youtube.settings})


@pytest.fixture
async def bot(local_discord: LocalDiscord, chosen: Settings, engine: PlayedEngine) -> AsyncIterator[Thumbprint]:
    async with running(Thumbprint(chosen, engine), local_discord) as bot:
        yield bot


async def titles(bot: Thumbprint, server: int) -> list[str]:
    return [it.channel.title for it in await bot.services.store.channels.of(server)]


@pytest.mark.parametrize("by", DOORS)
@pytest.mark.parametrize("direct", [False, True])
async def test_everybody_sees_the_default_list_and_what_is_new_of_it(
    by: By, direct: bool, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    where = local_discord.direct(local_discord.member) if direct else None
    answer = await ask(local_discord, by, local_discord.member, LISTS[by], where=where)
    text = said(answer)
    assert "The default list" in text
    assert "**Nerdologia**](https://www.youtube.com/channel/UCnnnnnn" in text
    assert "(@nerdologia) · known" in text
    assert "2. **@CanalPeixeBabel** · **new**" in text
    assert "I still know Peixe Babel" in text
    assert "`!retrain`" in text
    assert buttons(answer) == {}


@pytest.mark.parametrize("by", DOORS)
async def test_the_first_addition_begins_an_own_list_with_the_default_channels(
    by: By, local_discord: LocalDiscord, local_youtube: LocalYouTube, bot: Thumbprint
) -> None:
    answer = await ask(local_discord, by, local_discord.admin, "channels add", channel="@pirulla25")
    assert "Added [**Pirulla25**]" in said(answer)
    assert "the 2 default channels and this one" in said(answer)
    assert "3 channels on the list. Type `!retrain` to teach me." in said(answer)
    mine = await bot.services.store.channels.of(local_discord.guild.id)
    there = {channel.handle: channel.id for channel in local_youtube.library.channels}
    assert [it.channel for it in mine] == [
        Channel("nerdologia", "Nerdologia", there["@nerdologia"], "@nerdologia"),
        Channel("canalpeixebabel", "Canalpeixebabel", there["@CanalPeixeBabel"], "@canalpeixebabel"),
        Channel("pirulla25", "Pirulla25", there["@Pirulla25"], "@pirulla25"),
    ]
    assert {it.added_by for it in mine} == {local_discord.admin.id}
    assert await titles(bot, local_discord.club.id) == [], "the other server has its own"
    listed = await ask(local_discord, by, local_discord.member, LISTS[by])
    assert "This server's own list." in said(listed)
    assert "3. [**Pirulla25**]" in said(listed)


@pytest.mark.parametrize("name", ["https://www.youtube.com/@nerdologia", "nerdologia", "@NERDOLOGIA"])
async def test_what_is_there_is_not_added_twice(name: str, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    answer = await ask(local_discord, "text", local_discord.admin, "channels add", channel=name)
    assert "is on the list already" in said(answer)
    assert await titles(bot, local_discord.guild.id) == [], "nor is the default list copied for nothing"


@pytest.mark.parametrize("by", DOORS)
@pytest.mark.parametrize("change", ["add", "remove"])
async def test_members_are_refused(by: By, change: str, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    answer = await ask(local_discord, by, local_discord.member, f"channels {change}", channel="@Pirulla25")
    assert REFUSAL in answer.content
    assert await titles(bot, local_discord.guild.id) == []


@pytest.mark.parametrize("change", ["add", "remove"])
async def test_there_is_nothing_to_change_in_direct_messages(
    change: str, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    owner = local_discord.owner
    answer = await ask(
        local_discord, "text", owner, f"channels {change}", where=local_discord.direct(owner), channel="@Pirulla25"
    )
    assert "That works in a server only" in answer.content


@pytest.mark.parametrize(
    ("name", "trouble", "words"),
    [
        ("@nobody-here", None, "YouTube knows no channel @nobody-here"),
        ("https://example.com/x", None, "That names no YouTube channel"),
        ("@Pirulla25", "quota", "used up its quota for today"),
        ("@Pirulla25", "key", "YouTube refused the API key"),
        ("@Pirulla25", "down", "YouTube can't be reached"),
    ],
)
async def test_what_youtube_can_not_tell_is_said_in_a_sentence(
    name: str,
    trouble: str | None,
    words: str,
    local_discord: LocalDiscord,
    local_youtube: LocalYouTube,
    chosen: Settings,
    engine: PlayedEngine,
) -> None:
    youtube = chosen.youtube
    if trouble == "quota":
        local_youtube.faults.quota = 0
    elif trouble == "key":
        youtube = youtube.model_copy(update={"api_key": SecretStr("wrong")})
    elif trouble == "down":
        youtube = youtube.model_copy(update={"api_url": "http://127.0.0.1:9/youtube/v3/"})
    settings = chosen.model_copy(update={"youtube": youtube, "channels": ("@nerdologia",)})
    bot = Thumbprint(settings, engine)
    async with running(bot, local_discord):
        answer = await ask(local_discord, "slash", local_discord.admin, "channels add", channel=name)
        assert words in answer.content
        assert await titles(bot, local_discord.guild.id) == []


async def test_without_a_key_the_owner_is_named(
    local_discord: LocalDiscord, chosen: Settings, engine: PlayedEngine
) -> None:
    settings = chosen.model_copy(update={"youtube": chosen.youtube.model_copy(update={"api_key": SecretStr("")})})
    async with running(Thumbprint(settings, engine), local_discord):
        answer = await ask(local_discord, "text", local_discord.admin, "channels add", channel="@Pirulla25")
        assert "My owner can set YOUTUBE_API_KEY" in answer.content


@pytest.mark.parametrize("by", DOORS)
@pytest.mark.parametrize("name", ["@nerdologia", "Nerdologia", "https://youtube.com/@Nerdologia/videos"])
async def test_removing_from_the_default_list_begins_an_own_one(
    by: By, name: str, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    answer = await ask(local_discord, by, local_discord.admin, "channels remove", channel=name)
    assert "Removed [**Nerdologia**]" in said(answer)
    assert "own list now" in said(answer)
    assert "I need 2 channels to tell apart: add 1 more" in said(answer)
    assert await titles(bot, local_discord.guild.id) == ["Canalpeixebabel"]
    listed = await ask(local_discord, by, local_discord.member, LISTS[by])
    assert "add 1 more" in said(listed)
    last = await ask(local_discord, by, local_discord.admin, "channels remove", channel="canalpeixebabel")
    assert "the default list counts here again" in said(last)
    assert await titles(bot, local_discord.guild.id) == []


async def test_what_is_not_on_the_list_can_not_be_removed(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    answer = await ask(local_discord, "slash", local_discord.admin, "channels remove", channel="@Pirulla25")
    assert "not on this server's list" in answer.content
    assert await titles(bot, local_discord.guild.id) == []


async def fill(bot: Thumbprint, server: int, count: int) -> None:
    """Put numbered channels on a server's list."""
    for number in range(1, count + 1):
        channel = Channel(f"c{number}", f"Channel **{number:02}**", f"UC{number:022}", f"@c{number}")
        await bot.services.store.channels.add(server, channel, 1)


async def test_names_are_completed(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    admin, general = local_discord.admin, local_discord.general
    default = await local_discord.autocomplete(admin, general, "channels remove", "channel", "")
    assert [choice["name"] for choice in default] == ["Nerdologia", "@CanalPeixeBabel"]
    await fill(bot, local_discord.guild.id, 30)
    assert len(await local_discord.autocomplete(admin, general, "channels remove", "channel", "")) == 25
    few = await local_discord.autocomplete(admin, general, "channels remove", "channel", "@C3")
    assert [choice["name"] for choice in few] == ["Channel **03**", "Channel **30**"]
    answer = await ask(local_discord, "slash", admin, "channels remove", channel=str(few[1]["value"]))
    assert "29 channels on the list" in said(answer)
    assert len(await titles(bot, local_discord.guild.id)) == 29


async def turned(local: LocalDiscord, message: Message, button: str) -> Message:
    """A message after somebody else than who asked for it turned its page."""
    await local.settled(await local.press(local.owner, message, buttons(message)[button]))
    return local.current(message)


@pytest.mark.parametrize("by", DOORS)
async def test_long_lists_have_pages_that_turn_after_a_restart(
    by: By, local_discord: LocalDiscord, chosen: Settings, engine: PlayedEngine
) -> None:
    first = Thumbprint(chosen, engine)
    async with running(first, local_discord):
        await fill(first, local_discord.guild.id, 23)
        page = await ask(local_discord, by, local_discord.member, LISTS[by])
    assert list(buttons(page)) == ["▶"]
    assert "1 to 10 of 23" in said(page)
    assert r"\*\*10\*\*" in said(page)
    second = Thumbprint(chosen, PlayedEngine())
    async with running(second, local_discord):
        page = await turned(local_discord, page, "▶")
        assert "11 to 20 of 23" in said(page)
        page = await turned(local_discord, page, "▶")
        assert "21 to 23 of 23" in said(page)
        assert list(buttons(page)) == ["◀"]
        for number in range(5, 24):
            await second.services.store.channels.remove(local_discord.guild.id, f"UC{number:022}")
        page = await turned(local_discord, page, "◀")
        assert "Channel" in said(page)
        assert buttons(page) == {}, "what is left fits on one page"


async def test_a_list_has_an_end(local_discord: LocalDiscord, bot: Thumbprint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    await fill(bot, local_discord.guild.id, 3)
    answer = await ask(local_discord, "text", local_discord.admin, "channels add", channel="@Pirulla25")
    assert "3 channels apart at most" in answer.content
    assert len(await titles(bot, local_discord.guild.id)) == 3
