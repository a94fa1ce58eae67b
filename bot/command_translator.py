"""Descriptions and choices of commands, in the languages that the bot speaks."""

from typing import Final

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation, TranslationContextTypes

from bot.languages import ENGLISH, gettext, in_language, spoken

_SAME_EVERYWHERE: Final = (
    TranslationContextLocation.command_name,
    TranslationContextLocation.group_name,
    TranslationContextLocation.parameter_name,
)
"""Names stay English: replies and text commands use them, and Discord shows a mention as it was written."""


class CommandTranslator(app_commands.Translator):
    """Translates what Discord shows of commands, except for the names that people type."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: TranslationContextTypes
    ) -> str | None:
        """A text in the language for a locale; None if that is English."""
        language = spoken(locale.value)
        typed = context.location in _SAME_EVERYWHERE and not isinstance(context.data, app_commands.ContextMenu)
        if typed or language is None or language == ENGLISH:
            return None
        with in_language(language):
            translated = gettext(string.message)
        return None if translated == string.message else translated
