"""Checks messages: text, embeds, attachments and allowed mentions."""

from bot.sandbox.discord.checks.components import check_components
from bot.sandbox.discord.checks.fields import (
    REQUIRED,
    SNOWFLAKE,
    Path,
    check_ids,
    check_list,
    check_number,
    check_object,
    check_one_of,
    check_text,
    check_url,
)
from bot.sandbox.discord.checks.polls import check_poll
from bot.sandbox.discord.enums import ReferenceType
from bot.sandbox.discord.errors import ApiError, Problems
from bot.sandbox.discord.uploads import MAX_FILES
from bot.sandbox.discord.values import Json, MessageFlag, Parsed

MAX_CONTENT, MAX_EMBED_TEXT, MAX_STICKERS = 2000, 6000, 3
CONTENTS = ("content", "embeds", "components", "sticker_ids", "poll")
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
    flags = form.get("flags") or 0
    check_number(problems, (*at, "flags"), flags, 0, (1 << 63) - 1)
    modern = modern or (isinstance(flags, int) and bool(flags & MessageFlag.COMPONENTS_V2))
    check_components(problems, (*at, "components"), form.get("components") or [], modern=modern)
    if modern:
        for key in ("content", "embeds", "sticker_ids", "poll"):
            if form.get(key):
                message = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                problems.add((*at, key), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)
    _check_mentions(problems, (*at, "allowed_mentions"), form.get("allowed_mentions") or {})
    check_ids(problems, (*at, "sticker_ids"), form.get("sticker_ids") or [], MAX_STICKERS)
    if form.get("poll") is not None:
        check_poll(problems, (*at, "poll"), form["poll"])
    _check_reference(problems, (*at, "message_reference"), form.get("message_reference") or {}, form)
    problems.raise_if_any()


def require_contents(form: Json, files: int) -> None:
    """Check that a message is not empty. Raises ApiError 50006."""
    text = (form.get("content") or "").strip()
    if not (text or files or any(form.get(key) for key in CONTENTS if key != "content")):
        raise ApiError(50006)


def forwards(form: Json) -> bool:
    """Whether a checked form forwards a message."""
    return (form.get("message_reference") or {}).get("type") == ReferenceType.FORWARD


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


def _check_reference(problems: Problems, at: Path, sent: Parsed, form: Json) -> None:
    reference = check_object(problems, at, sent)
    kind = reference.get("type") or ReferenceType.DEFAULT
    if not check_one_of(problems, (*at, "type"), kind, ReferenceType) or kind != ReferenceType.FORWARD:
        return
    for key in ("message_id", "channel_id"):
        if reference.get(key) is None:
            problems.add((*at, key), "BASE_TYPE_REQUIRED", REQUIRED)
    if any(form.get(key) for key in (*CONTENTS, "attachments")):
        problems.add(at, "FORWARD_CONTAINS_UNSUPPORTED_CONTENT", "A forward cannot have content of its own")


def _check_mentions(problems: Problems, at: Path, sent: Parsed) -> None:
    allowed = check_object(problems, at, sent)
    for kind in ("users", "roles"):
        if kind in (allowed.get("parse") or []) and allowed.get(kind):
            message = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            problems.add(at, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)
