"""What is kept of people and servers, and what is said when it is deleted."""

import discord

from bot.replies.message import Reply
from bot.replies.words import BLUE, GREY

ASK = Reply(
    "This deletes all feedback that you ever gave me, in every server, and your name from the channels that you "
    "added, the trainings that you started and the feedback that you reviewed. It can't be undone."
)


def privacy(prefix: str, *, days: int) -> Reply:
    """What is kept and for how long; `days` is how long a server's rows outlive the bot's leaving."""
    embed = discord.Embed(
        title="What I keep",
        description="Numbers and names of channels, never people's pictures and never what they write.",
        colour=BLUE,
    )
    for name, value in (
        (
            "Pictures that you show me",
            "I look at them and let them go: they are neither stored nor learned from. "
            "I learn from thumbnails that are public on YouTube alone.",
        ),
        (
            "Of each answer",
            "The server, the time, the channel that I named and how sure I was; the video's id, if it was a YouTube "
            "thumbnail, and whose it is: where I was wrong, the next training learns from it. Not who asked.",
        ),
        (
            "Of your feedback",
            "Your Discord id, the time, and what you said: right, or the channel's name. Admins see it when they "
            "review it. A model that learned from it knows the video and the channel, nothing of you.",
        ),
        (
            "Of this server",
            "Its id and settings, its channels and who added them, its trainings and who started them, its models.",
        ),
        (
            "For how long",
            f"Until you delete it, or {days} days after I was removed from a server: then everything of that server "
            "goes, its models too.",
        ),
        ("How to delete it", f"`{prefix}forget me` or `/forget me` deletes what is kept of you, at once."),
    ):
        embed.add_field(name=name, value=value, inline=False)
    return Reply(embeds=(embed,))


def forgotten(count: int) -> Reply:
    """So much feedback of a person's was deleted."""
    said = "one piece of feedback" if count == 1 else f"{count:,} pieces of feedback"
    return Reply(embeds=(discord.Embed(description=f"Deleted: {said}. I know nothing of you now.", colour=GREY),))
