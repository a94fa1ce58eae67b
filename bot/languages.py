"""Languages: sentences, numbers and dates in the language of whoever reads them.

English is in the code; every other language is one gettext catalogue, `locale/<language>/LC_MESSAGES/thumbprint.po`.
Each task has a current language, which the tasks that it starts inherit. Threads don't: hand them finished sentences.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from classifier.errors import ThumbprintError, fill

ENGLISH: Final = "en"
FOLDER: Final = Path(__file__).with_name("locale")
DOMAIN: Final = "thumbprint"

_language: Final = ContextVar("language", default=ENGLISH)


@cache
def languages() -> tuple[str, ...]:
    """The languages that the bot speaks, English first, as CLDR names them: "en", "pt_BR"."""
    return (ENGLISH, *sorted(path.parts[-3] for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po")))


@cache
def name_of(language: str) -> str:
    """A language's own name: "English", "Português (Brasil)"."""
    name = Locale.parse(language).get_display_name(language) or language
    return name[0].upper() + name[1:]


@cache
def spoken(locale: str) -> str | None:
    """The language for a locale of Discord's, such as "pt-BR" or "en-GB"; None if the bot doesn't speak it."""
    try:
        wanted = Locale.parse(locale, sep="-")
    except (ValueError, UnknownLocaleError):
        return None
    offered = {language: Locale.parse(language) for language in languages()}
    exact = (language for language, it in offered.items() if it == wanted)
    similar = (language for language, it in offered.items() if it.language == wanted.language)
    return next(exact, None) or next(similar, None)


def first_spoken(locales: Iterable[str | None]) -> str:
    """The language for the first locale that the bot speaks; English if there is none."""
    return next((language for locale in locales if locale and (language := spoken(locale))), ENGLISH)


def current_language() -> str:
    """The current task's language."""
    return _language.get()


def set_language(language: str) -> None:
    """Set the language of the current task and of those that it starts from here on."""
    _language.set(language)


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Have a block speak a language."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def gettext_noop(template: str, /) -> str:
    """Mark a sentence for translation where it is written; it is translated where it is said."""
    return template


def gettext(template: str, /, **values: object) -> str:
    """A sentence in the current language, with its `{placeholders}` filled in; whole numbers as that language writes
    them.
    """
    return fill(catalogue(current_language()).gettext(template), values, number)


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """The same for a sentence that depends on `{count}`."""
    template = catalogue(current_language()).ngettext(one, many, count)
    return fill(template, {"count": count, **values}, number)


def sentence(error: ThumbprintError) -> str:
    """An error's sentence in the current language."""
    return gettext(error.template, **error.data)


def number(value: float, digits: int = 0) -> str:
    """A number with so many decimals: "1,200", "1.200"."""
    return format_decimal(Decimal(f"{value:.{digits}f}"), _pattern(digits), current_language())


def percentage(share: float, digits: int = 1) -> str:
    """A share in [0, 1]: "91.0%", "91,0%"."""
    rounded = Decimal(f"{share:.{digits}%}".removesuffix("%"))
    return format_percent(rounded / 100, f"{_pattern(digits)}%", current_language())


def long_date(day: date) -> str:
    """A date in words: "5 October 2026", "5 de outubro de 2026"."""
    return _format_day(day, "d MMMM y", "yMMMMd")


def short_date(day: date) -> str:
    """A date without its year: "5 Oct", "5 de out."."""
    return _format_day(day, "d MMM", "MMMd")


@cache
def catalogue(language: str) -> NullTranslations:
    """The translations into a language, read once; English needs none."""
    if language == ENGLISH:
        return NullTranslations()
    with (FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        entries = read_po(file, locale=language, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, entries)
    compiled.seek(0)
    return GNUTranslations(compiled)


def load() -> None:
    """Read all catalogues and CLDR's data about the languages, some 50 ms each, before anybody waits for an answer."""
    for language in languages():
        with in_language(language):
            gettext("")
            percentage(0.5)
            short_date(date(2026, 1, 1))


def _format_day(day: date, english: str, skeleton: str) -> str:
    """English is written the same everywhere; of other languages CLDR knows the order."""
    if current_language() == ENGLISH:
        return format_date(day, english, ENGLISH)
    return format_skeleton(skeleton, day, locale=current_language())


def _pattern(digits: int) -> str:
    return f"#,##0.{'0' * digits}" if digits else "#,##0"
