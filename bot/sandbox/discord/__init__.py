"""A local Discord that a stock discord.py logs in to over real HTTP and a real WebSocket.

    async with LocalDiscord() as discord:
        Route.BASE = discord.api_url                                         # discord.http.Route
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(discord.gateway_url)     # discord.gateway.DiscordWebSocket
        ...                                                                  # bot.start(discord.token) as a task
        async with discord.watch() as events:
            await events.next(lambda event: event.name == "GATEWAY_READY")

        message = await discord.post(discord.member, discord.general, "", files=[("cat.png", png)])
        answer = await discord.answer_to(message)                            # the bot's reply, a Message
        asked = await discord.slash(discord.admin, discord.general, "classify", {"picture": ("cat.png", png)})
        answer = await discord.answer_to(asked)                              # when it is done "thinking"
        await discord.press(discord.member, answer, "custom-id")

People: `discord.admin` (Ada, owns the first guild), `discord.member` (Max, ordinary there), `discord.owner` (Olga, owns
the application, ordinary in the guild), `discord.bot`. Guilds: `discord.guild` with the channels `discord.general` and
`discord.random`; `discord.club`, which Max owns and where Ada is ordinary, with `discord.posters` and
`discord.trailers`; besides, `discord.direct(user)`. More of all by `discord.world.add_*`. What it begins with has the
same ids at every start, so that a bot knows it again; the messages of before are gone.

    await discord.choose(user, message, "custom-id", ["value"])              # a select menu
    opened = await discord.settled(await discord.press(user, message, "wrong"))
    await discord.submit(user, opened, {"name": "Nerdologia"})               # opened.modal, filled in
    await discord.context_menu(user, message, "Which channel is this?")      # Apps, on a message
    await discord.user_menu(user, channel, target, "Statistics")             # Apps, on a person
    await discord.autocomplete(user, channel, "channels remove", "channel", "ner")
    await discord.edit(user, message, "text"); discord.delete(user, message)

Rights: `discord.world.overwrite(channel, discord.bot, deny=Permission.SEND_MESSAGES)` takes some away,
`discord.world.leave(guild, discord.bot)` removes the bot from a guild (GUILD_DELETE) and `.join(guild, discord.bot)`
invites it again (GUILD_CREATE); `discord.offered(user, channel)` lists the commands that a person finds.
Faults: `discord.fail_next(429, "/messages")`, `discord.gateway.drop()`, `.ask_to_reconnect()`, `.invalidate()`.
A `Message` holds what was sent (attachments with alt text, embeds with their `attachment://`); `discord.current` tells
how it stands after edits, `discord.read` gives an attachment's bytes. Events are listed at `feed.Event`.
"""

from bot.sandbox.discord.errors import ApiError, NotOfferedError
from bot.sandbox.discord.feed import Event, Watch
from bot.sandbox.discord.limits import RateLimit
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.rest import Exchange
from bot.sandbox.discord.server import LocalDiscord
from bot.sandbox.discord.values import Attachment, Channel, Guild, Interaction, Message, MessageFlag, User

__all__ = [
    "ApiError",
    "Attachment",
    "Channel",
    "Event",
    "Exchange",
    "Guild",
    "Interaction",
    "LocalDiscord",
    "Message",
    "MessageFlag",
    "NotOfferedError",
    "Permission",
    "RateLimit",
    "User",
    "Watch",
]
