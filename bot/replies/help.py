"""The help page."""

import discord

from bot.languages import gettext as _
from bot.replies.message import Reply
from bot.replies.words import BLUE


def help_page(prefix: str, *, sees_posts: bool) -> Reply:
    """What the bot does and how to use it; `prefix` is what a text command starts with."""
    posts = (
        _("Post a picture in a channel.")
        if sees_posts
        else _("Post a picture and mention me, or send it to me directly.")
    )
    embed = discord.Embed(
        title="Thumbprint",
        description=_("I say which YouTube channel a thumbnail comes from, how sure I am, and when I don't know.")
        + "\n"
        + _("Every command also works as text: `{prefix}classify` is the same as `/classify`.", prefix=prefix),
        colour=BLUE,
    )
    for name, rows in (
        (
            _("Show me a picture"),
            (
                posts,
                _("`{prefix}classify https://youtu.be/jNQXAC9IVRw` looks at a video's thumbnail.", prefix=prefix),
                _(
                    "Reply `{prefix}classify` to a message with a picture or a link, or choose "
                    "*Apps ▸ Which channel is this?* in its menu.",
                    prefix=prefix,
                ),
                _("*Why?* under an answer shows what my answer is based on; *Right* and *Wrong* tell me how I did."),
            ),
        ),
        (
            _("About me"),
            (
                _("`{prefix}channels` lists the channels that I recognise here.", prefix=prefix),
                _("`{prefix}model` shows how good I am, and `{prefix}stats` how I've been doing.", prefix=prefix),
                _("`{prefix}privacy` says what I store, and `{prefix}forget me` deletes it.", prefix=prefix),
            ),
        ),
        (
            _("Teach me (server admins)"),
            (
                _(
                    "`{prefix}channels add @handle` and `{prefix}channels remove @handle` change the list.",
                    prefix=prefix,
                ),
                _(
                    "`{prefix}retrain` downloads new thumbnails and trains a new model; `{prefix}retrain weekly` does "
                    "so every week.",
                    prefix=prefix,
                ),
                _("`{prefix}model rollback` goes back to the previous model.", prefix=prefix),
                _("`{prefix}feedback` lets you review members' feedback.", prefix=prefix),
            ),
        ),
        (
            _("Settings (server admins)"),
            (
                _(
                    "`{prefix}watch #channel` and `{prefix}unwatch #channel` set where I answer posted pictures.",
                    prefix=prefix,
                ),
                _(
                    "`{prefix}threshold 80` or `{prefix}threshold auto` sets how sure I must be to name a channel.",
                    prefix=prefix,
                ),
                _(
                    "`{prefix}unknown react` or `{prefix}unknown silent` keeps me from answering posted pictures that "
                    "I don't know.",
                    prefix=prefix,
                ),
                _("`{prefix}language` sets the language I speak here.", prefix=prefix),
            ),
        ),
    ):
        embed.add_field(name=name, value="\n".join(rows), inline=False)
    return Reply(embeds=(embed,))
