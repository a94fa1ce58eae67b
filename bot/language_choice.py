"""Which language the bot speaks: the one that a server's admins chose, else one that people set in Discord.

An interaction has the locale of whoever used it; a message has none, so that it is answered in the server's. What the
bot says later about the same thing keeps the language that it began with; a button speaks to whoever presses it.
"""

from typing import Any, Final

import discord

from bot.languages import ENGLISH, first_spoken, gettext_noop, languages, name_of, set_language
from bot.store.servers import ServerStore
from classifier.errors import ThumbprintError

AUTOMATIC: Final = gettext_noop("automatic")


class LanguageError(ThumbprintError):
    """A language that the bot doesn't speak."""


def read_language(text: str) -> str | None:
    """Read a language by its name or code, or "automatic" as None. Raises LanguageError."""
    wanted = text.strip().casefold().replace("-", "_")
    if wanted == AUTOMATIC:
        return None
    for language in languages():
        name = name_of(language).casefold()
        if wanted in {language.casefold(), name, name.partition(" ")[0]}:
            return language
    offered = ", ".join(f"`{name_of(language)}`" for language in languages())
    raise LanguageError("I don't speak that language. Choose {languages} or `automatic`.", languages=offered)


async def speak_to(origin: discord.Message | discord.Interaction[Any], servers: ServerStore) -> None:
    """Speak the language of whoever sent a message or used an interaction, in this task from here on."""
    if isinstance(origin, discord.Interaction):
        server = origin.guild_id if origin.is_guild_integration() else None
        set_language(await _language(servers, server, origin.locale, origin.guild_locale))
    else:
        await speak_in(origin.guild, servers)


async def speak_in(guild: discord.Guild | None, servers: ServerStore, server: int | None = None) -> None:
    """Speak a server's language, in this task from here on; English in direct messages.

    A worker knows no guilds, only the id of the server: there, it is the language that the admins chose, or English.
    """
    known = guild is not None or server is None
    set_language(await (language_in(guild, servers) if known else _language(servers, server)))


async def language_in(guild: discord.Guild | None, servers: ServerStore) -> str:
    """A server's language; English in direct messages."""
    if guild is None:
        return ENGLISH
    return await _language(servers, guild.id, guild.preferred_locale)


async def _language(servers: ServerStore, server: int | None, *locales: discord.Locale | None) -> str:
    chosen = None if server is None else (await servers.last_known.get(server)).language
    if chosen is not None and chosen in languages():
        return chosen
    return first_spoken(str(it) if it else None for it in locales)
