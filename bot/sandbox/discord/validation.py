"""What Discord refuses in a form (code 50035), told field by field."""

import re

from bot.sandbox.discord.errors import ApiError, Problems
from bot.sandbox.discord.uploads import MAX_FILES
from bot.sandbox.discord.world import Json, MessageFlag, Parsed

Path = tuple[str | int, ...]

COMMAND_NAME = re.compile(r"^[-_'\w]{1,32}$")
MAX_EMBED_TEXT = 6000
SNOWFLAKE = re.compile(r"^(0|[1-9][0-9]*)$")
EMBED_TEXTS: tuple[tuple[Path, int], ...] = (
    (("title",), 256),
    (("description",), 4096),
    (("footer", "text"), 2048),
    (("author", "name"), 256),
)
EMBED_URLS: tuple[Path, ...] = (
    ("url",),
    ("image", "url"),
    ("thumbnail", "url"),
    ("author", "url"),
    ("author", "icon_url"),
    ("footer", "icon_url"),
)
ATTACHABLE = {("image", "url"), ("thumbnail", "url"), ("author", "icon_url"), ("footer", "icon_url")}
SELECTS = (3, 5, 6, 7, 8)
LINK, PREMIUM = 5, 6


def check_message(form: Parsed, *, content_limit: int = 2000, at: Path = ()) -> None:
    """Refuse a message that breaks Discord's limits; `at` is where it stands in the form.

    Raises ApiError 50035.
    """
    problems = Problems()
    if not isinstance(form, dict):
        problems.add(at, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        problems.refuse()
    _text(problems, (*at, "content"), form.get("content"), 0, content_limit)
    nonce = form.get("nonce")
    _text(problems, (*at, "nonce"), nonce if isinstance(nonce, str) else None, 0, 25)
    _check_embeds(problems, (*at, "embeds"), form.get("embeds") or [])
    _check_attachments(problems, (*at, "attachments"), form.get("attachments") or [])
    flags = form.get("flags") or 0
    _check_components(problems, (*at, "components"), form.get("components") or [], flags)
    if flags & MessageFlag.COMPONENTS_V2:
        for key in ("content", "embeds"):
            if form.get(key):
                message = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                problems.add((*at, key), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)
    _check_mentions(problems, (*at, "allowed_mentions"), form.get("allowed_mentions") or {})
    problems.refuse()


def check_commands(forms: Parsed) -> None:
    """Refuse a list of application commands that breaks Discord's limits. Raises ApiError 50035."""
    problems = Problems()
    if not isinstance(forms, list):
        problems.add((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        problems.refuse()
    seen: set[tuple[int, str]] = set()
    for index, form in enumerate(forms):
        _check_command(problems, (index,), form)
        key = (form.get("type") or 1, str(form.get("name")))
        if key in seen:
            problems.add((index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
        seen.add(key)
    for kind, limit in ((1, 100), (2, 15), (3, 15)):
        if sum(1 for key in seen if key[0] == kind) > limit:
            problems.add(
                (), "APPLICATION_COMMAND_TOO_MANY", f"Maximum number of application commands reached ({limit})"
            )
    problems.refuse()


def check_command(form: Parsed) -> None:
    """Refuse one application command that breaks Discord's limits. Raises ApiError 50035."""
    problems = Problems()
    _check_command(problems, (), form)
    problems.refuse()


def snowflake(text: Parsed, path: Path) -> int:
    """The id that a text is. Raises ApiError 50035."""
    if isinstance(text, bool) or not SNOWFLAKE.match(str(text)):
        problems = Problems()
        problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
        problems.refuse()
    return int(text)


def _text(problems: Problems, path: Path, text: Parsed, shortest: int, longest: int) -> None:
    if text is None and shortest == 0:
        return
    if text is None or (text == "" and shortest):
        problems.add(path, "BASE_TYPE_REQUIRED", "This field is required")
    elif not isinstance(text, str):
        problems.add(path, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
    elif len(text) > longest and shortest:
        problems.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {shortest} and {longest} in length.")
    elif len(text) > longest:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.")


def _count(problems: Problems, path: Path, items: Parsed, longest: int) -> list[Json]:
    if not isinstance(items, list):
        problems.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return []
    if len(items) > longest:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.")
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            problems.add((*path, index), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
    return [item if isinstance(item, dict) else {} for item in items]


def _at(form: Json, path: Path) -> Parsed:
    value: Parsed = form
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _check_embeds(problems: Problems, at: Path, embeds: Parsed) -> None:
    total = 0
    for index, embed in enumerate(_count(problems, at, embeds, 10)):
        where: Path = (*at, index)
        for path, limit in EMBED_TEXTS:
            text = _at(embed, path)
            _text(problems, (*where, *path), text, 0, limit)
            total += len(text or "")
        if embed.get("author") and not _at(embed, ("author", "name")):
            problems.add((*where, "author", "name"), "BASE_TYPE_REQUIRED", "This field is required")
        for number, entry in enumerate(_count(problems, (*where, "fields"), embed.get("fields") or [], 25)):
            for key, limit in (("name", 256), ("value", 1024)):
                _text(problems, (*where, "fields", number, key), entry.get(key), 1, limit)
                total += len(entry.get(key) or "")
        colour = embed.get("color")
        if colour is not None and not 0 <= colour <= 0xFFFFFF:
            message = "int value should be less than or equal to 16777215."
            problems.add((*where, "color"), "NUMBER_TYPE_MAX", message)
        for path in EMBED_URLS:
            _check_url(problems, (*where, *path), _at(embed, path), attachable=path in ATTACHABLE)
    if total > MAX_EMBED_TEXT:
        message = f"Embed size exceeds maximum size of {MAX_EMBED_TEXT}"
        problems.add(at, "MAX_EMBED_SIZE_EXCEEDED", message)


def _check_url(problems: Problems, path: Path, url: Parsed, *, attachable: bool = False) -> None:
    if not url:
        return
    schemes = ("http", "https", "attachment") if attachable else ("http", "https")
    scheme, mark, rest = str(url).partition("://")
    if not mark or not rest:
        problems.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
    elif scheme not in schemes:
        message = f"Scheme \"{scheme}\" is not supported. Scheme must be one of ('http', 'https')."
        problems.add(path, "URL_TYPE_INVALID_SCHEME", message)
    elif len(url) > 2048:
        problems.add(path, "BASE_TYPE_MAX_LENGTH", "Must be 2048 or fewer in length.")


def _check_attachments(problems: Problems, at: Path, attachments: Parsed) -> None:
    for index, entry in enumerate(_count(problems, at, attachments, MAX_FILES)):
        if not SNOWFLAKE.match(str(entry.get("id"))):
            problems.add((*at, index, "id"), "BASE_TYPE_REQUIRED", "This field is required")
        _text(problems, (*at, index, "description"), entry.get("description"), 0, 1024)
        _text(problems, (*at, index, "filename"), entry.get("filename"), 0, 1024)


def _check_mentions(problems: Problems, at: Path, allowed: Json) -> None:
    for kind in ("users", "roles"):
        if kind in (allowed.get("parse") or []) and allowed.get(kind):
            message = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            problems.add(at, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)


def _check_components(problems: Problems, at: Path, components: Parsed, flags: int) -> None:
    modern = bool(flags & MessageFlag.COMPONENTS_V2)
    ids: set[str] = set()
    for index, component in enumerate(_count(problems, at, components, 40 if modern else 5)):
        where: Path = (*at, index)
        if component.get("type") == 1:
            _check_row(problems, where, component.get("components") or [], ids)
        elif not modern:
            problems.add((*where, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1}.")


def _check_row(problems: Problems, at: Path, children: list[Json], ids: set[str]) -> None:
    if not 1 <= len(children) <= 5:
        problems.add((*at, "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    if len(children) > 1 and any(child.get("type") in SELECTS for child in children):
        message = "The specified component exceeds the maximum width"
        problems.add((*at, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)
    for number, child in enumerate(children):
        where: Path = (*at, "components", number)
        link = child.get("type") == 2 and child.get("style") in (LINK, PREMIUM)
        if not link:
            _text(problems, (*where, "custom_id"), child.get("custom_id"), 1, 100)
            if child.get("custom_id") in ids:
                message = "Component custom id cannot be duplicated"
                problems.add((*where, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message)
            ids.add(str(child.get("custom_id")))
        if child.get("type") == 2:
            _text(problems, (*where, "label"), child.get("label"), 0, 80)
            _check_url(problems, (*where, "url"), child.get("url"))
            if not (child.get("label") or child.get("emoji") or child.get("sku_id")):
                problems.add(where, "BUTTON_COMPONENT_INVALID_LABEL", "A button must have a label or an emoji")
        elif child.get("type") == 3:
            options = _count(problems, (*where, "options"), child.get("options") or [], 25)
            for place, option in enumerate(options):
                for key in ("label", "value"):
                    _text(problems, (*where, "options", place, key), option.get(key), 1, 100)


def _check_command(problems: Problems, at: Path, form: Json) -> None:
    kind = form.get("type") or 1
    _text(problems, (*at, "name"), form.get("name"), 1, 32)
    if kind == 1:
        _check_name(problems, (*at, "name"), form.get("name"))
        _text(problems, (*at, "description"), form.get("description"), 1, 100)
    elif form.get("description"):
        message = "Context menu commands cannot have description"
        problems.add((*at, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_DISALLOWED", message)
    _check_options(problems, (*at, "options"), form.get("options") or [])


def _check_name(problems: Problems, path: Path, name: Parsed) -> None:
    if isinstance(name, str) and name and (not COMMAND_NAME.match(name) or name != name.lower()):
        message = "String value did not match validation regex."
        problems.add(path, "STRING_TYPE_REGEX", message)


def _check_options(problems: Problems, at: Path, options: Parsed) -> None:
    names: set[str] = set()
    optional = False
    for index, option in enumerate(_count(problems, at, options, 25)):
        where: Path = (*at, index)
        _text(problems, (*where, "name"), option.get("name"), 1, 32)
        _check_name(problems, (*where, "name"), option.get("name"))
        _text(problems, (*where, "description"), option.get("description"), 1, 100)
        if option.get("name") in names:
            message = "Option names must be unique"
            problems.add(where, "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", message)
        names.add(str(option.get("name")))
        if option.get("required") and optional:
            message = "Required options must be placed before non-required options"
            problems.add(where, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional = optional or not option.get("required")
        for place, choice in enumerate(_count(problems, (*where, "choices"), option.get("choices") or [], 25)):
            _text(problems, (*where, "choices", place, "name"), choice.get("name"), 1, 100)
        if option.get("type") in (1, 2):
            _check_options(problems, (*where, "options"), option.get("options") or [])


def require_something(form: Json, files: int, *, stickers: bool = False) -> None:
    """Refuse a message with nothing in it. Raises ApiError 50006."""
    text = (form.get("content") or "").strip()
    if not (text or form.get("embeds") or form.get("components") or form.get("poll") or files or stickers):
        raise ApiError(50006)
