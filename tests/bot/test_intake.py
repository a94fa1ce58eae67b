import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import discord
import pytest
import stamina
from aiohttp import web

from bot.intake import FetchError, Intake, Source, attached
from classifier.errors import LinkError, PictureError
from tests.bot.samples import png, settings

VIDEO = "jNQXAC9IVRw"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def _no_backoff() -> None:
    stamina.set_testing(True, attempts=2)


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


def attachment(filename: str, content_type: str | None = None, **others: Any) -> discord.Attachment:
    data = {
        "id": "1",
        "filename": filename,
        "size": 9,
        "url": f"https://cdn.discordapp.com/{filename}",
        "proxy_url": "",
    }
    return discord.Attachment(data={**data, "content_type": content_type, **others}, state=Mock())


@pytest.mark.parametrize(
    ("filename", "content_type", "expected"),
    [
        ("a.png", "image/png", True),
        ("a.PNG", None, True),
        ("a.jpeg", "application/octet-stream", True),
        ("noname", "image/webp", True),
        ("a.mp4", "video/mp4", False),
        ("a.txt", None, False),
        ("png", None, False),
    ],
)
def test_pictures_are_recognised_by_type_or_name(filename: str, content_type: str | None, expected: bool) -> None:
    assert bool(attached([attachment(filename, content_type)])) is expected


def test_a_source_has_what_discord_says_about_an_attachment() -> None:
    (source,) = attached([attachment("a.png", "image/png", width=20, height=30)])
    assert source == Source("a.png", "https://cdn.discordapp.com/a.png", size=9, pixels=600)


def message(content: str = "", **others: Any) -> discord.Message:
    posted = Mock(spec=discord.Message, content=content, attachments=[], embeds=[])
    posted.configure_mock(**others)
    return posted


def test_attachments_come_before_embeds_and_embeds_before_links() -> None:
    intake = Intake(settings(Path()))
    link = f"see <https://www.youtube.com/watch?v={VIDEO}>, and https://youtu.be/{VIDEO}"
    embed = discord.Embed(url="https://www.youtube.com/shorts/abcdefghijk")
    names = [
        [source.name for source in intake.message(posted)]
        for posted in (
            message(link, attachments=[attachment("a.png")], embeds=[embed]),
            message(link, embeds=[embed, embed]),
            message(link),
            message("nothing"),
        )
    ]
    assert names == [["a.png"], ["youtu.be/abcdefghijk"], [f"youtu.be/{VIDEO}"], []]


def test_an_embedded_picture_is_fetched_through_discords_proxy() -> None:
    proxied = "https://images-ext-1.discordapp.net/external/x/https/evil.example/a.png"
    embed = discord.Embed.from_dict(
        {
            "title": "A",
            "thumbnail": {"url": "https://evil.example/a.png", "proxy_url": proxied, "width": 4, "height": 5},
        }
    )
    (source,) = Intake(settings(Path())).message(message(embeds=[embed]))
    assert source == Source("A", proxied, pixels=20)


def test_an_embed_without_a_picture_has_no_source() -> None:
    assert Intake(settings(Path())).message(message(embeds=[discord.Embed(title="words")])) == ()
