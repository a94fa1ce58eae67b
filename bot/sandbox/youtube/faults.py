"""Faults on demand: what a real YouTube does on a bad day."""

import asyncio
import socket
import struct
from dataclasses import dataclass, field

from aiohttp import web

_HTML_503 = "<!DOCTYPE html><title>Error 503 (Service Unavailable)</title><p>The service is unavailable.</p>"


@dataclass(slots=True)
class Trouble:
    """What is wrong with one service: its next `unavailable` requests get an HTML 503, then its next `reset` ones are
    cut off, and every one takes `delay` seconds longer.
    """

    unavailable: int = 0
    reset: int = 0
    delay: float = 0.0

    async def befall(self, request: web.Request) -> web.Response | None:
        """Let the trouble happen to a request; None where it goes through unharmed."""
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.unavailable > 0:
            self.unavailable -= 1
            return web.Response(status=503, text=_HTML_503, content_type="text/html")
        if self.reset > 0:
            self.reset -= 1
            _reset(request)
            return web.Response()
        return None


@dataclass(slots=True)
class Faults:
    """What is wrong with each service, with the quota, and with pictures.

    `quota` is the units that there are in all, None without end. The picture host gives the grey placeholder for
    `missing_pictures` (ids of videos), with a status that is 404 as a rule.
    """

    api: Trouble = field(default_factory=Trouble)
    pictures: Trouble = field(default_factory=Trouble)
    oembed: Trouble = field(default_factory=Trouble)
    quota: int | None = None
    missing_pictures: set[str] = field(default_factory=set)
    placeholder_status: int = 404


def _reset(request: web.Request) -> None:
    """Cut the connection with a TCP reset."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
