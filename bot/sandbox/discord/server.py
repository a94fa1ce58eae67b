"""LocalDiscord: REST, gateway and file host on one local port, with a small world."""

import base64
import secrets
from datetime import UTC, datetime
from typing import Self

from aiohttp import web

from bot.sandbox.discord.command_permissions import CHANNEL, ROLE, USER
from bot.sandbox.discord.commands import Commands
from bot.sandbox.discord.feed import Feed
from bot.sandbox.discord.gateway import Gateway, GatewaySettings
from bot.sandbox.discord.interactions import Interactions
from bot.sandbox.discord.limits import Fault, Faults, RateLimit, RateLimits
from bot.sandbox.discord.people import People
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.posts import Posts
from bot.sandbox.discord.rest import PREFIX, OnExchange, Rest
from bot.sandbox.discord.routes import ROUTES
from bot.sandbox.discord.snowflake import Snowflakes
from bot.sandbox.discord.state import State
from bot.sandbox.discord.threads import Threads
from bot.sandbox.discord.uploads import Uploads
from bot.sandbox.discord.values import Application, Channel, Guild, Role, User
from bot.sandbox.discord.world import World
from bot.sandbox.discord.writers import Writers

HOST = "127.0.0.1"
MEBIBYTE = 1 << 20
STARTING_TIME = datetime(2024, 1, 1, tzinfo=UTC)
"""When the initial world was created; constant, so that its ids are the same at every start."""


class LocalDiscord:
    """Serves a Discord on 127.0.0.1 inside its `async with` block.

    It has a `world` and a `gateway`; the methods of its `people` and `writers` are also its own. Port 0 is any free
    port, and an empty `token` (the bot's) is generated. `upload_limit` is in bytes per file; the other limits are in
    seconds; `gateway` has those of the gateway and the number of shards. `on_exchange` is called with every request and
    its response.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        token: str = "",
        message_content_allowed: bool = True,
        members_allowed: bool = False,
        upload_limit: int = 10 * MEBIBYTE,
        rate_limit: RateLimit | None = None,
        answer_within: float = 3.0,
        token_lifetime: float = 900.0,
        gateway: GatewaySettings | None = None,
        on_exchange: OnExchange | None = None,
    ) -> None:
        self.world = world = World(Feed(), Snowflakes(at=STARTING_TIME))
        self.admin = world.add_user("Ada")
        self.member = world.add_user("Max")
        self.owner = world.add_user("Olga")
        self.bot = world.add_user("Thumbprint", bot=True)
        guild = world.add_guild("Thumbprint sandbox", self.admin, (self.member, self.owner, self.bot))
        self.guild = world.add_role(guild, "Admin", Permission.ADMINISTRATOR, self.admin)
        self.general = world.add_channel(self.guild, "general")
        self.random = world.add_channel(self.guild, "random")
        self.club = world.add_guild("Film club", self.member, (self.admin, self.bot))
        self.posters = world.add_channel(self.club, "posters")
        self.trailers = world.add_channel(self.club, "trailers")
        world.new_id = Snowflakes()

        self.token = token or _new_token(self.bot.id)
        application = Application(
            self.bot.id,
            self.bot.display_name,
            self.owner.id,
            message_content_allowed=message_content_allowed,
            members_allowed=members_allowed,
        )
        settings = gateway or GatewaySettings()
        self.gateway = Gateway(world, application, settings, token=self.token, upload_limit=upload_limit)
        self.faults = Faults()
        uploads = Uploads(world.new_id, upload_limit)
        posts = Posts(world, uploads)
        self._state = State(
            world,
            application,
            self.bot,
            self.token,
            uploads,
            posts,
            Threads(world, posts),
            Commands(world, application.id),
            Interactions(world, posts, self.bot, answer_within=answer_within, token_lifetime=token_lifetime),
            self.gateway,
            RateLimits(rate_limit or RateLimit()),
            self.faults,
        )

        self.writers = writers = Writers(self._state)
        self.post, self.edit, self.delete = writers.post, writers.edit, writers.delete
        self.forward, self.direct, self.vote = writers.forward, writers.direct, writers.vote
        self.start_thread, self.post_in_forum = writers.start_thread, writers.post_in_forum
        self.archive, self.add_to_thread = writers.archive, writers.add_to_thread
        self.remove_from_thread = writers.remove_from_thread
        self.people = people = People(self._state)
        self.watch, self.settled, self.answer_to = people.watch, people.settled, people.answer_to
        self.offered, self.current, self.read = people.offered, people.current, people.read
        self.slash, self.autocomplete = people.slash, people.autocomplete
        self.context_menu, self.user_menu = people.context_menu, people.user_menu
        self.press, self.choose, self.submit = people.press, people.choose, people.submit

        self.url = ""
        self._port = port
        self._runner = web.AppRunner(self._application(on_exchange), access_log=None, shutdown_timeout=1.0)

    @property
    def api_url(self) -> str:
        """The REST API's URL: discord.py's `Route.BASE`."""
        return self.url + PREFIX

    @property
    def gateway_url(self) -> str:
        """The gateway's URL: discord.py's `DiscordWebSocket.DEFAULT_GATEWAY`."""
        return self.gateway.url

    def bearer(self, user: User) -> str:
        """A token of a person, for the few routes that take one: "Authorization: Bearer"."""
        token = secrets.token_urlsafe(30)
        self._state.bearers[token] = user
        return token

    def allow(self, guild: Guild, command: str, target: Role | User | Channel, *, allowed: bool = True) -> None:
        """Set on the Integrations page who may use a command, or where; "" is all commands. Others stay."""
        named = [it["id"] for it in self._state.commands.all(None) if it["name"] == command]
        target_id = int(named[0]) if command else self.bot.id
        kind = ROLE if isinstance(target, Role) else USER if isinstance(target, User) else CHANNEL
        permissions = self._state.commands.permissions
        known = (permissions.of(guild, target_id) or {"permissions": []})["permissions"]
        others = [it for it in known if it["id"] != str(target.id)]
        permissions.set(guild, target_id, [*others, {"id": target.id, "type": kind, "permission": allowed}])

    def fail_next(self, status: int, path: str = "", *, method: str = "", times: int = 1, delay: float = 0.0) -> None:
        """Make the next requests to a path (a regular expression) fail, or (status 0) take `delay` seconds longer."""
        self.faults.add(Fault(status, path, method, times, delay))

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self.gateway.url = f"ws://{host}:{port}/gateway"
        self._state.uploads.base_url = self.url
        return self

    async def __aexit__(self, *_: object) -> None:
        self._state.interactions.close()
        for site in tuple(self._runner.sites):  # first of all, or somebody connects when all connections are closed
            await site.stop()
        await self.gateway.close()
        await self._runner.cleanup()

    def _application(self, on_exchange: OnExchange | None) -> web.Application:
        rest = Rest(self._state, on_exchange)
        application = web.Application()
        application.add_routes([rest.definition(route) for route in ROUTES])
        application.router.add_route("*", PREFIX + "/{rest:.*}", rest.not_found)
        application.router.add_get("/gateway", self.gateway.handle)
        application.router.add_get("/gateway/", self.gateway.handle)
        application.router.add_get("/attachments/{channel_id}/{attachment_id:\\d+}/{filename}", self._attachment)
        return application

    async def _attachment(self, request: web.Request) -> web.Response:
        found = self._state.uploads.read(int(request.match_info["attachment_id"]))
        if found is None or found[0].filename != request.match_info["filename"]:
            raise web.HTTPNotFound
        attachment, data = found
        disposition = "attachment" if attachment.width is None else "inline"
        return web.Response(
            body=data,
            headers={
                "Content-Type": attachment.content_type or "application/octet-stream",
                "Content-Disposition": f'{disposition}; filename="{attachment.filename}"',
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )


def _new_token(bot_id: int) -> str:
    """Generate a token in the same form as Discord's."""
    first = base64.b64encode(str(bot_id).encode()).decode().rstrip("=")
    return f"{first}.{secrets.token_urlsafe(6)[:6]}.{secrets.token_urlsafe(28)[:38]}"
