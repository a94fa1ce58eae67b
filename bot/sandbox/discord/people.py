"""What people do with the bot in Discord's client: run commands, press buttons and wait for answers."""

from collections.abc import Mapping, Sequence

from bot.sandbox.discord.enums import CommandType, InteractionType
from bot.sandbox.discord.errors import NotOfferedError
from bot.sandbox.discord.feed import Event, Watch
from bot.sandbox.discord.installs import InstallType, guild_owners
from bot.sandbox.discord.interaction_data import (
    OptionValue,
    Resolved,
    autocomplete_data,
    button_data,
    command_data,
    find_command,
    modal_data,
    option_data,
    select_data,
)
from bot.sandbox.discord.payloads import message_payload
from bot.sandbox.discord.state import State
from bot.sandbox.discord.uploads import Upload
from bot.sandbox.discord.values import Attachment, Channel, Interaction, Json, Message, User

File = tuple[str, bytes]
MESSAGE_EVENTS = ("MESSAGE_CREATE", "MESSAGE_UPDATE")
SETTLED_EVENTS = ("INTERACTION_ANSWER", "INTERACTION_FAILED")


class People:
    """The users' side of commands and components. Every call acts as the given user."""

    def __init__(self, state: State) -> None:
        self._state = state

    def watch(self) -> Watch:
        """Collect events inside an `async with`; its `next` waits for one."""
        return Watch(self._state.world.feed)

    def offered(self, user: User, channel: Channel) -> list[Json]:
        """The application commands that the user can run in a channel."""
        return self._state.commands.offered(user, channel)

    def current(self, message: Message) -> Message:
        """The latest version of a message. Raises ApiError 10008 if it was deleted."""
        return self._state.world.message(message.channel_id, message.id)

    def read(self, attachment: Attachment) -> bytes:
        """The bytes of an attachment."""
        stored = self._state.uploads.read(attachment.id)
        if stored is None:
            raise NotOfferedError("This file does not exist.")
        return stored[1]

    async def slash(
        self, user: User, channel: Channel, command: str, options: Mapping[str, OptionValue | File] | None = None
    ) -> Interaction:
        """Run a slash command; `command` includes its sub-commands, and a file option is a (name, bytes) pair.

        Raises NotOfferedError if the user can't run the command, or an option is missing, unknown or invalid.
        """
        found, data, leaf = find_command(self.offered(user, channel), command)
        resolved = Resolved(self._state.world, channel, user)
        leaf["options"] = option_data(found, await self._uploaded(channel, options), resolved)
        data |= {"resolved": resolved.payload} if resolved.payload else {}
        owners = self._state.commands.owners(data, user, channel)
        return self._state.interactions.start(InteractionType.APPLICATION_COMMAND, user, channel, data, owners)

    async def autocomplete(
        self,
        user: User,
        channel: Channel,
        command: str,
        option: str,
        typed: str,
        others: Mapping[str, OptionValue] | None = None,
    ) -> tuple[Json, ...]:
        """The bot's choices while the user types an option's value; `others` are the values of other options.

        Empty if the bot does not respond in time. Raises NotOfferedError if the option has no autocompletion.
        """
        found, data, leaf = find_command(self.offered(user, channel), command)
        resolved = Resolved(self._state.world, channel, user)
        leaf["options"] = autocomplete_data(found, (option, typed), others or {}, resolved)
        data |= {"resolved": resolved.payload} if resolved.payload else {}
        async with self.watch() as events:
            owners = self._state.commands.owners(data, user, channel)
            started = self._state.interactions.start(InteractionType.AUTOCOMPLETE, user, channel, data, owners)
            await events.next(lambda event: event.interaction is started and event.name in SETTLED_EVENTS)
        return started.choices

    async def context_menu(self, user: User, message: Message, command: str) -> Interaction:
        """Run a message command (under "Apps" in a message's menu). Raises NotOfferedError."""
        channel, message = self._state.world.channel(message.channel_id), self._visible(user, message)
        payload = message_payload(self._state.world, message)
        found = self._menu_command(user, channel, CommandType.MESSAGE, command)
        data = command_data(found) | {"target_id": payload["id"], "resolved": {"messages": {payload["id"]: payload}}}
        owners = self._state.commands.owners(data, user, channel)
        return self._state.interactions.start(
            InteractionType.APPLICATION_COMMAND, user, channel, data, owners, message=message
        )

    async def user_menu(self, user: User, channel: Channel, target: User, command: str) -> Interaction:
        """Run a user command (under "Apps" in a user's menu). Raises NotOfferedError."""
        found = self._menu_command(user, channel, CommandType.USER, command)
        resolved = Resolved(self._state.world, channel, user)
        data = command_data(found) | {"target_id": resolved.id_of(target), "resolved": resolved.payload}
        owners = self._state.commands.owners(data, user, channel)
        return self._state.interactions.start(InteractionType.APPLICATION_COMMAND, user, channel, data, owners)

    async def press(self, user: User, message: Message, custom_id: str) -> Interaction:
        """Press a button. Raises NotOfferedError if no enabled button has this custom id."""
        message = self._visible(user, message)
        return self._use_component(user, message, button_data(message.components, custom_id))

    async def choose(self, user: User, message: Message, custom_id: str, values: Sequence[str]) -> Interaction:
        """Choose from a select menu: values of its options, or ids of users or channels.

        Raises NotOfferedError if no enabled menu has this custom id, or it does not offer these values.
        """
        message = self._visible(user, message)
        resolved = Resolved(self._state.world, self._state.world.channel(message.channel_id), user)
        return self._use_component(user, message, select_data(message.components, custom_id, values, resolved))

    async def submit(self, user: User, opened: Interaction, values: Mapping[str, str | Sequence[str]]) -> Interaction:
        """Submit the modal that an interaction opened; `values` by custom id, see `modal_data`.

        Raises NotOfferedError if it opened none, or a value is invalid. (Discord sends nothing for a dismissed modal.)
        """
        if opened.modal is None or opened.user != user:
            raise NotOfferedError("There is no form to submit.")
        data = modal_data(opened.modal, values)
        return self._state.interactions.start(
            InteractionType.MODAL_SUBMIT,
            user,
            opened.channel,
            data,
            opened.owners,
            message=opened.message,
            submitted=opened,
        )

    async def settled(self, asked: Interaction, *, within: float = 10.0) -> Interaction:
        """Wait until the bot has responded in any way, or failed to respond in time (see `asked.failed`)."""
        async with self.watch() as events:
            if not (asked.acknowledged or asked.failed):
                await events.next(lambda e: e.interaction is asked and e.name in SETTLED_EVENTS, within=within)
        return asked

    async def answer_to(self, asked: Message | Interaction, *, within: float = 10.0) -> Message:
        """Wait for the bot's first reply to a message, or its response to an interaction (after "thinking").

        Raises TimeoutError after `within` seconds, NotOfferedError if the interaction failed.
        """
        async with self.watch() as events:
            for message in self._state.world.messages[_channel_id(asked)].values():
                if self._is_answer(message, asked):
                    return message
            if not (isinstance(asked, Interaction) and asked.failed):
                event = await events.next(lambda e: self._ends_wait(e, asked), within=within)
                if event.message is not None:
                    return event.message
        raise NotOfferedError("The application did not respond")

    def _ends_wait(self, event: Event, asked: Message | Interaction) -> bool:
        if event.name == "INTERACTION_FAILED":
            return event.interaction is asked
        return event.name in MESSAGE_EVENTS and event.message is not None and self._is_answer(event.message, asked)

    def _is_answer(self, message: Message, asked: Message | Interaction) -> bool:
        if isinstance(asked, Interaction):
            return message.id == asked.response_id and not message.loading
        return message.reference_id == asked.id and message.author_id == self._state.bot.id

    def _visible(self, user: User, message: Message) -> Message:
        message = self.current(message)
        channel = self._state.world.channel(message.channel_id)
        if not (message.visible(user.id) and self._state.world.permissions(user, channel)):
            raise NotOfferedError("You can't see this message.")
        return message

    def _use_component(self, user: User, message: Message, data: Json) -> Interaction:
        if message.author_id != self._state.bot.id:
            raise NotOfferedError("This is not a message from the bot.")
        channel = self._state.world.channel(message.channel_id)
        # Who installed the application is not always who uses a component of its message.
        metadata = (message.interaction or {}).get("interaction_metadata", {})
        owners = guild_owners(self._state.world, channel, self._state.bot.id)
        installer = metadata.get("authorizing_integration_owners", {}).get(str(int(InstallType.USER)))
        owners |= {str(int(InstallType.USER)): installer} if installer else {}
        return self._state.interactions.start(
            InteractionType.MESSAGE_COMPONENT, user, channel, data, owners, message=message
        )

    def _menu_command(self, user: User, channel: Channel, kind: CommandType, name: str) -> Json:
        for offered in self.offered(user, channel):
            if offered["type"] == kind and offered["name"] == name:
                return offered
        raise NotOfferedError(f"You can't use “{name}” here.")

    async def _uploaded(
        self, channel: Channel, options: Mapping[str, OptionValue | File] | None
    ) -> dict[str, OptionValue]:
        """Upload the options' files."""
        return {
            name: await self._state.uploads.add(Upload(*value), channel.id) if isinstance(value, tuple) else value
            for name, value in (options or {}).items()
        }


def _channel_id(asked: Message | Interaction) -> int:
    return asked.channel.id if isinstance(asked, Interaction) else asked.channel_id
