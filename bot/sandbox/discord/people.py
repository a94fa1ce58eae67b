"""What people do in Discord's client: post messages, run commands, press buttons and wait for answers."""

from collections.abc import Mapping, Sequence

from bot.sandbox.discord.enums import ChannelType, CommandType, InteractionType
from bot.sandbox.discord.errors import ApiError, NotOfferedError
from bot.sandbox.discord.feed import Event, Watch
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
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.polls import vote
from bot.sandbox.discord.state import State
from bot.sandbox.discord.uploads import Upload
from bot.sandbox.discord.values import Attachment, Channel, Interaction, Json, Message, Sticker, User

File = tuple[str, bytes]
MESSAGE_EVENTS = ("MESSAGE_CREATE", "MESSAGE_UPDATE")
SETTLED_EVENTS = ("INTERACTION_ANSWER", "INTERACTION_FAILED")


class People:
    """The users' side of a local Discord. Every call acts as the given user."""

    def __init__(self, state: State) -> None:
        self._state = state

    def watch(self) -> Watch:
        """Collect events inside an `async with`; its `next` waits for one."""
        return Watch(self._state.world.feed)

    async def post(
        self,
        user: User,
        channel: Channel,
        content: str = "",
        files: Sequence[File] = (),
        reply_to: Message | None = None,
        *,
        stickers: Sequence[Sticker] = (),
        poll: Json | None = None,
    ) -> Message:
        """Send a message; `files` are (name, bytes) pairs, `poll` is in the form that the API takes.

        Raises ApiError if Discord would refuse it.
        """
        form: Json = {"content": content, "sticker_ids": [str(sticker.id) for sticker in stickers], "poll": poll}
        if reply_to is not None:
            form["message_reference"] = {"message_id": str(reply_to.id)}
        return await self._state.posts.send(user, channel, form, _uploads(files))

    async def forward(self, user: User, message: Message, channel: Channel) -> Message:
        """Forward a message to a channel. Raises ApiError if Discord would refuse it."""
        reference = {"type": 1, "message_id": str(message.id), "channel_id": str(message.channel_id)}
        return await self._state.posts.send(user, channel, {"message_reference": reference}, {})

    def start_thread(self, user: User, place: Message | Channel, name: str, *, private: bool = False) -> Channel:
        """Start a thread from a message, or in a channel. Raises ApiError if Discord would refuse it."""
        if isinstance(place, Message):
            return self._state.threads.start_from(user, self.current(place), {"name": name})
        announcement = place.kind == ChannelType.GUILD_ANNOUNCEMENT
        public = ChannelType.ANNOUNCEMENT_THREAD if announcement else ChannelType.PUBLIC_THREAD
        kind = ChannelType.PRIVATE_THREAD if private else public
        return self._state.threads.start(user, place, {"name": name, "type": kind})

    def archive(self, user: User, thread: Channel, *, locked: bool = False) -> Channel:
        """Archive a thread, or lock it too. Raises ApiError if Discord would refuse it."""
        form = {"archived": True} | ({"locked": True} if locked else {})
        return self._state.threads.change(user, self._state.world.channel(thread.id), form)

    def add_to_thread(self, user: User, thread: Channel, other: User) -> None:
        """Add somebody to a thread. Raises ApiError if Discord would refuse it."""
        self._state.threads.add_member(user, self._state.world.channel(thread.id), other)

    def remove_from_thread(self, user: User, thread: Channel, other: User) -> None:
        """Remove somebody from a thread. Raises ApiError if Discord would refuse it."""
        self._state.threads.remove_member(user, self._state.world.channel(thread.id), other)

    async def post_in_forum(
        self, user: User, forum: Channel, title: str, content: str = "", files: Sequence[File] = ()
    ) -> tuple[Channel, Message]:
        """Post in a forum; returns the post, which is a thread, and its first message.

        Raises ApiError if Discord would refuse it.
        """
        form = {"name": title, "message": {"content": content}}
        return await self._state.threads.post(user, forum, form, _uploads(files))

    def vote(self, user: User, message: Message, answer: int, *, add: bool = True) -> Message:
        """Vote for an answer of a poll, numbered from 1, or take the vote back. Raises ApiError 10008, 520001."""
        return vote(self._state.world, user, self._visible(user, message), answer, add=add)

    async def edit(self, user: User, message: Message, content: str) -> Message:
        """Edit the text of the user's own message. Raises ApiError 50005, 50006, 50035."""
        message = self.current(message)
        if message.author_id != user.id:
            raise ApiError(50005)
        return await self._state.posts.edit(message, {"content": content}, {})

    def delete(self, user: User, message: Message) -> None:
        """Delete a message; another author's needs Manage Messages. Raises ApiError 10008, 50001, 50013."""
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
        """The bot's choices while the user types an option's value; `others` are the values of other options.

        Empty if the bot does not respond in time. Raises NotOfferedError if the option has no autocompletion.
        """
        found, data, leaf = find_command(self.offered(user, channel), command)
        resolved = Resolved(self._state.world, channel, user)
        leaf["options"] = autocomplete_data(found, (option, typed), others or {}, resolved)
        data |= {"resolved": resolved.payload} if resolved.payload else {}
        async with self.watch() as events:
            started = self._state.interactions.start(InteractionType.AUTOCOMPLETE, user, channel, data)
            await events.next(lambda event: event.interaction is started and event.name in SETTLED_EVENTS)
        return started.choices

    async def context_menu(self, user: User, message: Message, command: str) -> Interaction:
        """Run a message command (under "Apps" in a message's menu). Raises NotOfferedError."""
        channel, message = self._state.world.channel(message.channel_id), self._visible(user, message)
        payload = message_payload(self._state.world, message)
        found = self._menu_command(user, channel, CommandType.MESSAGE, command)
        data = command_data(found) | {"target_id": payload["id"], "resolved": {"messages": {payload["id"]: payload}}}
        return self._state.interactions.start(InteractionType.APPLICATION_COMMAND, user, channel, data, message=message)

    async def user_menu(self, user: User, channel: Channel, target: User, command: str) -> Interaction:
        """Run a user command (under "Apps" in a user's menu). Raises NotOfferedError."""
        found = self._menu_command(user, channel, CommandType.USER, command)
        resolved = Resolved(self._state.world, channel, user)
        data = command_data(found) | {"target_id": resolved.id_of(target), "resolved": resolved.payload}
        return self._state.interactions.start(InteractionType.APPLICATION_COMMAND, user, channel, data)

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
            InteractionType.MODAL_SUBMIT, user, opened.channel, data, message=opened.message, submitted=opened
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
        return self._state.interactions.start(InteractionType.MESSAGE_COMPONENT, user, channel, data, message=message)

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


def _uploads(files: Sequence[File]) -> dict[int, Upload]:
    return {number: Upload(name, data) for number, (name, data) in enumerate(files)}
