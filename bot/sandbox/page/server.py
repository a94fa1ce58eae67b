"""ChatPage: static files, a live feed and the doors for what a person does. Listens on 127.0.0.1 alone."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Self

from aiohttp import WSCloseCode, web

from bot.sandbox.discord import Channel, Event, Interaction, LocalDiscord, NotOfferedError, User
from bot.sandbox.discord.filled import OptionValue
from bot.sandbox.page.view import Json, View
from classifier.errors import ThumbprintError

HOST = "127.0.0.1"
STATIC = Path(__file__).with_name("static")
FILES = {"/": "index.html", "/chat.css": "chat.css", "/chat.js": "chat.js", "/markdown.js": "markdown.js"}
MAX_REQUEST = 120 << 20
INTEGER, BOOLEAN, NUMBER = 4, 5, 10
ANSWERED = ("INTERACTION_ANSWER", "INTERACTION_FAILED")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ChatPage:
    """Serves the page while its `async with` block lasts.

    `gallery` is pictures to try, each a caption and a file. `port` 0 takes a free one.
    """

    def __init__(self, discord: LocalDiscord, *, port: int = 0, gallery: Sequence[tuple[str, Path]] = ()) -> None:
        self._discord = discord
        self._port = port
        self._gallery = tuple(gallery)
        self._sockets: set[web.WebSocketResponse] = set()
        self._hosts: tuple[str, ...] = ()
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        self.url = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()
        port = self._runner.addresses[0][1]
        self._hosts = (f"{HOST}:{port}", f"localhost:{port}")
        self.url = f"http://{HOST}:{port}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        for socket in tuple(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)
        await self._runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[self._guard], client_max_size=MAX_REQUEST)
        application.add_routes(
            [
                *(web.get(path, self._static) for path in FILES),
                web.get("/gallery/{number:\\d+}", self._picture),
                web.get("/feed", self._feed),
                web.post("/messages", self._post),
                web.post("/commands", self._run),
                web.post("/components", self._use),
                web.post("/menu", self._apply),
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
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Cache-Control"] = "no-cache"
            response.headers["Content-Security-Policy"] = (
                f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws://{request.host}; "
                f"img-src 'self' blob: data: {self._discord.url}; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'none'"
            )
        return response

    async def _static(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / FILES[request.path])

    async def _picture(self, request: web.Request) -> web.FileResponse:
        number = int(request.match_info["number"])
        if number >= len(self._gallery):
            raise web.HTTPNotFound
        return web.FileResponse(self._gallery[number][1])

    async def _feed(self, request: web.Request) -> web.WebSocketResponse:
        """Everything at once, then each change, as one of the people."""
        view = View(self._discord, self._person(request.query.get("as", "")))
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        self._sockets.add(socket)
        changes: asyncio.Queue[Event] = asyncio.Queue()
        leave = self._discord.world.feed.listen(changes.put_nowait)
        whole = view.whole() | {"people": self._people(), "gallery": self._captions()}
        sender = asyncio.create_task(_send(socket, whole, view, changes))
        try:
            async for _ in socket:
                pass
        finally:
            leave()
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            self._sockets.discard(socket)
        return socket

    async def _post(self, request: web.Request) -> web.Response:
        fields, files = await _read(request)
        user, channel = self._person(fields["as"]), self._channel(fields["channel"])
        reply_to = fields.get("reply_to")
        original = self._discord.world.message(channel.id, int(reply_to)) if reply_to else None
        await self._discord.post(user, channel, fields.get("content", ""), list(files.values()), original)
        return web.Response(status=204)

    async def _run(self, request: web.Request) -> web.Response:
        fields, files = await _read(request)
        user, channel = self._person(fields["as"]), self._channel(fields["channel"])
        typed: Json = json.loads(fields.get("options", "{}"))
        kinds = {option["name"]: option["type"] for option in self._options(user, channel, fields["command"])}
        options: dict[str, OptionValue | tuple[str, bytes]] = {
            name: _value(kinds.get(name), text) for name, text in typed.items()
        }
        options |= files
        async with self._discord.watch() as events:
            started = await self._discord.slash(user, channel, fields["command"], options)
            await events.next(lambda event: event.interaction is started and event.name in ANSWERED)
        return _outcome(started)

    async def _use(self, request: web.Request) -> web.Response:
        asked = await request.json()
        user = self._person(asked["as"])
        message = self._discord.world.message(int(asked["channel"]), int(asked["message"]))
        async with self._discord.watch() as events:
            if asked.get("values") is None:
                started = await self._discord.press(user, message, asked["custom_id"])
            else:
                started = await self._discord.choose(user, message, asked["custom_id"], asked["values"])
            await events.next(lambda event: event.interaction is started and event.name in ANSWERED)
        return _outcome(started)

    async def _apply(self, request: web.Request) -> web.Response:
        asked = await request.json()
        message = self._discord.world.message(int(asked["channel"]), int(asked["message"]))
        async with self._discord.watch() as events:
            started = await self._discord.context_menu(self._person(asked["as"]), message, asked["command"])
            await events.next(lambda event: event.interaction is started and event.name in ANSWERED)
        return _outcome(started)

    def _person(self, user_id: str) -> User:
        people = {str(user.id): user for user in self._discord.world.users.values() if not user.bot}
        return people.get(user_id, self._discord.member)

    def _channel(self, channel_id: str) -> Channel:
        return self._discord.world.channel(int(channel_id))

    def _options(self, user: User, channel: Channel, path: str) -> list[Json]:
        for command in View(self._discord, user).whole()["commands"]:
            if command["path"] == path:
                options: list[Json] = command["options"]
                return options
        raise NotOfferedError(f"There is no /{path} in {channel.name or 'direct messages'} for you.")

    def _people(self) -> list[Json]:
        discord = self._discord
        parts = {discord.admin.id: "server admin", discord.owner.id: "owner of the bot"}
        return [
            {"id": str(user.id), "name": user.display_name, "part": parts.get(user.id, "member")}
            for user in discord.world.users.values()
            if not user.bot
        ]

    def _captions(self) -> list[str]:
        return [caption for caption, _ in self._gallery]


async def _send(socket: web.WebSocketResponse, whole: Json, view: View, changes: "asyncio.Queue[Event]") -> None:
    await socket.send_json(whole)
    while True:
        change = view.of(await changes.get())
        if change is not None:
            await socket.send_json(change)


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


def _value(kind: int | None, text: str | bool) -> str | int | float | bool:
    """A typed option as its command wants it. Raises NotOfferedError where it is no number."""
    try:
        if kind == INTEGER:
            return int(text)
        if kind == NUMBER:
            return float(text)
    except ValueError as error:
        raise NotOfferedError(f"“{text}” is not a number.") from error
    return bool(text) if kind == BOOLEAN else str(text)


def _outcome(interaction: Interaction) -> web.Response:
    if interaction.failed:
        return web.json_response({"error": "The bot did not respond."}, status=504)
    return web.Response(status=204)
