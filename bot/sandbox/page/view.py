"""The local Discord as one person's chat page shows it."""

from collections.abc import Iterator, Sequence
from typing import Any

from bot.sandbox.discord import Channel, Event, Guild, LocalDiscord, Message, Permission, User
from bot.sandbox.discord.kinds import SUB_COMMANDS, CommandType
from bot.sandbox.discord.payloads import message_payload

Json = dict[str, Any]
MESSAGE_EVENTS = ("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE")
CONNECTION_EVENTS = ("GATEWAY_READY", "GATEWAY_RESUMED", "GATEWAY_CLOSED")
PLACE_EVENTS = ("COMMANDS_UPDATE", "GUILD_", "CHANNEL_")
OPTION_KEYS = (
    *("name", "description", "type", "required", "choices", "autocomplete"),
    *("min_value", "max_value", "min_length", "max_length"),
)


class View:
    """What `user` sees. `gallery` is the captions of the pictures to try, `example` a message to try."""

    def __init__(self, discord: LocalDiscord, user: User, gallery: Sequence[str], example: str) -> None:
        self._discord = discord
        self._user = user
        self._gallery = tuple(gallery)
        self._example = example
        self._direct = discord.direct(user)

    @property
    def channels(self) -> list[Channel]:
        """The channels that they see in their guilds, then the direct messages with the bot."""
        world = self._discord.world
        seen = [
            channel
            for guild in world.guilds_of(self._user)
            for channel in world.channels_of(guild)
            if world.permissions(self._user, channel)
        ]
        return [*seen, self._direct]

    def whole(self) -> Json:
        """Everything, for a page that has just opened, and whenever more than a message changed."""
        world, channels = self._discord.world, self.channels
        return {
            "type": "world",
            "me": str(self._user.id),
            "bot": {"id": str(self._discord.bot.id), "online": self._discord.gateway.connected},
            "users": {str(user.id): {"name": user.display_name, "bot": user.bot} for user in world.users.values()},
            "people": [self._person(user) for user in world.users.values() if not user.bot],
            "guilds": [self._guild(guild) for guild in world.guilds_of(self._user)],
            "channels": [self._channel(channel) for channel in channels],
            "messages": [
                message_payload(world, message)
                for channel in channels
                for message in world.messages[channel.id].values()
                if message.visible(self._user.id)
            ],
            "gallery": self._gallery,
            "example": self._example,
        }

    def of(self, event: Event) -> Json | None:
        """What an event changes; None where this person sees nothing of it."""
        if event.name in CONNECTION_EVENTS:
            return {"type": "bot", "online": self._discord.gateway.connected}
        if event.name.startswith(PLACE_EVENTS):
            return self.whole()
        if event.channel is None or event.channel.id not in {channel.id for channel in self.channels}:
            return None
        if event.message is not None:
            return self._of_message(event.name, event.message)
        if event.name == "TYPING_START" and event.user is not None:
            return {"type": "typing", "channel_id": str(event.channel.id), "user_id": str(event.user.id)}
        return None

    def _of_message(self, name: str, message: Message) -> Json | None:
        if not message.visible(self._user.id):
            return None
        if name == "MESSAGE_DELETE":
            return {"type": "delete", "id": str(message.id), "channel_id": str(message.channel_id)}
        if name not in MESSAGE_EVENTS:
            return None
        return {"type": "message", "message": message_payload(self._discord.world, message)}

    def _person(self, user: User) -> Json:
        guilds = self._discord.world.guilds_of(user)
        parts = {str(guild.id): self._part(user, guild) for guild in guilds}
        return {"id": str(user.id), "name": user.display_name, "parts": parts}

    def _part(self, user: User, guild: Guild) -> str:
        if self._discord.world.guild_permissions(user, guild) & Permission.ADMINISTRATOR:
            return "server admin"
        return "owner of the bot" if user == self._discord.owner else "member"

    def _guild(self, guild: Guild) -> Json:
        held = self._discord.world.guild_permissions(self._user, guild)
        return {
            "id": str(guild.id),
            "name": guild.name,
            "members": [str(member.user_id) for member in guild.members],
            "bot": guild.member(self._discord.bot.id) is not None,
            "managed": bool(held & Permission.MANAGE_GUILD),
        }

    def _channel(self, channel: Channel) -> Json:
        held = self._discord.world.permissions(self._user, channel)
        offered = self._discord.offered(self._user, channel)
        named = {
            kind: [command["name"] for command in offered if command["type"] == kind]
            for kind in (CommandType.MESSAGE, CommandType.USER)
        }
        return {
            "id": str(channel.id),
            "guild": None if channel.guild_id is None else str(channel.guild_id),
            "name": channel.name or self._discord.bot.display_name,
            "may_send": bool(held & Permission.SEND_MESSAGES),
            "may_manage": bool(held & Permission.MANAGE_MESSAGES),
            "commands": [
                leaf
                for command in offered
                if command["type"] == CommandType.CHAT_INPUT
                for leaf in _leaves(command, command["name"])
            ],
            "message_menu": named[CommandType.MESSAGE],
            "user_menu": named[CommandType.USER],
        }


def _leaves(command: Json, path: str) -> Iterator[Json]:
    """The commands that can be run: a command itself, or its sub-commands."""
    options = command.get("options", [])
    below = [option for option in options if option["type"] in SUB_COMMANDS]
    for option in below:
        yield from _leaves(option, f"{path} {option['name']}")
    if not below:
        told = [{key: option[key] for key in OPTION_KEYS if key in option} for option in options]
        yield {"path": path, "description": command["description"], "options": told}
