"""A model's mistakes: everyone can look, admins decide, and the next training uses what they decided."""

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord, Message, User
from classifier.values import Mistake
from tests.bot.samples import retrain_report
from tests.e2e.chat import ADMINS_ONLY, FORMS, Form, ask, buttons, text_of
from tests.e2e.conftest import ScriptedEngine
from tests.e2e.test_retrain import SWAPPED, with_text

VIDEOS = [f"mistake_{number:03}" for number in range(6)]


@pytest.fixture
def doubted(engine: ScriptedEngine) -> ScriptedEngine:
    """An engine whose model has six mistakes."""
    engine.doubted = tuple(
        Mistake(
            video,
            f"nerdologia/{video}.jpg",
            "nerdologia",
            "peixe" if number % 2 == 0 else None,
            loss=6.0 - number,
            held_out=number < 3,
            title="A *title*" if number == 0 else "",
        )
        for number, video in enumerate(VIDEOS)
    )
    return engine


async def press(local: LocalDiscord, who: User, message: Message, button: str) -> Message:
    """The message after somebody pressed its button, or the private answer."""
    pressed = await local.settled(await local.press(who, message, buttons(message)[button]))
    if pressed.response_id not in {None, message.id}:
        return await local.answer_to(pressed)
    return local.current(message)


async def gallery(local: LocalDiscord, who: User, form: Form = "slash") -> Message:
    """The first page, which only the person sees."""
    page = await ask(local, form, who, "model")
    shown = await local.answer_to(await local.press(who, page, buttons(page)["Mistakes"]))
    assert shown.visible_to == who.id
    return shown


@pytest.mark.parametrize("form", FORMS)
async def test_an_admin_decides_about_each(
    form: Form, local_discord: LocalDiscord, bot: Thumbprint, doubted: ScriptedEngine
) -> None:
    admin, guild = local_discord.admin, local_discord.guild.id
    shown = await gallery(local_discord, admin, form)
    assert shown.content.startswith("**I doubt 6 thumbnails**, the first one most. What you decide counts")
    assert [embed["title"] for embed in shown.embeds] == [
        r"1. A \*title\*",
        *(f"{n + 1}. youtu.be/{VIDEOS[n]}" for n in range(1, 4)),
    ]
    first, second = shown.embeds[:2]
    assert first["url"] == f"https://youtu.be/{VIDEOS[0]}"
    assert first["thumbnail"]["url"].endswith(f"/vi/{VIDEOS[0]}/mqdefault.jpg")
    likely = "From **Nerdologia**, but I find that only <1% likely. The next best match is"
    assert first["description"].startswith(f"{likely} **Peixe Babel**.")
    assert "The next best match is an unknown channel." in second["description"]
    assert "I never trained on it." in first["description"]
    assert "a model trained without it says this" in shown.embeds[3]["description"]
    shown = await press(local_discord, admin, shown, "Right Label 1")
    shown = await press(local_discord, admin, shown, "Leave Out 2")
    assert [embed["title"][-3:] for embed in shown.embeds] == ["001", "003", "004", "005"]
    menu = await press(local_discord, admin, shown, "Other Channel 1")
    ((select,),) = (row["components"] for row in menu.components)
    assert [option["label"] for option in select["options"]] == ["Peixe Babel"]
    await local_discord.settled(await local_discord.choose(admin, menu, select["custom_id"], ["peixe"]))
    noted = local_discord.current(menu)
    assert f"uses <https://youtu.be/{VIDEOS[1]}> as a thumbnail of **Peixe Babel**" in noted.content
    assert noted.components == ()
    assert await bot.services.store.corrections.of(guild) == {
        VIDEOS[0]: "nerdologia",
        VIDEOS[2]: None,
        VIDEOS[1]: "peixe",
    }
    await ask(local_discord, "text", admin, "retrain")
    await doubted.started.wait()
    assert dict(doubted.corrected) == await bot.services.store.corrections.of(guild)
    doubted.finish()


async def test_pages_are_turned_and_the_last_decision_says_so(
    local_discord: LocalDiscord, bot: Thumbprint, doubted: ScriptedEngine
) -> None:
    admin = local_discord.admin
    shown = await press(local_discord, admin, await gallery(local_discord, admin), "▶")
    assert [embed["title"][:2] for embed in shown.embeds] == ["5.", "6."]
    shown = await press(local_discord, admin, shown, "Leave Out 5")
    assert [embed["title"] for embed in shown.embeds] == [f"5. youtu.be/{VIDEOS[5]}"]
    shown = await press(local_discord, admin, shown, "Leave Out 5")
    for left in (4, 3, 2, 1):
        assert f"I doubt {left} thumbnail" in shown.content
        shown = await press(local_discord, admin, shown, "Leave Out 1")
    assert "That's all. The next training uses what you decided" in text_of(shown)
    assert list(buttons(shown)) == ["Undo"]
    page = await ask(local_discord, "text", admin, "model")
    assert buttons(page) == {}


async def test_the_last_decision_can_be_undone(
    local_discord: LocalDiscord, bot: Thumbprint, doubted: ScriptedEngine
) -> None:
    admin, guild = local_discord.admin, local_discord.guild.id
    await bot.services.store.corrections.set(guild, VIDEOS[5], None, local_discord.owner.id)
    shown = await gallery(local_discord, admin)
    shown = await press(local_discord, admin, shown, "Leave Out 4")
    shown = await press(local_discord, admin, shown, "Right Label 1")
    assert await bot.services.store.corrections.of(guild) == {
        VIDEOS[5]: None,
        VIDEOS[3]: None,
        VIDEOS[0]: "nerdologia",
    }
    shown = await press(local_discord, admin, shown, "Undo")
    assert [embed["url"][-3:] for embed in shown.embeds] == ["000", "001", "002", "004"]
    shown = await press(local_discord, admin, shown, "Undo")
    assert [embed["url"][-3:] for embed in shown.embeds] == ["000", "001", "002", "003"]
    shown = await press(local_discord, admin, shown, "Undo")
    assert "You have decided nothing that I could undo." in text_of(shown)
    assert await bot.services.store.corrections.of(guild) == {VIDEOS[5]: None}, "it is somebody else's"


async def test_members_can_look_but_not_decide(
    local_discord: LocalDiscord, bot: Thumbprint, doubted: ScriptedEngine
) -> None:
    shown = await gallery(local_discord, local_discord.member)
    assert len(shown.embeds) == 4
    assert list(buttons(shown)) == ["▶"]
    assert "What you decide" not in shown.content


@pytest.mark.parametrize("name", ["right", "out", "other"])
async def test_a_thumbnail_that_somebody_has_decided_about_is_refused(
    name: str, local_discord: LocalDiscord, bot: Thumbprint, doubted: ScriptedEngine
) -> None:
    page = await gallery(local_discord, local_discord.admin)
    custom_id = buttons(page)[{"right": "Right Label 1", "out": "Leave Out 1", "other": "Other Channel 1"}[name]]
    await bot.services.store.corrections.set(local_discord.guild.id, VIDEOS[0], None, 1)
    refused = await local_discord.answer_to(await local_discord.press(local_discord.admin, page, custom_id))
    assert "That thumbnail is no longer on the list." in text_of(refused)


async def test_the_report_of_a_training_offers_them(
    local_discord: LocalDiscord, bot: Thumbprint, doubted: ScriptedEngine
) -> None:
    doubted.finish(retrain_report())
    async with local_discord.watch() as events:
        await ask(local_discord, "text", local_discord.admin, "retrain")
        report = (await events.next(with_text(SWAPPED))).message
    assert report is not None
    assert list(buttons(report)) == ["Mistakes"]
    pressed = await local_discord.press(local_discord.admin, report, buttons(report)["Mistakes"])
    assert "I doubt 6 thumbnails" in (await local_discord.answer_to(pressed)).content
    assert list(buttons(local_discord.current(report))) == ["Mistakes"]


async def test_an_admin_who_is_none_any_more_is_refused(
    local_discord: LocalDiscord, bot: Thumbprint, doubted: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await gallery(local_discord, local_discord.admin)
    monkeypatch.setattr("bot.rights._manages", lambda _: False)
    for button in ("Right Label 1", "Leave Out 1", "Other Channel 1"):
        refused = await press(local_discord, local_discord.admin, page, button)
        assert refused.content == ADMINS_ONLY
    assert await bot.services.store.corrections.of(local_discord.guild.id) == {}
