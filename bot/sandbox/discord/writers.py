"""What people write in Discord's client: messages, forwards, threads and votes."""

from collections.abc import Sequence

from bot.sandbox.discord.enums import ChannelType
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.polls import vote
from bot.sandbox.discord.state import State
from bot.sandbox.discord.uploads import Upload
from bot.sandbox.discord.values import Channel, Json, Message, Sticker, User

File = tuple[str, bytes]


class Writers:
    """The users' side of channels. Calls act as the given user, and raise ApiError for what Discord would refuse."""

    def __init__(self, state: State) -> None:
        self._state = state

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
        """Send a message; `files` are (name, bytes) pairs, `poll` is in the form that the API takes."""
        form: Json = {"content": content, "sticker_ids": [str(sticker.id) for sticker in stickers], "poll": poll}
        if reply_to is not None:
            form["message_reference"] = {"message_id": str(reply_to.id)}
        return await self._state.posts.send(user, channel, form, _uploads(files))

    async def forward(self, user: User, message: Message, channel: Channel) -> Message:
        """Forward a message to a channel."""
        reference = {"type": 1, "message_id": str(message.id), "channel_id": str(message.channel_id)}
        return await self._state.posts.send(user, channel, {"message_reference": reference}, {})

    def start_thread(self, user: User, place: Message | Channel, name: str, *, private: bool = False) -> Channel:
        """Start a thread from a message, or in a channel."""
        if isinstance(place, Message):
            return self._state.threads.start_from(user, self._current(place), {"name": name})
        announcement = place.kind == ChannelType.GUILD_ANNOUNCEMENT
        public = ChannelType.ANNOUNCEMENT_THREAD if announcement else ChannelType.PUBLIC_THREAD
        kind = ChannelType.PRIVATE_THREAD if private else public
        return self._state.threads.start(user, place, {"name": name, "type": kind})

    def archive(self, user: User, thread: Channel, *, locked: bool = False) -> Channel:
        """Archive a thread, or lock it too."""
        form = {"archived": True} | ({"locked": True} if locked else {})
        return self._state.threads.change(user, self._state.world.channel(thread.id), form)

    def add_to_thread(self, user: User, thread: Channel, other: User) -> None:
        """Add somebody to a thread."""
        self._state.threads.add_member(user, self._state.world.channel(thread.id), other)

    def remove_from_thread(self, user: User, thread: Channel, other: User) -> None:
        """Remove somebody from a thread."""
        self._state.threads.remove_member(user, self._state.world.channel(thread.id), other)

    async def post_in_forum(
        self, user: User, forum: Channel, title: str, content: str = "", files: Sequence[File] = ()
    ) -> tuple[Channel, Message]:
        """Post in a forum; returns the post, which is a thread, and its first message."""
        form = {"name": title, "message": {"content": content}}
        return await self._state.threads.post(user, forum, form, _uploads(files))

    def vote(self, user: User, message: Message, answer: int, *, add: bool = True) -> Message:
        """Vote for an answer of a poll, numbered from 1, or take the vote back. Raises ApiError 10008, 520001."""
        message = self._current(message)
        self._state.world.require(user, self._state.world.channel(message.channel_id))
        return vote(self._state.world, user, message, answer, add=add)

    async def edit(self, user: User, message: Message, content: str) -> Message:
        """Edit the text of the user's own message. Raises ApiError 50005, 50006, 50035."""
        message = self._current(message)
        if message.author_id != user.id:
            raise ApiError(50005)
        return await self._state.posts.edit(message, {"content": content}, {})

    def delete(self, user: User, message: Message) -> None:
        """Delete a message; another author's needs Manage Messages. Raises ApiError 10008, 50001, 50013."""
        message = self._current(message)
        if not message.visible(user.id) or message.visible_to is not None:
            raise ApiError(10008)
        needed = () if message.author_id == user.id else (Permission.MANAGE_MESSAGES,)
        self._state.world.require(user, self._state.world.channel(message.channel_id), *needed)
        self._state.posts.delete(message)

    def direct(self, user: User) -> Channel:
        """The user's direct messages with the bot."""
        return self._state.world.add_direct(user, self._state.bot)

    def _current(self, message: Message) -> Message:
        """The latest version of a message. Raises ApiError 10008 if it was deleted."""
        return self._state.world.message(message.channel_id, message.id)


def _uploads(files: Sequence[File]) -> dict[int, Upload]:
    return {number: Upload(name, data) for number, (name, data) in enumerate(files)}
