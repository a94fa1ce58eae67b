"""What people see when they rate an answer."""

from bot.languages import gettext as _
from bot.replies.message import Reply
from bot.replies.words import plain
from bot.store.values import Feedback, FeedbackState, Verdict


def ask() -> Reply:
    """Which channel the picture is from instead."""
    return Reply(_("Which channel is it from? Only you can see this."))


def thanks(feedback: Feedback, title: str | None) -> Reply:
    """Thanks for feedback; `title` is the channel that the person chose, None for "none of these"."""
    if feedback.verdict is Verdict.RIGHT:
        noted = _("Thanks, noted as right.")
    elif title:
        noted = _("Thanks, noted: **{channel}**.", channel=plain(title))
    else:
        noted = _("Thanks, noted: none of these channels.")
    if feedback.state is FeedbackState.QUEUED:
        use = _("Once an admin accepts it, the next training run uses it.")
    else:
        use = _("It counts in the statistics; I only train on YouTube thumbnails.")
    return Reply(f"{noted} {use}")
