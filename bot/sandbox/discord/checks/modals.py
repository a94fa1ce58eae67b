"""Checks modals: their title and fields."""

from bot.sandbox.discord.checks.components import MAX_ID, check_custom_id, check_select
from bot.sandbox.discord.checks.fields import (
    Path,
    check_bool,
    check_list,
    check_number,
    check_object,
    check_one_of,
    check_text,
)
from bot.sandbox.discord.enums import ComponentType
from bot.sandbox.discord.errors import Problems
from bot.sandbox.discord.values import Json, Parsed

MAX_FIELDS, MAX_VALUE = 5, 4000
TOP = (ComponentType.ACTION_ROW, ComponentType.TEXT_DISPLAY, ComponentType.LABEL)
INSIDE_LABEL = (ComponentType.TEXT_INPUT, ComponentType.STRING_SELECT)


def check_modal(form: Parsed, *, at: Path = ()) -> None:
    """Check a modal; `at` is its path in the form. Raises ApiError 50035.

    Only text inputs and string selects are supported inside labels.
    """
    problems = Problems()
    form = check_object(problems, at, form)
    check_text(problems, (*at, "custom_id"), form.get("custom_id"), 1, 100)
    check_text(problems, (*at, "title"), form.get("title"), 1, 45)
    seen: set[str] = set()
    parts = check_list(problems, (*at, "components"), form.get("components") or [], MAX_FIELDS, minimum=1)
    for index, part in enumerate(parts):
        where: Path = (*at, "components", index)
        if not check_one_of(problems, (*where, "type"), part.get("type"), TOP):
            continue
        check_number(problems, (*where, "id"), part.get("id"), 0, MAX_ID)
        if part["type"] == ComponentType.TEXT_DISPLAY:
            check_text(problems, (*where, "content"), part.get("content"), 1, MAX_VALUE)
        elif part["type"] == ComponentType.LABEL:
            _check_label(problems, where, part, seen)
        else:
            _check_row(problems, where, part, seen)
    problems.raise_if_any()


def _check_row(problems: Problems, at: Path, row: Json, seen: set[str]) -> None:
    for place, field in enumerate(check_list(problems, (*at, "components"), row.get("components") or [], 1, minimum=1)):
        where: Path = (*at, "components", place)
        if check_one_of(problems, (*where, "type"), field.get("type"), (ComponentType.TEXT_INPUT,)):
            check_text(problems, (*where, "label"), field.get("label"), 1, 45)
            _check_text_input(problems, where, field, seen)


def _check_label(problems: Problems, at: Path, label: Json, seen: set[str]) -> None:
    check_text(problems, (*at, "label"), label.get("label"), 1, 45)
    check_text(problems, (*at, "description"), label.get("description"), 0, 100)
    where: Path = (*at, "component")
    field = check_object(problems, where, label.get("component"))
    if not check_one_of(problems, (*where, "type"), field.get("type"), INSIDE_LABEL):
        return
    if field["type"] == ComponentType.TEXT_INPUT:
        if field.get("label"):
            message = "A text input inside of a label cannot have a label of its own"
            problems.add((*where, "label"), "COMPONENT_LABEL_NOT_ALLOWED", message)
        _check_text_input(problems, where, field, seen)
        return
    check_custom_id(problems, where, field, seen)
    check_number(problems, (*where, "id"), field.get("id"), 0, MAX_ID)
    check_bool(problems, (*where, "required"), field.get("required"))
    check_select(problems, where, field)
    if field.get("disabled"):
        problems.add((*where, "disabled"), "COMPONENT_DISABLED_NOT_ALLOWED", "A select in a modal cannot be disabled")


def _check_text_input(problems: Problems, at: Path, field: Json, seen: set[str]) -> None:
    check_custom_id(problems, at, field, seen)
    check_number(problems, (*at, "id"), field.get("id"), 0, MAX_ID)
    check_one_of(problems, (*at, "style"), field.get("style"), (1, 2))
    check_text(problems, (*at, "placeholder"), field.get("placeholder"), 0, 100)
    value = check_text(problems, (*at, "value"), field.get("value"), 0, MAX_VALUE)
    check_bool(problems, (*at, "required"), field.get("required"))
    minimum = check_number(problems, (*at, "min_length"), field.get("min_length"), 0, MAX_VALUE)
    maximum = check_number(problems, (*at, "max_length"), field.get("max_length"), 1, MAX_VALUE)
    if minimum is not None and maximum is not None and minimum > maximum:
        message = "The minimum length must not be larger than the maximum"
        problems.add((*at, "min_length"), "TEXT_INPUT_MIN_LENGTH_EXCEEDS_MAX", message)
    if maximum is not None and len(value) > maximum:
        problems.add((*at, "value"), "BASE_TYPE_MAX_LENGTH", f"Must be {maximum} or fewer in length.")
