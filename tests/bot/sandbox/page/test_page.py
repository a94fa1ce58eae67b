"""The chat page: its doors over HTTP, and the whole of it in a real browser."""

import io
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import discord
import pytest
from discord.ext import commands
from playwright.async_api import Page, async_playwright, expect

from bot.sandbox.discord import LocalDiscord
from bot.sandbox.page import ChatPage
from tests.bot.sandbox.discord.bots import logged_in, make_bot, picture


class Why(discord.ui.View):
    """A button with a private answer."""

    @discord.ui.button(label="Why?", custom_id="why")
    async def why(self, interaction: discord.Interaction, _: "discord.ui.Button[Why]") -> None:
        await interaction.response.send_message("Just **because**", ephemeral=True)


def answering_bot() -> commands.Bot:
    """A bot that answers pictures, and knows /classify."""
    bot = make_bot()

    @bot.event
    async def on_message(message: discord.Message) -> None:
        if not message.author.bot and message.attachments:
            sent = await message.reply(embed=discord.Embed(title="…"))
            embed = discord.Embed(title="Nerdologia", description="**92 %** <script>alert(1)</script>")
            embed.set_image(url="attachment://plot.png")
            plot = discord.File(io.BytesIO(picture(64, 32)), "plot.png", description="Nerdologia 92 %")
            await sent.edit(embed=embed, attachments=[plot], view=Why())

    @bot.tree.command(name="classify", description="Say whose thumbnail this is")
    async def classify(interaction: discord.Interaction, file: discord.Attachment) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.followup.send(f"{file.filename} is from Peixe Babel")

    async def hook() -> None:
        await bot.tree.sync()

    bot.setup_hook = hook  # type: ignore[method-assign]
    return bot


@asynccontextmanager
async def browser(url: str) -> AsyncIterator[Page]:
    """A browser that shows the page, and must have nothing to complain about."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    complaints: list[str] = []
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await running.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        await page.goto(url)
        yield page
        await running.close()
    assert complaints == []


@pytest.fixture
def posted(tmp_path: Path) -> Path:
    """A picture on disk."""
    path = tmp_path / "cat.png"
    path.write_bytes(picture())
    return path


async def test_a_picture_is_posted_and_answered(local_discord: LocalDiscord, posted: Path) -> None:
    async with ChatPage(local_discord) as chat, logged_in(local_discord, answering_bot()), browser(chat.url) as page:
        await page.set_input_files("#files", posted)
        await page.get_by_label("Message", exact=True).fill("whose is *this*?")
        await page.keyboard.press("Enter")
        answer = page.locator(".message", has=page.locator(".embed"))
        await expect(answer.locator("h4")).to_have_text("Nerdologia")
        await expect(answer.locator(".embed .text")).to_have_text("92 % <script>alert(1)</script>")
        await expect(answer.locator(".origin")).to_contain_text("Max whose is this?")
        plot = answer.get_by_alt_text("Nerdologia 92 %")
        await expect(plot).to_be_visible()
        await expect(plot).to_have_js_property("naturalWidth", 64)
        await answer.get_by_role("button", name="Why?").click()
        private = page.locator(".message.ephemeral")
        await expect(private).to_contain_text("Just because")
        await expect(private).to_contain_text("Only you can see this")
        await page.get_by_label("You are").select_option(label="Ada (server admin)")
        await expect(page.locator(".embed h4")).to_have_text("Nerdologia")
        await expect(private).to_have_count(0)


async def test_a_slash_command_takes_a_file(local_discord: LocalDiscord, posted: Path) -> None:
    async with ChatPage(local_discord) as chat, logged_in(local_discord, answering_bot()), browser(chat.url) as page:
        await page.get_by_label("Message", exact=True).press_sequentially("/cl")
        await expect(page.locator("#menu").get_by_role("option")).to_contain_text("/classify")
        await page.keyboard.press("Enter")
        await page.set_input_files("#command input[type=file]", posted)
        await page.get_by_role("button", name="Run").click()
        answer = page.locator(".message", has_text="cat.png is from Peixe Babel")
        await expect(answer.locator(".origin")).to_contain_text("Max used /classify")


@pytest.mark.parametrize("way", ["paste", "drop"])
async def test_a_picture_comes_by_paste_and_by_drop(local_discord: LocalDiscord, way: str) -> None:
    async with ChatPage(local_discord) as chat, browser(chat.url) as page, local_discord.watch() as events:
        await expect(page.locator("#channel")).to_have_text("general")
        await page.evaluate(
            """([way, bytes]) => {
                const carried = new DataTransfer();
                carried.items.add(new File([new Uint8Array(bytes)], "cat.png", { type: "image/png" }));
                const event = way === "paste"
                    ? new ClipboardEvent(way, { clipboardData: carried })
                    : new DragEvent(way, { dataTransfer: carried });
                window.dispatchEvent(event);
            }""",
            [way, list(picture())],
        )
        await expect(page.locator("#pending")).to_contain_text("cat.png")
        await page.get_by_role("button", name="Send").click()
        posted = await events.next(lambda event: event.name == "MESSAGE_CREATE")
        assert posted.message is not None
        assert local_discord.read(posted.message.attachments[0]) == picture()


async def test_typing_shows(local_discord: LocalDiscord) -> None:
    async with ChatPage(local_discord) as chat, logged_in(local_discord, make_bot()) as bot, browser(chat.url) as page:
        await expect(page.locator("#bot")).to_have_text("Thumbprint is online")
        channel = bot.get_partial_messageable(local_discord.general.id)
        await channel.typing()
        await expect(page.locator("#typing")).to_have_text("Thumbprint is typing")
        await channel.send("done")
        await expect(page.locator("#typing")).to_have_text("")


async def test_a_gallery_picture_is_posted_by_a_click(local_discord: LocalDiscord, posted: Path) -> None:
    gallery = [("A cat", posted)]
    async with ChatPage(local_discord, gallery=gallery) as chat, browser(chat.url) as page:
        await page.get_by_role("button", name="Post A cat").click()
        await expect(page.locator(".message img")).to_be_visible()
    (message,) = local_discord.world.messages[local_discord.general.id].values()
    assert local_discord.read(message.attachments[0]) == picture()


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
async def test_other_sites_are_turned_away(local_discord: LocalDiscord, headers: dict[str, str]) -> None:
    async with ChatPage(local_discord) as chat, aiohttp.ClientSession() as session:
        for path in ("", "feed", "chat.js"):
            async with session.get(chat.url + path, headers=headers) as response:
                assert response.status == 403
        async with session.post(chat.url + "messages", headers=headers, data={"content": "a"}) as response:
            assert response.status == 403
        async with session.get(chat.url) as response:
            assert response.status == 200
            assert "script-src 'self'" in response.headers["Content-Security-Policy"]


async def test_what_discord_refuses_is_told(local_discord: LocalDiscord) -> None:
    form = {"as": str(local_discord.member.id), "channel": str(local_discord.general.id), "content": " "}
    async with ChatPage(local_discord) as chat, aiohttp.ClientSession() as session:
        async with session.post(chat.url + "messages", data=form) as response:
            assert (response.status, await response.json()) == (400, {"error": "Cannot send an empty message"})
        async with session.post(chat.url + "commands", data=form | {"command": "nonsense"}) as response:
            assert response.status == 400


async def test_the_feed_is_one_persons_own(local_discord: LocalDiscord) -> None:
    local = local_discord
    async with ChatPage(local) as chat, aiohttp.ClientSession() as session:
        address = f"{chat.url}feed?as={local.admin.id}"
        async with session.ws_connect(address) as socket:
            world = await socket.receive_json()
            assert world["me"] == str(local.admin.id)
            assert [channel["name"] for channel in world["channels"]] == ["general", "random", "Thumbprint"]
            await local.post(local.member, local.direct(local.member), "not for Ada")
            await local.post(local.member, local.general, "for all")
            assert (await socket.receive_json())["message"]["content"] == "for all"
