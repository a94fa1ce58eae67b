"""Checks threads and the posts of forums."""

from bot.sandbox.discord.checks.fields import check_ids, check_number, check_object, check_one_of, check_text
from bot.sandbox.discord.enums import ChannelType
from bot.sandbox.discord.errors import Problems
from bot.sandbox.discord.values import Json, Parsed

MAX_NAME, MAX_TAGS, MAX_SLOWMODE = 100, 5, 21_600
ARCHIVE_MINUTES = (60, 1440, 4320, 10_080)
THREAD_TYPES = (ChannelType.ANNOUNCEMENT_THREAD, ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD)


def check_thread(form: Parsed) -> None:
    """Check a new thread. Raises ApiError 50035."""
    problems = Problems()
    form = check_object(problems, (), form)
    check_text(problems, ("name",), form.get("name"), 1, MAX_NAME)
    _check_settings(problems, form)
    if form.get("type") is not None:
        check_one_of(problems, ("type",), form["type"], THREAD_TYPES)
    problems.raise_if_any()


def check_post(form: Parsed) -> None:
    """Check a forum's new post, except for its message. Raises ApiError 50035."""
    problems = Problems()
    form = check_object(problems, (), form)
    check_text(problems, ("name",), form.get("name"), 1, MAX_NAME)
    check_object(problems, ("message",), form.get("message"))
    _check_settings(problems, form)
    check_ids(problems, ("applied_tags",), form.get("applied_tags") or [], MAX_TAGS)
    problems.raise_if_any()


def check_thread_changes(form: Parsed) -> None:
    """Check the changes to a thread. Raises ApiError 50035."""
    problems = Problems()
    form = check_object(problems, (), form)
    if "name" in form:
        check_text(problems, ("name",), form["name"], 1, MAX_NAME)
    _check_settings(problems, form)
    for key in ("archived", "locked", "invitable"):
        if not isinstance(form.get(key), bool | None):
            problems.add((key,), "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
    check_ids(problems, ("applied_tags",), form.get("applied_tags") or [], MAX_TAGS)
    problems.raise_if_any()


def _check_settings(problems: Problems, form: Json) -> None:
    if form.get("auto_archive_duration") is not None:
        check_one_of(problems, ("auto_archive_duration",), form["auto_archive_duration"], ARCHIVE_MINUTES)
    check_number(problems, ("rate_limit_per_user",), form.get("rate_limit_per_user"), 0, MAX_SLOWMODE)
