import asyncio
from datetime import date

import pytest

from bot.languages import (
    ENGLISH,
    current_language,
    first_spoken,
    gettext,
    in_language,
    languages,
    long_date,
    name_of,
    ngettext,
    number,
    percentage,
    sentence,
    set_language,
    short_date,
    spoken,
)
from classifier.errors import PictureError

PORTUGUESE = "pt_BR"
SECONDS = (
    "You're doing that too often. Try again in {count} second.",
    "You're doing that too often. Try again in {count} seconds.",
)


def test_the_languages_are_english_and_those_of_the_catalogues() -> None:
    assert languages() == (ENGLISH, PORTUGUESE)
    assert [name_of(language) for language in languages()] == ["English", "Português (Brasil)"]


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("en-US", "en"),
        ("en-GB", "en"),
        ("pt-BR", "pt_BR"),
        ("pt-PT", "pt_BR"),
        ("fr", None),
        ("zh-CN", None),
        ("?", None),
    ],
)
def test_a_locale_of_discords_becomes_a_language(locale: str, language: str | None) -> None:
    assert spoken(locale) == language


def test_the_first_locale_that_is_spoken_counts() -> None:
    assert first_spoken([None, "fr", "pt-BR", "en-US"]) == PORTUGUESE
    assert first_spoken(["fr", None]) == ENGLISH


def test_sentences_plurals_and_errors_are_in_the_current_language() -> None:
    error = PictureError("That image is more than {limit} pixels wide or high. Send a smaller one.", limit=16384)
    assert str(error) == "That image is more than 16,384 pixels wide or high. Send a smaller one."
    assert sentence(error) == str(error)
    with in_language(PORTUGUESE):
        assert gettext("That only works in a server.") == "Isso só funciona em um servidor."
        assert "1 segundo." in ngettext(*SECONDS, 1)
        assert "1.200 segundos." in ngettext(*SECONDS, 1200)
        assert "16.384 pixels" in sentence(error)
    assert "1,200 seconds." in ngettext(*SECONDS, 1200)


def test_what_has_no_translation_stays_english() -> None:
    with in_language(PORTUGUESE):
        assert gettext("Nobody has translated {this}.", this="1") == "Nobody has translated 1."


def test_values_are_not_filled_in_themselves() -> None:
    assert gettext("{one} {two} {three}", one="{two}", two="{0.__class__}") == "{two} {0.__class__} {three}"


def test_numbers_and_dates_follow_the_language() -> None:
    day = date(2026, 10, 5)
    assert (number(1234567), number(2.345, 1), percentage(0.9104), percentage(0.5, 0)) == (
        "1,234,567",
        "2.3",
        "91.0%",
        "50%",
    )
    assert (long_date(day), short_date(day)) == ("5 October 2026", "5 Oct")
    with in_language(PORTUGUESE):
        assert (number(1234567), number(2.345, 1), percentage(0.9104)) == ("1.234.567", "2,3", "91,0%")
        assert (long_date(day), short_date(day)) == ("5 de outubro de 2026", "5 de out.")


@pytest.mark.parametrize("share", [0.0, 0.0005, 0.125, 0.99949, 0.9995, 1.0])
def test_english_percentages_are_as_python_writes_them(share: float) -> None:
    assert percentage(share) == f"{share:.1%}"


async def test_a_task_has_its_own_language_and_inherits_its_parents() -> None:
    ready, done = asyncio.Event(), asyncio.Event()

    async def inner() -> str:
        return current_language()

    async def speak(language: str) -> tuple[str, str]:
        set_language(language)
        ready.set()
        await done.wait()
        return current_language(), await asyncio.create_task(inner())

    other = asyncio.create_task(speak(PORTUGUESE))
    await ready.wait()
    assert current_language() == ENGLISH
    done.set()
    assert await other == (PORTUGUESE, PORTUGUESE)
    assert current_language() == ENGLISH
