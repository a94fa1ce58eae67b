"""What the bot stores about people and servers, and the confirmation when it is deleted."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import discord

from bot.languages import gettext as _
from bot.languages import ngettext
from bot.replies.message import Document, Reply
from bot.replies.words import BLUE, GREY
from bot.store.values import Forgotten

YOUTUBE_TERMS: Final = "https://www.youtube.com/t/terms"
GOOGLE_PRIVACY: Final = "https://policies.google.com/privacy"


def ask() -> Reply:
    """The question whether to delete what is stored about a person."""
    return Reply(
        _(
            "This deletes all feedback that you have given me and all your guesses and points in the game, in every "
            "server, and your id from the channels that you added, the training runs that you started, the feedback "
            "that you reviewed and the thumbnails that you decided about. It can't be undone."
        )
    )


def ask_server() -> Reply:
    """The question whether to delete what is stored about a server."""
    return Reply(
        _(
            "This deletes everything about this server: its settings, channels, models, training runs, answers, and "
            "all feedback on them. I stay here, and use the default settings and channels. It can't be undone."
        )
    )


def wiped() -> Reply:
    """What is stored about a server was deleted."""
    return Reply(_("Everything about this server is deleted. Use `/channel add` to teach me channels again."))


def exported() -> Reply:
    """The file was sent to the person."""
    return Reply(_("I've sent you a file with everything that I store about you, in a direct message."))


def export(data: Mapping[str, Sequence[Mapping[str, object]]], user: int, at: datetime) -> Reply:
    """A file with everything that is stored about a person, at some time."""
    content = {"user": str(user), "exported_at": at.isoformat(), **data}
    file = Document("thumbprint-data.json", json.dumps(content, indent=2, ensure_ascii=False).encode())
    if any(data.values()):
        return Reply(_("This is everything that I store about you."), documents=(file,))
    return Reply(_("I store nothing about you. The file says the same."), documents=(file,))


def privacy(*, days: int) -> Reply:
    """What is stored and for how long; `days` is how long a server's data outlives the bot's removal."""
    embed = discord.Embed(
        title=_("What I store"),
        description=_("Numbers and channel names, never people's pictures, and never what they write."),
        colour=BLUE,
    )
    for name, value in (
        (
            _("Pictures that you show me"),
            _(
                "I look at them and discard them: they are never stored or used for training. "
                "I only train on public YouTube thumbnails."
            ),
        ),
        (
            _("About each answer"),
            _(
                "The server, the time, the channel that I named and how sure I was; for a YouTube thumbnail, also the "
                "video's id and its channel: if I was wrong, the next training run uses it. Not who asked."
            ),
        ),
        (
            _("About your feedback"),
            _(
                "Your Discord id, the time, and what you chose: *Right*, or the channel it is from. Admins see it when "
                "they review it. A model that was trained on it knows the video and the channel, but nothing about you."
            ),
        ),
        (
            _("About your guesses in the game"),
            _(
                "Your Discord id, which button you pressed, your points and your streak; of each round, its place in "
                "Discord and, for 30 days, its video and channels. It is never used for training."
            ),
        ),
        (
            _("About this server"),
            _(
                "Its id and settings, its channels and who added them, its training runs and who started them, its "
                "models, what admins decided about thumbnails and who did, its daily round, and how much of YouTube's "
                "quota it has used today."
            ),
        ),
        (
            _("For how long"),
            _(
                "Until you delete it, or until {days} days after I'm removed from a server; then everything about that "
                "server is deleted, including its models.",
                days=days,
            ),
        ),
        (
            _("What comes from YouTube"),
            _(
                "I use YouTube API Services for thumbnails, names of channels, and which channel a video is from. I "
                "refresh or delete what I store of that within 30 days; a model that was trained on deleted thumbnails "
                "only keeps numbers. [YouTube's Terms of Service]({youtube_terms}) and "
                "[Google's Privacy Policy]({google_privacy}) apply.",
                youtube_terms=YOUTUBE_TERMS,
                google_privacy=GOOGLE_PRIVACY,
            ),
        ),
        (_("How to see it"), _("`/privacy export` gives you a file with everything that I store about you.")),
        (
            _("How to delete it"),
            _(
                "`/forget me` immediately deletes what I store about you. Admins delete everything about this server "
                "with `/wipe`."
            ),
        ),
    ):
        embed.add_field(name=name, value=value, inline=False)
    return Reply(embeds=(embed,))


def forgotten(gone: Forgotten) -> Reply:
    """What is stored about a person was deleted."""
    feedback = ngettext("{count} piece of feedback", "{count} pieces of feedback", gone.feedback)
    text = _("Deleted {feedback}. I no longer store anything about you.", feedback=feedback)
    if gone.guesses:
        text = _(
            "Deleted {feedback} and {guesses}. I no longer store anything about you.",
            feedback=feedback,
            guesses=ngettext("{count} guess in the game", "{count} guesses in the game", gone.guesses),
        )
    return Reply(embeds=(discord.Embed(description=text, colour=GREY),))
