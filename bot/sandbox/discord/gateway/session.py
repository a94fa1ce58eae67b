"""Sessions, which can outlive a connection, and connections."""

import asyncio
import json
import time
from collections import deque
from dataclasses import dataclass, field

from aiohttp import WSCloseCode, web

from bot.sandbox.discord.gateway.compression import Compressor
from bot.sandbox.discord.gateway.protocol import CloseCode, CloseError, Opcode
from bot.sandbox.discord.values import Guild, Json, Parsed

REPLAY_LENGTH = 1000
SESSION_ENDS = (WSCloseCode.OK, WSCloseCode.GOING_AWAY)
MAX_FRAMES, FRAMES_SECONDS = 120, 60.0
"""How many frames a client can send on a connection within how many seconds."""
PATIENCE = 1.5
"""After how many intervals without a heartbeat a connection is closed."""


class Connection:
    """One WebSocket; a writer task sends its frames in order."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.BaseTransport | None,
        compressor: Compressor | None,
        heartbeat: float,
    ) -> None:
        self.socket = socket
        self.session: Session | None = None
        self.identified = False
        self._closed = False
        self._transport = transport
        self._compressor = compressor
        self._frames: asyncio.Queue[Json] = asyncio.Queue()
        self._patience = heartbeat * PATIENCE
        self._heartbeat = asyncio.Event()
        self._window_ends = 0.0
        self._received = 0

    def send(self, op: Opcode, data: Parsed = None) -> None:
        """Queue a frame that is no event."""
        self.send_frame({"t": None, "s": None, "op": op, "d": data})

    def send_frame(self, frame: Json) -> None:
        """Queue a complete frame."""
        self._frames.put_nowait(frame)

    async def write(self) -> None:
        """Send the queued frames until cancelled."""
        while True:
            text = json.dumps(await self._frames.get())
            if self._compressor is None:
                await self.socket.send_str(text)
            else:
                await self.socket.send_bytes(self._compressor.compress(text.encode()))

    def count_frame(self) -> None:
        """Count a received frame. Raises CloseError 4008 if there are too many."""
        now = time.monotonic()
        if now >= self._window_ends:
            self._window_ends, self._received = now + FRAMES_SECONDS, 0
        self._received += 1
        if self._received > MAX_FRAMES:
            raise CloseError(CloseCode.RATE_LIMITED)

    def beat(self) -> None:
        """Note that a heartbeat arrived."""
        self._heartbeat.set()

    async def watch_heartbeats(self) -> None:
        """Close the connection once no heartbeat has come for too long."""
        try:
            while True:
                self._heartbeat.clear()
                async with asyncio.timeout(self._patience):
                    await self._heartbeat.wait()
        except TimeoutError:
            await self.close(CloseError(CloseCode.SESSION_TIMED_OUT))

    async def close(self, error: CloseError) -> None:
        """Close with one of Discord's codes; the client's answer to that is not its own decision to leave."""
        self._closed = True
        await self.socket.close(code=error.code, message=error.reason.encode())

    @property
    def left(self) -> bool:
        """Whether the client has ended its session in good order."""
        return not self._closed and self.socket.close_code in SESSION_ENDS

    def abort(self) -> None:
        """Cut the connection without a close frame, as a network failure does."""
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.abort()


@dataclass(slots=True)
class Session:
    """A client's session, which its next connection can resume until it `expires`."""

    id: str
    intents: int
    shard: tuple[int, int]
    sequence: int = 0
    sent: deque[Json] = field(default_factory=lambda: deque(maxlen=REPLAY_LENGTH))
    connection: Connection | None = None
    expires: float = float("inf")

    def covers(self, guild: Guild | None) -> bool:
        """Whether this shard receives a guild's events, or those of direct messages (None)."""
        shard_id, count = self.shard
        return shard_id == 0 if guild is None else (guild.id >> 22) % count == shard_id

    def attach(self, connection: Connection) -> None:
        """Continue on a connection, and leave the one before."""
        self.detach(float("inf"))
        self.connection, connection.session, connection.identified = connection, self, True

    def detach(self, expires: float) -> None:
        """Leave the connection, and wait for another one until a time."""
        if self.connection is not None:
            self.connection.session = None
        self.connection, self.expires = None, expires

    def has_event(self, sequence: int) -> bool:
        """Whether all events after this one can be sent again."""
        return not self.sent or sequence >= self.sent[0]["s"] - 1

    def replay(self, after: int) -> None:
        """Send all events after this one again."""
        if self.connection is not None:
            for frame in self.sent:
                if frame["s"] > after:
                    self.connection.send_frame(frame)

    def dispatch(self, name: str, data: Parsed) -> None:
        """Send an event and store it, so that a resumed session does not miss it."""
        self.sequence += 1
        frame = {"t": name, "s": self.sequence, "op": Opcode.DISPATCH, "d": data}
        self.sent.append(frame)
        if self.connection is not None:
            self.connection.send_frame(frame)
