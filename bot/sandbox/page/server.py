"""ChatPage: static files, a live feed and the doors for what a person does. Listens on 127.0.0.1 alone."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from aiohttp import WSCloseCode, web

from bot.sandbox.discord import (
    Channel,
    Event,
    Interaction,
    LocalDiscord,
    Message,
    NotOfferedError,
    Permission,
    User,
)
from bot.sandbox.discord.filled import OptionValue, chosen_command
from bot.sandbox.discord.kinds import OptionType
from bot.sandbox.page.view import Json, View
from classifier.errors import ThumbprintError

HOST = "127.0.0.1"
USUAL_PORT = 8080
STATIC = Path(__file__).with_name("static")
MAX_REQUEST = 120 << 20
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ChatPage:
    """Serves the page while its `async with` block lasts.

    `gallery` is pictures to try, each a caption and a file; `example` is a message to try. `port` 0 takes a free one,
    None the usual one if it is free. `picture_hosts` are addresses that embeds may show pictures of, besides the local
    Discord.
    """

    def __init__(
        self,
        discord: LocalDiscord,
        *,
        port: int | None = 0,
        gallery: Sequence[tuple[str, Path]] = (),
        example: str = "",
        picture_hosts: Sequence[str] = (),
    ) -> None:
        self._discord = discord
        self._port = port
        self._gallery = tuple(gallery)
        self._example = example
        self._picture_hosts = tuple(picture_hosts)
        self._sockets: set[web.WebSocketResponse] = set()
        self._hosts: tuple[str, ...] = ()
        self._modals: dict[int, Interaction] = {}
        self._files = {f"/{file.name}": file for file in STATIC.iterdir()} | {"/": STATIC / "index.html"}
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        self.url = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.SockSite(self._runner, _listening(self._port)).start()
        port = self._runner.addresses[0][1]
        self._hosts = (f"{HOST}:{port}", f"localhost:{port}")
        self.url = f"http://{HOST}:{port}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        for feed in tuple(self._sockets):
            await feed.close(code=WSCloseCode.GOING_AWAY)
        await self._runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[self._guard], client_max_size=MAX_REQUEST)
        application.add_routes(
            [
                *(web.get(path, self._static) for path in self._files),
                web.get("/gallery/{number:\\d+}", self._picture),
                web.get("/feed", self._feed),
                web.post("/messages", self._post),
                web.patch("/messages", self._edit),
                web.delete("/messages", self._delete),
                web.post("/commands", self._run),
                web.post("/autocomplete", self._complete),
                web.post("/components", self._use),
                web.post("/menu", self._apply),
                web.post("/modals", self._submit),
                web.post("/bot", self._invite),
            ]
        )
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turn away other sites that a browser speaks for, and names that were bent to this machine."""
        origin = request.headers.get("Origin")
        ours = {f"http://{host}" for host in self._hosts}
        if request.host not in self._hosts or (origin is not None and origin not in ours):
            raise web.HTTPForbidden(text="This page answers to its own address alone.")
        try:
            response = await handler(request)
        except ThumbprintError as error:
            response = web.json_response({"error": str(error)}, status=400)
        if not response.prepared:
            pictures = " ".join((self._discord.url, *self._picture_hosts))
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Cache-Control"] = "no-cache"
            response.headers["Content-Security-Policy"] = (
                f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws://{request.host}; "
                f"img-src 'self' blob: data: {pictures}; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'none'"
            )
        return response

    async def _static(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(self._files[request.path])

    async def _picture(self, request: web.Request) -> web.FileResponse:
        number = int(request.match_info["number"])
        if number >= len(self._gallery):
            raise web.HTTPNotFound
        return web.FileResponse(self._gallery[number][1])

    async def _feed(self, request: web.Request) -> web.WebSocketResponse:
        """Everything at once, then each change, as one of the people."""
        captions = [caption for caption, _ in self._gallery]
        view = View(self._discord, self._person(request.query.get("as", "")), captions, self._example)
        feed = web.WebSocketResponse(heartbeat=30)
        await feed.prepare(request)
        self._sockets.add(feed)
        changes: asyncio.Queue[Event] = asyncio.Queue()
        leave = self._discord.world.feed.listen(changes.put_nowait)
        sender = asyncio.create_task(_send(feed, view, changes))
        try:
            async for _ in feed:
                pass
        finally:
            leave()
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            self._sockets.discard(feed)
        return feed

    async def _post(self, request: web.Request) -> web.Response:
        fields, files = await _read(request)
        user, channel = self._person(fields["as"]), self._channel(fields["channel"])
        reply_to = fields.get("reply_to")
        original = self._discord.world.message(channel.id, int(reply_to)) if reply_to else None
        await self._discord.post(user, channel, fields.get("content", ""), list(files.values()), original)
        return web.Response(status=204)

    async def _edit(self, request: web.Request) -> web.Response:
        asked = await request.json()
        await self._discord.edit(self._person(asked["as"]), self._message(asked), asked["content"])
        return web.Response(status=204)

    async def _delete(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self._discord.delete(self._person(asked["as"]), self._message(asked))
        return web.Response(status=204)

    async def _run(self, request: web.Request) -> web.Response:
        fields, files = await _read(request)
        user, channel = self._person(fields["as"]), self._channel(fields["channel"])
        typed = self._options(user, channel, fields["command"], json.loads(fields.get("options", "{}")))
        return await self._outcome(await self._discord.slash(user, channel, fields["command"], {**typed, **files}))

    async def _complete(self, request: web.Request) -> web.Response:
        asked = await request.json()
        user, channel, command = self._person(asked["as"]), self._channel(asked["channel"]), asked["command"]
        others = self._options(user, channel, command, asked["options"], strict=False)
        choices = await self._discord.autocomplete(user, channel, command, asked["option"], asked["typed"], others)
        return web.json_response({"choices": choices})

    async def _use(self, request: web.Request) -> web.Response:
        asked = await request.json()
        user, message = self._person(asked["as"]), self._message(asked)
        if asked.get("values") is None:
            return await self._outcome(await self._discord.press(user, message, asked["custom_id"]))
        return await self._outcome(await self._discord.choose(user, message, asked["custom_id"], asked["values"]))

    async def _apply(self, request: web.Request) -> web.Response:
        """Run a command of the menu of a message, or of a person."""
        asked = await request.json()
        user, command = self._person(asked["as"]), asked["command"]
        if "target" in asked:
            target, channel = self._discord.world.user(int(asked["target"])), self._channel(asked["channel"])
            return await self._outcome(await self._discord.user_menu(user, channel, target, command))
        return await self._outcome(await self._discord.context_menu(user, self._message(asked), command))

    async def _submit(self, request: web.Request) -> web.Response:
        asked = await request.json()
        user = self._person(asked["as"])
        opened = self._modals.get(user.id)
        if opened is None or str(opened.id) != asked["modal"]:
            raise NotOfferedError("There is nothing to fill in any more.")
        started = await self._discord.submit(user, opened, asked["values"])
        del self._modals[user.id]
        return await self._outcome(started)

    async def _invite(self, request: web.Request) -> web.Response:
        """Let the bot into a guild, or out of it, as who manages that."""
        asked = await request.json()
        world, bot = self._discord.world, self._discord.bot
        guild = world.guild(int(asked["guild"]))
        if not world.guild_permissions(self._person(asked["as"]), guild) & Permission.MANAGE_GUILD:
            raise NotOfferedError("Only who manages the server can do that.")
        (world.join if asked["bot"] else world.leave)(guild, bot)
        return web.Response(status=204)

    async def _outcome(self, started: Interaction) -> web.Response:
        """What became of an interaction: nothing that the feed would not tell, or a modal to fill in."""
        await self._discord.settled(started)
        if started.failed:
            return web.json_response({"error": "The bot did not respond."}, status=504)
        if started.modal is None:
            return web.Response(status=204)
        self._modals[started.user.id] = started
        return web.json_response({"modal": started.modal | {"id": str(started.id)}})

    def _person(self, user_id: str) -> User:
        people = {str(user.id): user for user in self._discord.world.users.values() if not user.bot}
        return people.get(user_id, self._discord.member)

    def _channel(self, channel_id: str) -> Channel:
        return self._discord.world.channel(int(channel_id))

    def _message(self, asked: Json) -> Message:
        return self._discord.world.message(int(asked["channel"]), int(asked["message"]))

    def _options(
        self, user: User, channel: Channel, path: str, typed: Json, *, strict: bool = True
    ) -> dict[str, OptionValue]:
        """What was typed, as the command wants it; unless `strict`, what does not fit yet is left out."""
        command, _, _ = chosen_command(self._discord.offered(user, channel), path)
        kinds = {option["name"]: option["type"] for option in command.get("options", [])}
        found: dict[str, OptionValue] = {}
        for name, text in typed.items():
            try:
                found[name] = self._value(kinds.get(name), text)
            except NotOfferedError:
                if strict:
                    raise
        return found

    def _value(self, kind: int | None, text: str) -> OptionValue:
        """A typed option as its command wants it. Raises NotOfferedError where it is no number."""
        world = self._discord.world
        try:
            match kind:
                case OptionType.INTEGER:
                    return int(text)
                case OptionType.NUMBER:
                    return float(text)
                case OptionType.BOOLEAN:
                    return text == "true"
                case OptionType.USER:
                    return world.user(int(text))
                case OptionType.CHANNEL:
                    return world.channel(int(text))
        except ValueError as error:
            raise NotOfferedError(f"“{text}” is not a number.") from error
        return text


def _listening(port: int | None) -> socket.socket:
    """A socket at a port, see ChatPage. Raises OSError where the port is taken."""
    if port is None:
        with suppress(OSError):
            return socket.create_server((HOST, USUAL_PORT))
    return socket.create_server((HOST, port or 0))


async def _send(feed: web.WebSocketResponse, view: View, changes: "asyncio.Queue[Event]") -> None:
    await feed.send_json(view.whole())
    while True:
        change = view.of(await changes.get())
        if change is not None:
            await feed.send_json(change)


async def _read(request: web.Request) -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
    """A form's texts, and its files by field name."""
    form = await request.post()
    texts: dict[str, str] = {}
    files: dict[str, tuple[str, bytes]] = {}
    for name, value in form.items():
        if isinstance(value, web.FileField):
            files[name] = value.filename, await asyncio.to_thread(value.file.read)
        elif isinstance(value, str):
            texts[name] = value
    return texts, files
