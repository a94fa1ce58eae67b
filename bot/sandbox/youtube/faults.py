"""Faults on demand, as the real YouTube has them."""

import asyncio
import socket
import struct
from dataclasses import dataclass, field

from aiohttp import web

_HTML_503 = "<!DOCTYPE html><title>Error 503 (Service Unavailable)</title><p>The service is unavailable.</p>"
_HTML_PORTAL = "<!DOCTYPE html><title>Blocked</title><p>Log in to use this network.</p>"


@dataclass(slots=True)
class ServiceFaults:
    """The faults of one service.

    The next `unavailable` requests get an HTML page with status 503, the next `reset` ones after that a TCP reset, and
    every request takes `delay` seconds longer. If there is a `portal`, all others get an HTML page with that status, as
    from a proxy, a firewall or a login page.
    """

    portal: int | None = None
    unavailable: int = 0
    reset: int = 0
    delay: float = 0.0

    async def apply(self, request: web.Request) -> web.Response | None:
        """Apply the faults to a request; None if it can be served."""
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.unavailable > 0:
            self.unavailable -= 1
            return web.Response(status=503, text=_HTML_503, content_type="text/html")
        if self.reset > 0:
            self.reset -= 1
            _reset(request)
            return web.Response()
        if self.portal is not None:
            headers = {"Location": "http://login.invalid/"} if self.portal in range(300, 400) else None
            return web.Response(status=self.portal, text=_HTML_PORTAL, content_type="text/html", headers=headers)
        return None


@dataclass(slots=True)
class Faults:
    """The faults of each service, the quota, missing lists of videos, and missing thumbnails.

    `quota` is the total number of units; None is unlimited. For `missing_thumbnails` (ids of videos) the thumbnail host
    sends the grey placeholder, with `placeholder_status`. `missing_lists` are prefixes of lists' ids, such as UULF.
    """

    api: ServiceFaults = field(default_factory=ServiceFaults)
    thumbnails: ServiceFaults = field(default_factory=ServiceFaults)
    oembed: ServiceFaults = field(default_factory=ServiceFaults)
    quota: int | None = None
    missing_lists: set[str] = field(default_factory=set)
    missing_thumbnails: set[str] = field(default_factory=set)
    placeholder_status: int = 404


def _reset(request: web.Request) -> None:
    """Cut the connection with a TCP reset."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
