"""Gateway v10: sessions, heartbeats, resume, intents and compression.

discord.py asks for zlib-stream, or for zstd-stream where Python or a package offers it; the latter is answered in plain
JSON text, which every client reads.
"""

import asyncio
import json
import secrets
import zlib
from collections import deque
from dataclasses import dataclass, field
from enum import IntFlag

from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox.discord.feed import Event, Feed
from bot.sandbox.discord.interactions import Interactions
from bot.sandbox.discord.payloads import (
    channel_payload,
    event_message_payload,
    full_member_payload,
    guild_create_payload,
    guild_payload,
    own_user_payload,
)
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.values import Application, Channel, Guild, Json, Message, Parsed, User
from bot.sandbox.discord.world import World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, MEMBERS, INVALID, HELLO, ACK = (
    *range(5),
    *range(6, 12),
)
REPLAY_LENGTH = 1000
ACK_DELAY = 0.02
"""Seconds, as a network has them: an answer at once comes before discord.py notes that it has asked."""
SESSION_OVER = (WSCloseCode.OK, WSCloseCode.GOING_AWAY)


class Intent(IntFlag):
    """What a session asks to be told."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15


NEEDED = {
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


class CloseError(Exception):
    """The gateway ends a connection with a code of Discord's."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(slots=True)
class Session:
    """What the gateway remembers of a client, across its connections."""

    id: str
    intents: int
    shard: tuple[int, int]
    sequence: int = 0
    sent: deque[Json] = field(default_factory=lambda: deque(maxlen=REPLAY_LENGTH))
    connection: "Connection | None" = None

    def covers(self, guild: Guild | None) -> bool:
        """Whether a guild's events (direct messages': None) go to this shard."""
        shard_id, count = self.shard
        return shard_id == 0 if guild is None else (guild.id >> 22) % count == shard_id

    def dispatch(self, name: str, data: Parsed) -> None:
        """Send an event, or keep it for a resume."""
        self.sequence += 1
        frame = {"op": DISPATCH, "t": name, "s": self.sequence, "d": data}
        self.sent.append(frame)
        if self.connection is not None:
            self.connection.send(frame)


class Connection:
    """One WebSocket; frames leave in order through one writer task."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.BaseTransport | None, compress: str) -> None:
        self.socket = socket
        self.session: Session | None = None
        self._transport = transport
        self._frames: asyncio.Queue[Json] = asyncio.Queue()
        self._compressor = zlib.compressobj() if compress == "zlib-stream" else None

    def send(self, frame: Json) -> None:
        """Queue a frame."""
        self._frames.put_nowait(frame)

    async def write(self) -> None:
        """Send what is queued, for ever."""
        while True:
            text = json.dumps(await self._frames.get())
            if self._compressor is None:
                await self.socket.send_str(text)
            else:
                packed = self._compressor.compress(text.encode()) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(packed)

    def cut(self) -> None:
        """Break the connection without a word, as a network does."""
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.abort()


class Gateway:
    """Tells every session what it may know of the feed."""

    def __init__(
        self, world: World, application: Application, interactions: Interactions, *, token: str, beat: float
    ) -> None:
        self.url = ""
        self._world = world
        self._application = application
        self._bot = world.users[application.id]
        self._interactions = interactions
        self._token = token
        self._beat = beat
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        self._feed: Feed = world.feed
        self._feed.listen(self._hear)

    @property
    def connected(self) -> bool:
        """Whether a bot is logged in."""
        return any(connection.session is not None for connection in self._connections)

    def drop(self) -> None:
        """Cut every connection; sessions may be resumed."""
        for connection in tuple(self._connections):
            connection.cut()

    def ask_to_reconnect(self) -> None:
        """Send RECONNECT (opcode 7) to everyone."""
        for connection in self._connections:
            connection.send({"op": RECONNECT, "d": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Send INVALID_SESSION (opcode 9) to everyone, and forget the sessions unless they may be resumed."""
        if not resumable:
            self._sessions.clear()
        for connection in self._connections:
            connection.send({"op": INVALID, "d": resumable})

    async def close(self) -> None:
        """End every connection."""
        for connection in tuple(self._connections):
            await connection.socket.close(code=WSCloseCode.GOING_AWAY)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one client."""
        socket = web.WebSocketResponse(max_msg_size=4096, compress=False)
        await socket.prepare(request)
        if request.query.get("v") != "10" or request.query.get("encoding", "json") != "json":
            await socket.close(code=4012, message=b"Invalid API version.")
            return socket
        connection = Connection(socket, request.transport, request.query.get("compress", ""))
        self._connections.add(connection)
        writer = asyncio.create_task(connection.write())
        connection.send({"op": HELLO, "d": {"heartbeat_interval": int(self._beat * 1000)}})
        try:
            await self._listen(connection)
        except CloseError as end:
            await socket.close(code=end.code, message=end.reason.encode())
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            self._leave(connection)
        return socket

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type is not WSMsgType.TEXT:
                raise CloseError(4002, "Error while decoding payload.")
            try:
                frame = json.loads(message.data)
                op, data = int(frame["op"]), frame.get("d")
            except (ValueError, KeyError, TypeError) as error:
                raise CloseError(4002, "Error while decoding payload.") from error
            self._take(connection, op, data)

    def _take(self, connection: Connection, op: int, data: Parsed) -> None:
        match op:
            case 1:
                asyncio.get_running_loop().call_later(ACK_DELAY, connection.send, {"op": ACK})
            case 2:
                self._identify(connection, data)
            case 6:
                self._resume(connection, data)
            case 3 | 4 if connection.session is not None:
                return
            case 8 if connection.session is not None:
                self._tell_members(connection.session, data)
            case 3 | 4 | 8:
                raise CloseError(4003, "Not authenticated.")
            case _:
                raise CloseError(4001, "Unknown opcode.")

    def _identify(self, connection: Connection, data: Parsed) -> None:
        if connection.session is not None:
            raise CloseError(4005, "Already authenticated.")
        self._authenticate(data)
        application, intents = self._application, int(data["intents"])
        privileged = (
            (Intent.GUILD_MEMBERS, application.members_allowed),
            (Intent.GUILD_PRESENCES, application.presences_allowed),
            (Intent.MESSAGE_CONTENT, application.message_content_allowed),
        )
        if any(intents & intent and not allowed for intent, allowed in privileged):
            raise CloseError(4014, "Disallowed intent(s).")
        shard_id, count = data.get("shard") or (0, 1)
        if not 0 <= shard_id < count:
            raise CloseError(4010, "Invalid shard.")
        session = Session(secrets.token_hex(16), intents, (shard_id, count), connection=connection)
        connection.session = self._sessions[session.id] = session
        guilds = [guild for guild in self._world.guilds_of(self._bot) if session.covers(guild)]
        ready: Json = {
            "v": 10,
            "user": own_user_payload(self._bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "private_channels": [],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": str(application.id), "flags": application.flags},
            "shard": [shard_id, count],
        }
        session.dispatch("READY", ready)
        if intents & Intent.GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", guild_create_payload(self._world, guild))
        self._feed.publish(Event("GATEWAY_READY"))

    def _resume(self, connection: Connection, data: Parsed) -> None:
        self._authenticate(data)
        session, seen = self._sessions.get(data["session_id"]), data["seq"]
        if session is None or (session.sent and seen is not None and seen < session.sent[0]["s"] - 1):
            connection.send({"op": INVALID, "d": False})
            return
        if seen is None or seen > session.sequence:
            raise CloseError(4007, "Invalid seq.")
        connection.session = session
        session.connection = connection
        for frame in session.sent:
            if frame["s"] > seen:
                connection.send(frame)
        session.dispatch("RESUMED", {})
        self._feed.publish(Event("GATEWAY_RESUMED"))

    def _authenticate(self, data: Parsed) -> None:
        if not isinstance(data, dict) or not secrets.compare_digest(str(data.get("token")), self._token):
            raise CloseError(4004, "Authentication failed.")

    def _leave(self, connection: Connection) -> None:
        self._connections.discard(connection)
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.connection = None
        if connection.socket.close_code in SESSION_OVER:
            self._sessions.pop(session.id, None)
        self._feed.publish(Event("GATEWAY_CLOSED"))

    def _tell_members(self, session: Session, data: Json) -> None:
        guild = self._world.guilds[int(data["guild_id"])]
        if guild.member(self._bot.id) is None:
            return
        wanted = {int(user_id) for user_id in data.get("user_ids") or []}
        found = [member for member in guild.members if not wanted or member.user_id in wanted]
        told = {
            "guild_id": str(guild.id),
            "members": [full_member_payload(self._world, member) for member in found],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [],
        }
        session.dispatch("GUILD_MEMBERS_CHUNK", told | ({"nonce": data["nonce"]} if data.get("nonce") else {}))

    def _hear(self, event: Event) -> None:
        for session in tuple(self._sessions.values()):
            if self._concerns(session, event):
                session.dispatch(event.name, self._payload(session, event))

    def _concerns(self, session: Session, event: Event) -> bool:
        if event.name == "INTERACTION_CREATE":
            return session.covers(event.guild)
        needed = NEEDED.get(event.name)
        if needed is None or not session.covers(event.guild):
            return False
        asked_for = session.intents & needed[0 if event.guild is not None else 1]
        ephemeral = event.message is not None and event.message.visible_to is not None
        return bool(asked_for) and not ephemeral and self._sees(event)

    def _sees(self, event: Event) -> bool:
        if event.channel is not None:
            return bool(self._world.permissions(self._bot, event.channel) & Permission.VIEW_CHANNEL)
        if event.name == "GUILD_DELETE":
            return event.user == self._bot
        return event.guild is None or event.guild.member(self._bot.id) is not None

    def _payload(self, session: Session, event: Event) -> Json:
        if event.name == "INTERACTION_CREATE" and event.interaction is not None:
            return self._interactions.payload(event.interaction)
        if event.message is not None:
            return self._message_payload(session, event, event.message)
        if event.name == "TYPING_START" and event.channel is not None and event.user is not None:
            return self._typing_payload(event.channel, event.user)
        if event.channel is not None:
            return channel_payload(self._world, event.channel)
        if event.guild is not None:
            return self._guild_payload(event.name, event.guild)
        raise ValueError(f"{event.name} says nothing")

    def _guild_payload(self, name: str, guild: Guild) -> Json:
        match name:
            case "GUILD_CREATE":  # joined, not back from an outage: says nothing of being unavailable
                told = guild_create_payload(self._world, guild)
                return {key: value for key, value in told.items() if key != "unavailable"}
            case "GUILD_DELETE":  # removed, not an outage
                return {"id": str(guild.id)}
        return guild_payload(guild)

    def _message_payload(self, session: Session, event: Event, message: Message) -> Json:
        whole = event_message_payload(self._world, message)
        where = {key: whole[key] for key in ("channel_id", "guild_id") if key in whole}
        if event.name == "MESSAGE_DELETE":
            return {"id": whole["id"]} | where
        if event.emoji is not None and event.user is not None:
            return where | {
                "message_id": whole["id"],
                "user_id": str(event.user.id),
                "emoji": {"id": None, "name": event.emoji},
                "burst": False,
                "type": 0,
            }
        if not session.intents & Intent.MESSAGE_CONTENT:
            return self._without_content(message, whole)
        return whole

    def _without_content(self, message: Message, whole: Json) -> Json:
        """What Discord tells without the message-content intent: everything only in direct messages and of its own."""
        bot_id = self._application.id
        if "guild_id" not in whole or message.author_id == bot_id or bot_id in message.mentions:
            return whole
        return whole | {"content": "", "attachments": [], "embeds": [], "components": []}

    def _typing_payload(self, channel: Channel, user: User) -> Json:
        now = self._world.new_id()
        told: Json = {
            "channel_id": str(channel.id),
            "user_id": str(user.id),
            "timestamp": ((now >> 22) + 1_420_070_400_000) // 1000,
        }
        guild = self._world.guild_of(channel)
        member = None if guild is None else guild.member(user.id)
        if guild is None or member is None:
            return told
        return told | {"guild_id": str(guild.id), "member": full_member_payload(self._world, member)}
