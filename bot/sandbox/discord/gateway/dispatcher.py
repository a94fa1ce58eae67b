"""Which events of the feed a session receives, and with which payload."""

from bot.sandbox.discord.feed import Event
from bot.sandbox.discord.gateway.protocol import Intent
from bot.sandbox.discord.gateway.session import Session
from bot.sandbox.discord.payloads import (
    channel_payload,
    event_message_payload,
    full_member_payload,
    guild_create_payload,
    guild_payload,
    interaction_payload,
)
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.snowflake import created_at
from bot.sandbox.discord.values import Channel, Guild, Json, Message, User
from bot.sandbox.discord.world import World

INTENTS = {
    "MESSAGE_CREATE": (Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES),
    "MESSAGE_UPDATE": (Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES),
    "MESSAGE_DELETE": (Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES),
    "MESSAGE_REACTION_ADD": (Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS),
    "MESSAGE_REACTION_REMOVE": (Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS),
    "TYPING_START": (Intent.GUILD_MESSAGE_TYPING, Intent.DIRECT_MESSAGE_TYPING),
    "GUILD_CREATE": (Intent.GUILDS, Intent.GUILDS),
    "GUILD_DELETE": (Intent.GUILDS, Intent.GUILDS),
    "GUILD_UPDATE": (Intent.GUILDS, Intent.GUILDS),
    "CHANNEL_CREATE": (Intent.GUILDS, Intent.GUILDS),
    "CHANNEL_UPDATE": (Intent.GUILDS, Intent.GUILDS),
}
"""The intent that an event needs in a guild, and in direct messages."""


class Dispatcher:
    """Dispatches events to the sessions of the bot."""

    def __init__(self, world: World, bot: User, upload_limit: int) -> None:
        self._world = world
        self._bot = bot
        self._upload_limit = upload_limit

    def dispatch(self, session: Session, event: Event) -> None:
        """Send the event if the session's shard, intents and permissions cover it."""
        if self._receives(session, event):
            session.dispatch(event.name, self._payload(session, event))

    def _receives(self, session: Session, event: Event) -> bool:
        if event.name == "INTERACTION_CREATE":
            return session.covers(event.guild)
        intents = INTENTS.get(event.name)
        if intents is None or not session.covers(event.guild):
            return False
        subscribed = session.intents & intents[0 if event.guild is not None else 1]
        ephemeral = event.message is not None and event.message.visible_to is not None
        return bool(subscribed) and not ephemeral and self._has_access(event)

    def _has_access(self, event: Event) -> bool:
        if event.channel is not None:
            return bool(self._world.permissions(self._bot, event.channel) & Permission.VIEW_CHANNEL)
        if event.name == "GUILD_DELETE":
            return event.user == self._bot
        return event.guild is None or event.guild.member(self._bot.id) is not None

    def _payload(self, session: Session, event: Event) -> Json:
        if event.name == "INTERACTION_CREATE" and event.interaction is not None:
            return interaction_payload(self._world, event.interaction, self._bot, self._upload_limit)
        if event.message is not None:
            return self._message_payload(session, event, event.message)
        if event.name == "TYPING_START" and event.channel is not None and event.user is not None:
            return self._typing_payload(event.channel, event.user)
        if event.channel is not None:
            return channel_payload(self._world, event.channel)
        if event.guild is not None:
            return self._guild_payload(event.name, event.guild)
        raise ValueError(f"{event.name} has no payload")

    def _guild_payload(self, name: str, guild: Guild) -> Json:
        match name:
            case "GUILD_CREATE":  # `unavailable` is only sent after an outage, not when the bot joins
                payload = guild_create_payload(self._world, guild)
                return {key: value for key, value in payload.items() if key != "unavailable"}
            case "GUILD_DELETE":  # the bot was removed; an outage would send `unavailable`
                return {"id": str(guild.id)}
        return guild_payload(guild)

    def _message_payload(self, session: Session, event: Event, message: Message) -> Json:
        payload = event_message_payload(self._world, message)
        place = {key: payload[key] for key in ("channel_id", "guild_id") if key in payload}
        if event.name == "MESSAGE_DELETE":
            return {"id": payload["id"]} | place
        if event.emoji is not None and event.user is not None:
            return place | {
                "message_id": payload["id"],
                "user_id": str(event.user.id),
                "emoji": {"id": None, "name": event.emoji},
                "burst": False,
                "type": 0,
            }
        if not session.intents & Intent.MESSAGE_CONTENT:
            return self._without_content(message, payload)
        return payload

    def _without_content(self, message: Message, payload: Json) -> Json:
        """Hide the contents, except in direct messages, the bot's own messages and those that mention it."""
        if "guild_id" not in payload or message.author_id == self._bot.id or self._bot.id in message.mentions:
            return payload
        return payload | {"content": "", "attachments": [], "embeds": [], "components": []}

    def _typing_payload(self, channel: Channel, user: User) -> Json:
        payload: Json = {
            "channel_id": str(channel.id),
            "user_id": str(user.id),
            "timestamp": int(created_at(self._world.new_id()).timestamp()),
        }
        guild = self._world.guild_of(channel)
        member = None if guild is None else guild.member(user.id)
        if guild is None or member is None:
            return payload
        return payload | {"guild_id": str(guild.id), "member": full_member_payload(self._world, member)}
