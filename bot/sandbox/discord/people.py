"""What people do in Discord's client: post, run commands, press buttons, and wait for what comes back."""

from collections.abc import Mapping, Sequence

from bot.sandbox.discord.feed import Event, Watch
from bot.sandbox.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, Interaction
from bot.sandbox.discord.payloads import attachment_payload, message_payload
from bot.sandbox.discord.rest import State
from bot.sandbox.discord.uploads import Upload
from bot.sandbox.discord.world import Attachment, Channel, Json, Message, User
from classifier.errors import ThumbprintError

File = tuple[str, bytes]
OptionValue = str | int | float | bool | User | Channel | File
SUBCOMMANDS = (1, 2)
STRING, INTEGER, BOOLEAN, USER, CHANNEL, NUMBER, ATTACHMENT = 3, 4, 5, 6, 7, 10, 11
WRITTEN = ("MESSAGE_CREATE", "MESSAGE_UPDATE")


class NotOfferedError(ThumbprintError):
    """Something that Discord's client would not let this person do."""


class People:
    """The people's side of a local Discord. Every call acts as the given user."""

    def __init__(self, state: State) -> None:
        self._state = state

    def watch(self) -> Watch:
        """Collect events inside an `async with`, to wait for them with `next`."""
        return Watch(self._state.world.feed)

    async def post(
        self,
        user: User,
        channel: Channel,
        content: str = "",
        files: Sequence[File] = (),
        reply_to: Message | None = None,
    ) -> Message:
        """Send a message with (name, bytes) files. Raises ApiError where Discord would refuse it."""
        form: Json = {"content": content}
        if reply_to is not None:
            form["message_reference"] = {"message_id": str(reply_to.id)}
        uploads = {number: Upload(name, data) for number, (name, data) in enumerate(files)}
        return await self._state.posts.send(user, channel, form, uploads)

    def direct(self, user: User) -> Channel:
        """The user's direct messages with the bot."""
        return self._state.world.add_direct(user, self._state.bot)

    def offered(self, user: User, channel: Channel) -> list[Json]:
        """The application commands that the user finds in a channel."""
        return self._state.commands.offered(user, channel)

    def current(self, message: Message) -> Message:
        """The message as it stands now. Raises ApiError 10008 where it was deleted."""
        return self._state.world.message(message.channel_id, message.id)

    def read(self, attachment: Attachment) -> bytes:
        """What an attachment holds."""
        stored = self._state.uploads.read(attachment.id)
        if stored is None:
            raise NotOfferedError("This file is not here.")
        return stored[1]

    async def slash(
        self, user: User, channel: Channel, command: str, options: Mapping[str, OptionValue] | None = None
    ) -> Interaction:
        """Run a slash command; sub-commands follow after a space, a file option is a (name, bytes) pair.

        Raises NotOfferedError where the user does not find the command or the option, or leaves out a required one.
        """
        found, data, leaf = self._chosen(user, channel, command)
        given, resolved = await self._options(channel, found, dict(options or {}))
        leaf["options"] = given
        return self._state.interactions.start(
            COMMAND, user, channel, data | ({"resolved": resolved} if resolved else {})
        )

    async def autocomplete(
        self, user: User, channel: Channel, command: str, option: str, typed: str
    ) -> tuple[Json, ...]:
        """The choices that the bot offers while the user types an option's value."""
        found, data, leaf = self._chosen(user, channel, command)
        kind = next((entry["type"] for entry in found.get("options", []) if entry["name"] == option), STRING)
        leaf["options"] = [{"name": option, "type": kind, "value": typed, "focused": True}]
        async with self.watch() as events:
            started = self._state.interactions.start(AUTOCOMPLETE, user, channel, data)
            await events.next(lambda e: e.interaction is started and e.name != "INTERACTION_CREATE")
        return started.choices

    async def context_menu(self, user: User, message: Message, command: str) -> Interaction:
        """Run a message command ("Apps" in a message's menu). Raises NotOfferedError."""
        channel = self._state.world.channel(message.channel_id)
        for offered in self.offered(user, channel):
            if offered["type"] == 3 and offered["name"] == command:
                told = message_payload(self._state.world, self.current(message))
                data = {"id": offered["id"], "name": command, "type": 3, "target_id": told["id"]}
                return self._state.interactions.start(
                    COMMAND, user, channel, data | {"resolved": {"messages": {told["id"]: told}}}, message
                )
        raise NotOfferedError(f"There is no “{command}” in the menu of this message.")

    async def press(self, user: User, message: Message, custom_id: str) -> Interaction:
        """Press a button. Raises NotOfferedError where there is none that can be pressed."""
        return self._use(user, message, custom_id, {"custom_id": custom_id})

    async def choose(self, user: User, message: Message, custom_id: str, values: Sequence[str]) -> Interaction:
        """Choose from a select menu. Raises NotOfferedError where there is none."""
        return self._use(user, message, custom_id, {"custom_id": custom_id, "values": list(values)})

    async def answer_to(self, asked: Message | Interaction, *, within: float = 10.0) -> Message:
        """Wait for the bot's answer: its first reply to a message, or what it says (done thinking) to an interaction.

        Raises TimeoutError after `within` seconds, NotOfferedError where an interaction failed.
        """
        async with self.watch() as events:
            for message in self._state.world.messages[_channel_id(asked)].values():
                if self._answers(message, asked):
                    return message
            if not (isinstance(asked, Interaction) and asked.failed):
                event = await events.next(lambda e: self._settles(e, asked), within=within)
                if event.message is not None:
                    return event.message
        raise NotOfferedError("The application did not respond")

    def _settles(self, event: Event, asked: Message | Interaction) -> bool:
        if event.name == "INTERACTION_FAILED":
            return event.interaction is asked
        return event.name in WRITTEN and event.message is not None and self._answers(event.message, asked)

    def _answers(self, message: Message, asked: Message | Interaction) -> bool:
        if isinstance(asked, Interaction):
            return message.id == asked.response_id and not message.loading
        return message.reference_id == asked.id and message.author_id == self._state.bot.id

    def _use(self, user: User, message: Message, custom_id: str, data: Json) -> Interaction:
        message = self.current(message)
        if not message.visible(user.id):
            raise NotOfferedError("This message is not yours to see.")
        for component in _flat(message.components):
            if component.get("custom_id") == custom_id and not component.get("disabled"):
                channel = self._state.world.channel(message.channel_id)
                data = data | {"component_type": component["type"]}
                return self._state.interactions.start(COMPONENT, user, channel, data, message)
        raise NotOfferedError("This message has no such button, or it is switched off.")

    def _chosen(self, user: User, channel: Channel, path: str) -> tuple[Json, Json, Json]:
        """The command's own description, the interaction's data, and the part of that which holds the options."""
        name, *rest = path.split()
        command = next((c for c in self.offered(user, channel) if c["type"] == 1 and c["name"] == name), None)
        if command is None:
            raise NotOfferedError(f"There is no /{name} here for you.")
        data: Json = {"id": command["id"], "name": name, "type": 1}
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        found, leaf = command, data
        for step in rest:
            chosen = next((o for o in found.get("options", []) if o["name"] == step and o["type"] in SUBCOMMANDS), None)
            if chosen is None:
                raise NotOfferedError(f"/{path} is not a command.")
            leaf["options"] = [{"name": step, "type": chosen["type"]}]
            found, leaf = chosen, leaf["options"][0]
        if any(option["type"] in SUBCOMMANDS for option in found.get("options", [])):
            raise NotOfferedError(f"/{path} needs a sub-command.")
        return found, data, leaf

    async def _options(
        self, channel: Channel, command: Json, values: dict[str, OptionValue]
    ) -> tuple[list[Json], Json]:
        given: list[Json] = []
        resolved: dict[str, Json] = {}
        for option in command.get("options", []):
            if option["name"] in values:
                value = await self._value(channel, option, values.pop(option["name"]), resolved)
                given.append({"name": option["name"], "type": option["type"], "value": value})
            elif option.get("required"):
                raise NotOfferedError(f"The option “{option['name']}” is required.")
        if values:
            raise NotOfferedError(f"There is no option “{next(iter(values))}”.")
        return given, resolved

    async def _value(
        self, channel: Channel, option: Json, value: OptionValue, resolved: dict[str, Json]
    ) -> str | int | float | bool:
        kind = option["type"]
        wanted: dict[int, type | tuple[type, ...]] = {
            STRING: str,
            INTEGER: int,
            BOOLEAN: bool,
            USER: User,
            CHANNEL: Channel,
            NUMBER: (int, float),
            ATTACHMENT: tuple,
        }
        if not isinstance(value, wanted.get(kind, ())):
            raise NotOfferedError(f"The option “{option['name']}” takes something else.")
        if isinstance(value, tuple):
            attachment = await self._state.uploads.take(Upload(*value), channel.id)
            told = attachment_payload(attachment, ephemeral=True)
            resolved.setdefault("attachments", {})[told["id"]] = told
            return str(attachment.id)
        if isinstance(value, User | Channel):
            return str(value.id)
        return value


def _flat(components: Sequence[Json]) -> list[Json]:
    found: list[Json] = []
    for component in components:
        found += [component, *_flat(component.get("components", []))]
        if "accessory" in component:
            found.append(component["accessory"])
    return found


def _channel_id(asked: Message | Interaction) -> int:
    return asked.channel.id if isinstance(asked, Interaction) else asked.channel_id
