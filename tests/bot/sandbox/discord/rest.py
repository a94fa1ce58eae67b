"""Direct calls of the local Discord's REST API, as the bot."""

from typing import Any

import aiohttp

from bot.sandbox.discord import LocalDiscord


async def call(local: LocalDiscord, method: str, path: str, **request: Any) -> tuple[int, dict[str, Any]]:
    """Send a request with the bot's token; returns the response's status and body."""
    headers = {"Authorization": f"Bot {local.token}"} | request.pop("headers", {})
    url = local.api_url + path
    async with aiohttp.ClientSession() as session, session.request(method, url, headers=headers, **request) as response:
        return response.status, await response.json()


def error_codes(errors: dict[str, Any], path: str = "") -> dict[str, str]:
    """The codes of nested errors, by path."""
    found = {path: errors["_errors"][0]["code"]} if "_errors" in errors else {}
    for key, inner in errors.items():
        if key != "_errors":
            found |= error_codes(inner, f"{path}.{key}".lstrip("."))
    return found
