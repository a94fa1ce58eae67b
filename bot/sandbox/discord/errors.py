"""Errors that Discord answers with: status, code and message."""

from collections.abc import Mapping
from typing import Any

MESSAGES = {
    0: "401: Unauthorized",
    10003: "Unknown Channel",
    10004: "Unknown Guild",
    10007: "Unknown Member",
    10008: "Unknown Message",
    10009: "Unknown Overwrite",
    10011: "Unknown Role",
    10013: "Unknown User",
    10015: "Unknown Webhook",
    10060: "Unknown Sticker",
    10062: "Unknown interaction",
    10063: "Unknown application command",
    10066: "Unknown application command permissions",
    10087: "Unknown Tag",
    20001: "Bots cannot use this endpoint",
    30003: "Maximum number of pins reached for the channel (250)",
    40005: "Request entity too large",
    40058: "Cannot send a message in a forum channel",
    40060: "Interaction has already been acknowledged.",
    40067: "A tag is required to create a forum post in this channel",
    40094: "This interaction has reached the maximum number of follow up messages",
    50001: "Missing Access",
    50003: "Cannot execute action on a DM channel",
    50005: "Cannot edit a message authored by another user",
    50006: "Cannot send an empty message",
    50007: "Cannot send messages to this user",
    50013: "Missing Permissions",
    50021: "Cannot execute action on a system message",
    50024: "Cannot execute action on this channel type",
    50027: "Invalid Webhook Token",
    50035: "Invalid Form Body",
    50081: "Invalid sticker sent",
    50083: "Thread is archived",
    50109: "The request body contains invalid JSON.",
    50600: "You do not have permission to send this sticker.",
    160002: "You cannot reply without permission to read message history",
    160004: "A thread has already been created for this message",
    160005: "Thread is locked",
    160009: "Cannot reference a message without permission to read message history",
    520001: "Poll expired",
    520002: "Invalid channel type for poll creation",
    520003: "Cannot edit a poll message",
    520006: "Cannot expire a non-poll message",
}
STATUSES = {
    0: 401,
    20001: 403,
    40005: 413,
    50001: 403,
    50005: 403,
    50007: 403,
    50013: 403,
    50021: 403,
    50027: 401,
    50600: 403,
    160009: 403,
}


class LocalDiscordError(Exception):
    """Base class of the local Discord's errors; each message is meant for the user."""


class ApiError(LocalDiscordError):
    """An error response of Discord's API; `code` is Discord's own."""

    def __init__(self, code: int, *, errors: Mapping[str, Any] | None = None) -> None:
        self.code = code
        self.status = STATUSES.get(code, 404 if 10000 <= code < 20000 else 400)
        self.errors = errors
        super().__init__(f"{MESSAGES[code]}: {errors}" if errors else MESSAGES[code])

    def payload(self) -> dict[str, Any]:
        """Return the body of the response."""
        body: dict[str, Any] = {"message": MESSAGES[self.code], "code": self.code}
        return body if self.errors is None else body | {"errors": self.errors}


class NotOfferedError(LocalDiscordError):
    """An action that Discord's client does not offer this user."""


class Problems:
    """Collects the problems of a form by path, in the nested shape of Discord's `errors`."""

    def __init__(self) -> None:
        self._tree: dict[str, Any] = {}

    def add(self, path: tuple[str | int, ...], code: str, message: str) -> None:
        """Add a problem with the field at `path`."""
        node = self._tree
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def raise_if_any(self) -> None:
        """Raise ApiError 50035 if there are any problems."""
        if self._tree:
            raise ApiError(50035, errors=_topmost(self._tree))


def _topmost(tree: dict[str, Any]) -> dict[str, Any]:
    """Return the tree without errors nested in other errors: a list that is too long hides those of its items."""
    if "_errors" in tree:
        return {"_errors": tree["_errors"]}
    return {key: _topmost(inner) for key, inner in tree.items()}


def form_error(path: tuple[str | int, ...], code: str, message: str) -> ApiError:
    """Return the ApiError of a form with one problem."""
    problems = Problems()
    problems.add(path, code, message)
    try:
        problems.raise_if_any()
    except ApiError as error:
        return error
    raise AssertionError("a form with a problem must raise")
