"""What the bot stores about people and servers, and the confirmation when it is deleted."""

import discord

from bot.replies.message import Reply
from bot.replies.words import BLUE, GREY, plural
from bot.store.values import Forgotten

ASK = Reply(
    "This deletes all feedback that you have given me and all your guesses and points in the game, in every server, "
    "and your id from the channels that you added, the training runs that you started and the feedback that you "
    "reviewed. It can't be undone."
)


def privacy(*, days: int) -> Reply:
    """What is stored and for how long; `days` is how long a server's data outlives the bot's removal."""
    embed = discord.Embed(
        title="What I store",
        description="Numbers and channel names, never people's pictures, and never what they write.",
        colour=BLUE,
    )
    for name, value in (
        (
            "Pictures that you show me",
            "I look at them and discard them: they are never stored or used for training. "
            "I only train on public YouTube thumbnails.",
        ),
        (
            "About each answer",
            "The server, the time, the channel that I named and how sure I was; for a YouTube thumbnail, also the "
            "video's id and its channel: if I was wrong, the next training run uses it. Not who asked.",
        ),
        (
            "About your feedback",
            "Your Discord id, the time, and what you chose: *Right*, or the channel it is from. Admins see it when "
            "they review it. A model that was trained on it knows the video and the channel, but nothing about you.",
        ),
        (
            "About your guesses in the game",
            "Your Discord id, which button you pressed, your points and your streak; of each round, its place in "
            "Discord and, for 30 days, its video and channels. It is never used for training.",
        ),
        (
            "About this server",
            "Its id and settings, its channels and who added them, its training runs and who started them, its models, "
            "its daily round, and how much of YouTube's quota it has used today.",
        ),
        (
            "For how long",
            f"Until you delete it, or until {days} days after I'm removed from a server; then everything about that "
            "server is deleted, including its models.",
        ),
        ("How to delete it", "`/forget me` immediately deletes what I store about you."),
    ):
        embed.add_field(name=name, value=value, inline=False)
    return Reply(embeds=(embed,))


def forgotten(gone: Forgotten) -> Reply:
    """What is stored about a person was deleted."""
    pieces = "1 piece" if gone.feedback == 1 else f"{gone.feedback:,} pieces"
    text = f"Deleted {pieces} of feedback. I no longer store anything about you."
    if gone.guesses:
        guesses = plural(gone.guesses, "guess", "guesses")
        text = f"Deleted {pieces} of feedback and {guesses} in the game. I no longer store anything about you."
    return Reply(embeds=(discord.Embed(description=text, colour=GREY),))
