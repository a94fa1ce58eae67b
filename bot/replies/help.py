"""The help page."""

import discord

from bot.replies.message import Reply
from bot.replies.words import BLUE


def help_page(prefix: str, *, sees_posts: bool) -> Reply:
    """What the bot does and how to use it; `prefix` is what a text command starts with."""
    posts = (
        "Post a picture in a channel." if sees_posts else "Post a picture and mention me, or send it to me directly."
    )
    embed = discord.Embed(
        title="Thumbprint",
        description="I say which YouTube channel a thumbnail comes from, how sure I am, and when I don't know.\n"
        f"Every command also works as text: `{prefix}classify` is the same as `/classify`.",
        colour=BLUE,
    )
    for name, rows in (
        (
            "Show me a picture",
            (
                posts,
                f"`{prefix}classify https://youtu.be/jNQXAC9IVRw` looks at a video's thumbnail.",
                f"Reply `{prefix}classify` to a message with a picture or a link, or choose "
                "*Apps ▸ Which channel is this?* in its menu.",
                "*Why?* under an answer shows what my answer is based on; *Right* and *Wrong* tell me how I did.",
            ),
        ),
        (
            "About me",
            (
                f"`{prefix}channels` lists the channels that I recognise here.",
                f"`{prefix}model` shows how good I am, and `{prefix}stats` how I've been doing.",
                f"`{prefix}privacy` says what I store, `{prefix}privacy export` shows you what I store about you, and "
                f"`{prefix}forget me` deletes it.",
            ),
        ),
        (
            "Teach me (server admins)",
            (
                f"`{prefix}channels add @handle` and `{prefix}channels remove @handle` change the list.",
                f"`{prefix}retrain` downloads new thumbnails and trains a new model; `{prefix}retrain weekly` does so "
                "every week.",
                f"`{prefix}model rollback` goes back to the previous model.",
                f"`{prefix}feedback` lets you review members' feedback.",
            ),
        ),
        (
            "Settings (server admins)",
            (
                f"`{prefix}watch #channel` and `{prefix}unwatch #channel` set where I answer posted pictures.",
                f"`{prefix}forget server` deletes everything about this server.",
                f"`{prefix}threshold 80` or `{prefix}threshold auto` sets how sure I must be to name a channel.",
            ),
        ),
    ):
        embed.add_field(name=name, value="\n".join(rows), inline=False)
    return Reply(embeds=(embed,))
