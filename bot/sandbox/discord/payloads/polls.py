"""Polls, with their results."""

from bot.sandbox.discord.values import Json, Poll
from bot.sandbox.discord.world import World


def poll_payload(world: World, poll: Poll) -> Json:
    """A poll, with how many people have voted for each answer."""
    return {
        "question": _media_payload(poll.question),
        "answers": [
            {"answer_id": number, "poll_media": _media_payload(media)} for number, media in enumerate(poll.answers, 1)
        ],
        "expiry": poll.ends_at.isoformat(),
        "allow_multiselect": poll.multiselect,
        "layout_type": 1,
        "results": {
            "is_finalized": poll.ended,
            "answer_counts": [_count_payload(world, poll, answer) for answer in sorted({a for a, _ in poll.votes})],
        },
    }


def _count_payload(world: World, poll: Poll, answer: int) -> Json:
    voters = [user_id for number, user_id in poll.votes if number == answer]
    return {"id": answer, "count": len(voters), "me_voted": any(world.users[user_id].bot for user_id in voters)}


def _media_payload(media: Json) -> Json:
    payload: Json = {key: media[key] for key in ("text",) if media.get(key)}
    emoji = media.get("emoji")
    if emoji:
        payload["emoji"] = {"id": emoji.get("id"), "name": emoji.get("name")}
    return payload
