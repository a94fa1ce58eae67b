"""Checks changes to a guild's channel, and permission overwrites."""

from bot.sandbox.discord.checks.fields import Path, check_list, check_number, check_object, check_one_of, check_text
from bot.sandbox.discord.errors import Problems
from bot.sandbox.discord.values import Json, Parsed

MAX_NAME, MAX_TOPIC, MAX_FORUM_TOPIC, MAX_SLOWMODE, MAX_OVERWRITES = 100, 1024, 4096, 21_600, 100
OVERWRITE_TYPES = (0, 1)
BITS = 1 << 63


def check_channel_changes(form: Parsed, *, forum: bool) -> None:
    """Check the changes to a channel. Raises ApiError 50035."""
    problems = Problems()
    form = check_object(problems, (), form)
    if "name" in form:
        check_text(problems, ("name",), form["name"], 1, MAX_NAME)
    check_text(problems, ("topic",), form.get("topic"), 0, MAX_FORUM_TOPIC if forum else MAX_TOPIC)
    check_number(problems, ("rate_limit_per_user",), form.get("rate_limit_per_user"), 0, MAX_SLOWMODE)
    check_number(problems, ("position",), form.get("position"), 0, (1 << 31) - 1)
    check_number(problems, ("flags",), form.get("flags"), 0, (1 << 31) - 1)
    at = ("permission_overwrites",)
    for index, overwrite in enumerate(
        check_list(problems, at, form.get("permission_overwrites") or [], MAX_OVERWRITES)
    ):
        where: Path = (*at, index)
        check_text(problems, (*where, "id"), str(overwrite.get("id") or ""), 1, 20)
        _check_overwrite(problems, where, overwrite)
    problems.raise_if_any()


def check_overwrite(form: Parsed) -> None:
    """Check one permission overwrite. Raises ApiError 50035."""
    problems = Problems()
    _check_overwrite(problems, (), check_object(problems, (), form))
    problems.raise_if_any()


def _check_overwrite(problems: Problems, at: Path, form: Json) -> None:
    check_one_of(problems, (*at, "type"), _number(form.get("type")), OVERWRITE_TYPES)
    for key in ("allow", "deny"):
        bits = form.get(key)
        number = _number(bits)
        if bits is not None and not (isinstance(number, int) and 0 <= number < BITS):
            problems.add((*at, key), "NUMBER_TYPE_COERCE", f'Value "{bits}" is not int.')


def _number(value: Parsed) -> Parsed:
    """A number that is sent as text; any other value as it is."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 20 else value
