from typing import Any
from unittest.mock import AsyncMock, Mock

import discord
import pytest

from bot.language_choice import LanguageError, read_language, speak_in, speak_to
from bot.languages import current_language, in_language
from bot.store.values import Server


def servers(language: str | None = None) -> Any:
    return Mock(last_known=Mock(get=AsyncMock(return_value=Server(1, language=language))))


def used(locale: str, guild_locale: str | None = "en-US") -> Any:
    guild = None if guild_locale is None else discord.Locale(guild_locale)
    return Mock(spec=discord.Interaction, guild_id=guild and 1, locale=discord.Locale(locale), guild_locale=guild)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("English", "en"),
        (" português ", "pt_BR"),
        ("Português (Brasil)", "pt_BR"),
        ("pt-BR", "pt_BR"),
        ("pt_br", "pt_BR"),
        ("Automatic", None),
    ],
)
def test_a_language_can_be_given_by_name_or_code(text: str, language: str | None) -> None:
    assert read_language(text) == language


def test_another_language_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(LanguageError, match=r"Choose `English`, `Português \(Brasil\)` or `automatic`\."):
        read_language("Klingon")


@pytest.mark.parametrize(
    ("chosen", "locale", "guild_locale", "language"),
    [
        ("pt_BR", "en-US", "en-US", "pt_BR"),
        ("en", "pt-BR", "pt-BR", "en"),
        (None, "pt-BR", "en-US", "pt_BR"),
        (None, "en-GB", "pt-BR", "en"),
        (None, "fr", "pt-BR", "pt_BR"),
        (None, "fr", "fr", "en"),
        ("tlh", "pt-BR", "en-US", "pt_BR"),
    ],
)
async def test_an_interaction_is_answered_in_the_servers_choice_else_the_persons_language(
    chosen: str | None, locale: str, guild_locale: str, language: str
) -> None:
    with in_language("en"):
        await speak_to(used(locale, guild_locale), servers(chosen))
        assert current_language() == language


async def test_in_direct_messages_only_the_persons_language_counts() -> None:
    with in_language("en"):
        await speak_to(used("pt-BR", None), servers("en"))
        assert current_language() == "pt_BR"


@pytest.mark.parametrize(("chosen", "language"), [(None, "pt_BR"), ("en", "en")])
async def test_a_message_is_answered_in_the_servers_language(chosen: str | None, language: str) -> None:
    guild = Mock(id=1, preferred_locale=discord.Locale.brazil_portuguese)
    with in_language("en"):
        await speak_to(Mock(spec=discord.Message, guild=guild), servers(chosen))
        assert current_language() == language
        await speak_in(None, servers(chosen))
        assert current_language() == "en"
