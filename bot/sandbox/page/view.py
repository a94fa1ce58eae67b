"""The local Discord as one person's chat page shows it."""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.discord import Channel, Event, LocalDiscord, Message, User
from bot.sandbox.discord.payloads import message_payload

Json = dict[str, Any]
SUBCOMMANDS = (1, 2)
MESSAGE_EVENTS = ("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE")
CONNECTION_EVENTS = ("GATEWAY_READY", "GATEWAY_RESUMED", "GATEWAY_CLOSED")


class View:
    """What `user` sees."""

    def __init__(self, discord: LocalDiscord, user: User) -> None:
        self._discord = discord
        self._user = user
        self._direct = discord.direct(user)

    @property
    def channels(self) -> list[Channel]:
        """The guild's channels that they see, then the direct messages with the bot."""
        world = self._discord.world
        seen = [channel for channel in world.channels_of(self._discord.guild) if world.permissions(self._user, channel)]
        return [*seen, self._direct]

    def whole(self) -> Json:
        """Everything, for a page that has just opened."""
        world = self._discord.world
        return {
            "type": "world",
            "guild": self._discord.guild.name,
            "me": str(self._user.id),
            "bot": {"id": str(self._discord.bot.id), "online": self._discord.gateway.connected},
            "users": {str(user.id): user.display_name for user in world.users.values()},
            "channels": [
                {
                    "id": str(channel.id),
                    "name": channel.name or self._discord.bot.display_name,
                    "direct": not channel.name,
                }
                for channel in self.channels
            ],
            "messages": [
                self._message(message)
                for channel in self.channels
                for message in world.messages[channel.id].values()
                if message.visible(self._user.id)
            ],
            "commands": self._commands(),
            "menu": self._menu(),
        }

    def of(self, event: Event) -> Json | None:
        """What an event changes; None where this person sees nothing of it."""
        if event.name in CONNECTION_EVENTS:
            return {"type": "bot", "online": self._discord.gateway.connected}
        if event.name == "COMMANDS_UPDATE":
            return {"type": "commands", "commands": self._commands(), "menu": self._menu()}
        if event.channel not in self.channels:
            return None
        if event.message is not None:
            return self._of_message(event.name, event.message)
        if event.name == "TYPING_START" and event.channel is not None and event.user is not None:
            return {"type": "typing", "channel_id": str(event.channel.id), "user_id": str(event.user.id)}
        return None

    def _of_message(self, name: str, message: Message) -> Json | None:
        if not message.visible(self._user.id):
            return None
        if name == "MESSAGE_DELETE":
            return {"type": "delete", "id": str(message.id), "channel_id": str(message.channel_id)}
        return {"type": "message", "message": self._message(message)} if name in MESSAGE_EVENTS else None

    def _message(self, message: Message) -> Json:
        return message_payload(self._discord.world, message)

    def _commands(self) -> list[Json]:
        offered = self._discord.offered(self._user, self._discord.general)
        return [leaf for command in offered if command["type"] == 1 for leaf in _leaves(command, command["name"])]

    def _menu(self) -> list[str]:
        offered = self._discord.offered(self._user, self._discord.general)
        return [command["name"] for command in offered if command["type"] == 3]


def _leaves(command: Json, path: str) -> Iterator[Json]:
    """The commands that can be run: a command itself, or its sub-commands."""
    options = command.get("options", [])
    below = [option for option in options if option["type"] in SUBCOMMANDS]
    for option in below:
        yield from _leaves(option, f"{path} {option['name']}")
    if not below:
        kept = ("name", "description", "type", "required", "choices")
        told = [{key: option[key] for key in kept if key in option} for option in options]
        yield {"path": path, "description": command["description"], "options": told}
