"""LocalDiscord: REST, gateway and file host on one local port, with a small world in them."""

import base64
import secrets
from datetime import UTC, datetime
from typing import Self

from aiohttp import web

from bot.sandbox.discord.commands import Commands
from bot.sandbox.discord.feed import Feed
from bot.sandbox.discord.gateway import Gateway
from bot.sandbox.discord.interactions import Interactions
from bot.sandbox.discord.limits import Fault, Faults, RateLimit, RateLimits
from bot.sandbox.discord.people import People
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.posts import Posts
from bot.sandbox.discord.rest import PREFIX, OnExchange, Rest, State
from bot.sandbox.discord.routes import ROUTES
from bot.sandbox.discord.snowflake import Snowflakes
from bot.sandbox.discord.uploads import Uploads
from bot.sandbox.discord.values import Application
from bot.sandbox.discord.world import World

HOST = "127.0.0.1"
MEBIBYTE = 1 << 20
BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)
"""When all that a local Discord begins with was made, so that a bot knows it again after a restart."""


class LocalDiscord(People):
    """A Discord of one's own, on 127.0.0.1 while its `async with` block lasts.

    `port` 0 takes a free one. `token` is the bot's; one is drawn where none is given. `upload_limit` is in bytes a
    file, the other times in seconds. `on_exchange` sees every request and its answer.
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
        heartbeat: float = 41.25,
        on_exchange: OnExchange | None = None,
    ) -> None:
        self.world = world = World(Feed(), Snowflakes(at=BEGINNING))
        self.admin = world.add_user("Ada")
        self.member = world.add_user("Max")
        self.owner = world.add_user("Olga")
        self.bot = world.add_user("Thumbprint", bot=True)
        application = Application(
            self.bot.id,
            self.bot.display_name,
            self.owner.id,
            message_content_allowed=message_content_allowed,
            members_allowed=members_allowed,
        )
        guild = world.add_guild("Thumbprint sandbox", self.admin, (self.member, self.owner, self.bot))
        self.guild = world.add_role(guild, "Admin", Permission.ADMINISTRATOR, self.admin)
        self.general = world.add_channel(self.guild, "general")
        self.random = world.add_channel(self.guild, "random")
        self.club = world.add_guild("Film club", self.member, (self.admin, self.bot))
        self.posters = world.add_channel(self.club, "posters")
        self.trailers = world.add_channel(self.club, "trailers")
        world.new_id = Snowflakes()
        self.token = token or _draw_token(self.bot.id)
        self.faults = Faults()
        uploads = Uploads(world.new_id, upload_limit)
        posts = Posts(world, uploads)
        interactions = Interactions(
            world,
            posts,
            self.bot,
            upload_limit=upload_limit,
            answer_within=answer_within,
            token_lifetime=token_lifetime,
        )
        self.gateway = Gateway(world, application, interactions, token=self.token, beat=heartbeat)
        super().__init__(
            State(
                world,
                application,
                self.bot,
                self.token,
                uploads,
                posts,
                Commands(world, application.id),
                interactions,
                self.gateway,
                RateLimits(rate_limit or RateLimit()),
                self.faults,
            )
        )
        self.url = ""
        self._port = port
        self._runner = web.AppRunner(self._application(on_exchange), access_log=None, shutdown_timeout=1.0)

    @property
    def api_url(self) -> str:
        """Where REST is: discord.py's `Route.BASE`."""
        return self.url + PREFIX

    @property
    def gateway_url(self) -> str:
        """Where the gateway is: discord.py's `DiscordWebSocket.DEFAULT_GATEWAY`."""
        return self.gateway.url

    def fail_next(self, status: int, path: str = "", *, method: str = "", times: int = 1, delay: float = 0.0) -> None:
        """Let the next requests to a path (a regular expression) fail, or (status 0) be slow by `delay` seconds."""
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
        await self.gateway.close()
        await self._runner.cleanup()

    def _application(self, on_exchange: OnExchange | None) -> web.Application:
        rest = Rest(self._state, on_exchange)
        application = web.Application()
        application.add_routes([rest.resource(route) for route in ROUTES])
        application.router.add_route("*", PREFIX + "/{rest:.*}", rest.nowhere)
        application.router.add_get("/gateway", self.gateway.handle)
        application.router.add_get("/gateway/", self.gateway.handle)
        application.router.add_get("/attachments/{channel_id}/{attachment_id:\\d+}/{filename}", self._attachment)
        return application

    async def _attachment(self, request: web.Request) -> web.Response:
        found = self._state.uploads.read(int(request.match_info["attachment_id"]))
        if found is None or found[0].filename != request.match_info["filename"]:
            raise web.HTTPNotFound
        attachment, data = found
        kind = attachment.content_type or "application/octet-stream"
        inline = attachment.width is not None
        return web.Response(
            body=data,
            headers={
                "Content-Type": kind,
                "Content-Disposition": f'{"inline" if inline else "attachment"}; filename="{attachment.filename}"',
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )


def _draw_token(bot_id: int) -> str:
    """A token in the shape of Discord's own."""
    first = base64.b64encode(str(bot_id).encode()).decode().rstrip("=")
    return f"{first}.{secrets.token_urlsafe(6)[:6]}.{secrets.token_urlsafe(28)[:38]}"
