"""What people do in Discord's client: post, run commands, press buttons, and wait for what comes back."""

from collections.abc import Mapping, Sequence

from bot.sandbox.discord.errors import ApiError, NotOfferedError
from bot.sandbox.discord.feed import Event, Watch
from bot.sandbox.discord.filled import (
    OptionValue,
    Resolved,
    chosen_command,
    chosen_values,
    command_data,
    filled_modal,
    filled_options,
    pressed_button,
    typed_options,
)
from bot.sandbox.discord.kinds import CommandType, InteractionType
from bot.sandbox.discord.payloads import message_payload
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.rest import State
from bot.sandbox.discord.uploads import Upload
from bot.sandbox.discord.values import Attachment, Channel, Interaction, Json, Message, User

File = tuple[str, bytes]
WRITTEN = ("MESSAGE_CREATE", "MESSAGE_UPDATE")
SETTLED = ("INTERACTION_ANSWER", "INTERACTION_FAILED")


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

    async def edit(self, user: User, message: Message, content: str) -> Message:
        """Change the text of one's own message. Raises ApiError 50005, 50006, 50035."""
        message = self.current(message)
        if message.author_id != user.id:
            raise ApiError(50005)
        return await self._state.posts.edit(message, {"content": content}, {})

    def delete(self, user: User, message: Message) -> None:
        """Remove one's own message, or another's as who may manage messages. Raises ApiError 10008, 50001, 50013."""
        message = self.current(message)
        if not message.visible(user.id) or message.visible_to is not None:
            raise ApiError(10008)
        needed = () if message.author_id == user.id else (Permission.MANAGE_MESSAGES,)
        self._state.world.require(user, self._state.world.channel(message.channel_id), *needed)
        self._state.posts.delete(message)

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
        self, user: User, channel: Channel, command: str, options: Mapping[str, OptionValue | File] | None = None
    ) -> Interaction:
        """Run a slash command; sub-commands follow after a space, a file option is a (name, bytes) pair.

        Raises NotOfferedError where the user does not find the command or the option, leaves out a required one, or
        gives what the option does not take.
        """
        found, data, leaf = chosen_command(self.offered(user, channel), command)
        resolved = Resolved(self._state.world, channel, user)
        leaf["options"] = filled_options(found, await self._taken(channel, options), resolved)
        data |= {"resolved": resolved.told} if resolved.told else {}
        return self._state.interactions.start(InteractionType.APPLICATION_COMMAND, user, channel, data)

    async def autocomplete(
        self,
        user: User,
        channel: Channel,
        command: str,
        option: str,
        typed: str,
        others: Mapping[str, OptionValue] | None = None,
    ) -> tuple[Json, ...]:
        """The choices that the bot offers while the user types an option's value; `others` are those filled in.

        None where the bot does not answer in time. Raises NotOfferedError where the option has no autocompletion.
        """
        found, data, leaf = chosen_command(self.offered(user, channel), command)
        resolved = Resolved(self._state.world, channel, user)
        leaf["options"] = typed_options(found, (option, typed), others or {}, resolved)
        data |= {"resolved": resolved.told} if resolved.told else {}
        async with self.watch() as events:
            started = self._state.interactions.start(InteractionType.AUTOCOMPLETE, user, channel, data)
            await events.next(lambda event: event.interaction is started and event.name in SETTLED)
        return started.choices

    async def context_menu(self, user: User, message: Message, command: str) -> Interaction:
        """Run a message command ("Apps" in a message's menu). Raises NotOfferedError."""
        channel, message = self._state.world.channel(message.channel_id), self._seen(user, message)
        told = message_payload(self._state.world, message)
        found = self._menu_command(user, channel, CommandType.MESSAGE, command)
        data = command_data(found) | {"target_id": told["id"], "resolved": {"messages": {told["id"]: told}}}
        return self._state.interactions.start(InteractionType.APPLICATION_COMMAND, user, channel, data, message=message)

    async def user_menu(self, user: User, channel: Channel, target: User, command: str) -> Interaction:
        """Run a user command ("Apps" in the menu of somebody's name). Raises NotOfferedError."""
        found = self._menu_command(user, channel, CommandType.USER, command)
        resolved = Resolved(self._state.world, channel, user)
        data = command_data(found) | {"target_id": resolved.id_of(target), "resolved": resolved.told}
        return self._state.interactions.start(InteractionType.APPLICATION_COMMAND, user, channel, data)

    async def press(self, user: User, message: Message, custom_id: str) -> Interaction:
        """Press a button. Raises NotOfferedError where there is none that can be pressed."""
        message = self._seen(user, message)
        return self._use(user, message, pressed_button(message.components, custom_id))

    async def choose(self, user: User, message: Message, custom_id: str, values: Sequence[str]) -> Interaction:
        """Choose from a select menu: options' values, or the ids of users or channels.

        Raises NotOfferedError where it is not there or does not offer that.
        """
        message = self._seen(user, message)
        resolved = Resolved(self._state.world, self._state.world.channel(message.channel_id), user)
        return self._use(user, message, chosen_values(message.components, custom_id, values, resolved))

    async def submit(self, user: User, opened: Interaction, values: Mapping[str, str | Sequence[str]]) -> Interaction:
        """Fill in and submit the modal that an interaction opened; values by custom id, see `filled_modal`.

        Raises NotOfferedError where there is none, or a value does not fit. (Nobody hears of a dismissed modal.)
        """
        if opened.modal is None or opened.user != user:
            raise NotOfferedError("There is nothing to fill in.")
        data = filled_modal(opened.modal, values)
        return self._state.interactions.start(
            InteractionType.MODAL_SUBMIT, user, opened.channel, data, message=opened.message, submitted=opened
        )

    async def settled(self, asked: Interaction, *, within: float = 10.0) -> Interaction:
        """Wait for the bot's first answer of any kind, or until it has failed to give one: see `asked.failed`."""
        async with self.watch() as events:
            if not (asked.acknowledged or asked.failed):
                await events.next(lambda e: e.interaction is asked and e.name in SETTLED, within=within)
        return asked

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

    def _seen(self, user: User, message: Message) -> Message:
        message = self.current(message)
        channel = self._state.world.channel(message.channel_id)
        if not (message.visible(user.id) and self._state.world.permissions(user, channel)):
            raise NotOfferedError("This message is not yours to see.")
        return message

    def _use(self, user: User, message: Message, data: Json) -> Interaction:
        if message.author_id != self._state.bot.id:
            raise NotOfferedError("This message is not the bot's.")
        channel = self._state.world.channel(message.channel_id)
        return self._state.interactions.start(InteractionType.MESSAGE_COMPONENT, user, channel, data, message=message)

    def _menu_command(self, user: User, channel: Channel, kind: CommandType, name: str) -> Json:
        for offered in self.offered(user, channel):
            if offered["type"] == kind and offered["name"] == name:
                return offered
        raise NotOfferedError(f"There is no “{name}” in this menu.")

    async def _taken(
        self, channel: Channel, options: Mapping[str, OptionValue | File] | None
    ) -> dict[str, OptionValue]:
        """The options, with the files uploaded."""
        return {
            name: await self._state.uploads.take(Upload(*value), channel.id) if isinstance(value, tuple) else value
            for name, value in (options or {}).items()
        }


def _channel_id(asked: Message | Interaction) -> int:
    return asked.channel.id if isinstance(asked, Interaction) else asked.channel_id
