"""Checks messages: text, embeds, attachments and allowed mentions."""

from bot.sandbox.discord.checks.components import check_components
from bot.sandbox.discord.checks.fields import REQUIRED, SNOWFLAKE, Path, check_list, check_number, check_text, check_url
from bot.sandbox.discord.errors import ApiError, Problems
from bot.sandbox.discord.uploads import MAX_FILES
from bot.sandbox.discord.values import Json, MessageFlag, Parsed

MAX_CONTENT, MAX_EMBED_TEXT = 2000, 6000
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


def check_message(form: Parsed, *, at: Path = (), modern: bool = False) -> None:
    """Check a message; `at` is its path in the form.

    `modern` means that the edited message has components of version 2. Raises ApiError 50035.
    """
    problems = Problems()
    if not isinstance(form, dict):
        problems.add(at, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        problems.raise_if_any()
    check_text(problems, (*at, "content"), form.get("content"), 0, MAX_CONTENT)
    nonce = form.get("nonce")
    check_text(problems, (*at, "nonce"), nonce if isinstance(nonce, str) else None, 0, 25)
    _check_embeds(problems, (*at, "embeds"), form.get("embeds") or [])
    _check_attachments(problems, (*at, "attachments"), form.get("attachments") or [])
    modern = modern or bool((form.get("flags") or 0) & MessageFlag.COMPONENTS_V2)
    check_components(problems, (*at, "components"), form.get("components") or [], modern=modern)
    if modern:
        for key in ("content", "embeds"):
            if form.get(key):
                message = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                problems.add((*at, key), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)
    _check_mentions(problems, (*at, "allowed_mentions"), form.get("allowed_mentions") or {})
    problems.raise_if_any()


def require_contents(form: Json, files: int) -> None:
    """Check that a message is not empty. Raises ApiError 50006."""
    text = (form.get("content") or "").strip()
    if not (text or form.get("embeds") or form.get("components") or files):
        raise ApiError(50006)


def _value_at(form: Json, path: Path) -> Parsed:
    value: Parsed = form
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _check_embeds(problems: Problems, at: Path, embeds: Parsed) -> None:
    total = 0
    for index, embed in enumerate(check_list(problems, at, embeds, 10)):
        where: Path = (*at, index)
        for path, limit in EMBED_TEXTS:
            text = _value_at(embed, path)
            check_text(problems, (*where, *path), text, 0, limit)
            total += len(text or "")
        if embed.get("author") and not _value_at(embed, ("author", "name")):
            problems.add((*where, "author", "name"), "BASE_TYPE_REQUIRED", REQUIRED)
        for number, entry in enumerate(check_list(problems, (*where, "fields"), embed.get("fields") or [], 25)):
            for key, limit in (("name", 256), ("value", 1024)):
                check_text(problems, (*where, "fields", number, key), entry.get(key), 1, limit)
                total += len(entry.get(key) or "")
        check_number(problems, (*where, "color"), embed.get("color"), 0, 0xFFFFFF)
        for path in EMBED_URLS:
            check_url(problems, (*where, *path), _value_at(embed, path), attachable=path in ATTACHABLE)
    if total > MAX_EMBED_TEXT:
        problems.add(at, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MAX_EMBED_TEXT}")


def _check_attachments(problems: Problems, at: Path, attachments: Parsed) -> None:
    for index, entry in enumerate(check_list(problems, at, attachments, MAX_FILES)):
        if not SNOWFLAKE.match(str(entry.get("id"))):
            problems.add((*at, index, "id"), "BASE_TYPE_REQUIRED", REQUIRED)
        check_text(problems, (*at, index, "description"), entry.get("description"), 0, 1024)
        check_text(problems, (*at, index, "filename"), entry.get("filename"), 0, 1024)


def _check_mentions(problems: Problems, at: Path, allowed: Json) -> None:
    for kind in ("users", "roles"):
        if kind in (allowed.get("parse") or []) and allowed.get(kind):
            message = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            problems.add(at, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)
