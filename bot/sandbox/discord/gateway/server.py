"""Gateway: accepts connections and handles the frames of clients."""

import asyncio
import json
import secrets

from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox.discord.feed import Event
from bot.sandbox.discord.gateway.dispatcher import Dispatcher
from bot.sandbox.discord.gateway.protocol import CloseError, Intent, Opcode
from bot.sandbox.discord.gateway.session import Connection, Session
from bot.sandbox.discord.payloads import full_member_payload, guild_create_payload, own_user_payload
from bot.sandbox.discord.values import Application, Json, Parsed
from bot.sandbox.discord.world import World

ACK_DELAY = 0.02
"""Seconds, as on a network: an immediate answer would arrive before discord.py has stored that it asked."""
SESSION_ENDS = (WSCloseCode.OK, WSCloseCode.GOING_AWAY)


class Gateway:
    """Serves the bot's sessions. `heartbeat` is in seconds."""

    def __init__(
        self, world: World, application: Application, *, token: str, heartbeat: float, upload_limit: int
    ) -> None:
        self.url = ""
        self._world = world
        self._application = application
        self._bot = world.users[application.id]
        self._token = token
        self._heartbeat = heartbeat
        self._dispatcher = Dispatcher(world, self._bot, upload_limit)
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        world.feed.listen(self._dispatch)

    @property
    def connected(self) -> bool:
        """Whether a bot is logged in."""
        return any(connection.session is not None for connection in self._connections)

    def drop(self) -> None:
        """Cut all connections; their sessions can be resumed."""
        for connection in tuple(self._connections):
            connection.abort()

    def ask_to_reconnect(self) -> None:
        """Send RECONNECT to all clients."""
        for connection in self._connections:
            connection.send(Opcode.RECONNECT)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Send INVALID_SESSION to all clients, and delete their sessions unless they are resumable."""
        if not resumable:
            self._sessions.clear()
        for connection in self._connections:
            connection.send(Opcode.INVALID_SESSION, resumable)

    async def close(self) -> None:
        """Close all connections."""
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
        connection.send(Opcode.HELLO, {"heartbeat_interval": int(self._heartbeat * 1000)})
        try:
            await self._receive(connection)
        except CloseError as error:
            await socket.close(code=error.code, message=error.reason.encode())
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            self._disconnect(connection)
        return socket

    async def _receive(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type is not WSMsgType.TEXT:
                raise CloseError(4002, "Error while decoding payload.")
            try:
                frame = json.loads(message.data)
                op, data = int(frame["op"]), frame.get("d")
            except (ValueError, KeyError, TypeError) as error:
                raise CloseError(4002, "Error while decoding payload.") from error
            self._handle_frame(connection, op, data)

    def _handle_frame(self, connection: Connection, op: int, data: Parsed) -> None:
        match op:
            case Opcode.HEARTBEAT:
                asyncio.get_running_loop().call_later(ACK_DELAY, connection.send_frame, {"op": Opcode.HEARTBEAT_ACK})
            case Opcode.IDENTIFY:
                self._identify(connection, data)
            case Opcode.RESUME:
                self._resume(connection, data)
            case Opcode.PRESENCE_UPDATE | Opcode.VOICE_STATE_UPDATE if connection.session is not None:
                return
            case Opcode.REQUEST_GUILD_MEMBERS if connection.session is not None:
                self._send_members(connection.session, data)
            case Opcode.PRESENCE_UPDATE | Opcode.VOICE_STATE_UPDATE | Opcode.REQUEST_GUILD_MEMBERS:
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
                session.dispatch("GUILD_CREATE", guild_create_payload(self._world, guild, self._bot))
        self._world.feed.publish(Event("GATEWAY_READY"))

    def _resume(self, connection: Connection, data: Parsed) -> None:
        self._authenticate(data)
        session, seen = self._sessions.get(data["session_id"]), data["seq"]
        if session is None or (session.sent and seen is not None and seen < session.sent[0]["s"] - 1):
            connection.send(Opcode.INVALID_SESSION, data=False)
            return
        if seen is None or seen > session.sequence:
            raise CloseError(4007, "Invalid seq.")
        connection.session = session
        session.connection = connection
        for frame in session.sent:
            if frame["s"] > seen:
                connection.send_frame(frame)
        session.dispatch("RESUMED", {})
        self._world.feed.publish(Event("GATEWAY_RESUMED"))

    def _authenticate(self, data: Parsed) -> None:
        if not isinstance(data, dict) or not secrets.compare_digest(str(data.get("token")), self._token):
            raise CloseError(4004, "Authentication failed.")

    def _disconnect(self, connection: Connection) -> None:
        self._connections.discard(connection)
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.connection = None
        if connection.socket.close_code in SESSION_ENDS:
            self._sessions.pop(session.id, None)
        self._world.feed.publish(Event("GATEWAY_CLOSED"))

    def _send_members(self, session: Session, data: Json) -> None:
        guild = self._world.guilds[int(data["guild_id"])]
        if guild.member(self._bot.id) is None:
            return
        wanted = {int(user_id) for user_id in data.get("user_ids") or []}
        found = [member for member in guild.members if not wanted or member.user_id in wanted]
        chunk = {
            "guild_id": str(guild.id),
            "members": [full_member_payload(self._world, member) for member in found],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [],
        }
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk | ({"nonce": data["nonce"]} if data.get("nonce") else {}))

    def _dispatch(self, event: Event) -> None:
        for session in tuple(self._sessions.values()):
            self._dispatcher.dispatch(session, event)
