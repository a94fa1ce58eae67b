"""A chat page in the browser for a local Discord.

async with LocalDiscord() as discord, ChatPage(discord, gallery=[("A caption", path)]) as page:
    ...  # open page.url in a browser
"""

from bot.sandbox.page.server import ChatPage

__all__ = ["ChatPage"]
