"""The list of channels that a server's model recognises: everyone can see it, admins can change it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import channel_lists
from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord, Message
from bot.sandbox.youtube import LocalYouTube
from bot.settings import Settings
from classifier.values import Channel
from tests.e2e.chat import ADMINS_ONLY, FORMS, Form, ask, buttons, refused, text_of, unlinked
from tests.e2e.conftest import ScriptedEngine, bot_settings, running
from tests.pictures import draw_channel

pytestmark = pytest.mark.usefixtures("no_backoff")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of channels with one thumbnail each."""
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
    """Settings with a key of the local YouTube."""
    usual = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    return usual.model_copy(update={"youtube": local_youtube.settings})


@pytest.fixture
async def bot(local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine) -> AsyncIterator[Thumbprint]:
    async with running(Thumbprint(chosen, engine), local_discord) as bot:
        yield bot


async def titles(bot: Thumbprint, server: int) -> list[str]:
    return [it.channel.title for it in await bot.services.store.channels.of(server)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("direct", [False, True])
async def test_everybody_sees_the_default_list_and_what_is_new(
    form: Form, direct: bool, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    where = local_discord.direct(local_discord.member) if direct else None
    answer = await ask(local_discord, form, local_discord.member, "channels", where=where)
    text = text_of(answer)
    assert "The default list" in text
    assert "**Nerdologia**](https://www.youtube.com/channel/UCnnnnnn" in text
    assert "(@nerdologia) · known" in text
    assert "2. **@CanalPeixeBabel** · **new**" in text
    assert "I still recognise Peixe Babel until the next training run." in text
    assert "Use `/retrain` to train me on them." in text
    assert buttons(answer) == {}


@pytest.mark.parametrize("form", FORMS)
async def test_the_first_addition_copies_the_default_list(
    form: Form, local_discord: LocalDiscord, local_youtube: LocalYouTube, bot: Thumbprint
) -> None:
    answer = await ask(local_discord, form, local_discord.admin, "channel add", channel="@pirulla25")
    assert "Added [**Pirulla25**]" in text_of(answer)
    assert "the 2 default channels and this one" in text_of(answer)
    assert "3 channels on the list. Use `/retrain` to train me on them." in text_of(answer)
    mine = await bot.services.store.channels.of(local_discord.guild.id)
    ids = {channel.handle: channel.id for channel in local_youtube.library.channels}
    assert [it.channel for it in mine] == [
        Channel("nerdologia", "Nerdologia", ids["@nerdologia"], "@nerdologia"),
        Channel("canalpeixebabel", "Canalpeixebabel", ids["@CanalPeixeBabel"], "@canalpeixebabel"),
        Channel("pirulla25", "Pirulla25", ids["@Pirulla25"], "@pirulla25"),
    ]
    assert {it.added_by for it in mine} == {local_discord.admin.id}
    assert await titles(bot, local_discord.club.id) == [], "the other server has its own list"
    listed = await ask(local_discord, form, local_discord.member, "channels")
    assert "This server's own list." in text_of(listed)
    assert "3. [**Pirulla25**]" in text_of(listed)


@pytest.mark.parametrize("name", ["https://www.youtube.com/@nerdologia", "nerdologia", "@NERDOLOGIA"])
async def test_a_listed_channel_is_not_added_again(name: str, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    answer = await ask(local_discord, "text", local_discord.admin, "channel add", channel=name)
    assert "is already on the list" in text_of(answer)
    assert await titles(bot, local_discord.guild.id) == [], "the default list is only copied if something changes"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", ["add", "remove"])
async def test_members_are_refused(form: Form, change: str, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    words = await refused(local_discord, form, local_discord.member, f"channel {change}", channel="@Pirulla25")
    assert words == ADMINS_ONLY
    assert await titles(bot, local_discord.guild.id) == []


@pytest.mark.parametrize("change", ["add", "remove"])
async def test_the_list_cannot_be_changed_in_direct_messages(
    change: str, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    owner = local_discord.owner
    answer = await ask(
        local_discord, "text", owner, f"channel {change}", where=local_discord.direct(owner), channel="@Pirulla25"
    )
    assert answer.content == "That only works in a server."


@pytest.mark.parametrize(
    ("name", "trouble", "message"),
    [
        ("@nobody-here", None, "YouTube has no channel @nobody-here. Check its @handle, or use its channel id."),
        (
            "https://example.com/x",
            None,
            "That isn't a YouTube channel. Use its @handle, its channel id or a link to it, such as "
            "https://www.youtube.com/@jawed.",
        ),
        ("@Pirulla25", "quota", "I've used up my YouTube quota for today. Try again after midnight Pacific time."),
        ("@Pirulla25", "key", "YouTube refused my API key. My owner needs to check it."),
        ("@Pirulla25", "down", "I can't reach YouTube right now. Try again in a few minutes."),
    ],
)
async def test_a_failed_lookup_is_explained(
    name: str,
    trouble: str | None,
    message: str,
    local_discord: LocalDiscord,
    local_youtube: LocalYouTube,
    chosen: Settings,
    engine: ScriptedEngine,
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
        answer = await ask(local_discord, "slash", local_discord.admin, "channel add", channel=name)
        assert answer.content == message
        assert await titles(bot, local_discord.guild.id) == []


async def test_without_a_key_lookups_are_refused(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    settings = chosen.model_copy(update={"youtube": chosen.youtube.model_copy(update={"api_key": SecretStr("")})})
    async with running(Thumbprint(settings, engine), local_discord):
        answer = await ask(local_discord, "text", local_discord.admin, "channel add", channel="@Pirulla25")
        assert answer.content == "I can't look up channels without a YouTube API key. My owner needs to set one."


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["@nerdologia", "Nerdologia", "https://youtube.com/@Nerdologia/videos"])
async def test_the_first_removal_copies_the_default_list(
    form: Form, name: str, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    answer = await ask(local_discord, form, local_discord.admin, "channel remove", channel=name)
    assert "Removed [**Nerdologia**]" in text_of(answer)
    assert "This server now has its own list: the default list without that channel." in text_of(answer)
    assert "I need at least 2 channels: add 1 more with `/channel add`." in text_of(answer)
    assert await titles(bot, local_discord.guild.id) == ["Canalpeixebabel"]
    listed = await ask(local_discord, form, local_discord.member, "channels")
    assert "add 1 more" in text_of(listed)
    last = await ask(local_discord, form, local_discord.admin, "channel remove", channel="canalpeixebabel")
    assert "the default list applies here again" in text_of(last)
    assert await titles(bot, local_discord.guild.id) == []


@pytest.mark.parametrize("form", FORMS)
async def test_a_default_channel_that_is_gone_does_not_keep_the_list_from_changing(
    form: Form, local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    settings = chosen.model_copy(update={"channels": ("@nerdologia", "@renamed", "@CanalPeixeBabel")})
    async with running(Thumbprint(settings, engine), local_discord) as bot:
        added = await ask(local_discord, form, local_discord.admin, "channel add", channel="@pirulla25")
        assert "Added [**Pirulla25**]" in text_of(added)
        assert "I left out @renamed, which YouTube no longer has." in text_of(added)
        assert await titles(bot, local_discord.guild.id) == ["Nerdologia", "Canalpeixebabel", "Pirulla25"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "left"), [("@renamed", ["Nerdologia", "Canalpeixebabel"]), ("@nerdologia", ["Canalpeixebabel"])]
)
async def test_any_default_channel_can_be_removed_if_one_is_gone(
    form: Form, name: str, left: list[str], local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    settings = chosen.model_copy(update={"channels": ("@nerdologia", "@renamed", "@CanalPeixeBabel")})
    async with running(Thumbprint(settings, engine), local_discord) as bot:
        choices = await local_discord.autocomplete(
            local_discord.admin, local_discord.general, "channel remove", "channel", "renamed"
        )
        assert [choice["value"] for choice in choices] == ["@renamed"]
        answer = await ask(local_discord, form, local_discord.admin, "channel remove", channel=name)
        assert "Removed" in text_of(answer)
        assert ("I left out @renamed" in text_of(answer)) == (name == "@nerdologia")
        assert await titles(bot, local_discord.guild.id) == left


async def test_a_channel_that_is_not_listed_cannot_be_removed(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    answer = await ask(local_discord, "slash", local_discord.admin, "channel remove", channel="@Pirulla25")
    assert unlinked(answer.content) == "That channel isn't on this server's list. See `/channels`."
    assert await titles(bot, local_discord.guild.id) == []


async def fill(bot: Thumbprint, server: int, count: int) -> None:
    """Add numbered channels to a server's list."""
    for number in range(1, count + 1):
        channel = Channel(f"c{number}", f"Channel **{number:02}**", f"UC{number:022}", f"@c{number}")
        await bot.services.store.channels.add(server, channel, 1)


async def test_channels_are_completed(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    admin, general = local_discord.admin, local_discord.general
    default = await local_discord.autocomplete(admin, general, "channel remove", "channel", "")
    assert [choice["name"] for choice in default] == ["Nerdologia", "@CanalPeixeBabel"]
    await fill(bot, local_discord.guild.id, 30)
    assert len(await local_discord.autocomplete(admin, general, "channel remove", "channel", "")) == 25
    few = await local_discord.autocomplete(admin, general, "channel remove", "channel", "@C3")
    assert [choice["name"] for choice in few] == ["Channel **03**", "Channel **30**"]
    answer = await ask(local_discord, "slash", admin, "channel remove", channel=str(few[1]["value"]))
    assert "29 channels on the list" in text_of(answer)
    assert len(await titles(bot, local_discord.guild.id)) == 29


async def turned(local: LocalDiscord, message: Message, button: str) -> Message:
    """A message after somebody else turned its page."""
    await local.settled(await local.press(local.owner, message, buttons(message)[button]))
    return local.current(message)


@pytest.mark.parametrize("form", FORMS)
async def test_long_lists_have_pages_that_work_after_a_restart(
    form: Form, local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    first = Thumbprint(chosen, engine)
    async with running(first, local_discord):
        await fill(first, local_discord.guild.id, 23)
        page = await ask(local_discord, form, local_discord.member, "channels")
    assert list(buttons(page)) == ["▶"]
    assert "1 to 10 of 23" in text_of(page)
    assert r"\*\*10\*\*" in text_of(page)
    second = Thumbprint(chosen, ScriptedEngine())
    async with running(second, local_discord):
        page = await turned(local_discord, page, "▶")
        assert "11 to 20 of 23" in text_of(page)
        page = await turned(local_discord, page, "▶")
        assert "21 to 23 of 23" in text_of(page)
        assert list(buttons(page)) == ["◀"]
        for number in range(5, 24):
            await second.services.store.channels.remove(local_discord.guild.id, f"UC{number:022}")
        page = await turned(local_discord, page, "◀")
        assert "Channel" in text_of(page)
        assert buttons(page) == {}, "the rest fits on one page"


async def test_a_list_has_a_limit(
    local_discord: LocalDiscord, bot: Thumbprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_lists, "MAX_CHANNELS", 3)
    await fill(bot, local_discord.guild.id, 3)
    answer = await ask(local_discord, "text", local_discord.admin, "channel add", channel="@Pirulla25")
    assert answer.content == "I can learn up to 3 channels. Remove one first."
    assert len(await titles(bot, local_discord.guild.id)) == 3
