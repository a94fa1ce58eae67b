"""Checks polls."""

from bot.sandbox.discord.checks.fields import Path, check_list, check_number, check_object, check_one_of, check_text
from bot.sandbox.discord.errors import Problems
from bot.sandbox.discord.values import Parsed

MAX_QUESTION, MAX_ANSWER, MAX_ANSWERS, MAX_HOURS = 300, 55, 10, 768
LAYOUTS = (1,)


def check_poll(problems: Problems, at: Path, sent: Parsed) -> None:
    """Check the poll of a new message."""
    poll = check_object(problems, at, sent)
    question = check_object(problems, (*at, "question"), poll.get("question"))
    check_text(problems, (*at, "question", "text"), question.get("text"), 1, MAX_QUESTION)
    answers = check_list(problems, (*at, "answers"), poll.get("answers") or [], MAX_ANSWERS, minimum=1)
    for index, answer in enumerate(answers):
        where: Path = (*at, "answers", index, "poll_media")
        media = check_object(problems, where, answer.get("poll_media"))
        check_text(problems, (*where, "text"), media.get("text"), 0 if media.get("emoji") else 1, MAX_ANSWER)
    check_number(problems, (*at, "duration"), poll.get("duration"), 1, MAX_HOURS)
    if poll.get("layout_type") is not None:
        check_one_of(problems, (*at, "layout_type"), poll["layout_type"], LAYOUTS)
