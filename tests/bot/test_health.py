import socket

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, Gauge

from bot.health import HealthServer


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def test_checks_and_metrics_are_served() -> None:
    problems: dict[str, str | None] = {"alive": None, "ready": None}
    registry = CollectorRegistry()
    Gauge("thumbprint_things", "Things.", registry=registry).set(4)
    server = HealthServer("127.0.0.1", 0, registry, alive=lambda: problems["alive"], ready=lambda: problems["ready"])
    async with server:
        assert await get(f"{server.url}/healthz") == await get(f"{server.url}/readyz") == (200, "ok\n")
        problems["ready"] = "not connected"
        assert await get(f"{server.url}/healthz") == (200, "ok\n")
        assert await get(f"{server.url}/readyz") == (503, "not connected\n")
        problems["alive"] = "stuck"
        assert await get(f"{server.url}/healthz") == (503, "stuck\n")
        assert (await get(f"{server.url}/"))[0] == 404
        status, text = await get(f"{server.url}/metrics")
        assert (status, "thumbprint_things 4.0" in text) == (200, True)
    with pytest.raises(aiohttp.ClientConnectorError):
        await get(f"{server.url}/healthz")


async def test_a_port_in_use_is_logged_and_the_bot_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with HealthServer("127.0.0.1", port, CollectorRegistry(), alive=lambda: None, ready=lambda: None) as it:
            assert it.url == ""
    assert f"can't be served at 127.0.0.1:{port}" in caplog.text
    assert "THUMBPRINT_METRICS_PORT" in caplog.text
