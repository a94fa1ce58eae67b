"""Checks the local Discord's requests and responses against Discord's own OpenAPI description."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from bot.sandbox.discord import Exchange

ROOT = "urn:discord"
METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True)
class Correction:
    """A known error in the description: its place, the correct schema, and the reason."""

    place: tuple[str, ...]
    schema: Any
    reason: str


NUMBER_OR_SNOWFLAKE = {"oneOf": [{"$ref": "#/components/schemas/SnowflakeType"}, {"type": "integer", "minimum": 0}]}
IDS_SENT_AS_NUMBERS = (
    ("MessageAttachmentRequest", "properties", "id"),
    ("MessageReferenceRequest", "properties", "message_id"),
    ("MessageReferenceRequest", "properties", "channel_id"),
    ("MessageReferenceRequest", "properties", "guild_id"),
    ("MessageAllowedMentionsRequest", "properties", "users", "items"),
    ("MessageAllowedMentionsRequest", "properties", "roles", "items"),
    ("CreatePrivateChannelRequest", "properties", "recipient_id"),
    ("MessageCreateRequest", "properties", "sticker_ids", "items"),
    ("ChannelSelectDefaultValue", "properties", "id"),
)
OVERWRITE = (
    *("paths", "/channels/{channel_id}/permissions/{overwrite_id}", "put", "requestBody"),
    *("content", "application/json", "schema"),
)
OVERWRITES = (OVERWRITE, ("components", "schemas", "ChannelPermissionOverwriteRequest"))

CORRECTIONS = (
    *(
        Correction(
            ("components", "schemas", *place),
            NUMBER_OR_SNOWFLAKE,
            "Discord also accepts an id as a JSON number, and discord.py sends these as numbers",
        )
        for place in IDS_SENT_AS_NUMBERS
    ),
    Correction(
        ("components", "schemas", "ChannelTypes"),
        {"type": "integer", "enum": [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16]},
        "16 is missing: Discord's reference lists GUILD_MEDIA, and discord.py offers such channels with forums",
    ),
    Correction(
        ("components", "schemas", "InnerErrors", "properties", "_errors", "items"),
        {
            "type": "object",
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
            "required": ["code", "message"],
        },
        "the code of a field's error is a string (BASE_TYPE_MAX_LENGTH), as Discord's reference shows; only the "
        "response's own code is a number",
    ),
    *(
        Correction(
            (*place, "properties", key),
            {"type": ["string", "integer", "null"]},
            "permissions are sent as text, as Discord's reference says",
        )
        for place in OVERWRITES
        for key in ("allow", "deny")
    ),
    Correction(
        ("components", "schemas", "MessageReferenceType"),
        {"type": "integer", "enum": [0, 1]},
        "a forward has a reference of type 1, as Discord's reference shows",
    ),
    Correction(
        ("components", "schemas", "GuildChannelResponse", "properties", "type"),
        {"type": "integer", "enum": [0, 2, 4, 5, 13, 14, 15, 16]},
        "Discord's reference also lists media channels (16)",
    ),
)

UNDESCRIBED_QUERIES = ("use_nested_fields",)
"""discord.py sends it for a forum's post, and Discord ignores it."""

formats = FormatChecker(formats=())


@formats.checks("snowflake")
def _is_snowflake(value: object) -> bool:
    return not isinstance(value, str) or int(value) < 1 << 64


@formats.checks("int32")
def _is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(1 << 31) <= value < 1 << 31


@formats.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@formats.checks("uri", raises=ValueError)
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


@dataclass(frozen=True)
class _PathTemplate:
    pattern: re.Pattern[str]
    template: str
    fixed_length: int


class OpenApiChecker:
    """Compiles the description once; `check` returns what is wrong with an exchange."""

    def __init__(self, description: Path) -> None:
        self._document = json.loads(description.read_text(encoding="utf-8"))
        for correction in CORRECTIONS:
            *parents, last = correction.place
            node = self._document
            for step in parents:
                node = node[step]
            assert last in node, f"nothing to correct at {correction.place}"
            node[last] = correction.schema
        resource = Resource.from_contents(self._document, default_specification=DRAFT202012)
        self._registry = Registry().with_resource(ROOT, resource)
        self._paths = sorted(map(_path_template, self._document["paths"]), key=lambda path: -path.fixed_length)
        self._validator = cache(self._compile)

    def check(self, exchange: Exchange) -> Iterator[str]:
        """Find what is wrong with an accepted request, and with a response."""
        title = f"{exchange.method} {exchange.path}"
        template = next((path.template for path in self._paths if path.pattern.fullmatch(exchange.path)), None)
        operation = None if template is None else self._document["paths"][template].get(exchange.method.lower())
        if template is not None and operation is None and exchange.status == 405:
            return
        if template is None or operation is None:
            yield f"{title}: Discord has no such route"
            return
        place = ("paths", template, exchange.method.lower())
        if exchange.status < 300:
            yield from (f"{title}: {problem}" for problem in self._check_request(operation, place, exchange))
        if exchange.status < 500:  # server errors are not described; here they are injected faults
            yield from (f"{title}: {problem}" for problem in self._check_response(operation, place, exchange))

    def _check_request(self, operation: Mapping[str, Any], place: tuple[str, ...], exchange: Exchange) -> Iterator[str]:
        schemas = self._document["components"]["schemas"]
        described = {p["name"]: (n, p["schema"]) for n, p in enumerate(operation.get("parameters", []))}
        for name, text in exchange.query.items():
            if name in UNDESCRIBED_QUERIES:
                continue
            if name not in described:
                yield f"query: {name} is not described"
                continue
            number, schema = described[name]
            where = (*place, "parameters", str(number), "schema")
            named = schemas[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema
            yield from self._problems(f"query {name}", where, _parsed(text, named))
        content = operation.get("requestBody", {}).get("content")
        if content is None:
            return
        if exchange.content_type not in content:
            yield f"request: {exchange.content_type} is not described"
            return
        body = exchange.form
        if exchange.files:
            body = body | {f"files[{number}]": name for number, name in enumerate(exchange.files)}
        where = (*place, "requestBody", "content", exchange.content_type, "schema")
        yield from self._problems("request", where, body)

    def _check_response(
        self, operation: Mapping[str, Any], place: tuple[str, ...], exchange: Exchange
    ) -> Iterator[str]:
        responses = operation["responses"]
        key = str(exchange.status) if str(exchange.status) in responses else f"{exchange.status // 100}XX"
        if key not in responses:
            yield f"response: status {exchange.status} is not described"
            return
        where = (*place, "responses", key)
        response = responses[key]
        if "$ref" in response:
            where = tuple(response["$ref"].removeprefix("#/").split("/"))
            response = self._document["components"]["responses"][where[-1]]
        for name, header in response.get("headers", {}).items():
            described = self._document["components"]["headers"][header["$ref"].rsplit("/", 1)[1]]
            yield from self._check_header(name, described, exchange.headers)
        if "content" in response:
            yield from self._problems("response", (*where, "content", "application/json", "schema"), exchange.answer)
        elif exchange.answer is not None:
            yield "response: has a body, but none is described"

    def _check_header(self, name: str, described: Mapping[str, Any], headers: Mapping[str, str]) -> Iterator[str]:
        if name not in headers:
            yield f"response: the header {name} is missing"
            return
        where = ("components", "headers", name, "schema")
        yield from self._problems(f"header {name}", where, _parsed(headers[name], described["schema"]))

    def _problems(self, part: str, place: tuple[str, ...], value: object) -> Iterator[str]:
        validator = self._validator(place)
        error = best_match(validator.iter_errors(value))
        if error is not None:
            yield f"{part} at {error.json_path}: {error.message[:500]}"

    def _compile(self, place: tuple[str, ...]) -> Draft202012Validator:
        pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in place)
        schema = {"$ref": f"{ROOT}#/{pointer}"}
        return Draft202012Validator(schema, registry=self._registry, format_checker=formats)


def _path_template(template: str) -> _PathTemplate:
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
    return _PathTemplate(re.compile(pattern), template, len(re.sub(r"\{\w+\}", "", template)))


def _parsed(text: str, schema: Mapping[str, Any]) -> object:
    """Convert a query's or header's text to the schema's type, if it is a boolean or number in the right form."""
    types = schema.get("type", "string")
    if "boolean" in types and text in ("true", "false", "1", "0"):
        return text in ("true", "1")
    if "integer" in types and text.lstrip("-").isdigit():
        return int(text)
    if "number" in types and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    return text
