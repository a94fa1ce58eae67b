"""What admins did, as lines of the log channel. Mentions in it ping nobody.

Whoever reads the log may speak another language than who did something: a line is worded when it is posted.
"""

from collections.abc import Callable, Collection
from functools import partial, wraps
from typing import ParamSpec

from bot.languages import gettext as _
from bot.languages import gettext_noop, ngettext, percentage
from bot.replies.message import Reply
from bot.replies.permissions import permission_name
from bot.replies.servers import answered_where
from bot.replies.words import plain
from bot.store.values import UnknownPictures
from classifier.values import Channel

P = ParamSpec("P")
Action = Callable[[], str]
"""Words a line in the current language."""

_UNKNOWN_PICTURES = {
    UnknownPictures.ANSWER: gettext_noop("{person} had me answer posted pictures that I don't know."),
    UnknownPictures.REACT: gettext_noop("{person} had me react to posted pictures that I don't know."),
    UnknownPictures.SILENT: gettext_noop("{person} had me ignore posted pictures that I don't know."),
}


def _worded_later(words: Callable[P, str]) -> Callable[P, Action]:
    @wraps(words)
    def action(*args: P.args, **kwargs: P.kwargs) -> Action:
        return partial(words, *args, **kwargs)

    return action


@_worded_later
def channel_added(by: int, channel: Channel) -> str:
    """An admin added a YouTube channel."""
    return _("{person} added **{channel}** to the YouTube channels.", person=_person(by), channel=plain(channel.title))


@_worded_later
def channel_removed(by: int, channel: Channel) -> str:
    """An admin removed a YouTube channel."""
    return _(
        "{person} removed **{channel}** from the YouTube channels.", person=_person(by), channel=plain(channel.title)
    )


@_worded_later
def training_started(by: int) -> str:
    """An admin started a training run."""
    return _("{person} started a training run.", person=_person(by))


@_worded_later
def training_cancelled(by: int) -> str:
    """An admin cancelled a training run."""
    return _("{person} cancelled the training run.", person=_person(by))


@_worded_later
def schedule_set(by: int, *, weekly: bool) -> str:
    """An admin turned the weekly training on or off."""
    if weekly:
        return _("{person} turned the weekly training on.", person=_person(by))
    return _("{person} turned the weekly training off.", person=_person(by))


@_worded_later
def used_anyway(by: int, version: str) -> str:
    """An admin made a model live that was measured as worse."""
    return _(
        "{person} made the model `{version}` live, although it was measured as worse.",
        person=_person(by),
        version=plain(version),
    )


@_worded_later
def rolled_back(by: int, version: str) -> str:
    """An admin went back to an earlier model."""
    return _("{person} rolled back to the model `{version}`.", person=_person(by), version=plain(version))


@_worded_later
def threshold_set(by: int, share: float | None) -> str:
    """An admin set how sure the bot must be, in [0, 1]; None if the model decides."""
    if share is None:
        return _("{person} let the model decide how sure I must be to name a channel.", person=_person(by))
    return _(
        "{person} set how sure I must be to name a channel to **{share}**.",
        person=_person(by),
        share=percentage(share, 0),
    )


@_worded_later
def unknown_pictures_set(by: int, chosen: UnknownPictures) -> str:
    """An admin set what happens to posted pictures that the bot does not know."""
    return _(_UNKNOWN_PICTURES[chosen], person=_person(by))


@_worded_later
def language_set(by: int, name: str | None) -> str:
    """An admin chose a language, by its own name; None: people's own settings in Discord decide."""
    if name is None:
        return _("{person} let me follow people's own languages.", person=_person(by))
    return _("{person} chose **{language}** as my language.", person=_person(by), language=name)


@_worded_later
def watched(by: int, channel: int) -> str:
    """An admin added a watched channel."""
    return _(
        "{person} added {channel} to the channels where I answer posted pictures.",
        person=_person(by),
        channel=f"<#{channel}>",
    )


@_worded_later
def unwatched(by: int, channel: int) -> str:
    """An admin removed a watched channel."""
    return _(
        "{person} removed {channel} from the channels where I answer posted pictures.",
        person=_person(by),
        channel=f"<#{channel}>",
    )


@_worded_later
def answers_set(by: int, channels: Collection[int], *, only_asked: bool) -> str:
    """An admin set where posted pictures are answered, as for `answered_where`."""
    where = answered_where(channels, only_asked=only_asked)
    return " ".join([_("{person} set where I answer.", person=_person(by)), where])


@_worded_later
def daily_on(by: int, channel: int, hour: int) -> str:
    """An admin turned the daily round on, at an hour in UTC."""
    return _(
        "{person} had me post a round of the game in {channel} every day at {time} UTC.",
        person=_person(by),
        channel=f"<#{channel}>",
        time=f"{hour}:00",
    )


@_worded_later
def daily_off(by: int) -> str:
    """An admin turned the daily round off."""
    return _("{person} turned the daily round off.", person=_person(by))


@_worded_later
def feedback_reviewed(by: int, video: str, *, accepted: bool) -> str:
    """An admin reviewed feedback about a video's thumbnail."""
    if accepted:
        return _("{person} accepted feedback about {video}.", person=_person(by), video=_video(video))
    return _("{person} dropped feedback about {video}.", person=_person(by), video=_video(video))


@_worded_later
def feedback_accepted(by: int, count: int) -> str:
    """An admin accepted a page of feedback."""
    return ngettext(
        "{person} accepted {count} piece of feedback.",
        "{person} accepted {count} pieces of feedback.",
        count,
        person=_person(by),
    )


@_worded_later
def corrected(by: int, video: str) -> str:
    """An admin decided about a thumbnail that the model doubted."""
    return _("{person} decided about the thumbnail of {video}.", person=_person(by), video=_video(video))


@_worded_later
def server_wiped(by: int) -> str:
    """An admin deleted everything about the server, but for this log's messages."""
    return _("{person} deleted everything that I stored about this server.", person=_person(by))


@_worded_later
def admins_set(by: int, role: int | None) -> str:
    """An admin chose a role whose members are admins, too; None: no role."""
    if role is None:
        return _("{person} removed the role whose members could use my text commands for admins.", person=_person(by))
    return _(
        "{person} allowed members with {role} to use my text commands for admins.",
        person=_person(by),
        role=f"<@&{role}>",
    )


@_worded_later
def log_set(by: int, channel: int) -> str:
    """An admin chose the log channel, which this is."""
    return _("{person} chose {channel} for this log.", person=_person(by), channel=f"<#{channel}>")


@_worded_later
def log_stopped(by: int) -> str:
    """An admin turned the log off."""
    return _("{person} turned this log off.", person=_person(by))


def unlogged(channel: int) -> Reply:
    """What an admin did could not be logged."""
    return Reply(
        _(
            "Done, but I can't write in the log channel {channel}. Allow me {view_channel} and {send_messages} there, "
            "or choose another channel with `/log`.",
            channel=f"<#{channel}>",
            view_channel=permission_name("view_channel"),
            send_messages=permission_name("send_messages"),
        )
    )


def _person(by: int) -> str:
    return f"<@{by}>"


def _video(video: str) -> str:
    return f"<https://youtu.be/{video}>"
