"""ChatPage: serves static files, a live feed and the endpoints for users' actions, only on 127.0.0.1."""

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
    LocalDiscordError,
    Message,
    NotOfferedError,
    Permission,
    User,
)
from bot.sandbox.discord.enums import OptionType
from bot.sandbox.discord.interaction_data import OptionValue, find_command
from bot.sandbox.page.view import Json, View

HOST = "127.0.0.1"
DEFAULT_PORT = 8080
STATIC = Path(__file__).with_name("static")
MAX_REQUEST = 120 << 20
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ChatPage:
    """Serves the page inside its `async with` block.

    `gallery` is pictures to try, each with a caption; `example` is a message to try. Port 0 is any free port; None is
    the default port, or any free port if that one is taken. `picture_hosts` are the URLs, besides the local Discord's,
    from which embeds can show pictures.
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
        await web.SockSite(self._runner, _open_socket(self._port)).start()
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
                web.get("/gallery/{number:\\d+}", self._gallery_picture),
                web.get("/feed", self._feed),
                web.post("/messages", self._post),
                web.patch("/messages", self._edit),
                web.delete("/messages", self._delete),
                web.post("/commands", self._run_command),
                web.post("/autocomplete", self._autocomplete),
                web.post("/components", self._use_component),
                web.post("/menu", self._run_menu_command),
                web.post("/modals", self._submit_modal),
                web.post("/bot", self._add_or_remove_bot),
                web.post("/installs", self._install),
            ]
        )
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse requests from other sites, and DNS rebinding."""
        origin = request.headers.get("Origin")
        ours = {f"http://{host}" for host in self._hosts}
        if request.host not in self._hosts or (origin is not None and origin not in ours):
            raise web.HTTPForbidden(text="Open this page at its own address: other hosts and origins are refused.")
        try:
            response = await handler(request)
        except LocalDiscordError as error:
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

    async def _gallery_picture(self, request: web.Request) -> web.FileResponse:
        number = int(request.match_info["number"])
        if number >= len(self._gallery):
            raise web.HTTPNotFound
        return web.FileResponse(self._gallery[number][1])

    async def _feed(self, request: web.Request) -> web.WebSocketResponse:
        """Send the world as one user sees it, then each change."""
        captions = [caption for caption, _ in self._gallery]
        view = View(self._discord, self._user(request.query.get("as", "")), captions, self._example)
        feed = web.WebSocketResponse(heartbeat=30)
        await feed.prepare(request)
        self._sockets.add(feed)
        changes: asyncio.Queue[Event] = asyncio.Queue()
        stop_listening = self._discord.world.feed.listen(changes.put_nowait)
        sender = asyncio.create_task(_send(feed, view, changes))
        try:
            async for _ in feed:
                pass
        finally:
            stop_listening()
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            self._sockets.discard(feed)
        return feed

    async def _post(self, request: web.Request) -> web.Response:
        fields, files = await _read_form(request)
        user, channel = self._user(fields["as"]), self._channel(fields["channel"])
        reply_to = fields.get("reply_to")
        original = self._discord.world.message(channel.id, int(reply_to)) if reply_to else None
        await self._discord.post(user, channel, fields.get("content", ""), list(files.values()), original)
        return web.Response(status=204)

    async def _edit(self, request: web.Request) -> web.Response:
        body = await request.json()
        await self._discord.edit(self._user(body["as"]), self._message(body), body["content"])
        return web.Response(status=204)

    async def _delete(self, request: web.Request) -> web.Response:
        body = await request.json()
        self._discord.delete(self._user(body["as"]), self._message(body))
        return web.Response(status=204)

    async def _run_command(self, request: web.Request) -> web.Response:
        fields, files = await _read_form(request)
        user, channel = self._user(fields["as"]), self._channel(fields["channel"])
        options = self._options(user, channel, fields["command"], json.loads(fields.get("options", "{}")))
        return await self._respond(await self._discord.slash(user, channel, fields["command"], {**options, **files}))

    async def _autocomplete(self, request: web.Request) -> web.Response:
        body = await request.json()
        user, channel, command = self._user(body["as"]), self._channel(body["channel"]), body["command"]
        others = self._options(user, channel, command, body["options"], strict=False)
        choices = await self._discord.autocomplete(user, channel, command, body["option"], body["typed"], others)
        return web.json_response({"choices": choices})

    async def _use_component(self, request: web.Request) -> web.Response:
        body = await request.json()
        user, message = self._user(body["as"]), self._message(body)
        if body.get("values") is None:
            return await self._respond(await self._discord.press(user, message, body["custom_id"]))
        return await self._respond(await self._discord.choose(user, message, body["custom_id"], body["values"]))

    async def _run_menu_command(self, request: web.Request) -> web.Response:
        """Run a command from a message's or a user's menu."""
        body = await request.json()
        user, command = self._user(body["as"]), body["command"]
        if "target" in body:
            target, channel = self._discord.world.user(int(body["target"])), self._channel(body["channel"])
            return await self._respond(await self._discord.user_menu(user, channel, target, command))
        return await self._respond(await self._discord.context_menu(user, self._message(body), command))

    async def _submit_modal(self, request: web.Request) -> web.Response:
        body = await request.json()
        user = self._user(body["as"])
        opened = self._modals.get(user.id)
        if opened is None or str(opened.id) != body["modal"]:
            raise NotOfferedError("This form is no longer open.")
        interaction = await self._discord.submit(user, opened, body["values"])
        del self._modals[user.id]
        return await self._respond(interaction)

    async def _add_or_remove_bot(self, request: web.Request) -> web.Response:
        """Add the bot to a guild or remove it, as a user who manages the guild."""
        body = await request.json()
        world, bot = self._discord.world, self._discord.bot
        guild = world.guild(int(body["guild"]))
        if not world.guild_permissions(self._user(body["as"]), guild) & Permission.MANAGE_GUILD:
            raise NotOfferedError("You need the Manage Server permission to do that.")
        if body["bot"]:
            world.join(guild, bot, by=self._user(body["as"]))
        else:
            world.leave(guild, bot)
        return web.Response(status=204)

    async def _install(self, request: web.Request) -> web.Response:
        """Install the application to a user's account, or remove it."""
        body = await request.json()
        self._discord.world.install(self._user(body["as"]), installed=bool(body["installed"]))
        return web.Response(status=204)

    async def _respond(self, interaction: Interaction) -> web.Response:
        """Wait for the bot's response: a modal to open, or messages, which only the feed sends."""
        await self._discord.settled(interaction)
        if interaction.failed:
            return web.json_response({"error": "The application did not respond"}, status=504)
        if interaction.modal is None:
            return web.Response(status=204)
        self._modals[interaction.user.id] = interaction
        return web.json_response({"modal": interaction.modal | {"id": str(interaction.id)}})

    def _user(self, user_id: str) -> User:
        users = {str(user.id): user for user in self._discord.world.users.values() if not user.bot}
        return users.get(user_id, self._discord.member)

    def _channel(self, channel_id: str) -> Channel:
        return self._discord.world.channel(int(channel_id))

    def _message(self, body: Json) -> Message:
        return self._discord.world.message(int(body["channel"]), int(body["message"]))

    def _options(
        self, user: User, channel: Channel, path: str, typed: Json, *, strict: bool = True
    ) -> dict[str, OptionValue]:
        """Parse the typed values of a command's options; without `strict`, invalid values are left out."""
        command, _, _ = find_command(self._discord.offered(user, channel), path)
        kinds = {option["name"]: option["type"] for option in command.get("options", [])}
        values: dict[str, OptionValue] = {}
        for name, text in typed.items():
            try:
                values[name] = self._value(kinds.get(name), text)
            except NotOfferedError:
                if strict:
                    raise
        return values

    def _value(self, kind: int | None, text: str) -> OptionValue:
        """Parse an option's value. Raises NotOfferedError if it must be a number and is not."""
        world = self._discord.world
        found: dict[int, Callable[[int], OptionValue]] = {
            OptionType.USER: world.user,
            OptionType.CHANNEL: world.channel,
            OptionType.ROLE: world.role,
        }
        try:
            if kind is not None and kind in found:
                return found[kind](int(text))
            match kind:
                case OptionType.INTEGER:
                    return int(text)
                case OptionType.NUMBER:
                    return float(text)
                case OptionType.BOOLEAN:
                    return text == "true"
        except ValueError as error:
            raise NotOfferedError(f"“{text}” is not a number.") from error
        return text


def _open_socket(port: int | None) -> socket.socket:
    """Listen on a port (see ChatPage). Raises OSError if the port is taken."""
    if port is None:
        with suppress(OSError):
            return socket.create_server((HOST, DEFAULT_PORT))
    return socket.create_server((HOST, port or 0))


async def _send(feed: web.WebSocketResponse, view: View, changes: "asyncio.Queue[Event]") -> None:
    await feed.send_json(view.world())
    while True:
        change = view.change(await changes.get())
        if change is not None:
            await feed.send_json(change)


async def _read_form(request: web.Request) -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
    """Read a form's texts and files, by field name."""
    form = await request.post()
    texts: dict[str, str] = {}
    files: dict[str, tuple[str, bytes]] = {}
    for name, value in form.items():
        if isinstance(value, web.FileField):
            files[name] = value.filename, await asyncio.to_thread(value.file.read)
        elif isinstance(value, str):
            texts[name] = value
    return texts, files
