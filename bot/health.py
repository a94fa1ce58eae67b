"""Health: /healthz, /readyz and /metrics over HTTP, for whoever watches the bot."""

import logging
from collections.abc import Callable
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry
from prometheus_client.aiohttp import make_aiohttp_handler

log = logging.getLogger(__name__)

Check = Callable[[], str | None]
"""What is wrong; None: nothing."""


class HealthServer:
    """Serves the health and the metrics of a bot inside its `async with` block.

    /healthz says 200 as long as `alive` finds nothing wrong, /readyz as long as `ready` does, otherwise 503 and what
    is wrong; both add the `name` of what this process serves. /metrics serves `registry`. Port 0 is any free port;
    `url` is empty if the port can't be used, which is logged: the bot works without it.
    """

    def __init__(
        self,
        host: str,
        port: int,
        registry: CollectorRegistry,
        *,
        alive: Check,
        ready: Check,
        name: Callable[[], str] = lambda: "",
    ) -> None:
        self._host, self._port = host, port
        application = web.Application()
        application.router.add_get("/healthz", _handler(alive, name))
        application.router.add_get("/readyz", _handler(ready, name))
        application.router.add_get("/metrics", make_aiohttp_handler(registry))
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        self.url = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            log.warning(
                "health and metrics can't be served at %s:%d: %s. Set THUMBPRINT_METRICS_PORT to another port, or to 0 "
                "for none.",
                *(self._host, self._port, error.strerror),
            )
        else:
            port = self._runner.addresses[0][1]
            self.url = f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{port}"
            log.info("health and metrics are at %s", self.url)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


def _handler(check: Check, name: Callable[[], str]) -> Handler:
    async def respond(_: web.Request) -> web.Response:
        problem = check()
        of = f" ({name()})" if name() else ""
        return web.Response(text=f"{problem or 'ok'}{of}\n", status=503 if problem else 200)

    return respond
