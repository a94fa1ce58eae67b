import asyncio
import html
import io
import json
import logging
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs import REDACTED, begin_work, formatter, redacting, work

SECRET = "MTI3.a%+b\"c/ü\\x 😀&<z'"
SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "path": quote,
    "query": quote_plus,
    "percent-encoded whole": lambda text: quote(text, safe=""),
    "lower-case percent-encoding": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "percent-encoded twice": lambda text: quote(quote(text, safe=""), safe=""),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON with all letters": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON with escaped slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text))[3:-3],
    "a URL in JSON": lambda text: json.dumps(quote(text))[1:-1],
    "repr": lambda text: repr(text)[1:-1],
    "repr of bytes": lambda text: repr(text.encode())[2:-1],
    "ascii": lambda text: ascii(text)[1:-1],
    "HTML": html.escape,
    "numbers in HTML": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
}
EVERY_SPELLING = pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())


@EVERY_SPELLING
def test_a_secret_is_redacted_however_it_is_spelled(spelling: Callable[[str], str]) -> None:
    assert redacting([SECRET])(f"<{spelling(SECRET)}>") == f"<{REDACTED}>"


@given(
    secret=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
    spelling=st.sampled_from(list(SPELLINGS.values())),
)
def test_any_secret_is_redacted(secret: str, spelling: Callable[[str], str]) -> None:
    spelled = spelling(secret)
    assert redacting([secret])(spelled) == REDACTED, spelled


def test_other_text_stays() -> None:
    text = 'An ordinary line: {"a": "b\\n"} https://example.org/?a=%20b'
    assert redacting([SECRET, "a-youtube-key"])(text) == text
    assert redacting([])(text) == redacting([""])(text) == text


def test_of_overlapping_secrets_the_longest_is_redacted() -> None:
    assert redacting(["sesame", "postgresql://bot:sesame@host"])("at postgresql://bot:sesame@host") == f"at {REDACTED}"


class Log:
    """A logger whose lines are formatted as the program's, and collected."""

    def __init__(self, kind: str, *secrets: str) -> None:
        self._stream = io.StringIO()
        handler = logging.StreamHandler(self._stream)
        handler.setFormatter(formatter(kind, secrets))
        self.logger = logging.Logger("some.part", logging.DEBUG)
        self.logger.addHandler(handler)

    @property
    def text(self) -> str:
        return self._stream.getvalue()


@pytest.mark.parametrize("kind", ["text", "json"])
def test_secrets_are_redacted_in_arguments_fields_and_tracebacks(kind: str) -> None:
    log = Log(kind, SECRET)
    try:
        try:
            raise ValueError(f"refused {SECRET}")  # noqa: TRY301 - both errors are to be logged
        except ValueError as error:
            raise RuntimeError(quote(SECRET)) from error
    except RuntimeError:
        log.logger.exception("failed with %s", SECRET, extra={"header": f"Bot {SECRET}", "nested": {"key": [SECRET]}})
    assert log.text.count(REDACTED) >= 5
    for spelling in SPELLINGS.values():
        assert spelling(SECRET) not in log.text
    assert "RuntimeError" in log.text
    assert "def test_secrets" not in log.text


def test_json_is_one_object_per_line_and_keeps_ids_exact() -> None:
    log = Log("json")
    with work(1234567890123456789):
        log.logger.info("answered %d pictures", 2, extra={"server": 5})
        log.logger.warning("a\nb")
    first, second = map(json.loads, log.text.splitlines())
    assert first["event"] == "answered 2 pictures"
    assert (first["level"], first["logger"], first["server"]) == ("info", "some.part", 5)
    assert first["work"] == second["work"] == "1234567890123456789"
    assert first["timestamp"].endswith("Z")


def test_text_is_one_line_that_untrusted_text_can_not_forge() -> None:
    log = Log("text")
    log.logger.info("crawled %s", "title\x1b[2J\x9b\n2026-01-01T00:00:00Z [info     ] forged [bot.app]", extra={"n": 1})
    first, second = log.text.splitlines()
    assert "\\x1b[2J\\x9b" in first
    assert second.startswith("    2026")
    assert second.endswith("[some.part] n=1")


async def test_the_id_reaches_tasks_that_start_inside_and_nothing_else() -> None:
    log = Log("json")

    async def task() -> None:
        log.logger.info("in a task")
        await asyncio.to_thread(log.logger.info, "in its thread")

    async def other(origin: int) -> None:
        begin_work(origin)
        log.logger.info("by itself")

    with work(7):
        tasks = [asyncio.create_task(task())]
    tasks.append(asyncio.create_task(other(8)))
    await asyncio.gather(*tasks)
    log.logger.info("outside")
    ids = {line["event"]: line.get("work") for line in map(json.loads, log.text.splitlines())}
    assert ids == {"in a task": "7", "in its thread": "7", "by itself": "8", "outside": None}
