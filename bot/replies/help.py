"""What the bot does and how to ask it."""

import discord

from bot.replies.message import Reply
from bot.replies.words import BLUE


def help_page(prefix: str, *, sees_posts: bool) -> Reply:
    """What the bot does and how to ask it; `prefix` is what a text command starts with."""
    posts = "Post an image in a channel." if sees_posts else "Post an image and mention me, or send it to me directly."
    embed = discord.Embed(
        title="Thumbprint",
        description="I say which YouTube channel a thumbnail comes from, how sure I am, and when I do not know.",
        colour=BLUE,
    )
    for name, value in (
        ("Show me a picture", posts),
        ("Name a video", f"`{prefix}classify https://youtu.be/jNQXAC9IVRw` or `/classify`"),
        ("Point at a picture", f"Reply `{prefix}classify` to a message that has a picture or a YouTube link."),
        ("Teach me (server admins)", f"`{prefix}retrain` or `/retrain` fetches new thumbnails and trains a new model."),
    ):
        embed.add_field(name=name, value=value, inline=False)
    return Reply(embeds=(embed,))
