"""A local Discord that an unmodified discord.py connects to over HTTP and a WebSocket.

    async with LocalDiscord() as discord:
        Route.BASE = discord.api_url                                         # discord.http.Route
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(discord.gateway_url)     # discord.gateway.DiscordWebSocket
        ...                                                                  # run bot.start(discord.token) as a task
        async with discord.watch() as events:
            await events.next(lambda event: event.name == "GATEWAY_READY")

        message = await discord.post(discord.member, discord.general, "", files=[("cat.png", png)])
        answer = await discord.answer_to(message)                            # the bot's reply, a Message
        asked = await discord.slash(discord.admin, discord.general, "classify", {"picture": ("cat.png", png)})
        answer = await discord.answer_to(asked)                              # after "thinking"
        await discord.press(discord.member, answer, "custom-id")

Users: `discord.admin` (Ada, owner of the first guild), `discord.member` (Max, an ordinary member), `discord.owner`
(Olga, owner of the application, an ordinary member), and `discord.bot`. Guilds: `discord.guild` with the channels
`discord.general` and `discord.random`; `discord.club`, which Max owns and Ada is an ordinary member of, with
`discord.posters` and `discord.trailers`. Direct messages: `discord.direct(user)`. `discord.world.add_*` adds more.
The initial world has the same ids at every start, so the bot recognises it, but no messages.

    await discord.choose(user, message, "custom-id", ["value"])              # a select menu
    opened = await discord.settled(await discord.press(user, message, "wrong"))
    await discord.submit(user, opened, {"name": "Nerdologia"})               # submits opened.modal
    await discord.context_menu(user, message, "Which channel is this?")      # Apps, in a message's menu
    await discord.user_menu(user, channel, target, "Statistics")             # Apps, in a user's menu
    await discord.autocomplete(user, channel, "channels remove", "channel", "ner")
    await discord.edit(user, message, "text"); discord.delete(user, message)

    await discord.forward(user, message, channel)
    thread = discord.start_thread(user, message, "Title")                    # or in a channel; threads are channels
    forum = discord.world.add_channel(guild, "pictures", ChannelType.GUILD_FORUM, tags=["cat"])
    post, first = await discord.post_in_forum(user, forum, "Title", "text", files=[("cat.png", png)])
    discord.archive(user, thread); discord.add_to_thread(user, thread, other)
    discord.vote(user, message, 1)                                           # of post(..., poll={...})

Permissions: `discord.world.overwrite(channel, discord.bot, deny=Permission.SEND_MESSAGES)` denies one.
`discord.world.leave(guild, discord.bot)` removes the bot from a guild (GUILD_DELETE), `.join(guild, discord.bot)` adds
it again (GUILD_CREATE). `discord.world.install(user)` installs the application to a user's account: its commands for
users are then offered everywhere, also where the bot is not, such as `discord.world.add_direct(user, other)`, of which
it gets nothing but the interactions. `discord.offered(user, channel)` lists the commands that a user can run;
`discord.allow(guild, "retrain", role)` lets a role, a user or a channel use one, as the Integrations page does.
Faults: `discord.fail_next(429, "/messages")`, `discord.gateway.drop()`, `.ask_to_reconnect()`, `.invalidate()`,
`.close_with(CloseCode.RATE_LIMITED)`, `.refuse_next(502)`; `discord.world.remove_channel(channel)`.
Shards: `LocalDiscord(gateway=GatewaySettings(shards=4, max_concurrency=2))`.
A `Message` contains what was sent (attachments with alt text, embeds with their `attachment://`). `discord.current`
returns its latest version, `discord.read` the bytes of an attachment. See `feed.Event` for the events.
"""

from bot.sandbox.discord.enums import ChannelType
from bot.sandbox.discord.errors import ApiError, LocalDiscordError, NotOfferedError
from bot.sandbox.discord.feed import Event, Watch
from bot.sandbox.discord.gateway import CloseCode, GatewaySettings
from bot.sandbox.discord.limits import RateLimit
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.rest import Exchange
from bot.sandbox.discord.server import LocalDiscord
from bot.sandbox.discord.values import Attachment, Channel, Guild, Interaction, Message, MessageFlag, Role, User

__all__ = [
    "ApiError",
    "Attachment",
    "Channel",
    "ChannelType",
    "CloseCode",
    "Event",
    "Exchange",
    "GatewaySettings",
    "Guild",
    "Interaction",
    "LocalDiscord",
    "LocalDiscordError",
    "Message",
    "MessageFlag",
    "NotOfferedError",
    "Permission",
    "RateLimit",
    "Role",
    "User",
    "Watch",
]
