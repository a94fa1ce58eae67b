"""Checks messages: text, embeds, attachments and allowed mentions."""

from bot.sandbox.discord.checks.components import check_components
from bot.sandbox.discord.checks.embeds import check_embeds
from bot.sandbox.discord.checks.fields import (
    REQUIRED,
    Path,
    check_bool,
    check_id,
    check_ids,
    check_list,
    check_number,
    check_object,
    check_one_of,
    check_text,
)
from bot.sandbox.discord.checks.polls import check_poll
from bot.sandbox.discord.enums import ReferenceType
from bot.sandbox.discord.errors import ApiError, Problems
from bot.sandbox.discord.uploads import MAX_FILES
from bot.sandbox.discord.values import Json, MessageFlag, Parsed

MAX_CONTENT, MAX_STICKERS, MAX_MENTIONS = 2000, 3, 100
MENTION_TYPES = ("users", "roles", "everyone")
CONTENTS = ("content", "embeds", "components", "sticker_ids", "poll")


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
    if isinstance(nonce, int) and not isinstance(nonce, bool):
        check_number(problems, (*at, "nonce"), nonce, -(1 << 63), (1 << 63) - 1)
    else:
        check_text(problems, (*at, "nonce"), nonce, 0, 25)
    check_bool(problems, (*at, "tts"), form.get("tts"))
    check_embeds(problems, (*at, "embeds"), form.get("embeds") or [])
    _check_attachments(problems, (*at, "attachments"), form.get("attachments") or [])
    flags = check_number(problems, (*at, "flags"), form.get("flags"), 0, (1 << 63) - 1) or 0
    modern = modern or bool(flags & MessageFlag.COMPONENTS_V2)
    check_components(problems, (*at, "components"), form.get("components") or [], modern=modern)
    if modern:
        for key in ("content", "embeds", "sticker_ids", "poll"):
            if form.get(key):
                message = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                problems.add((*at, key), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)
    if form.get("allowed_mentions") is not None:
        _check_mentions(problems, (*at, "allowed_mentions"), form["allowed_mentions"])
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


def _check_attachments(problems: Problems, at: Path, attachments: Parsed) -> None:
    for index, entry in enumerate(check_list(problems, at, attachments, MAX_FILES)):
        check_id(problems, (*at, index, "id"), entry.get("id"))
        check_text(problems, (*at, index, "description"), entry.get("description"), 0, 1024)
        check_text(problems, (*at, index, "filename"), entry.get("filename"), 0, 1024)


def _check_reference(problems: Problems, at: Path, sent: Parsed, form: Json) -> None:
    reference = check_object(problems, at, sent)
    kind = ReferenceType.DEFAULT if reference.get("type") is None else reference["type"]
    for key in ("message_id", "channel_id", "guild_id"):
        if reference.get(key) is not None:
            check_id(problems, (*at, key), reference[key])
    check_bool(problems, (*at, "fail_if_not_exists"), reference.get("fail_if_not_exists"))
    if not check_one_of(problems, (*at, "type"), kind, ReferenceType) or kind != ReferenceType.FORWARD:
        return
    for key in ("message_id", "channel_id"):
        if reference.get(key) is None:
            problems.add((*at, key), "BASE_TYPE_REQUIRED", REQUIRED)
    if any(form.get(key) for key in (*CONTENTS, "attachments")):
        problems.add(at, "FORWARD_CONTAINS_UNSUPPORTED_CONTENT", "A forward cannot have content of its own")


def _check_mentions(problems: Problems, at: Path, sent: Parsed) -> None:
    allowed = check_object(problems, at, sent)
    parse = allowed.get("parse") or []
    if not isinstance(parse, list):
        problems.add((*at, "parse"), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return
    for index, kind in enumerate(parse):
        if kind not in MENTION_TYPES:
            problems.add((*at, "parse", index), "BASE_TYPE_CHOICES", f"Value must be one of {MENTION_TYPES}.")
    check_bool(problems, (*at, "replied_user"), allowed.get("replied_user"))
    for kind in ("users", "roles"):
        check_ids(problems, (*at, kind), allowed.get(kind) or [], MAX_MENTIONS)
        if kind in parse and allowed.get(kind):
            message = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            problems.add(at, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)
