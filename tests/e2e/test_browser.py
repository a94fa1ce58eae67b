"""The real bot on the chat page, in a browser: its commands, buttons and menus, as an admin and as a member."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.app import Thumbprint
from bot.cogs.game import GuessingGame
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.youtube import LocalYouTube
from bot.store.store import Store
from classifier.values import Progress
from tests.bot.samples import exact_prediction, png, prediction
from tests.bot.sandbox.page.actions import become, begin, menu_of, offers, run, write
from tests.e2e.browser import ADMINS_ONLY, answer, expect_pictures, private
from tests.e2e.conftest import VIDEO, ScriptedEngine, bot_settings, running


@pytest.fixture
def local_youtube(three_channels: LocalYouTube) -> LocalYouTube:
    return three_channels


@pytest.fixture
async def bot(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, engine: ScriptedEngine, tmp_path: Path
) -> AsyncIterator[Thumbprint]:
    """The bot, with a key of the local YouTube."""
    usual = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    chosen = usual.model_copy(update={"youtube": local_youtube.settings})
    async with running(Thumbprint(chosen, engine), local_discord) as bot:
        yield bot


async def test_a_picture_is_classified_rated_and_explained(page: Page, bot: Thumbprint, tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(png())
    await page.set_input_files("#files", tmp_path / "cat.png")
    await page.get_by_role("button", name="Send").click()
    reply = answer(page, "Almost certain: 97%")
    await expect(reply.locator("h4")).to_have_text("Nerdologia")
    await expect_pictures(reply, 1)
    await reply.get_by_role("button", name="Why?").click()
    await expect(private(page)).to_contain_text("Why Nerdologia?")
    await expect_pictures(private(page), 3)
    await reply.get_by_role("button", name="Right").click()
    await expect(private(page)).to_contain_text("Thanks, noted as right.")
    await reply.get_by_role("button", name="Wrong").click()
    await private(page).get_by_role("combobox", name="Choose a Channel").click()
    await page.get_by_role("option", name="Peixe Babel").click()
    await expect(private(page)).to_contain_text("Thanks, noted: Peixe Babel.")
    await become(page, "Ada")
    await expect(reply).to_be_visible()
    await expect(page.locator(".message.ephemeral")).to_have_count(0)


async def test_the_buttons_are_about_the_picture_that_is_chosen(
    page: Page, engine: ScriptedEngine, tmp_path: Path
) -> None:
    files = [tmp_path / f"{number}.png" for number in range(2)]
    for number, file in enumerate(files):
        file.write_bytes(png(20 + number))
    await page.set_input_files("#files", files)
    await page.get_by_role("button", name="Send").click()
    reply = answer(page, "2 pictures")
    await expect(reply.get_by_role("button")).to_contain_text(["Right", "Wrong", "Why?"])
    await reply.get_by_role("combobox").click()
    await expect(page.get_by_role("option")).to_contain_text(["Nerdologia, 97%", "Nerdologia, 97%"])
    await page.get_by_role("option", name="About picture 2").click()
    await expect(reply.get_by_role("combobox")).to_have_text("About picture 2")
    why = reply.get_by_role("button", name="Why?")
    await expect(why).to_have_attribute("data-key", re.compile(r"^why:\d+:1$"))  # the bot has edited its answer
    await why.click()
    await expect(private(page)).to_contain_text("Why Nerdologia?")
    assert engine.explained == [png(21)]


async def test_a_link_is_classified_by_text_command_slash_command_and_menu(page: Page, engine: ScriptedEngine) -> None:
    link = f"https://youtu.be/{VIDEO}"
    await write(page, f"!classify {link}")
    reply = answer(page, "YouTube says")
    await expect(reply).to_contain_text("YouTube says: Nerdologia ✅ I was right.")
    await expect(reply.get_by_role("button")).to_contain_text(["Right", "Wrong", "Why?"])
    engine.prediction = prediction(0.9, 0.1, unknown=True)
    await begin(page, "classify")
    await page.locator("#command").get_by_label("link").fill(link)
    await page.get_by_role("button", name="Run").click()
    reply = answer(page, "None of the channels I know")
    await expect(reply.locator(".origin")).to_have_text("Max used /classify")
    await expect(reply).to_contain_text("❌ I was wrong.")
    engine.prediction = prediction(0.8, 0.2)
    asked = page.locator(".message", has_text=f"!classify {link}").first
    await (await menu_of(page, asked)).get_by_role("menuitem", name="Which channel is this?").click()
    await expect(answer(page, "Likely: 80%").locator(".origin")).to_have_text("Max used Which channel is this?")


async def test_a_known_thumbnail_is_named_and_a_draft_compared(
    page: Page, engine: ScriptedEngine, tmp_path: Path
) -> None:
    engine.prediction = exact_prediction()
    (tmp_path / "known.png").write_bytes(png())
    await page.set_input_files("#files", tmp_path / "known.png")
    await page.get_by_role("button", name="Send").click()
    reply = answer(page, "Exact match: it is this video by Nerdologia")
    await expect(reply.locator("h4")).to_have_text("What is *time*?")
    await expect_pictures(reply, 0)
    await write(page, f"!compare nerdologia https://youtu.be/{VIDEO}")
    compared = answer(page, "Compared with Nerdologia")
    await expect(compared).to_contain_text("Typical: it looks more like this channel than 63%")


async def test_only_admins_can_start_and_cancel_a_training(page: Page, engine: ScriptedEngine) -> None:
    await write(page, "!retrain")
    await expect(answer(page, ADMINS_ONLY)).to_be_visible()
    assert not await offers(page, "retrain")
    assert not engine.started.is_set()
    await become(page, "Ada")
    await write(page, "!retrain")
    reply = answer(page, "Training.")
    await expect(reply.get_by_role("button", name="Cancel")).to_be_visible()
    await engine.started.wait()
    engine.on_progress(Progress("crawl", 5, 10))
    await expect(reply).to_contain_text("5/10")
    await become(page, "Max")
    await reply.get_by_role("button", name="Cancel").click()
    await expect(private(page)).to_contain_text(ADMINS_ONLY)
    assert not engine.outcome.done()
    await become(page, "Ada")
    await reply.get_by_role("button", name="Cancel").click()
    ended = answer(page, "Training was cancelled.")
    await expect(ended).to_be_visible()
    await expect(ended.get_by_role("button", name="Cancel")).to_have_count(0)


async def test_each_server_has_its_own_channels(page: Page) -> None:
    assert not await offers(page, "channel add")
    await become(page, "Ada")
    await write(page, "!channels add @Pirulla25")
    await expect(answer(page, "Added Pirulla25")).to_contain_text("3 channels on the list")
    await begin(page, "channel remove")
    await page.get_by_role("option", name="Nerdologia").click()
    await page.get_by_role("button", name="Run").click()
    await expect(answer(page, "Removed Nerdologia")).to_contain_text("2 channels on the list")
    await page.get_by_role("button", name="Film club").click()
    await write(page, "!channels remove @Pirulla25")
    await expect(answer(page, ADMINS_ONLY)).to_be_visible()
    await run(page, "channels")
    await expect(answer(page, "The default list")).not_to_contain_text("Pirulla25")
    await page.get_by_role("button", name="Thumbprint sandbox").click()
    await run(page, "channels")
    await expect(answer(page, "This server's own list.")).to_contain_text("Pirulla25")


async def test_a_channel_can_be_watched_by_its_name(page: Page) -> None:
    await become(page, "Ada")
    await write(page, "!watch #random")
    await expect(answer(page, "I now answer posted pictures in")).to_contain_text(
        "#random; elsewhere I only answer when asked."
    )
    await write(page, "!watch #nowhere")
    await expect(answer(page, "I can't find that channel.")).to_be_visible()


async def test_two_people_play_a_round_against_the_bot(page: Page, bot: Thumbprint) -> None:
    over = asyncio.Event()
    game = bot.get_cog("GuessingGame")
    assert isinstance(game, GuessingGame)
    game.game._sleep = lambda _: over.wait()
    await write(page, "!guess")
    shown = answer(page, "One guess each.")
    await expect_pictures(shown, 1)
    await expect(shown.locator(".picture img")).to_have_attribute(
        "alt", "A YouTube thumbnail. Which channel is it from?"
    )
    await shown.get_by_role("button", name="Nerdologia").click()
    await expect(private(page)).to_contain_text("You chose Nerdologia.")
    await shown.get_by_role("button", name="Peixe Babel").click()
    await expect(private(page)).to_contain_text("You've already chosen Nerdologia; only the first guess counts.")
    await become(page, "Ada")
    await expect(page.locator(".message.ephemeral")).to_have_count(0)
    await run(page, "guess")
    await expect(private(page)).to_contain_text("A round is already running in this channel.")
    await shown.get_by_role("button", name="Peixe Babel").click()
    await expect(private(page)).to_contain_text("You chose Peixe Babel.")
    over.set()
    ended = answer(page, "It was Nerdologia")
    await expect(ended).to_contain_text("@Max +")
    await expect(ended).to_contain_text("@Ada Peixe Babel")
    await expect(ended).to_contain_text("✅ Nerdologia, 90% sure · +1")
    await expect(ended.get_by_role("link", name="Nerdologia #1")).to_have_attribute("href", f"https://youtu.be/{VIDEO}")
    await expect(ended.get_by_role("button", name="Nerdologia")).to_have_count(0)
    await expect_pictures(ended, 1)
    await run(page, "leaderboard")
    standings = answer(page, "Leaderboard: this week")
    await expect(standings).to_contain_text("1. @Max")
    await expect(standings).to_contain_text("@Ada · 0 points · 0 of 1 right")
    await expect(standings).to_contain_text("2 people have played.")


async def test_admins_review_feedback_next_to_its_thumbnail(
    page: Page, bot: Thumbprint, local_discord: LocalDiscord
) -> None:
    await _rate(bot.services.store, local_discord)
    assert not await offers(page, "feedback")
    await become(page, "Ada")
    await run(page, "feedback")
    await expect(private(page)).to_contain_text("@Max says: wrong, Peixe Babel")
    await expect(private(page).locator(".picture img")).not_to_have_js_property("naturalWidth", 0)
    await private(page).get_by_role("button", name="Accept 1").click()
    await expect(private(page)).to_contain_text("There is no feedback to review.")


async def test_a_server_is_set_up_with_the_card(page: Page, engine: ScriptedEngine, bot: Thumbprint) -> None:
    await bot.wait_until_ready()
    await become(page, "Ada")
    for item in ("Remove Thumbprint from Server", "Add Thumbprint to Server"):
        await page.locator("#server-menu").click()
        await page.get_by_role("menuitem", name=item).click()
    card = answer(page, "Hello, I'm Thumbprint")
    await expect(card).to_contain_text("⬜ 1 · YouTube channels")
    await become(page, "Max")
    await card.get_by_role("button", name="Train Now").click()
    await expect(private(page)).to_contain_text(ADMINS_ONLY)
    await become(page, "Ada")
    await card.get_by_role("button", name="Add YouTube Channels").click()
    await page.get_by_label("Channels, one per line").fill("@Pirulla25")
    await page.get_by_role("button", name="Submit").click()
    await expect(card).to_contain_text("✅ 1 · YouTube channels")
    await card.get_by_role("combobox", name="Where to Answer").click()
    await page.get_by_role("option", name="Answer in chosen channels").click()
    await card.get_by_role("combobox", name="Choose Channels").click()
    await page.get_by_role("option", name="random").click()
    await page.keyboard.press("Escape")
    await expect(card).to_contain_text("I only answer pictures in #random.")
    await card.get_by_role("button", name="Train Now").click()
    await engine.started.wait()
    engine.on_progress(Progress("crawl", 5, 10))
    await expect(card).to_contain_text("5/10")
    await expect(card.get_by_role("button", name="Train Now")).to_be_disabled()
    engine.finish()
    await expect(answer(page, "The new model is now live")).to_be_visible()
    await expect(card.get_by_role("button", name="Cancel")).to_have_count(0)
    await expect(card.get_by_role("button", name="Train Now")).to_be_enabled()


async def _rate(store: Store, local: LocalDiscord) -> None:
    given = await store.answers.record(local.guild.id, prediction(0.9, 0.1), video=VIDEO)
    await store.feedback.correct(given.id, local.member.id, "peixe", quota=9)
