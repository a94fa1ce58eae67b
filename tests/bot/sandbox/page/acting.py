"""What people do on the chat page."""

from playwright.async_api import Locator, Page, expect


async def become(page: Page, name: str) -> None:
    """Post as somebody else."""
    await page.get_by_role("radiogroup", name="Post as").get_by_text(name).click()
    await expect(page.get_by_role("radio", name=name)).to_be_checked()


async def write(page: Page, text: str) -> None:
    """Post a text."""
    await page.get_by_label("Message", exact=True).fill(text)
    await page.keyboard.press("Enter")


async def begin(page: Page, command: str) -> None:
    """Choose a slash command."""
    await page.get_by_label("Message", exact=True).press_sequentially(f"/{command}")
    await expect(page.get_by_role("option").first).to_contain_text(f"/{command}")
    await page.keyboard.press("Enter")


async def run(page: Page, command: str) -> None:
    """Run a slash command without options."""
    await begin(page, command)
    await page.get_by_role("button", name="Run").click()


async def menu_of(page: Page, message: Locator) -> Locator:
    """A message's menu, opened."""
    await message.hover()
    await message.get_by_role("button", name="More").click()
    return page.get_by_role("menu", name="Message menu")
