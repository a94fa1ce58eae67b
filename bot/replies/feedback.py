"""What people see when they rate an answer."""

from bot.replies.message import Reply
from bot.replies.words import plain
from bot.store.values import Feedback, FeedbackState, Verdict

ASK = Reply("Which channel is it from? Only you can see this.")


def thanks(feedback: Feedback, title: str | None) -> Reply:
    """Thanks for feedback; `title` is the channel that the person chose, None for "none of these"."""
    correction = f"**{plain(title)}**" if title else "none of these channels"
    noted = "noted as right" if feedback.verdict is Verdict.RIGHT else f"noted: {correction}"
    use = (
        "Once an admin accepts it, the next training run uses it."
        if feedback.state is FeedbackState.QUEUED
        else "It counts in the statistics; I only train on YouTube thumbnails."
    )
    return Reply(f"Thanks, {noted}. {use}")
