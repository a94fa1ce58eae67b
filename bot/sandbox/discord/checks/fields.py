"""Checks of single fields. Each notes what is wrong at the field's path."""

import re
from collections.abc import Iterable

from bot.sandbox.discord.errors import Problems
from bot.sandbox.discord.values import Json, Parsed

Path = tuple[str | int, ...]

SNOWFLAKE = re.compile(r"^(0|[1-9][0-9]*)$")
REQUIRED = "This field is required"


def snowflake(text: Parsed, path: Path) -> int:
    """The id that a text is. Raises ApiError 50035."""
    if isinstance(text, bool) or not SNOWFLAKE.match(str(text)):
        problems = Problems()
        problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
        problems.refuse()
    return int(text)


def check_text(problems: Problems, path: Path, text: Parsed, shortest: int, longest: int) -> None:
    """A text of so many characters; it may be left out where `shortest` is 0."""
    if text is None and shortest == 0:
        return
    if text is None or (text == "" and shortest):
        problems.add(path, "BASE_TYPE_REQUIRED", REQUIRED)
    elif not isinstance(text, str):
        problems.add(path, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
    elif len(text) > longest and shortest:
        problems.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {shortest} and {longest} in length.")
    elif len(text) > longest:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.")


def check_number(problems: Problems, path: Path, number: Parsed, least: int, most: int) -> None:
    """A whole number, which may be left out."""
    if number is None:
        return
    if isinstance(number, bool) or not isinstance(number, int):
        problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{number}" is not int.')
    elif number < least:
        problems.add(path, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {least}.")
    elif number > most:
        problems.add(path, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")


def check_one_of(problems: Problems, path: Path, value: Parsed, allowed: Iterable[int]) -> bool:
    """One of some numbers; answers whether it is."""
    numbers = sorted(int(number) for number in allowed)
    fits = isinstance(value, int) and not isinstance(value, bool) and value in numbers
    if not fits:
        problems.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{', '.join(map(str, numbers))}}}.")
    return fits


def counted(problems: Problems, path: Path, items: Parsed, longest: int, shortest: int = 0) -> list[Json]:
    """The objects of a list of so many; an empty one stands for what is no object."""
    if not isinstance(items, list):
        problems.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return []
    if shortest and not shortest <= len(items) <= longest:
        problems.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {shortest} and {longest} in length.")
    elif len(items) > longest:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.")
    return [as_object(problems, (*path, index), item) for index, item in enumerate(items)]


def as_object(problems: Problems, path: Path, item: Parsed) -> Json:
    """The object, or an empty one for what is none."""
    if isinstance(item, dict):
        return item
    problems.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
    return {}


def check_url(problems: Problems, path: Path, url: Parsed, *, attachable: bool = False, longest: int = 2048) -> None:
    """An address, which may be left out; `attachable` ones may name a file of the message."""
    if not url:
        return
    schemes = ("http", "https", "attachment") if attachable else ("http", "https")
    scheme, mark, rest = str(url).partition("://")
    if not mark or not rest:
        problems.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
    elif scheme not in schemes:
        message = f"Scheme \"{scheme}\" is not supported. Scheme must be one of ('http', 'https')."
        problems.add(path, "URL_TYPE_INVALID_SCHEME", message)
    elif len(url) > longest:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.")
