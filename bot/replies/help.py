"""The help page."""

from collections.abc import Mapping, Sequence
from typing import Final

import discord

from bot.languages import gettext as _
from bot.languages import gettext_noop
from bot.replies.message import Reply
from bot.replies.words import BLUE

WHAT: Final = gettext_noop("I say which YouTube channel a thumbnail comes from, how sure I am, and when I don't know.")
_BUTTONS: Final = gettext_noop(
    "*Why?* under an answer shows what my answer is based on; *Right* and *Wrong* tell me how I did."
)
_MENU: Final = gettext_noop("Choose *Apps ▸ Which channel is this?* in the menu of a message with a picture or a link.")
_LINK: Final = gettext_noop("`/classify https://youtu.be/jNQXAC9IVRw` looks at a video's thumbnail.")
_PRIVACY: Final = gettext_noop(
    "`/privacy` says what I store, `/privacy export` shows you what I store about you, and `/forget me` deletes it."
)


def help_page(prefix: str, *, sees_posts: bool) -> Reply:
    """What the bot does and how to use it; `prefix` is what a text command starts with."""
    posts = (
        _("Post a picture in a channel.")
        if sees_posts
        else _("Post a picture and mention me, or send it to me directly.")
    )
    text = _("Every command also works as text: `{prefix}classify` is the same as `/classify`.", prefix=prefix)
    return _page(
        f"{_(WHAT)}\n{text}",
        {
            _("Show me a picture"): (
                posts,
                _(_LINK),
                _("Reply `{prefix}classify` to a message with a picture or a link.", prefix=prefix),
                _(_MENU),
                _(_BUTTONS),
                _("`/compare` shows how typical a picture is of a channel."),
            ),
            _("Play"): (
                _("`/guess`: which channel is this thumbnail from? You have 20 seconds, and so do I."),
                _(
                    "`/leaderboard` shows who is best this week, and `{prefix}leaderboard all` of all time.",
                    prefix=prefix,
                ),
            ),
            _("About me"): (
                _("`/channels` lists the channels that I recognise here."),
                _("`/model` shows how good I am, and `/stats` how I've been doing."),
                _(_PRIVACY),
            ),
            _("Teach me (server admins)"): (
                _("`/setup` shows a card that sets me up in three steps."),
                _("`/channel add` and `/channel remove` change the list."),
                _("`/retrain` downloads new thumbnails and trains a new model; `/retrain weekly` does so every week."),
                _("`/rollback` goes back to the previous model."),
                _("`/feedback` lets you review members' feedback."),
            ),
            _("Settings (server admins)"): (
                _("`/watch` and `/unwatch` set where I answer posted pictures."),
                _("`/threshold` sets how sure I must be to name a channel."),
                _("`/unknown` sets what I do with posted pictures that I don't know."),
                _("`/language` sets the language I speak here."),
                _("`{prefix}admins @role` lets a role use the text commands for admins.", prefix=prefix),
                _("`/log` logs what admins do."),
                _("`/wipe` deletes everything about this server."),
                _("`/daily on` posts a round of the game every day, and `/daily off` stops that."),
            ),
        },
    )


def guests_help_page() -> Reply:
    """The same where the bot itself is not: for people who have installed it to their own account."""
    channels = _("In this chat I recognise the channels of my default list; a server can add me and choose its own.")
    shown = {_("Show me a picture"): (_(_LINK), _(_MENU), _(_BUTTONS)), _("About me"): (_(_PRIVACY),)}
    return _page(f"{_(WHAT)}\n{channels}", shown)


def _page(description: str, sections: Mapping[str, Sequence[str]]) -> Reply:
    embed = discord.Embed(title="Thumbprint", description=description, colour=BLUE)
    for name, rows in sections.items():
        embed.add_field(name=name, value="\n".join(rows), inline=False)
    return Reply(embeds=(embed,))
