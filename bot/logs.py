"""Logs: one line per event, for people or as JSON, without secrets, and with one id from a message to its reply."""

import html
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final

import discord
import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, merge_contextvars
from structlog.typing import EventDict, Processor

from bot.settings import Settings

REDACTED: Final = "[secret]"

_CONTROL: Final = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code not in b"\t\n"}

_BACKSLASHES: Final = r"\\\\*"
"""One, or more where escaped text was escaped again."""

log = logging.getLogger(__name__)


def start_logging(settings: Settings) -> None:
    """Log to standard error as the settings say; errors that nothing handles are logged too, so that they are redacted.

    Affects the whole process: call it once, from a command line.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(settings.log_format, settings.secrets))
    logging.basicConfig(level=settings.log_level, handlers=[handler])
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False  # a line that can't be formatted would be printed, secrets included
    if settings.log_level == "INFO":
        for chatty in ("discord", "alembic"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # the bot uses no voice
    sys.excepthook = _log_unhandled
    threading.excepthook = _log_unhandled_in_thread


def work(origin: int) -> AbstractContextManager[None]:
    """Give every line that is logged inside, or in tasks that start there, the id of a message or an interaction."""
    return bound_contextvars(work=str(origin))  # a string: as a JSON number, many readers would round it


def begin_work(origin: int) -> None:
    """The same for the rest of the current task."""
    bind_contextvars(work=str(origin))


def formatter(kind: str, secrets: Iterable[str]) -> logging.Formatter:
    """Formats records as "text" or "json", with the context of their task, and redacts the secrets."""
    shared: Sequence[Processor] = (
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,  # without the values of variables
    )
    last: Sequence[Processor] = (
        (structlog.processors.JSONRenderer(),)
        if kind == "json"
        else (_printable, structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0))
    )
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return _Redacting(redacting(secrets), foreign_pre_chain=shared, processors=(remove_meta, *last))


def redacting(secrets: Iterable[str]) -> Callable[[str], str]:
    """Replaces secrets in a text, however they are spelled: as they are, percent-encoded, or escaped.

    Covers URLs (encoded once or more), JSON (also within JSON), Python's repr and HTML.
    """
    spellings = ["".join(map(_spellings, secret)) for secret in sorted(filter(None, secrets), key=len, reverse=True)]
    if not spellings:
        return lambda text: text
    pattern = re.compile("|".join(spellings))
    return lambda text: pattern.sub(REDACTED, text)


def _spellings(letter: str) -> str:
    """A regular expression of all ways in which a letter of a secret can be written."""
    code, octets, units = ord(letter), letter.encode(), letter.encode("utf-16-be").hex()
    coded = [
        "".join(f"%(?:25)*{octet:02x}" for octet in octets),
        "".join(f"{_BACKSLASHES}x{octet:02x}" for octet in octets),
        f"{_BACKSLASHES}(?:x{code:02x}|U{code:08x})",
        "".join(f"{_BACKSLASHES}u{units[at : at + 4]}" for at in range(0, len(units), 4)),
        f"&#(?:0*{code}|x0*{code:x});",
    ]
    if letter.isalnum():
        plain = re.escape(letter)
    elif letter == "\\":
        plain = _BACKSLASHES
    elif letter == " ":
        plain = r"[ +]"
    else:
        plain = rf"{re.escape(html.escape(letter))}|\\*{re.escape(letter)}"
    return f"(?:(?i:{'|'.join(coded)})|{plain})"


class _Redacting(structlog.stdlib.ProcessorFormatter):
    """Redacts the finished line, so that nothing that becomes part of it is missed: fields, arguments, tracebacks."""

    def __init__(
        self,
        redact: Callable[[str], str],
        *,
        foreign_pre_chain: Sequence[Processor],
        processors: Sequence[Processor],
    ) -> None:
        super().__init__(processors=processors, foreign_pre_chain=foreign_pre_chain)
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


def _printable(_: object, __: str, event: EventDict) -> EventDict:
    """Escape control characters, and indent all lines but the first: untrusted text can't pretend to be a line."""
    return {
        key: value.translate(_CONTROL).replace("\n", "\n    ") if isinstance(value, str) else value
        for key, value in event.items()
    }


def _log_unhandled(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        log.critical("unhandled error", exc_info=(kind, error, trace))


def _log_unhandled_in_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        log.critical("unhandled error in a thread", exc_info=arguments.exc_value)
