"""Checks application commands, their options, and autocompletion choices."""

import re

from bot.sandbox.discord.checks.fields import (
    REQUIRED,
    Path,
    check_id,
    check_list,
    check_number,
    check_object,
    check_one_of,
    check_text,
)
from bot.sandbox.discord.enums import SUB_COMMANDS, CommandType, OptionType
from bot.sandbox.discord.errors import Problems
from bot.sandbox.discord.values import Json, Parsed

COMMAND_NAME = re.compile(r"^[-_'\w]{1,32}$")
MAX_COMMAND_TEXT = 8000
LIMITS = {CommandType.CHAT_INPUT: 100, CommandType.USER: 15, CommandType.MESSAGE: 15}
LARGEST = 1 << 53
WITH_CHOICES: dict[int, type | tuple[type, ...]] = {
    OptionType.STRING: str,
    OptionType.INTEGER: int,
    OptionType.NUMBER: (int, float),
}
INVALID = "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"


def check_commands(forms: Parsed) -> None:
    """Check a list of application commands. Raises ApiError 50035."""
    problems = Problems()
    if not isinstance(forms, list):
        problems.add((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        problems.raise_if_any()
    seen: set[tuple[int, str]] = set()
    for index, item in enumerate(forms):
        form = check_object(problems, (index,), item)
        _check_command(problems, (index,), form)
        kind = form.get("type") or CommandType.CHAT_INPUT
        key = (kind if isinstance(kind, int) else 0, str(form.get("name")))
        if key in seen:
            problems.add((index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
        seen.add(key)
    for kind, limit in LIMITS.items():
        if sum(1 for key in seen if key[0] == kind) > limit:
            message = f"Maximum number of application commands reached ({limit})"
            problems.add((), "APPLICATION_COMMAND_TOO_MANY", message)
    problems.raise_if_any()


def check_command(form: Parsed) -> None:
    """Check one application command. Raises ApiError 50035."""
    problems = Problems()
    _check_command(problems, (), check_object(problems, (), form))
    problems.raise_if_any()


def check_choices(form: Parsed, kind: int, *, at: Path = ()) -> None:
    """Check the autocompletion choices of an option of this type; `at` is their path in the form.

    Raises ApiError 50035.
    """
    problems = Problems()
    _check_choices(problems, (*at, "choices"), check_object(problems, at, form).get("choices") or [], kind)
    problems.raise_if_any()


def check_command_permissions(form: Parsed) -> None:
    """Check who may use a command. Raises ApiError 50035."""
    problems = Problems()
    overwrites = check_object(problems, (), form).get("permissions")
    if not isinstance(overwrites, list):
        problems.add(("permissions",), "BASE_TYPE_REQUIRED", REQUIRED)
    for index, it in enumerate(check_list(problems, ("permissions",), overwrites, 100)):
        where: Path = ("permissions", index)
        check_id(problems, (*where, "id"), it.get("id"))
        check_one_of(problems, (*where, "type"), it.get("type"), (1, 2, 3))
        if not isinstance(it.get("permission"), bool):
            problems.add((*where, "permission"), "BASE_TYPE_REQUIRED", REQUIRED)
    problems.raise_if_any()


def _check_command(problems: Problems, at: Path, form: Json) -> None:
    kind = form.get("type") or CommandType.CHAT_INPUT
    if not check_one_of(problems, (*at, "type"), kind, CommandType):
        return
    check_text(problems, (*at, "name"), form.get("name"), 1, 32)
    _check_localizations(problems, at, form, name=32, description=100)
    if kind == CommandType.CHAT_INPUT:
        _check_name(problems, (*at, "name"), form.get("name"))
        check_text(problems, (*at, "description"), form.get("description"), 1, 100)
        if _length(form) > MAX_COMMAND_TEXT:
            message = f"Command exceeds maximum size ({MAX_COMMAND_TEXT})"
            problems.add(at, "APPLICATION_COMMAND_TOO_LARGE", message)
    else:
        if form.get("description"):
            message = "Context menu commands cannot have description"
            problems.add((*at, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_DISALLOWED", message)
        if form.get("options"):
            message = "Context menu commands cannot have options"
            problems.add((*at, "options"), "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_DISALLOWED", message)
    _check_options(problems, (*at, "options"), form.get("options") or [], max_depth=2)


def _check_localizations(problems: Problems, at: Path, form: Json, **limits: int) -> None:
    """Check the translations of a form's texts, which are as long as the texts may be, at most."""
    for key, limit in limits.items():
        where: Path = (*at, f"{key}_localizations")
        for locale, text in check_object(problems, where, form.get(f"{key}_localizations") or {}).items():
            check_text(problems, (*where, locale), text, 1, limit)


def _check_name(problems: Problems, path: Path, name: Parsed) -> None:
    if isinstance(name, str) and name and (not COMMAND_NAME.match(name) or name != name.lower()):
        problems.add(path, "STRING_TYPE_REGEX", "String value did not match validation regex.")


def _check_options(problems: Problems, at: Path, options: Parsed, *, max_depth: int) -> None:
    """Check options with up to `max_depth` more levels of sub-commands."""
    names: set[str] = set()
    optional = False
    found = check_list(problems, at, options, 25)
    mixed = len({option.get("type") in SUB_COMMANDS for option in found}) > 1
    for index, option in enumerate(found):
        where: Path = (*at, index)
        check_text(problems, (*where, "name"), option.get("name"), 1, 32)
        _check_name(problems, (*where, "name"), option.get("name"))
        check_text(problems, (*where, "description"), option.get("description"), 1, 100)
        _check_localizations(problems, where, option, name=32, description=100)
        if not check_one_of(problems, (*where, "type"), option.get("type"), OptionType):
            continue
        if option["type"] in SUB_COMMANDS and (mixed or max_depth < option["type"]):
            problems.add(where, INVALID, "Sub-command and sub-command group option types are mutually exclusive here")
        if str(option.get("name")) in names:
            problems.add(where, "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Option names must be unique")
        names.add(str(option.get("name")))
        if option.get("required") and optional:
            message = "Required options must be placed before non-required options"
            problems.add(where, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional = optional or not option.get("required")
        _check_values(problems, where, option)
        if option["type"] in SUB_COMMANDS:
            _check_options(problems, (*where, "options"), option.get("options") or [], max_depth=option["type"] - 1)


def _check_values(problems: Problems, at: Path, option: Json) -> None:
    """Check what values an option takes: choices, autocompletion and bounds."""
    choices, kind = option.get("choices") or [], option["type"]
    if choices and kind not in WITH_CHOICES:
        problems.add((*at, "choices"), INVALID, "This type of option cannot have choices")
    elif choices:
        _check_choices(problems, (*at, "choices"), choices, kind)
        names = [str(choice.get("name")) for choice in _objects(choices)]
        if len(set(names)) < len(names):
            problems.add(at, "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_EXISTS", "Choice names must be unique")
    if option.get("autocomplete") and (choices or kind not in WITH_CHOICES):
        message = "Only string, integer and number options without choices can have autocomplete"
        problems.add((*at, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", message)
    if kind == OptionType.STRING:
        check_number(problems, (*at, "min_length"), option.get("min_length"), 0, 6000)
        check_number(problems, (*at, "max_length"), option.get("max_length"), 1, 6000)


def _check_choices(problems: Problems, at: Path, choices: Parsed, kind: int) -> None:
    for place, choice in enumerate(check_list(problems, at, choices, 25)):
        where: Path = (*at, place)
        value = choice.get("value")
        check_text(problems, (*where, "name"), choice.get("name"), 1, 100)
        _check_localizations(problems, where, choice, name=100)
        if kind == OptionType.STRING:
            check_text(problems, (*where, "value"), value, 1, 100)
        elif isinstance(value, bool) or not isinstance(value, int if kind == OptionType.INTEGER else int | float):
            problems.add((*where, "value"), "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')
        elif not -LARGEST <= value <= LARGEST:
            problems.add((*where, "value"), "NUMBER_TYPE_MAX", f"Must be within ±{LARGEST}.")


def _length(part: Json) -> int:
    """The number of characters in the names, descriptions and values of a command and its options; of translations, the
    longest one counts.
    """
    own = sum(_longest(part, key) for key in ("name", "description"))
    choices = sum(_longest(it, "name") + len(str(it.get("value", ""))) for it in _objects(part.get("choices")))
    return own + choices + sum(_length(option) for option in _objects(part.get("options")))


def _longest(part: Json, key: str) -> int:
    translated = part.get(f"{key}_localizations")
    texts = translated.values() if isinstance(translated, dict) else ()
    return max(len(str(text or "")) for text in (part.get(key), *texts))


def _objects(items: Parsed) -> list[Json]:
    """The objects in a list; none if it is something else, which another check finds."""
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
