"""The local Discord as the chat page shows it to one user."""

from collections.abc import Iterator, Sequence
from typing import Any

from bot.sandbox.discord import Channel, Event, Guild, LocalDiscord, Message, Permission, User
from bot.sandbox.discord.enums import SUB_COMMANDS, CommandType
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
    """What `user` sees. `gallery` is the captions of pictures to try, `example` a message to try."""

    def __init__(self, discord: LocalDiscord, user: User, gallery: Sequence[str], example: str) -> None:
        self._discord = discord
        self._user = user
        self._gallery = tuple(gallery)
        self._example = example
        self._direct = discord.direct(user)

    @property
    def channels(self) -> list[Channel]:
        """The channels that the user can view in their guilds, then their direct messages: first those with the bot."""
        world = self._discord.world
        visible = [
            channel
            for guild in world.guilds_of(self._user)
            for channel in world.channels_of(guild)
            if world.permissions(self._user, channel)
        ]
        direct = [channel for channel in world.channels.values() if self._user.id in channel.recipients]
        return [*visible, *sorted(direct, key=lambda channel: channel.id != self._direct.id)]

    def world(self) -> Json:
        """Everything: for a new page, and after changes to more than messages."""
        world, channels = self._discord.world, self.channels
        return {
            "type": "world",
            "me": str(self._user.id),
            "installed": self._user.id in world.installs,
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

    def change(self, event: Event) -> Json | None:
        """The change that an event makes; None if the user cannot see it."""
        if event.name in CONNECTION_EVENTS:
            return {"type": "bot", "online": self._discord.gateway.connected}
        if event.name.startswith(PLACE_EVENTS):
            return self.world()
        if event.channel is None or event.channel.id not in {channel.id for channel in self.channels}:
            return None
        if event.message is not None:
            return self._message_change(event.name, event.message)
        if event.name == "TYPING_START" and event.user is not None:
            return {"type": "typing", "channel_id": str(event.channel.id), "user_id": str(event.user.id)}
        return None

    def _message_change(self, name: str, message: Message) -> Json | None:
        if not message.visible(self._user.id):
            return None
        if name == "MESSAGE_DELETE":
            return {"type": "delete", "id": str(message.id), "channel_id": str(message.channel_id)}
        if name not in MESSAGE_EVENTS:
            return None
        return {"type": "message", "message": message_payload(self._discord.world, message)}

    def _person(self, user: User) -> Json:
        guilds = self._discord.world.guilds_of(user)
        roles = {str(guild.id): self._role(user, guild) for guild in guilds}
        return {"id": str(user.id), "name": user.display_name, "roles": roles}

    def _role(self, user: User, guild: Guild) -> str:
        if self._discord.world.guild_permissions(user, guild) & Permission.ADMINISTRATOR:
            return "Server admin"
        return "Bot owner" if user == self._discord.owner else "Member"

    def _guild(self, guild: Guild) -> Json:
        held = self._discord.world.guild_permissions(self._user, guild)
        return {
            "id": str(guild.id),
            "name": guild.name,
            "members": [str(member.user_id) for member in guild.members],
            "roles": {str(role.id): role.name for role in guild.roles if not role.managed},
            "bot": guild.member(self._discord.bot.id) is not None,
            "managed": bool(held & Permission.MANAGE_GUILD),
        }

    def _other(self, channel: Channel) -> User:
        """Whom the user writes to in direct messages."""
        return next(self._discord.world.user(it) for it in channel.recipients if it != self._user.id)

    def _channel(self, channel: Channel) -> Json:
        held = self._discord.world.permissions(self._user, channel)
        offered = self._discord.offered(self._user, channel)
        names = {
            kind: [command["name"] for command in offered if command["type"] == kind]
            for kind in (CommandType.MESSAGE, CommandType.USER)
        }
        return {
            "id": str(channel.id),
            "guild": None if channel.guild_id is None else str(channel.guild_id),
            "name": channel.name or self._other(channel).display_name,
            "can_send": bool(held & Permission.SEND_MESSAGES),
            "can_manage": bool(held & Permission.MANAGE_MESSAGES),
            "commands": [
                leaf
                for command in offered
                if command["type"] == CommandType.CHAT_INPUT
                for leaf in _leaves(command, command["name"])
            ],
            "message_menu": names[CommandType.MESSAGE],
            "user_menu": names[CommandType.USER],
        }


def _leaves(command: Json, path: str) -> Iterator[Json]:
    """The runnable commands: the command itself, or its sub-commands."""
    options = command.get("options", [])
    sub_commands = [option for option in options if option["type"] in SUB_COMMANDS]
    for option in sub_commands:
        yield from _leaves(option, f"{path} {option['name']}")
    if not sub_commands:
        shown = [{key: option[key] for key in OPTION_KEYS if key in option} for option in options]
        yield {"path": path, "description": command["description"], "options": shown}
