"""Actions of users on the chat page."""

from playwright.async_api import Locator, Page, expect


async def become(page: Page, name: str) -> None:
    """Post as another user."""
    await page.get_by_role("radiogroup", name="Post As").get_by_text(name).click()
    await expect(page.get_by_role("radio", name=name)).to_be_checked()


async def write(page: Page, text: str) -> None:
    """Post a message."""
    await page.get_by_label("Message", exact=True).fill(text)
    await page.keyboard.press("Enter")


async def begin(page: Page, command: str) -> None:
    """Choose a slash command from the list."""
    await page.get_by_label("Message", exact=True).press_sequentially(f"/{command}")
    await expect(page.get_by_role("option").first).to_contain_text(f"/{command}")
    await page.keyboard.press("Enter")


async def offers(page: Page, command: str) -> bool:
    """Whether the list of slash commands has one."""
    await page.get_by_label("Message", exact=True).fill("/")
    await expect(page.get_by_role("option").first).to_be_visible()
    offered = await page.get_by_role("option").all_inner_texts()
    await page.get_by_label("Message", exact=True).fill("")
    return any(text.startswith(f"/{command}") for text in offered)


async def run(page: Page, command: str) -> None:
    """Run a slash command without options."""
    await begin(page, command)
    await page.get_by_role("button", name="Run").click()


async def menu_of(page: Page, message: Locator) -> Locator:
    """Open a message's menu."""
    await message.hover()
    await message.get_by_role("button", name="More").click()
    return page.get_by_role("menu", name="Message Menu")
