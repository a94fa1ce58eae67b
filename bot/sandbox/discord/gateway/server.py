"""Gateway: accepts connections and handles the frames of clients."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Mapping

from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox.discord.feed import Event
from bot.sandbox.discord.gateway.compression import COMPRESSORS
from bot.sandbox.discord.gateway.dispatcher import Dispatcher
from bot.sandbox.discord.gateway.members import member_chunks
from bot.sandbox.discord.gateway.protocol import CloseCode, CloseError, GatewaySettings, Intent, Opcode
from bot.sandbox.discord.gateway.requests import (
    Identify,
    MembersRequest,
    Resume,
    check_object,
    read_frame,
    read_identify,
    read_members_request,
    read_resume,
)
from bot.sandbox.discord.gateway.session import Connection, Session
from bot.sandbox.discord.gateway.starts import SessionStarts
from bot.sandbox.discord.payloads import guild_create_payload, own_user_payload
from bot.sandbox.discord.values import Application, Guild, Json, Parsed
from bot.sandbox.discord.world import World

ACK_DELAY = 0.02
"""Seconds, as on a network: an immediate answer would arrive before discord.py has stored that it asked."""
MAX_READ_BYTES = 1 << 24
"""A frame that is too long for Discord is still read, so that it can be refused with Discord's code."""
MAX_GUILDS_PER_SHARD = 2500


class Gateway:
    """Serves the bot's sessions."""

    def __init__(
        self, world: World, application: Application, settings: GatewaySettings, *, token: str, upload_limit: int
    ) -> None:
        self.url = ""
        self.settings = settings
        self.starts = SessionStarts(settings)
        self._world = world
        self._application = application
        self._bot = world.users[application.id]
        self._token = token
        self._dispatcher = Dispatcher(world, self._bot, upload_limit)
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        self._refusals: deque[int] = deque()
        world.feed.listen(self._dispatch)

    @property
    def connected(self) -> bool:
        """Whether a bot is logged in."""
        return any(connection.session is not None for connection in self._connections)

    def drop(self) -> None:
        """Cut all connections; their sessions can be resumed."""
        for connection in tuple(self._connections):
            connection.abort()

    def refuse_next(self, status: int = 502, *, times: int = 1) -> None:
        """Answer the next handshakes with an HTTP status, or cut the connection before its first frame if it is 0."""
        self._refusals.extend([status] * times)

    def ask_to_reconnect(self) -> None:
        """Send RECONNECT to all clients."""
        for connection in self._connections:
            connection.send(Opcode.RECONNECT)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Send INVALID_SESSION to all clients, and delete their sessions unless they are resumable."""
        for connection in self._connections:
            if connection.session is not None:
                connection.session.detach(self._expiry())
            connection.send(Opcode.INVALID_SESSION, resumable)
        if not resumable:
            self._sessions.clear()

    async def close_with(self, code: CloseCode, *, resumable: bool = True) -> None:
        """Close all connections with one of Discord's codes, and delete their sessions unless they are resumable."""
        if not resumable:
            self._sessions.clear()
        for connection in tuple(self._connections):
            await connection.close(CloseError(code))

    async def close(self) -> None:
        """Close all connections."""
        for connection in tuple(self._connections):
            await connection.socket.close(code=WSCloseCode.GOING_AWAY)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one client."""
        refusal = self._refusals.popleft() if self._refusals else None
        if refusal is not None:
            self._world.feed.publish(Event("GATEWAY_REFUSED"))
        if refusal:
            return web.Response(status=refusal)
        socket = web.WebSocketResponse(max_msg_size=MAX_READ_BYTES, compress=False)
        await socket.prepare(request)
        make_compressor = COMPRESSORS.get(request.query.get("compress", ""))
        compressor = None if make_compressor is None else make_compressor()
        connection = Connection(socket, request.transport, compressor, self.settings.heartbeat)
        if refusal == 0:
            connection.abort()
            return socket
        self._connections.add(connection)
        tasks = [asyncio.create_task(work) for work in (connection.write(), connection.watch_heartbeats())]
        try:
            self._greet(connection, request.query)
            await self._receive(connection)
        except CloseError as error:
            await connection.close(error)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._disconnect(connection)
        return socket

    def _greet(self, connection: Connection, query: Mapping[str, str]) -> None:
        if query.get("v") != "10" or query.get("encoding", "json") != "json":
            raise CloseError(CloseCode.INVALID_VERSION)
        connection.send(Opcode.HELLO, {"heartbeat_interval": int(self.settings.heartbeat * 1000)})

    async def _receive(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            connection.count_frame()
            self._handle_frame(connection, *read_frame(message.data))

    def _handle_frame(self, connection: Connection, op: int, data: Parsed) -> None:
        match op:
            case Opcode.HEARTBEAT:
                connection.beat()
                asyncio.get_running_loop().call_later(ACK_DELAY, connection.send, Opcode.HEARTBEAT_ACK)
            case Opcode.IDENTIFY | Opcode.RESUME if connection.session is not None:
                raise CloseError(CloseCode.ALREADY_AUTHENTICATED)
            case Opcode.IDENTIFY:
                self._identify(connection, read_identify(data))
            case Opcode.RESUME:
                self._resume(connection, read_resume(data))
            case Opcode.PRESENCE_UPDATE | Opcode.VOICE_STATE_UPDATE if connection.session is not None:
                check_object(data)
            case Opcode.REQUEST_GUILD_MEMBERS if connection.session is not None:
                self._send_members(connection.session, read_members_request(data))
            case Opcode.PRESENCE_UPDATE | Opcode.VOICE_STATE_UPDATE | Opcode.REQUEST_GUILD_MEMBERS:
                raise CloseError(CloseCode.NOT_AUTHENTICATED)
            case _:
                raise CloseError(CloseCode.UNKNOWN_OPCODE)

    def _identify(self, connection: Connection, request: Identify) -> None:
        self._authenticate(request.token)
        application = self._application
        privileged = (
            (Intent.GUILD_MEMBERS, application.members_allowed),
            (Intent.GUILD_PRESENCES, application.presences_allowed),
            (Intent.MESSAGE_CONTENT, application.message_content_allowed),
        )
        if any(request.intents & intent and not allowed for intent, allowed in privileged):
            raise CloseError(CloseCode.DISALLOWED_INTENTS)
        session = Session(secrets.token_hex(16), request.intents, request.shard)
        guilds = [guild for guild in self._world.guilds_of(self._bot) if session.covers(guild)]
        if len(guilds) > MAX_GUILDS_PER_SHARD:
            raise CloseError(CloseCode.SHARDING_REQUIRED)
        if not self.starts.start(request.shard[0]):
            connection.send(Opcode.INVALID_SESSION, data=False)
            return
        self._sessions[session.id] = session
        session.attach(connection)
        session.dispatch("READY", self._ready(session, guilds))
        if request.intents & Intent.GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", guild_create_payload(self._world, guild, self._bot))
        self._world.feed.publish(Event("GATEWAY_READY"))

    def _ready(self, session: Session, guilds: list[Guild]) -> Json:
        return {
            "v": 10,
            "user": own_user_payload(self._bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "private_channels": [],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": str(self._application.id), "flags": self._application.flags},
            "shard": list(session.shard),
        }

    def _resume(self, connection: Connection, request: Resume) -> None:
        self._authenticate(request.token)
        self._forget_expired()
        session = self._sessions.get(request.session_id)
        if session is None or not session.has_event(request.sequence):
            connection.send(Opcode.INVALID_SESSION, data=False)
            return
        if request.sequence > session.sequence:
            raise CloseError(CloseCode.INVALID_SEQUENCE)
        session.attach(connection)
        session.replay(request.sequence)
        session.dispatch("RESUMED", {})
        self._world.feed.publish(Event("GATEWAY_RESUMED"))

    def _authenticate(self, token: str) -> None:
        if not secrets.compare_digest(token.encode("utf-8", "surrogatepass"), self._token.encode()):
            raise CloseError(CloseCode.AUTHENTICATION_FAILED)

    def _disconnect(self, connection: Connection) -> None:
        self._connections.discard(connection)
        session = connection.session
        if session is not None:
            session.detach(self._expiry())
            if connection.left:
                self._sessions.pop(session.id, None)
        if connection.identified:
            self._world.feed.publish(Event("GATEWAY_CLOSED"))

    def _expiry(self) -> float:
        return time.monotonic() + self.settings.session_lifetime

    def _forget_expired(self) -> None:
        now = time.monotonic()
        self._sessions = {key: session for key, session in self._sessions.items() if session.expires > now}

    def _send_members(self, session: Session, request: MembersRequest) -> None:
        guild = self._world.guilds.get(request.guild_id)
        if guild is not None and guild.member(self._bot.id) is not None:
            for chunk in member_chunks(self._world, guild, request, session.intents):
                session.dispatch("GUILD_MEMBERS_CHUNK", chunk)

    def _dispatch(self, event: Event) -> None:
        self._forget_expired()
        for session in tuple(self._sessions.values()):
            self._dispatcher.dispatch(session, event)
