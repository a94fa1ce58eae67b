"""What admins do on the chat page, in a browser, what members can see of it, and the page in Portuguese."""

import pytest
from playwright.async_api import Page, expect

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord
from classifier.errors import NothingNewError
from classifier.values import Mistake
from tests.bot.sandbox.page.actions import become, offers, run, write
from tests.e2e.browser import ADMINS_ONLY, answer, expect_pictures, private
from tests.e2e.conftest import VIDEO, ScriptedEngine

pytestmark = pytest.mark.every_database


async def test_everyone_sees_the_mistakes_and_admins_decide(
    page: Page, bot: Thumbprint, engine: ScriptedEngine, local_discord: LocalDiscord
) -> None:
    file = f"nerdologia/{VIDEO}.jpg"
    engine.doubted = (Mistake(VIDEO, file, "nerdologia", "peixe", 5.0, held_out=True, title="Octopuses"),)
    await run(page, "model")
    shown = answer(page, "How reliable is its confidence?")
    await expect_pictures(shown, 1)
    await shown.get_by_role("button", name="Mistakes").click()
    await expect(private(page)).to_contain_text("1. Octopuses")
    await expect(private(page).get_by_role("button", name="Right Label")).to_have_count(0)
    await become(page, "Ada")
    await shown.get_by_role("button", name="Mistakes").click()
    await expect(private(page)).to_contain_text("From Nerdologia, but I find that only 1% likely.")
    await expect(private(page).locator(".picture img")).not_to_have_js_property("naturalWidth", 0)
    await private(page).get_by_role("button", name="Leave Out 1").click()
    await expect(private(page)).to_contain_text("That's all. The next training uses what you decided")
    assert await bot.services.store.corrections.of(local_discord.guild.id) == {VIDEO: None}
    await private(page).get_by_role("button", name="Undo").click()
    await expect(private(page)).to_contain_text("1. Octopuses")


async def test_what_admins_do_is_logged_and_members_are_refused(page: Page) -> None:
    for command in ("log set", "threshold", "unknown", "admins set", "wipe", "daily on", "language"):
        assert not await offers(page, command)
    await write(page, "!log #random")
    await expect(answer(page, ADMINS_ONLY)).to_be_visible()
    await become(page, "Ada")
    await write(page, "!log #random")
    await expect(answer(page, "I log what admins do in #random.")).to_be_visible()
    await write(page, "!unknown react")
    await expect(answer(page, "I react with ❔ to posted pictures")).to_be_visible()
    await page.get_by_role("navigation", name="Channels").get_by_role("button", name="random").click()
    await expect(answer(page, "@Ada had me react to posted pictures that I don't know.")).to_be_visible()


async def test_a_training_without_anything_new_can_be_started_anyway(page: Page, engine: ScriptedEngine) -> None:
    await become(page, "Ada")
    await write(page, "!retrain")
    await engine.started.wait()
    engine.started.clear()
    engine.outcome.set_exception(NothingNewError("There is nothing new to learn from.", units=2))
    shown = answer(page, "There is nothing new to learn from.")
    await become(page, "Max")
    await shown.get_by_role("button", name="Train Anyway").click()
    await expect(private(page)).to_contain_text(ADMINS_ONLY)
    assert not engine.started.is_set()


async def test_an_admin_deletes_everything_about_the_server(
    page: Page, bot: Thumbprint, engine: ScriptedEngine, local_discord: LocalDiscord
) -> None:
    servers, server = bot.services.store.servers, local_discord.guild.id
    await servers.set_threshold(server, 0.8)
    await become(page, "Ada")
    await run(page, "wipe")
    await page.get_by_role("button", name="Delete Everything").click()
    await expect(private(page)).to_contain_text("Everything about this server is deleted.")
    assert (await servers.get(server)).threshold is None
    assert engine.forgotten == [server]


async def test_the_page_in_portuguese(page: Page) -> None:
    await become(page, "Ada")
    await write(page, "!setup")
    card = answer(page, "Hello, I'm Thumbprint")
    await card.get_by_role("combobox", name="Language").click()
    await page.get_by_role("option", name="Português (Brasil)").click()
    card = answer(page, "Olá, eu sou o Thumbprint")
    await expect(card.get_by_role("button", name="Treinar agora")).to_be_enabled()
    await become(page, "Max")
    await card.get_by_role("button", name="Treinar agora").click()
    await expect(private(page)).to_contain_text("Só os administradores do servidor (Gerenciar servidor)")
    await write(page, f"!classify https://youtu.be/{VIDEO}")
    reply = answer(page, "Quase certeza: 97%")
    await expect(reply).to_contain_text("O YouTube diz: Nerdologia ✅ Eu acertei.")
    await reply.get_by_role("button", name="Por quê?").click()
    await expect(private(page)).to_contain_text("Por que Nerdologia?")
    await reply.get_by_role("button", name="Errado").click()
    await private(page).get_by_role("combobox", name="Escolha um canal").click()
    await page.get_by_role("option", name="Peixe Babel").click()
    await expect(private(page)).to_contain_text("Obrigado! Anotei: Peixe Babel.")
