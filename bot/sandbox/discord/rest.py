"""REST v10: handles every request, from its token to the headers of its response."""

import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import BodyPartReader, hdrs, web

from bot.sandbox.discord.checks import snowflake
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.limits import RateLimitStatus
from bot.sandbox.discord.state import State
from bot.sandbox.discord.uploads import MAX_FILES, Upload
from bot.sandbox.discord.values import Json, User

PREFIX = "/api/v10"
MAJOR_PARAMETERS = ("channel_id", "guild_id", "webhook_id", "interaction_id")
FILE_FIELD = re.compile(r"^files\[(\d+)\]$")
Answer = tuple[int, Any]  # status and body


@dataclass(frozen=True, slots=True)
class Call:
    """A parsed request; `user` is whose token it has, None if that is the bot's or none."""

    params: Mapping[str, str]
    query: Mapping[str, str]
    form: Any = None
    files: Mapping[int, Upload] = field(default_factory=dict)
    user: User | None = None

    def id(self, name: str) -> int:
        """An id from the path. Raises ApiError 50035."""
        return snowflake(self.params[name], (name,))

    def flag(self, name: str) -> bool:
        """Whether a boolean of the query is set."""
        return self.query.get(name, "").lower() in ("1", "true")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response, for checks; `path` is the part after /api/v10."""

    method: str
    path: str
    query: Mapping[str, str]
    content_type: str
    form: Any
    files: tuple[str, ...]
    status: int
    headers: Mapping[str, str]
    answer: Any


Handler = Callable[[State, Call], Awaitable[Answer]]
OnExchange = Callable[[Exchange], None]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path; `open` routes need no bot token, because their path contains a token or they are public.

    `personal` ones need the token of a person.
    """

    method: str
    path: str
    handler: Handler
    open: bool = False
    personal: bool = False


class Rest:
    """Serves routes and responds with errors as Discord does."""

    def __init__(self, state: State, on_exchange: OnExchange | None) -> None:
        self._state = state
        self._on_exchange = on_exchange

    def definition(self, route: Route) -> web.RouteDef:
        """The route in aiohttp's form."""

        async def serve(request: web.Request) -> web.Response:
            return await self._serve(request, route)

        return web.route(route.method, PREFIX + route.path, serve)

    async def not_found(self, request: web.Request) -> web.Response:
        """Respond to a request for an unknown path, or with a wrong method for a known one."""
        allowed: set[str] = set()
        for resource in request.app.router.resources():
            allowed |= (await resource.resolve(request))[1]
        if allowed - {hdrs.METH_ANY}:
            answer, headers = _plain(405, "Method Not Allowed"), {"Allow": ", ".join(sorted(allowed - {hdrs.METH_ANY}))}
        else:
            answer, headers = _plain(404, "Not Found"), {}
        return self._respond(request, Call({}, request.query), answer, headers)

    async def _serve(self, request: web.Request, route: Route) -> web.Response:
        state, call = self._state, Call(request.match_info, request.query)
        major = next((request.match_info[name] for name in MAJOR_PARAMETERS if name in request.match_info), "")
        limit = state.limits.count(f"{route.method} {route.path}", major)
        headers = dict(limit.headers)
        try:
            fault = await state.faults.apply(request.method, request.path.removeprefix(PREFIX))
            if fault is not None and fault.status == 429:
                limit = RateLimitStatus(limit.headers, exceeded=True, retry_after=fault.retry_after)
            if limit.exceeded:
                answer = _limited(limit, headers)
            elif fault is not None:
                answer = _plain(fault.status, "Internal Server Error")
            else:
                user = None if route.open else self._authorise(request, personal=route.personal)
                call = replace(await self._read(request), user=user)
                answer = await route.handler(state, call)
        except ApiError as error:
            answer = error.status, error.payload()
        return self._respond(request, call, answer, headers)

    def _authorise(self, request: web.Request, *, personal: bool) -> User | None:
        header = request.headers.get("Authorization", "")
        if secrets.compare_digest(header.encode(), f"Bot {self._state.token}".encode()):
            if personal:
                raise ApiError(20001)
            return None
        user = self._state.bearers.get(header.removeprefix("Bearer ")) if personal else None
        if user is None:
            raise ApiError(0)
        return user

    async def _read(self, request: web.Request) -> Call:
        if request.content_type == "multipart/form-data":
            return await self._read_multipart(request)
        text = await request.text()
        try:
            return Call(request.match_info, request.query, json.loads(text) if text else {})
        except ValueError as error:
            raise ApiError(50109) from error

    async def _read_multipart(self, request: web.Request) -> Call:
        form: Any = {}
        files: dict[int, Upload] = {}
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise ApiError(50109)
            number = FILE_FIELD.match(part.name)
            limit = self._state.uploads.limit
            data = await _read_part(part, limit if number else 1 << 20)
            if number:
                files[int(number[1])] = Upload(part.filename or "unknown", data)
            elif part.name == "payload_json":
                try:
                    form = json.loads(data)
                except ValueError as error:
                    raise ApiError(50109) from error
        if len(files) > MAX_FILES:
            raise ApiError(40005)
        return Call(request.match_info, request.query, form, files)

    def _respond(self, request: web.Request, call: Call, answer: Answer, headers: Mapping[str, str]) -> web.Response:
        status, body = answer
        if self._on_exchange is not None:
            self._on_exchange(
                Exchange(
                    request.method,
                    request.path.removeprefix(PREFIX),
                    dict(request.query),
                    request.content_type,
                    call.form,
                    tuple(upload.filename for upload in call.files.values()),
                    status,
                    headers,
                    body,
                )
            )
        if status == 204:
            return web.Response(status=204, headers=headers)
        encoded = json.dumps(body).encode()
        return web.Response(status=status, headers=headers, body=encoded, content_type="application/json")


async def _read_part(part: BodyPartReader, limit: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(1 << 16):
        data += chunk
        if len(data) > limit:
            raise ApiError(40005)
    return bytes(data)


def _plain(status: int, text: str) -> Answer:
    """An error that has no code of Discord's."""
    return status, {"message": f"{status}: {text}", "code": 0}


def _limited(limit: RateLimitStatus, headers: dict[str, str]) -> Answer:
    """A 429; discord.py only accepts it with a Via header, because Cloudflare's bans have none."""
    body: Json = {
        "message": "You are being rate limited.",
        "code": 0,
        "retry_after": round(limit.retry_after, 3),
        "global": False,
    }
    headers |= {"Retry-After": f"{limit.retry_after:.3f}", "X-RateLimit-Scope": "user", "Via": "1.1 sandbox"}
    return 429, body
