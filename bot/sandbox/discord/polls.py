"""Polls: what a new message's poll is, votes and the end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.sandbox.discord.enums import MessageType
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.feed import Event
from bot.sandbox.discord.values import Json, Message, Poll, Reference, User
from bot.sandbox.discord.world import World

DEFAULT_HOURS = 24


def new_poll(form: Json) -> Poll:
    """A poll from a checked form."""
    return Poll(
        question=form["question"],
        answers=tuple(answer["poll_media"] for answer in form["answers"]),
        ends_at=datetime.now(UTC) + timedelta(hours=form.get("duration") or DEFAULT_HOURS),
        multiselect=bool(form.get("allow_multiselect")),
    )


def vote(world: World, user: User, message: Message, answer: int, *, add: bool = True) -> Message:
    """Add or remove a user's vote for an answer, numbered from 1; a vote replaces another unless several are allowed.

    Raises ApiError 10008 if there is no such poll or answer, 520001 if it ended.
    """
    poll = message.poll
    if poll is None or not 1 <= answer <= len(poll.answers):
        raise ApiError(10008)
    if poll.ended:
        raise ApiError(520001)
    own = [number for number, voter in poll.votes if voter == user.id]
    if not add:
        return _without(world, user, message, poll, answer) if answer in own else message
    if answer in own:
        return message
    for number in () if poll.multiselect else own:
        message = _without(world, user, message, poll, number)
        poll = message.poll or poll
    changed = replace(message, poll=replace(poll, votes=(*poll.votes, (answer, user.id))))
    return _published(world, "MESSAGE_POLL_VOTE_ADD", user, changed, answer)


def end_poll(message: Message) -> Message:
    """A message whose poll has ended now. Raises ApiError 520001, 520006."""
    if message.poll is None:
        raise ApiError(520006)
    if message.poll.ended:
        raise ApiError(520001)
    return replace(message, poll=replace(message.poll, closed=True, ends_at=datetime.now(UTC)))


def result_message(world: World, message: Message) -> Message:
    """The message with which Discord announces the result of an ended poll."""
    poll, total = message.poll, 0 if message.poll is None else len(message.poll.votes)
    fields = {"total_votes": str(total)}
    if poll is not None:
        counts = [sum(number == answer for number, _ in poll.votes) for answer in range(1, len(poll.answers) + 1)]
        best = max(counts)
        fields |= {"poll_question_text": poll.question["text"], "victor_answer_votes": str(best)}
        if best and counts.count(best) == 1:
            winner = counts.index(best)
            fields |= {
                "victor_answer_id": str(winner + 1),
                "victor_answer_text": poll.answers[winner].get("text") or "",
            }
    embed = {"type": "poll_result", "fields": [{"name": k, "value": v, "inline": False} for k, v in fields.items()]}
    return Message(
        world.new_id(),
        message.channel_id,
        message.author_id,
        embeds=(embed,),
        kind=MessageType.POLL_RESULT,
        reference=Reference(message.channel_id, None, message.id),
        mentions=(message.author_id,),
    )


def _without(world: World, user: User, message: Message, poll: Poll, answer: int) -> Message:
    votes = tuple(pair for pair in poll.votes if pair != (answer, user.id))
    return _published(
        world, "MESSAGE_POLL_VOTE_REMOVE", user, replace(message, poll=replace(poll, votes=votes)), answer
    )


def _published(world: World, name: str, user: User, message: Message, answer: int) -> Message:
    world.messages[message.channel_id][message.id] = message
    channel = world.channels[message.channel_id]
    world.feed.publish(Event(name, message, channel, world.guild_of(channel), user, answer=answer))
    return message
