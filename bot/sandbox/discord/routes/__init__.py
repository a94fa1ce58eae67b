"""The REST v10 routes that the local Discord serves."""

from bot.sandbox.discord.rest import Route
from bot.sandbox.discord.routes import account, channels, commands, guilds, interactions, messages, pins, polls, threads

ROUTES: tuple[Route, ...] = (
    *account.ROUTES,
    *guilds.ROUTES,
    *channels.ROUTES,
    *pins.ROUTES,
    *polls.ROUTES,
    *messages.ROUTES,
    *threads.ROUTES,
    *commands.ROUTES,
    *interactions.ROUTES,
)
