"""What the bot stores about people and servers, and the confirmation when it is deleted."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import discord

from bot.replies.message import Document, Reply
from bot.replies.words import BLUE, GREY, plural
from bot.store.values import Forgotten

ASK = Reply(
    "This deletes all feedback that you have given me and all your guesses and points in the game, in every server, "
    "and your id from the channels that you added, the training runs that you started, the feedback that you reviewed "
    "and the thumbnails that you decided about. It can't be undone."
)

ASK_SERVER: Final = Reply(
    "This deletes everything about this server: its settings, channels, models, training runs, answers, and all "
    "feedback on them. I stay here, and use the default settings and channels. It can't be undone."
)
WIPED: Final = Reply("Everything about this server is deleted. Use `/channel add` to teach me channels again.")
EXPORTED: Final = Reply("I've sent you a file with everything that I store about you, in a direct message.")

YOUTUBE_TERMS: Final = "https://www.youtube.com/t/terms"
GOOGLE_PRIVACY: Final = "https://policies.google.com/privacy"


def export(data: Mapping[str, Sequence[Mapping[str, object]]], user: int, at: datetime) -> Reply:
    """A file with everything that is stored about a person, at some time."""
    content = {"user": str(user), "exported_at": at.isoformat(), **data}
    file = Document("thumbprint-data.json", json.dumps(content, indent=2, ensure_ascii=False).encode())
    if any(data.values()):
        return Reply("This is everything that I store about you.", documents=(file,))
    return Reply("I store nothing about you. The file says the same.", documents=(file,))


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
            "what admins decided about thumbnails and who did, its daily round, and how much of YouTube's quota it has "
            "used today.",
        ),
        (
            "For how long",
            f"Until you delete it, or until {days} days after I'm removed from a server; then everything about that "
            "server is deleted, including its models.",
        ),
        (
            "What comes from YouTube",
            "I use YouTube API Services for thumbnails, names of channels, and which channel a video is from. I "
            "refresh or delete what I store of that within 30 days; a model that was trained on deleted thumbnails "
            f"only keeps numbers. [YouTube's Terms of Service]({YOUTUBE_TERMS}) and "
            f"[Google's Privacy Policy]({GOOGLE_PRIVACY}) apply.",
        ),
        ("How to see it", "`/privacy export` gives you a file with everything that I store about you."),
        (
            "How to delete it",
            "`/forget me` immediately deletes what I store about you. Admins delete everything about this server with "
            "`/wipe`.",
        ),
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
