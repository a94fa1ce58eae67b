"""Raw connections to the local Discord's gateway."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bot.sandbox.discord import LocalDiscord

ALL_UNPRIVILEGED = 53608189


@asynccontextmanager
async def connected(local: LocalDiscord, query: str = "") -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A connection that has received HELLO."""
    address = f"{local.gateway_url}?v=10&encoding=json{query}"
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        assert (await socket.receive_json())["op"] == 10
        yield socket


def identify(local: LocalDiscord, **changes: Any) -> dict[str, Any]:
    """An IDENTIFY."""
    data = {"token": local.token, "intents": ALL_UNPRIVILEGED, "properties": {"os": "linux"}}
    return {"op": 2, "d": data | changes}


@asynccontextmanager
async def identified(local: LocalDiscord, **changes: Any) -> AsyncIterator[tuple[Any, str]]:
    """A connection with a new session, and the session's id."""
    async with connected(local) as socket:
        await socket.send_json(identify(local, **changes))
        ready = await socket.receive_json()
        assert ready["t"] == "READY", ready
        yield socket, ready["d"]["session_id"]


async def next_event(socket: aiohttp.ClientWebSocketResponse, name: str) -> Any:
    """The data of the next event of a name."""
    while True:
        frame = await socket.receive_json(timeout=10)
        if frame["t"] == name:
            return frame["d"]


async def close_code(socket: aiohttp.ClientWebSocketResponse, frame: object = None) -> int | None:
    """Send a frame, if there is one, and wait until the connection is closed; returns with which code."""
    if isinstance(frame, str | bytes):
        await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))
    elif frame is not None:
        await socket.send_str(json.dumps(frame))
    while not socket.closed:
        await socket.receive(timeout=10)
    return socket.close_code
