"""What is said to those who judge an answer."""

from bot.replies.message import Reply
from bot.replies.words import plain
from bot.store.values import Feedback, FeedbackState, Verdict

ASK = Reply("Whose picture is it? Only you see this.")


def thanks(feedback: Feedback, title: str | None) -> Reply:
    """Thanks for feedback; `title` is the channel's that the person chose, None for "none of these"."""
    whose = f"it is **{plain(title)}**" if title else "it is of none of these channels"
    noted = "noted as right" if feedback.verdict is Verdict.RIGHT else f"noted: {whose}"
    then = (
        "Once an admin has looked at it, the next training learns from it."
        if feedback.state is FeedbackState.QUEUED
        else "It counts in my statistics; I learn from YouTube's own thumbnails alone."
    )
    return Reply(f"Thank you, {noted}. {then}")
