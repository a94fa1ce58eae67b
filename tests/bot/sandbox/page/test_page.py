"""The chat page: its HTTP endpoints, and the page itself in a real browser."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import discord
import pytest
from playwright.async_api import Page, Route, expect
from yarl import URL

from bot.sandbox.discord import LocalDiscord, Permission
from bot.sandbox.page import ChatPage, server
from tests.bot.sandbox.discord.bots import logged_in, make_bot, picture
from tests.bot.sandbox.page.actions import become, begin, menu_of, run, write
from tests.bot.sandbox.page.demo_bot import demo_bot
from tests.browser_fixtures import OpenPage
from tests.discord_fixtures import MakeDiscord


@pytest.fixture
def picture_file(tmp_path: Path) -> Path:
    """A picture on disk."""
    path = tmp_path / "cat.png"
    path.write_bytes(picture())
    return path


@pytest.fixture
async def chat(local_discord: LocalDiscord) -> AsyncIterator[ChatPage]:
    """The page, without a bot."""
    async with ChatPage(local_discord) as chat:
        yield chat


@pytest.fixture
async def page(local_discord: LocalDiscord, chat: ChatPage, open_page: OpenPage) -> AsyncIterator[Page]:
    """The page in a browser, as Max, with the demo bot."""
    async with logged_in(local_discord, demo_bot()):
        page = await open_page(chat.url)
        await expect(page.get_by_role("status")).to_have_text("Thumbprint is online")
        yield page


async def test_a_picture_is_posted_and_answered(page: Page, picture_file: Path) -> None:
    await page.set_input_files("#files", picture_file)
    await write(page, "which is *this*?")
    answer = page.locator(".message", has=page.locator(".embed"))
    await expect(answer.locator("h4")).to_have_text("Nerdologia")
    await expect(answer.locator(".embed .text")).to_have_text("92 % <script>alert(1)</script>")
    await expect(answer.locator(".origin")).to_contain_text("Max which is this?")
    plot = answer.get_by_alt_text("Nerdologia 92 %")
    await expect(plot).to_be_visible()
    await expect(plot).to_have_js_property("naturalWidth", 64)


async def test_one_message_contains_several_pictures(page: Page, local_discord: LocalDiscord, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path in paths:
        path.write_bytes(picture())
    await page.set_input_files("#files", paths)
    await expect(page.get_by_role("list", name="Pictures to Post").get_by_role("listitem")).to_have_count(3)
    await page.get_by_role("button", name="Remove 1.png").click()
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message .attachments img")).to_have_count(2)
    posted = next(iter(local_discord.world.messages[local_discord.general.id].values()))
    assert [file.filename for file in posted.attachments] == ["0.png", "2.png"]


async def test_buttons_answer_and_edit_their_message(page: Page) -> None:
    await run(page, "components")
    message = page.locator(".message", has=page.get_by_role("button", name="Quiet"))
    await expect(message.locator(".origin")).to_have_text("Max used /components")
    await message.get_by_role("button", name="Quiet").click()
    await expect(message).to_contain_text("Edited without a new message")
    await message.get_by_role("button", name="Right").click()
    await expect(message).to_contain_text("Thanks!")
    await expect(message.get_by_role("button", name="Right")).to_be_disabled()
    await message.get_by_role("button", name="Why?").click()
    private = page.locator(".message.ephemeral")
    await expect(private).to_contain_text("Because of the colours")
    await expect(private).to_contain_text("Only you can see this")
    await become(page, "Ada")
    await expect(message).to_be_visible()
    await expect(private).to_have_count(0)


async def test_a_custom_id_can_contain_a_buttons_state(page: Page) -> None:
    await run(page, "count")
    for number in range(3):
        await page.get_by_role("button", name=f"Count {number}", exact=True).click()
    await expect(page.get_by_role("button", name="Count 3")).to_be_visible()


async def test_a_button_checks_permissions(page: Page) -> None:
    await run(page, "components")
    await page.get_by_role("button", name="Admins").click()
    await expect(page.locator(".message.ephemeral")).to_contain_text("Only admins can do that.")
    await become(page, "Ada")
    await page.get_by_role("button", name="Admins").click()
    await expect(page.locator(".message.ephemeral")).to_contain_text("Done")


async def test_typing_after_a_click_on_a_button_goes_into_the_text_box(page: Page) -> None:
    await run(page, "count")
    await page.get_by_role("button", name="Count 0").click()
    await expect(page.get_by_role("button", name="Count 1")).to_be_visible()
    await page.keyboard.type("hello")
    await expect(page.locator("#text")).to_have_value("hello")


async def test_actions_are_those_of_the_user_chosen_last(page: Page) -> None:
    await become(page, "Ada")
    await run(page, "components")
    admins = page.get_by_role("button", name="Admins")
    await admins.click()
    await expect(page.locator(".message.ephemeral")).to_contain_text("Done")
    await page.get_by_label("Message", exact=True).fill("from Max")
    await page.evaluate(  # all at once, before the server can respond
        """([person, button, form]) => { person.click(); button.click(); form.requestSubmit(); }""",
        [
            await page.get_by_role("radio", name="Max").element_handle(),
            await admins.element_handle(),
            await page.locator("#composer").element_handle(),
        ],
    )
    await expect(page.locator(".message.ephemeral")).to_contain_text("Only admins can do that.")
    await expect(page.locator(".message", has_text="from Max")).to_contain_text("Max")


async def test_menus_work_by_mouse_and_by_keyboard(page: Page) -> None:
    await run(page, "components")
    await page.get_by_role("combobox", name="Which channel is it?").click()
    await page.get_by_role("option", name="Peixe Babel").click()
    await expect(page.locator(".message")).to_contain_text("Chosen: Peixe Babel")
    several = page.get_by_role("combobox", name="Which ones?")
    await several.press("ArrowDown")
    await several.press("Enter")
    await several.press("ArrowUp")
    await several.press("Enter")
    await expect(page.get_by_role("option", name="Pirulla")).to_have_attribute("aria-selected", "true")
    await several.press("Escape")
    await expect(page.locator(".message")).to_contain_text("Chosen: Nerdologia, Pirulla")


async def test_menus_of_members_and_channels(page: Page) -> None:
    await run(page, "menus")
    await page.get_by_role("combobox", name="Who?").click()
    await page.get_by_role("option", name="Olga").click()
    await expect(page.locator(".message")).to_contain_text("Member: Olga")
    await page.get_by_role("combobox", name="Where?").click()
    await page.get_by_role("option", name="#random").click()
    await expect(page.locator(".message")).to_contain_text("Channel: random")


async def test_a_modal_is_submitted(page: Page) -> None:
    await run(page, "components")
    await page.get_by_role("button", name="Wrong").click()
    modal = page.get_by_role("dialog", name="Which channel is it?")
    await expect(modal).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(modal).to_have_count(0)
    await page.get_by_role("button", name="Wrong").click()
    await modal.get_by_role("button", name="Submit").click()  # the browser does not submit it: Channel is required
    await modal.get_by_label("Channel").fill("Pirulla")
    await modal.get_by_role("combobox", name="How do you know?").click()
    await page.get_by_role("option", name="I guess").click()
    await modal.get_by_role("button", name="Submit").click()
    await expect(page.locator(".message.ephemeral")).to_contain_text("Saved: Pirulla (I guess)")
    await expect(modal).to_have_count(0)


async def test_a_command_opens_a_modal(page: Page) -> None:
    await run(page, "write")
    await page.get_by_role("dialog").get_by_label("Channel").fill("Pirulla")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.ephemeral")).to_contain_text("Saved: Pirulla (no source)")


async def test_options_of_every_type(page: Page, picture_file: Path) -> None:
    await begin(page, "everything")
    fields = page.locator("#command")
    await fields.get_by_label("text").fill("hello")
    await fields.get_by_label("size").fill("12")
    await fields.get_by_label("way").select_option("up")
    await fields.get_by_label("share").fill("0.5")
    await fields.get_by_label("sure").select_option("False")
    await fields.get_by_label("who", exact=True).select_option("Ada")
    await fields.get_by_label("where").select_option("#random")
    await fields.get_by_label("file").set_input_files(picture_file)
    await page.get_by_role("button", name="Run").click()  # the browser does not submit it: 12 is over the maximum
    await fields.get_by_label("size").fill("7")
    await page.get_by_role("button", name="Run").click()
    await expect(page.locator(".message")).to_contain_text("hello · 7 · up · 0.5 · False · Ada · random · cat.png")


async def test_autocompletion_by_keyboard_and_by_mouse(page: Page) -> None:
    await begin(page, "channels remove")
    field = page.get_by_role("combobox", name="channel")
    await expect(page.get_by_role("option")).to_have_text(["Nerdologia", "Peixe Babel", "Pirulla"])
    await field.press_sequentially("p")
    await expect(page.get_by_role("option")).to_have_text(["Peixe Babel", "Pirulla"])
    await field.press("ArrowDown")
    await field.press("Enter")
    await expect(field).to_have_value("Pirulla")
    await field.press("Enter")
    await expect(page.locator(".message").last).to_contain_text("Removed id-2")
    await begin(page, "channels remove")
    await page.get_by_role("option", name="Nerdologia").click()
    await page.get_by_role("button", name="Run").click()
    await expect(page.locator(".message").last).to_contain_text("Removed id-0")
    await begin(page, "channels remove")
    await field.press_sequentially("zzz")
    await expect(page.get_by_text("No options match your search")).to_be_visible()


async def test_commands_in_the_menus_of_messages_and_users(page: Page, local_discord: LocalDiscord) -> None:
    await local_discord.post(local_discord.admin, local_discord.general, "look")
    message = page.locator(".message", has_text="look")
    menu = await menu_of(page, message)
    await expect(menu.get_by_role("menuitem", name="Delete Message")).to_have_count(0)
    await menu.get_by_role("group", name="Apps").get_by_role("menuitem", name="Which channel is this?").click()
    answer = page.locator(".message", has_text="0 pictures from Ada")
    await expect(answer.locator(".origin")).to_have_text("Max used Which channel is this?")
    await message.get_by_role("button", name="Ada").click()
    await page.get_by_role("menuitem", name="Statistics").click()
    await expect(page.locator(".message.ephemeral")).to_contain_text("Ada: 7 out of 8")
    await message.click(button="right")
    await expect(menu).to_be_visible()


async def test_replying_editing_and_deleting(page: Page, local_discord: LocalDiscord) -> None:
    await write(page, "first")
    message = page.locator(".message", has_text="first")
    await message.hover()
    await message.get_by_role("button", name="Reply").click()
    await expect(page.get_by_text("Replying to Max")).to_be_visible()
    await write(page, "an answer")
    await expect(page.locator(".message", has_text="an answer").locator(".origin")).to_have_text("Max first")
    await (await menu_of(page, message.first)).get_by_role("menuitem", name="Edit Message").click()
    await write(page, "changed")
    await expect(page.locator(".message .text").first).to_have_text("changed (edited)")
    await become(page, "Ada")
    await (await menu_of(page, page.locator(".message").first)).get_by_role("menuitem", name="Delete Message").click()
    await expect(page.get_by_text("Original message was deleted")).to_be_visible()
    (remaining,) = local_discord.world.messages[local_discord.general.id].values()
    assert remaining.content == "an answer"


async def test_users_only_see_commands_they_can_run(page: Page) -> None:
    async def open_list() -> None:
        await page.get_by_label("Message", exact=True).fill("")
        await page.get_by_label("Message", exact=True).press_sequentially("/")
        await expect(page.get_by_role("option").first).to_be_visible()

    await open_list()
    await expect(page.get_by_role("option", name="/retrain")).to_have_count(0)
    await become(page, "Ada")
    await open_list()
    await expect(page.get_by_role("option", name="/retrain")).to_have_count(1)
    await page.get_by_role("button", name="Film club").click()
    await open_list()
    await expect(page.get_by_role("option", name="/retrain")).to_have_count(0)
    await become(page, "Max")
    await expect(page.get_by_role("heading", name="Film club")).to_be_visible()
    await open_list()
    await expect(page.get_by_role("option", name="/retrain")).to_have_count(1)


async def test_servers_channels_and_direct_messages(page: Page, local_discord: LocalDiscord) -> None:
    local = local_discord
    channels = page.get_by_role("navigation", name="Channels")
    await expect(channels.get_by_role("button")).to_have_text(["general", "random"])
    await local.post(local.admin, local.trailers, "new")
    await expect(page.get_by_role("button", name="Film club")).to_have_class("unread")
    await page.get_by_role("button", name="Film club").click()
    await expect(channels.get_by_role("button")).to_have_text(["posters", "trailers"])
    await channels.get_by_role("button", name="trailers").click()
    await expect(page.locator(".message")).to_contain_text("new")
    await page.get_by_role("button", name="Direct Messages").click()
    await write(page, "just us")
    await expect(page.locator(".message")).to_contain_text("just us")
    (direct,) = local.world.messages[local.direct(local.member).id].values()
    assert direct.content == "just us"
    await become(page, "Olga")
    await expect(page.get_by_role("button", name="Film club")).to_have_count(0)


async def test_a_server_removes_the_bot_and_adds_it_again(page: Page, local_discord: LocalDiscord) -> None:
    local = local_discord
    await expect(page.get_by_role("button", name="Server Menu")).to_be_hidden()
    await become(page, "Ada")
    await page.get_by_role("button", name="Server Menu").click()
    await page.get_by_role("menuitem", name="Remove Thumbprint from Server").click()
    await expect(page.get_by_text("Thumbprint is not in this server.")).to_be_visible()
    assert [guild.name for guild in local.world.guilds_of(local.bot)] == ["Film club"]
    await page.get_by_role("button", name="Server Menu").click()
    await page.get_by_role("menuitem", name="Add Thumbprint to Server").click()
    await expect(page.get_by_text("Thumbprint is not in this server.")).to_be_hidden()


async def test_sending_needs_the_permission(page: Page, local_discord: LocalDiscord) -> None:
    local = local_discord
    local.world.overwrite(local.general, local.member, deny=Permission.SEND_MESSAGES)
    field = page.get_by_label("Message", exact=True)
    await expect(field).to_be_disabled()
    await expect(field).to_have_attribute("placeholder", "You do not have permission to send messages in this channel.")
    await page.get_by_role("button", name="random").click()
    await expect(field).to_be_enabled()


async def test_a_phone_shows_the_servers_on_demand(
    local_discord: LocalDiscord, chat: ChatPage, open_page: OpenPage
) -> None:
    page = await open_page(chat.url, viewport={"width": 390, "height": 780})
    club = page.get_by_role("button", name="Film club")
    await expect(page.get_by_role("heading", name="general")).to_be_visible()
    await expect(club).to_be_hidden()
    await page.get_by_role("button", name="Servers and Channels").click()
    await club.click()
    await expect(page.get_by_role("heading", name="posters")).to_be_visible()
    await expect(club).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("way", ["paste", "drop"])
async def test_a_picture_is_added_by_paste_and_by_drop(
    local_discord: LocalDiscord, chat: ChatPage, open_page: OpenPage, way: str
) -> None:
    page = await open_page(chat.url)
    async with local_discord.watch() as events:
        await expect(page.locator("#channel")).to_have_text("general")
        await page.evaluate(
            """([way, bytes]) => {
                const transfer = new DataTransfer();
                transfer.items.add(new File([new Uint8Array(bytes)], "cat.png", { type: "image/png" }));
                const event = way === "paste"
                    ? new ClipboardEvent(way, { clipboardData: transfer })
                    : new DragEvent(way, { dataTransfer: transfer });
                window.dispatchEvent(event);
            }""",
            [way, list(picture())],
        )
        await expect(page.locator("#pending")).to_contain_text("cat.png")
        await page.get_by_role("button", name="Send").click()
        posted = await events.next(lambda event: event.name == "MESSAGE_CREATE")
        assert posted.message is not None
        assert local_discord.read(posted.message.attachments[0]) == picture()


async def test_an_invalid_timestamp_is_shown_as_text(
    local_discord: LocalDiscord, chat: ChatPage, open_page: OpenPage
) -> None:
    for text in ("<t:99999999999999999999:R>", "<t:0:R>", "after"):
        await local_discord.post(local_discord.member, local_discord.general, text)
    page = await open_page(chat.url)
    await expect(page.locator(".message .text")).to_have_text(
        ["<t:99999999999999999999:R>", re.compile("ago"), "after"]
    )


async def test_a_clicked_command_is_started_in_the_text_box(page: Page, local_discord: LocalDiscord) -> None:
    await local_discord.post(local_discord.member, local_discord.general, "Use </count:123> or </a b:c>.")
    text = page.locator(".message .text").last
    await expect(text).to_have_text("Use /count or </a b:c>.")
    await text.get_by_role("button", name="/count").click()
    await expect(page.get_by_label("Message", exact=True)).to_have_value("/count")
    await expect(page.get_by_role("listbox", name="Commands").get_by_role("option")).to_have_count(1)


@pytest.mark.parametrize(
    ("style", "shown"), [("d", "1/2/26"), ("D", "January 2, 2026"), ("F", "Friday, January 2, 2026")]
)
async def test_a_timestamp_has_its_style(
    local_discord: LocalDiscord, chat: ChatPage, open_page: OpenPage, style: str, shown: str
) -> None:
    await local_discord.post(local_discord.member, local_discord.general, f"<t:1767355200:{style}>")
    page = await open_page(chat.url)
    await expect(page.locator(".message .text time")).to_contain_text(shown)


async def test_a_message_shows_its_author_after_the_one_above_is_deleted(
    local_discord: LocalDiscord, chat: ChatPage, open_page: OpenPage
) -> None:
    await local_discord.post(local_discord.member, local_discord.general, "by Max")
    first, _ = [await local_discord.post(local_discord.admin, local_discord.general, text) for text in ("one", "two")]
    page = await open_page(chat.url)
    two = page.locator(".message", has_text="two")
    await expect(two).to_have_class("message continued")
    local_discord.delete(local_discord.admin, first)
    await expect(two).to_have_class("message")


async def test_the_page_shows_who_is_typing(local_discord: LocalDiscord, chat: ChatPage, open_page: OpenPage) -> None:
    async with logged_in(local_discord, make_bot()) as bot:
        page = await open_page(chat.url)
        await expect(page.locator("#bot")).to_have_text("Thumbprint is online")
        channel = bot.get_partial_messageable(local_discord.general.id)
        await channel.typing()
        await expect(page.locator("#typing")).to_have_text("Thumbprint is typing")
        await channel.send("done")
        await expect(page.locator("#typing")).to_have_text("")


async def test_a_click_posts_a_gallery_picture(
    local_discord: LocalDiscord, open_page: OpenPage, picture_file: Path
) -> None:
    async with ChatPage(local_discord, gallery=[("A cat", picture_file)]) as chat:
        page = await open_page(chat.url)
        await page.get_by_role("button", name="Post A cat").click()
        await expect(page.locator(".message img")).to_be_visible()
    (message,) = local_discord.world.messages[local_discord.general.id].values()
    assert local_discord.read(message.attachments[0]) == picture()


async def test_a_click_puts_the_example_into_the_composer(local_discord: LocalDiscord, open_page: OpenPage) -> None:
    async with ChatPage(local_discord, example="!classify https://youtu.be/abcdefghijk") as chat:
        page = await open_page(chat.url)
        await page.get_by_role("button", name="!classify with a YouTube link").click()
        field = page.get_by_label("Message", exact=True)
        await expect(field).to_have_value("!classify https://youtu.be/abcdefghijk")
        await expect(field).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator(".message a")).to_have_attribute("href", "https://youtu.be/abcdefghijk")


async def test_without_an_example_the_hint_cannot_be_clicked(chat: ChatPage, open_page: OpenPage) -> None:
    page = await open_page(chat.url)
    await expect(page.get_by_role("heading", name="general")).to_be_visible()
    await expect(page.get_by_role("button", name="!classify with a YouTube link")).to_be_disabled()


async def test_a_second_enter_does_not_send_a_message_twice(
    local_discord: LocalDiscord, chat: ChatPage, open_page: OpenPage, picture_file: Path
) -> None:
    arrived, released = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        arrived.set()
        await released.wait()
        await route.continue_()

    page = await open_page(chat.url)
    await page.route("**/messages", hold)
    field = page.get_by_label("Message", exact=True)
    await page.set_input_files("#files", picture_file)
    await field.fill("once")
    for _ in range(2):
        await page.keyboard.press("Enter")
    await arrived.wait()
    await expect(field).to_be_disabled()
    await expect(page.get_by_role("button", name="Remove cat.png")).to_be_disabled()
    released.set()
    await expect(field).to_have_value("")
    await expect(field).to_be_focused()
    await page.keyboard.type("after")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message").last).to_contain_text("after")
    sent = local_discord.world.messages[local_discord.general.id].values()
    assert [(message.content, len(message.attachments)) for message in sent] == [("once", 1), ("after", 0)]


async def test_a_message_that_could_not_be_sent_stays_in_the_composer(page: Page, local_discord: LocalDiscord) -> None:
    local = local_discord
    await page.route("**/messages", lambda route: route.fulfill(status=400, json={"error": "Not now."}))
    await write(page, "not yet")
    await expect(page.get_by_role("alert")).to_have_text("Not now.")
    await expect(page.get_by_label("Message", exact=True)).to_have_value("not yet")
    await page.unroute("**/messages")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message")).to_contain_text("not yet")
    assert len(local.world.messages[local.general.id]) == 1


async def test_the_port_is_the_default_one_if_it_is_free(
    local_discord: LocalDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ChatPage(local_discord) as chat:
        port = URL(chat.url).port
    monkeypatch.setattr(server, "DEFAULT_PORT", port)
    async with ChatPage(local_discord, port=None) as chat:
        assert URL(chat.url).port == port
        async with ChatPage(local_discord, port=None) as other, aiohttp.ClientSession() as session:
            assert URL(other.url).port != port
            async with session.get(other.url) as response:
                assert response.status == 200
        with pytest.raises(OSError, match="in use"):
            await ChatPage(local_discord, port=port).__aenter__()


async def test_the_page_shows_that_the_bot_did_not_respond(make_discord: MakeDiscord, open_page: OpenPage) -> None:
    async with make_discord(answer_within=0.05) as local, ChatPage(local) as chat:
        page = await open_page(chat.url)
        async with logged_in(local, make_bot()) as bot:
            view = discord.ui.View(timeout=None).add_item(discord.ui.Button(label="Why?", custom_id="unknown"))
            await bot.get_partial_messageable(local.general.id).send("press", view=view)
            await page.get_by_role("button", name="Why?").click()
            await expect(page.get_by_role("alert")).to_have_text("The application did not respond")


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
async def test_other_sites_are_refused(local_discord: LocalDiscord, headers: dict[str, str]) -> None:
    async with ChatPage(local_discord) as chat, aiohttp.ClientSession() as session:
        for path in ("", "feed", "chat.js"):
            async with session.get(chat.url + path, headers=headers) as response:
                assert response.status == 403
        async with session.post(chat.url + "messages", headers=headers, data={"content": "a"}) as response:
            assert response.status == 403
        async with session.get(chat.url) as response:
            assert response.status == 200
            assert "script-src 'self'" in response.headers["Content-Security-Policy"]


async def test_pictures_only_load_from_the_configured_hosts(local_discord: LocalDiscord) -> None:
    youtube = "http://127.0.0.1:9"
    async with (
        ChatPage(local_discord, picture_hosts=[youtube]) as chat,
        aiohttp.ClientSession() as session,
        session.get(chat.url) as response,
    ):
        policy = response.headers["Content-Security-Policy"]
    assert f"img-src 'self' blob: data: {local_discord.url} {youtube};" in policy


async def test_the_page_receives_discords_errors(local_discord: LocalDiscord) -> None:
    form = {"as": str(local_discord.member.id), "channel": str(local_discord.general.id), "content": " "}
    async with ChatPage(local_discord) as chat, aiohttp.ClientSession() as session:
        async with session.post(chat.url + "messages", data=form) as response:
            assert (response.status, await response.json()) == (400, {"error": "Cannot send an empty message"})
        async with session.post(chat.url + "commands", data=form | {"command": "nonsense"}) as response:
            assert response.status == 400
        removal = {"as": form["as"], "guild": str(local_discord.guild.id), "bot": False}
        async with session.post(chat.url + "bot", json=removal) as response:
            assert response.status == 400
        message = await local_discord.post(local_discord.admin, local_discord.general, "hers")
        change = {"as": form["as"], "channel": form["channel"], "message": str(message.id), "content": "mine"}
        for method in ("PATCH", "DELETE"):
            async with session.request(method, chat.url + "messages", json=change) as response:
                assert response.status == 400
    assert local_discord.current(message) == message


async def test_the_feed_only_contains_what_its_user_can_see(local_discord: LocalDiscord) -> None:
    local = local_discord
    async with ChatPage(local) as chat, aiohttp.ClientSession() as session:
        address = f"{chat.url}feed?as={local.admin.id}"
        async with session.ws_connect(address) as socket:
            world = await socket.receive_json()
            assert world["me"] == str(local.admin.id)
            names = [channel["name"] for channel in world["channels"]]
            assert names == ["general", "random", "posters", "trailers", "Thumbprint"]
            await local.post(local.member, local.direct(local.member), "not for Ada")
            await local.post(local.member, local.general, "for all")
            assert (await socket.receive_json())["message"]["content"] == "for all"


async def test_the_theme_is_the_preferred_one_until_the_switch_is_used(chat: ChatPage, open_page: OpenPage) -> None:
    for scheme, background in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(40, 42, 47)")):
        page = await open_page(chat.url, color_scheme=scheme)
        await expect(page.locator("body")).to_have_css("background-color", background)
    await page.get_by_role("button", name="Light or Dark Theme").click()
    await expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    await page.reload()
    await expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    await page.get_by_role("button", name="Light or Dark Theme").click()
    await expect(page.locator("body")).to_have_css("background-color", "rgb(40, 42, 47)")


async def test_an_app_can_be_installed_and_used_in_direct_messages_of_others(
    page: Page, local_discord: LocalDiscord
) -> None:
    await page.get_by_role("button", name="Direct Messages").click()
    private = page.get_by_role("navigation", name="Channels").get_by_role("button", name="Ada")
    await expect(private).to_have_count(0)
    local_discord.world.add_direct(local_discord.member, local_discord.admin)
    await page.get_by_role("button", name="App Menu").click()
    await page.get_by_role("menuitem", name="Add Thumbprint to My Apps").click()
    await private.click()
    text = page.get_by_label("Message", exact=True)
    await text.press_sequentially("/")
    await expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    await text.fill("")
    await run(page, "anywhere")
    await expect(page.locator(".message", has_text="Here I am a guest.")).to_be_visible()
    await page.get_by_role("button", name="App Menu").click()
    await page.get_by_role("menuitem", name="Remove Thumbprint from My Apps").click()
    assert local_discord.world.installs == set()
