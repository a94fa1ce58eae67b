"""A server's own settings: where the bot answers, and how sure it must be."""

from collections.abc import Collection
from typing import Final

from bot.languages import gettext as _
from bot.languages import gettext_noop, name_of, percentage
from bot.replies.message import Reply
from bot.replies.permissions import lacking, permission_name
from bot.store.values import UnknownPictures

_UNKNOWN_PICTURES: Final = {
    UnknownPictures.ANSWER: (
        gettext_noop(
            "I answer posted pictures also when they are from none of the channels I know. "
            "Use `/unknown react` to make me react with ❔ instead, or `/unknown silent`."
        )
    ),
    UnknownPictures.REACT: (
        gettext_noop(
            "I react with ❔ to posted pictures that are from none of the channels I know. "
            "Whoever asks me still gets an answer. Use `/unknown answer` or `/unknown silent` to change that."
        )
    ),
    UnknownPictures.SILENT: (
        gettext_noop(
            "I ignore posted pictures that are from none of the channels I know. "
            "Whoever asks me still gets an answer. Use `/unknown answer` or `/unknown react` to change that."
        )
    ),
}

EVERYWHERE: Final = gettext_noop("I answer pictures in every channel where I can write.")
ONLY_ASKED: Final = gettext_noop("I only answer when asked, not posted pictures.")


def answered_where(channels: Collection[int], *, only_asked: bool) -> str:
    """Where posted pictures are answered: ids of Discord's channels, none for all, or nowhere if `only_asked`."""
    if only_asked:
        return _(ONLY_ASKED)
    if not channels:
        return _(EVERYWHERE)
    return _("I only answer pictures in {channels}.", channels=_named(channels))


def watching(channels: Collection[int], *, only_asked: bool) -> Reply:
    """Where posted pictures are answered, and how to change that."""
    where = answered_where(channels, only_asked=only_asked)
    if only_asked:
        hint = _("Use `/setup` to change that.")
    elif channels:
        hint = _("Use `/unwatch` to remove a channel.")
    else:
        hint = _("Use `/watch` to limit me to certain channels.")
    return Reply(f"{where} {hint}")


def watched(channel: int, channels: Collection[int], *, missing: Collection[str]) -> Reply:
    """A channel is now watched, one of `channels`; `missing` are permissions that the bot lacks there, by their names
    for code.
    """
    text = _(
        "I now answer posted pictures in {channels}; elsewhere I only answer when asked.", channels=_named(channels)
    )
    if missing:
        text = f"{text}\n{lacking(channel, missing)}"
    return Reply(text)


def unwatched(channel: int, channels: Collection[int], *, only_asked: bool, was: bool) -> Reply:
    """A channel is no longer watched; `channels` still are, or none if `only_asked`."""
    place = f"<#{channel}>"
    if not was:
        where = answered_where(channels, only_asked=only_asked)
        return Reply(" ".join([_("{channel} wasn't on the list.", channel=place), where]))
    if channels:
        others = _named(channels)
        return Reply(_("I no longer answer pictures in {channel}, only in {channels}.", channel=place, channels=others))
    return Reply(
        _(
            "{channel} was the last channel on the list. From now on, I answer pictures in every channel where I can "
            "write.",
            channel=place,
        )
    )


def threshold(share: float | None) -> Reply:
    """How sure the bot must be to name a channel, in [0, 1]; None if the model decides."""
    if share is None:
        return Reply(
            _(
                "I decide for myself when a picture is from none of the channels I know. "
                "Use `/threshold 80` to make me name a channel only when I'm at least 80% sure."
            )
        )
    return Reply(
        _(
            "I name a channel only when I'm at least **{share}** sure. Use `/threshold auto` to let me decide again.",
            share=percentage(share, 0),
        )
    )


def unknown_pictures(action: UnknownPictures, *, missing_in: Collection[int] = ()) -> Reply:
    """What happens to posted pictures of no known channel; `missing_in` are channels where the bot can't react."""
    text = _(_UNKNOWN_PICTURES[action])
    if missing_in:
        warning = _(
            "I can't react in {channels}: I need {add_reactions} and {read_message_history} there.",
            channels=_named(missing_in),
            add_reactions=permission_name("add_reactions"),
            read_message_history=permission_name("read_message_history"),
        )
        text = f"{text}\n{warning}"
    return Reply(text)


def server_language(language: str | None) -> Reply:
    """Which language the bot speaks in the server; None if it follows the settings in Discord."""
    if language is None:
        return Reply(
            _(
                "I answer commands in the language of your Discord, and posted pictures in this server's. "
                "Use `/language` to choose one language for everyone."
            )
        )
    return Reply(
        _(
            "I speak **{language}** in this server. Use `/language automatic` to let me follow people's own settings.",
            language=name_of(language),
        )
    )


def _named(channels: Collection[int]) -> str:
    shown = sorted(channels)[:50]
    names = ", ".join(f"<#{channel}>" for channel in shown)
    if len(channels) <= 50:
        return names
    return _("{names} and {count} more", names=names, count=len(channels) - 50)
