"""Sessions, which can outlive a connection, and connections."""

import asyncio
import json
import zlib
from collections import deque
from dataclasses import dataclass, field

from aiohttp import web

from bot.sandbox.discord.gateway.protocol import Opcode
from bot.sandbox.discord.values import Guild, Json, Parsed

REPLAY_LENGTH = 1000


class Connection:
    """One WebSocket; a writer task sends its frames in order."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.BaseTransport | None, compress: str) -> None:
        self.socket = socket
        self.session: Session | None = None
        self._transport = transport
        self._frames: asyncio.Queue[Json] = asyncio.Queue()
        self._compressor = zlib.compressobj() if compress == "zlib-stream" else None

    def send(self, op: Opcode, data: Parsed = None) -> None:
        """Queue a frame."""
        self.send_frame({"op": op, "d": data})

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
                compressed = self._compressor.compress(text.encode()) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(compressed)

    def abort(self) -> None:
        """Cut the connection without a close frame, as a network failure does."""
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.abort()


@dataclass(slots=True)
class Session:
    """A client's session, which its next connection can resume."""

    id: str
    intents: int
    shard: tuple[int, int]
    sequence: int = 0
    sent: deque[Json] = field(default_factory=lambda: deque(maxlen=REPLAY_LENGTH))
    connection: Connection | None = None

    def covers(self, guild: Guild | None) -> bool:
        """Whether this shard receives a guild's events, or those of direct messages (None)."""
        shard_id, count = self.shard
        return shard_id == 0 if guild is None else (guild.id >> 22) % count == shard_id

    def dispatch(self, name: str, data: Parsed) -> None:
        """Send an event and store it, so that a resumed session does not miss it."""
        self.sequence += 1
        frame = {"op": Opcode.DISPATCH, "t": name, "s": self.sequence, "d": data}
        self.sent.append(frame)
        if self.connection is not None:
            self.connection.send_frame(frame)
