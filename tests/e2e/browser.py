"""The bot's messages on the chat page, in a browser."""

from playwright.async_api import Locator, Page, expect

ADMINS_ONLY = "Only server admins (Manage Server) and my owner can do that."


def answer(page: Page, words: str) -> Locator:
    """The bot's newest message with these words."""
    return page.locator(".message", has=page.get_by_text("Thumbprint", exact=True)).filter(has_text=words).last


def private(page: Page) -> Locator:
    """The bot's last private message to the person at the page."""
    return page.locator(".message.ephemeral").last


async def expect_pictures(message: Locator, count: int) -> None:
    """Check that all pictures of a message were loaded, and that each has an alt text."""
    pictures = message.locator(".picture img")
    await expect(pictures).to_have_count(count)
    for picture in await pictures.all():
        await picture.scroll_into_view_if_needed()
        await expect(picture).not_to_have_js_property("naturalWidth", 0)
        await expect(picture).not_to_have_attribute("alt", "")
