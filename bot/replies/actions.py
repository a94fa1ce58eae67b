"""What admins did, as lines of the log channel. Mentions in it ping nobody."""

from bot.replies.message import Reply
from bot.replies.words import plain, plural
from bot.store.values import UnknownPictures
from classifier.values import Channel


def channel_added(by: int, channel: Channel) -> str:
    """An admin added a YouTube channel."""
    return f"<@{by}> added **{plain(channel.title)}** to the YouTube channels."


def channel_removed(by: int, channel: Channel) -> str:
    """An admin removed a YouTube channel."""
    return f"<@{by}> removed **{plain(channel.title)}** from the YouTube channels."


def training_started(by: int) -> str:
    """An admin started a training run."""
    return f"<@{by}> started a training run."


def training_cancelled(by: int) -> str:
    """An admin cancelled a training run."""
    return f"<@{by}> cancelled the training run."


def schedule_set(by: int, *, weekly: bool) -> str:
    """An admin turned the weekly training on or off."""
    if weekly:
        return f"<@{by}> turned the weekly training on."
    return f"<@{by}> turned the weekly training off."


def used_anyway(by: int, version: str) -> str:
    """An admin made a model live that was measured as worse."""
    return f"<@{by}> made the model `{plain(version)}` live, although it was measured as worse."


def rolled_back(by: int, version: str) -> str:
    """An admin went back to an earlier model."""
    return f"<@{by}> rolled back to the model `{plain(version)}`."


def threshold_set(by: int, share: float | None) -> str:
    """An admin set how sure the bot must be, in [0, 1]; None if the model decides."""
    if share is None:
        return f"<@{by}> let the model decide how sure I must be to name a channel."
    return f"<@{by}> set how sure I must be to name a channel to **{share:.0%}**."


def unknown_pictures_set(by: int, chosen: UnknownPictures) -> str:
    """An admin set what happens to posted pictures that the bot does not know."""
    match chosen:
        case UnknownPictures.ANSWER:
            return f"<@{by}> had me answer posted pictures that I don't know."
        case UnknownPictures.REACT:
            return f"<@{by}> had me react to posted pictures that I don't know."
        case UnknownPictures.SILENT:
            return f"<@{by}> had me ignore posted pictures that I don't know."


def watched(by: int, channel: int) -> str:
    """An admin added a watched channel."""
    return f"<@{by}> added <#{channel}> to the channels where I answer posted pictures."


def unwatched(by: int, channel: int) -> str:
    """An admin removed a watched channel."""
    return f"<@{by}> removed <#{channel}> from the channels where I answer posted pictures."


def answers_set(by: int, where: str) -> str:
    """An admin set where posted pictures are answered; `where` is the sentence that says so."""
    return f"<@{by}> set where I answer. {where}"


def daily_on(by: int, channel: int, hour: int) -> str:
    """An admin turned the daily round on, at an hour in UTC."""
    return f"<@{by}> had me post a round of the game in <#{channel}> every day at {hour}:00 UTC."


def daily_off(by: int) -> str:
    """An admin turned the daily round off."""
    return f"<@{by}> turned the daily round off."


def feedback_reviewed(by: int, video: str, *, accepted: bool) -> str:
    """An admin reviewed feedback about a video's thumbnail."""
    if accepted:
        return f"<@{by}> accepted feedback about <https://youtu.be/{video}>."
    return f"<@{by}> dropped feedback about <https://youtu.be/{video}>."


def feedback_accepted(by: int, count: int) -> str:
    """An admin accepted a page of feedback."""
    return f"<@{by}> accepted {plural(count, 'piece')} of feedback."


def corrected(by: int, video: str) -> str:
    """An admin decided about a thumbnail that the model doubted."""
    return f"<@{by}> decided about the thumbnail of <https://youtu.be/{video}>."


def server_wiped(by: int) -> str:
    """An admin deleted everything about the server, but for this log's messages."""
    return f"<@{by}> deleted everything that I stored about this server."


def admins_set(by: int, role: int | None) -> str:
    """An admin chose a role whose members are admins, too; None: no role."""
    if role is None:
        return f"<@{by}> removed the role whose members could use my text commands for admins."
    return f"<@{by}> allowed members with <@&{role}> to use my text commands for admins."


def log_set(by: int, channel: int) -> str:
    """An admin chose the log channel, which this is."""
    return f"<@{by}> chose <#{channel}> for this log."


def log_stopped(by: int) -> str:
    """An admin turned the log off."""
    return f"<@{by}> turned this log off."


def unlogged(channel: int) -> Reply:
    """What an admin did could not be logged."""
    return Reply(
        f"Done, but I can't write in the log channel <#{channel}>. Allow me View Channel and Send Messages there, or "
        "choose another channel with `/log`."
    )
