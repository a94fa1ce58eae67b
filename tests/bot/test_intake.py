import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import stamina
from aiohttp import web

from bot.intake import FetchError, Intake
from bot.sources import Source
from classifier.errors import LinkError, PictureError
from tests.bot.samples import png, settings

VIDEO = "jNQXAC9IVRw"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    stamina.set_testing(True, attempts=2)
    yield
    stamina.set_testing(False)


@asynccontextmanager
async def host(handler: Handler) -> AsyncIterator[str]:
    """The URL of a picture host whose requests `handler` answers."""
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield "http://{}:{}".format(*runner.addresses[0][:2])
    finally:
        await runner.cleanup()


@asynccontextmanager
async def intake_of(handler: Handler, **others: Any) -> AsyncIterator[tuple[Intake, str]]:
    async with host(handler) as url:
        chosen = settings(Path(), youtube={"thumbnails_url": url}, discord={"cdn_urls": [url]}, **others)
        async with Intake(chosen) as intake:
            yield intake, url


async def serve(_: web.Request) -> web.Response:
    return web.Response(body=png(), content_type="image/png")


async def test_a_picture_is_fetched() -> None:
    async with intake_of(serve) as (intake, url):
        source = Source("a.png", f"{url}/a.png")
        picture = await intake.fetch(source)
    assert picture.content == png()
    assert picture.source is source


async def test_a_link_gives_the_medium_thumbnail_of_the_video() -> None:
    asked: list[str] = []

    async def record(request: web.Request) -> web.Response:
        asked.append(request.path)
        return await serve(request)

    async with intake_of(record) as (intake, _):
        picture = await intake.fetch(intake.link(f"look: https://youtu.be/{VIDEO}?si=x"))
    assert picture.source.video_id == VIDEO
    assert asked == [f"/vi/{VIDEO}/mqdefault.jpg"]


async def test_a_placeholder_is_not_a_thumbnail() -> None:
    async def placeholder(_: web.Request) -> web.Response:
        return web.Response(body=png(120, 90), status=404, content_type="image/jpeg")

    async with intake_of(placeholder) as (intake, url):
        with pytest.raises(LinkError, match="That video doesn't exist, or it is private or deleted"):
            await intake.fetch(intake.link(f"youtu.be/{VIDEO}"))
        with pytest.raises(FetchError, match="404"):
            await intake.fetch(Source("a.png", f"{url}/a.png"))


@pytest.mark.parametrize("says_length", [True, False])
async def test_a_too_large_picture_is_refused_while_it_is_downloaded(says_length: bool) -> None:
    async def large(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "5000000"} if says_length else {})
        await response.prepare(request)
        for _ in range(50):
            await response.write(b"x" * 100_000)
        return response

    async with intake_of(large, picture_bytes=200_000) as (intake, url):
        with pytest.raises(PictureError, match="larger than"):
            await intake.fetch(Source("a.png", f"{url}/a.png"))


async def test_a_compressed_body_is_not_decompressed() -> None:
    async def squeezed(request: web.Request) -> web.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return web.Response(body=b"\x1f\x8bsmall", headers={"Content-Encoding": "gzip"})

    async with intake_of(squeezed) as (intake, url):
        assert (await intake.fetch(Source("a.png", f"{url}/a.png"))).content == b"\x1f\x8bsmall"


async def test_the_size_that_discord_states_is_checked_before_anything_is_fetched() -> None:
    async def never(_: web.Request) -> web.Response:
        raise AssertionError("fetched")

    async with intake_of(never, picture_bytes=100, picture_pixels=100) as (intake, url):
        with pytest.raises(PictureError, match="larger than"):
            await intake.fetch(Source("a.png", f"{url}/a.png", size=101))
        with pytest.raises(PictureError, match="megapixels"):
            await intake.fetch(Source("a.png", f"{url}/a.png", pixels=101))


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/a.png",
        "http://cdn.discordapp.com/a.png",
        "https://cdn.discordapp.com.evil.example/a.png",
        "https://cdn.discordapp.com@evil.example/a.png",
        "https://user:word@cdn.discordapp.com/a.png",
        "https://cdn.discordapp.com:8443/a.png",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost/a.png",
        "file:///etc/passwd",
        "//cdn.discordapp.com/a.png",
        "a.png",
        "",
        "http://[::1",
    ],
)
async def test_only_listed_hosts_are_used(url: str) -> None:
    async with Intake(settings(Path())) as intake:
        with pytest.raises(PictureError, match="I only fetch pictures from Discord and YouTube"):
            await intake.fetch(Source("a.png", url))


async def test_redirects_are_not_followed() -> None:
    async def elsewhere(request: web.Request) -> web.Response:
        if request.path == "/a.png":
            return web.Response(status=302, headers={"Location": "/b.png"})
        raise AssertionError("followed")

    async with intake_of(elsewhere) as (intake, url):
        with pytest.raises(FetchError, match="302"):
            await intake.fetch(Source("a.png", f"{url}/a.png"))


async def test_slow_hosts_time_out() -> None:
    release = asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    async with intake_of(slow, picture_timeout=0.05) as (intake, url):
        with pytest.raises(FetchError, match="too long"):
            await intake.fetch(Source("a.png", f"{url}/a.png"))
        release.set()


async def _truncated(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"half")
    assert request.transport is not None
    request.transport.close()
    return response


async def _unavailable(_: web.Request) -> web.Response:
    return web.Response(status=503, text="<html>")


@pytest.mark.parametrize("failure", [_truncated, _unavailable])
async def test_a_fetch_is_tried_twice(failure: Handler) -> None:
    tries: list[str] = []

    async def first_fails(request: web.Request) -> web.StreamResponse:
        tries.append(request.path)
        return await (failure if len(tries) == 1 else serve)(request)

    async with intake_of(first_fails) as (intake, url):
        assert (await intake.fetch(Source("a.png", f"{url}/a.png"))).content == png()
    assert len(tries) == 2
    async with intake_of(failure) as (intake, url):
        with pytest.raises(FetchError, match="couldn't load that image"):
            await intake.fetch(Source("a.png", f"{url}/a.png"))
