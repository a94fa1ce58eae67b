"""The payloads of events."""

from bot.sandbox.discord.feed import Event
from bot.sandbox.discord.gateway.protocol import Intent
from bot.sandbox.discord.payloads import (
    channel_payload,
    event_message_payload,
    full_member_payload,
    guild_create_payload,
    guild_payload,
    interaction_payload,
    sticker_payload,
    thread_member_payload,
    user_payload,
)
from bot.sandbox.discord.snowflake import created_at
from bot.sandbox.discord.values import Channel, Guild, Json, Message, Thread, User
from bot.sandbox.discord.world import World

CONTENT: Json = {"content": "", "attachments": [], "embeds": [], "components": []}
"""What a message contains for an app without the Message Content intent; a poll is left out."""


class EventPayloads:
    """Turns events of the feed into what the gateway sends to the bot."""

    def __init__(self, world: World, bot: User, upload_limit: int) -> None:
        self._world = world
        self._bot = bot
        self._upload_limit = upload_limit

    def of(self, event: Event, intents: int) -> Json:
        """The payload of an event for a session with some intents."""
        if event.name == "INTERACTION_CREATE" and event.interaction is not None:
            return interaction_payload(self._world, event.interaction, self._bot, self._upload_limit)
        if event.message is not None:
            return self._of_message(event, event.message, intents)
        if event.channel is not None and event.user is not None and event.name == "TYPING_START":
            return self._typing(event.channel, event.user)
        if event.channel is not None:
            return self._of_channel(event, event.channel)
        if event.guild is not None:
            return self._of_guild(event, event.guild)
        raise ValueError(f"{event.name} has no payload")

    def _of_guild(self, event: Event, guild: Guild) -> Json:
        match event.name, event.user:
            case "GUILD_CREATE", _:  # `unavailable` is only sent after an outage, not when the bot joins
                payload = guild_create_payload(self._world, guild, self._bot)
                return {key: value for key, value in payload.items() if key != "unavailable"}
            case "GUILD_DELETE", _:  # the bot was removed; an outage would send `unavailable`
                return {"id": str(guild.id)}
            case "GUILD_STICKERS_UPDATE", _:
                return {"guild_id": str(guild.id), "stickers": [sticker_payload(it) for it in guild.stickers]}
            case "GUILD_MEMBER_ADD", User() as user:
                member = guild.member(user.id)
                whole = {} if member is None else full_member_payload(self._world, member)
                return whole | {"guild_id": str(guild.id)}
            case "GUILD_MEMBER_REMOVE", User() as user:
                return {"guild_id": str(guild.id), "user": user_payload(user)}
        return guild_payload(guild)

    def _of_channel(self, event: Event, channel: Channel) -> Json:
        place = {"guild_id": str(channel.guild_id)} if channel.guild_id is not None else {}
        match event.name, channel.thread:
            case "CHANNEL_PINS_UPDATE", _:
                pinned_at = None if channel.pinned_at is None else channel.pinned_at.isoformat()
                return place | {"channel_id": str(channel.id), "last_pin_timestamp": pinned_at}
            case "THREAD_DELETE", _:
                ids = {"id": str(channel.id), "parent_id": str(channel.parent_id)}
                return place | ids | {"type": int(channel.kind)}
            case "THREAD_MEMBERS_UPDATE", Thread() as thread:
                return place | self._members_update(event, channel, thread)
            case "THREAD_CREATE", _ if event.user is None:  # else somebody was added to an existing thread
                return channel_payload(self._world, channel, self._bot) | {"newly_created": True}
        return channel_payload(self._world, channel, self._bot)

    def _members_update(self, event: Event, channel: Channel, thread: Thread) -> Json:
        member = None if event.user is None else thread.member(event.user.id)
        payload: Json = {"id": str(channel.id), "member_count": len(thread.members)}
        if member is not None:
            return payload | {"added_members": [thread_member_payload(self._world, channel, member, full=True)]}
        return payload | {"removed_member_ids": [] if event.user is None else [str(event.user.id)]}

    def _of_message(self, event: Event, message: Message, intents: int) -> Json:
        payload = event_message_payload(self._world, message)
        place = {key: payload[key] for key in ("channel_id", "guild_id") if key in payload}
        if event.name == "MESSAGE_DELETE":
            return {"id": payload["id"]} | place
        if event.user is not None and event.emoji is not None:
            emoji = {"emoji": {"id": None, "name": event.emoji}, "burst": False, "type": 0}
            return place | {"message_id": payload["id"], "user_id": str(event.user.id)} | emoji
        if event.user is not None and event.answer is not None:
            return place | {"message_id": payload["id"], "user_id": str(event.user.id), "answer_id": event.answer}
        return payload if intents & Intent.MESSAGE_CONTENT else self._without_content(message, payload)

    def _without_content(self, message: Message, payload: Json) -> Json:
        """Hide the contents, except in direct messages, the bot's own messages and those that mention it."""
        if "guild_id" not in payload or message.author_id == self._bot.id or self._bot.id in message.mentions:
            return payload
        hidden = {key: value for key, value in payload.items() if key != "poll"} | CONTENT
        if "message_snapshots" in hidden:
            hidden["message_snapshots"] = [{"message": it["message"] | CONTENT} for it in hidden["message_snapshots"]]
        return hidden

    def _typing(self, channel: Channel, user: User) -> Json:
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
