"""Which events of the feed a session receives."""

from bot.sandbox.discord.feed import Event
from bot.sandbox.discord.gateway.event_payloads import EventPayloads
from bot.sandbox.discord.gateway.protocol import Intent
from bot.sandbox.discord.gateway.session import Session
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.values import User
from bot.sandbox.discord.world import World

MESSAGES = (Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES)
REACTIONS = (Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS)
POLLS = (Intent.GUILD_MESSAGE_POLLS, Intent.DIRECT_MESSAGE_POLLS)
GUILDS = (Intent.GUILDS, Intent.GUILDS)
MEMBERS = (Intent.GUILD_MEMBERS, Intent.GUILD_MEMBERS)
INTENTS = {
    "MESSAGE_CREATE": MESSAGES,
    "MESSAGE_UPDATE": MESSAGES,
    "MESSAGE_DELETE": MESSAGES,
    "MESSAGE_REACTION_ADD": REACTIONS,
    "MESSAGE_REACTION_REMOVE": REACTIONS,
    "MESSAGE_POLL_VOTE_ADD": POLLS,
    "MESSAGE_POLL_VOTE_REMOVE": POLLS,
    "TYPING_START": (Intent.GUILD_MESSAGE_TYPING, Intent.DIRECT_MESSAGE_TYPING),
    "GUILD_CREATE": GUILDS,
    "GUILD_DELETE": GUILDS,
    "GUILD_UPDATE": GUILDS,
    "GUILD_STICKERS_UPDATE": (Intent.GUILD_EXPRESSIONS, Intent.GUILD_EXPRESSIONS),
    "GUILD_MEMBER_ADD": MEMBERS,
    "GUILD_MEMBER_REMOVE": MEMBERS,
    "CHANNEL_CREATE": GUILDS,
    "CHANNEL_UPDATE": GUILDS,
    "CHANNEL_DELETE": GUILDS,
    "CHANNEL_PINS_UPDATE": (Intent.GUILDS, Intent.DIRECT_MESSAGES),
    "THREAD_CREATE": GUILDS,
    "THREAD_UPDATE": GUILDS,
    "THREAD_DELETE": GUILDS,
    "THREAD_MEMBERS_UPDATE": MEMBERS,
}
"""The intent that an event needs in a guild, and in direct messages."""


class Dispatcher:
    """Dispatches events to the sessions of the bot."""

    def __init__(self, world: World, bot: User, upload_limit: int) -> None:
        self._world = world
        self._bot = bot
        self._payloads = EventPayloads(world, bot, upload_limit)

    def dispatch(self, session: Session, event: Event) -> None:
        """Send the event if the session's shard, intents and permissions cover it."""
        if self._receives(session, event):
            session.dispatch(event.name, self._payloads.of(event, session.intents))

    def _receives(self, session: Session, event: Event) -> bool:
        if not session.covers(event.guild):
            return False
        if event.name == "INTERACTION_CREATE":
            return True
        intents = INTENTS.get(event.name)
        if intents is None:
            return False
        if event.name.startswith("THREAD_") and event.user is not None and event.user == self._bot:
            return bool(session.intents & Intent.GUILDS)  # about the bot itself, even if it has no access any more
        subscribed = session.intents & intents[0 if event.guild is not None else 1]
        ephemeral = event.message is not None and event.message.visible_to is not None
        return bool(subscribed) and not ephemeral and self._has_access(event)

    def _has_access(self, event: Event) -> bool:
        if event.channel is not None:
            return bool(self._world.permissions(self._bot, event.channel) & Permission.VIEW_CHANNEL)
        if event.name == "GUILD_DELETE":
            return event.user == self._bot
        return event.guild is None or event.guild.member(self._bot.id) is not None
