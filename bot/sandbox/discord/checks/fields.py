"""Checks of single fields; each adds its problems at the field's path."""

import re
from collections.abc import Iterable

from bot.sandbox.discord.errors import Problems
from bot.sandbox.discord.values import Json, Parsed

Path = tuple[str | int, ...]

SNOWFLAKE = re.compile(r"^(0|[1-9][0-9]*)$")
REQUIRED = "This field is required"


def snowflake(text: Parsed, path: Path) -> int:
    """Parse an id. Raises ApiError 50035."""
    if isinstance(text, bool) or not SNOWFLAKE.match(str(text)):
        problems = Problems()
        problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
        problems.raise_if_any()
    return int(text)


def check_text(problems: Problems, path: Path, text: Parsed, minimum: int, maximum: int) -> None:
    """Check for a text of `minimum` to `maximum` characters; optional if `minimum` is 0."""
    if text is None and minimum == 0:
        return
    if text is None or (text == "" and minimum):
        problems.add(path, "BASE_TYPE_REQUIRED", REQUIRED)
    elif not isinstance(text, str):
        problems.add(path, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
    elif len(text) > maximum and minimum:
        problems.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {minimum} and {maximum} in length.")
    elif len(text) > maximum:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {maximum} or fewer in length.")


def check_number(problems: Problems, path: Path, number: Parsed, minimum: int, maximum: int) -> None:
    """Check for an optional integer; 1.0 is one too."""
    if number is None:
        return
    whole = isinstance(number, int) or (isinstance(number, float) and number.is_integer())
    if isinstance(number, bool) or not whole:
        problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{number}" is not int.')
    elif number < minimum:
        problems.add(path, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {minimum}.")
    elif number > maximum:
        problems.add(path, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {maximum}.")


def check_one_of(problems: Problems, path: Path, value: Parsed, allowed: Iterable[int]) -> bool:
    """Check for one of some numbers; returns whether it is one."""
    numbers = sorted(int(number) for number in allowed)
    fits = isinstance(value, int) and not isinstance(value, bool) and value in numbers
    if not fits:
        problems.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{', '.join(map(str, numbers))}}}.")
    return fits


def check_list(problems: Problems, path: Path, items: Parsed, maximum: int, minimum: int = 0) -> list[Json]:
    """Check for a list of `minimum` to `maximum` objects; returns them, with an empty object for any other item."""
    if not isinstance(items, list):
        problems.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return []
    if minimum and not minimum <= len(items) <= maximum:
        problems.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {minimum} and {maximum} in length.")
    elif len(items) > maximum:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {maximum} or fewer in length.")
    return [check_object(problems, (*path, index), item) for index, item in enumerate(items)]


def check_ids(problems: Problems, path: Path, ids: Parsed, maximum: int) -> None:
    """Check for a list of up to `maximum` ids."""
    if not isinstance(ids, list):
        problems.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return
    if len(ids) > maximum:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {maximum} or fewer in length.")
    for index, item in enumerate(ids):
        if isinstance(item, bool) or not SNOWFLAKE.match(str(item)):
            problems.add((*path, index), "NUMBER_TYPE_COERCE", f'Value "{item}" is not snowflake.')


def check_object(problems: Problems, path: Path, item: Parsed) -> Json:
    """Check for an object; returns it, or an empty one for any other value."""
    if isinstance(item, dict):
        return item
    problems.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
    return {}


def check_url(problems: Problems, path: Path, url: Parsed, *, attachable: bool = False, maximum: int = 2048) -> None:
    """Check for an optional URL; an `attachable` one can refer to a file of the message."""
    if not url:
        return
    schemes = ("http", "https", "attachment") if attachable else ("http", "https")
    scheme, mark, rest = str(url).partition("://")
    if not mark or not rest:
        problems.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
    elif scheme not in schemes:
        message = f"Scheme \"{scheme}\" is not supported. Scheme must be one of ('http', 'https')."
        problems.add(path, "URL_TYPE_INVALID_SCHEME", message)
    elif len(url) > maximum:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {maximum} or fewer in length.")
