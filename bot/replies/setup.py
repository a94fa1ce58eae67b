"""The set-up card: what the bot does, and the three steps that teach it a server's channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.languages import gettext as _
from bot.languages import gettext_noop, percentage
from bot.limits import MESSAGE_LENGTH
from bot.replies.channels import MIN_CHANNELS, ChannelList
from bot.replies.message import Reply
from bot.replies.permissions import lacking
from bot.replies.servers import answered_where
from bot.replies.words import BLUE, GREEN, plain
from classifier.titles import clip
from classifier.values import ModelInfo

DONE, OPEN = "✅", "⬜"
SHOWN: Final = 8
"""Channels that are named."""

EVERYWHERE, CHOSEN, ASKED = "everywhere", "chosen", "asked"
WHERE_OPTIONS: Final = {
    EVERYWHERE: (gettext_noop("Answer everywhere"), gettext_noop("Pictures in every channel where I can write")),
    CHOSEN: (gettext_noop("Answer in chosen channels"), gettext_noop("Elsewhere only when asked")),
    ASKED: (gettext_noop("Answer only when asked"), gettext_noop("By a command, or in a message's menu")),
}
"""Where posted pictures can be answered: the options of the menu, each with what it means."""

MODAL_TITLE: Final = gettext_noop("Add YouTube Channels")
MODAL_LABEL: Final = gettext_noop("Channels, one per line")
MODAL_HINT: Final = gettext_noop("@handles, links or ids")
MODAL_EXAMPLE: Final = "@nerdologia\nhttps://www.youtube.com/@CanalPeixeBabel"

ALREADY_LISTED: Final = gettext_noop("It is on the list already.")


@dataclass(frozen=True, slots=True)
class SetUp:
    """How far a server's set-up is.

    `watched` are Discord's channels where posted pictures are answered, `missing` what the bot may not do in which of
    them; `model` is the server's own, if it has one; `language` is the one for everybody, if an admin chose one.
    """

    listed: ChannelList
    watched: frozenset[int]
    only_asked: bool
    missing: Mapping[int, Sequence[str]]
    model: ModelInfo | None
    language: str | None = None

    @property
    def has_channels(self) -> bool:
        """Whether the server has a list of its own that is long enough."""
        return self.listed.own and len(self.listed.channels) >= MIN_CHANNELS

    @property
    def is_trained(self) -> bool:
        """Whether the server's model knows exactly the channels of its list."""
        known = len(self.listed.known) == len(self.listed.channels)
        return self.model is not None and known and not self.listed.leaving


def setup_card(setup: SetUp) -> Reply:
    """The card: each step with what it is at, done or not."""
    embed = discord.Embed(
        title=_("Hello, I'm Thumbprint"),
        description=_(
            "Post a thumbnail, and I say which YouTube channel it comes from, how sure I am, and when I don't know. "
            "Three steps, and I know yours:"
        ),
        colour=GREEN if setup.has_channels and setup.is_trained else BLUE,
    )
    for done, name, value in (
        (setup.has_channels, _("1 · YouTube channels"), _channels(setup.listed)),
        (True, _("2 · Where I answer"), _where(setup)),
        (setup.is_trained, _("3 · Training"), _training(setup)),
    ):
        embed.add_field(name=f"{DONE if done else OPEN} {name}", value=value, inline=False)
    return Reply(embeds=(embed.set_footer(text=_("Only server admins can use the buttons.")),))


def _channels(listed: ChannelList) -> str:
    names = [plain(channel.title) for channel in listed.channels[:SHOWN]]
    rest = len(listed.channels) - len(names)
    shown = clip(", ".join(names), 800)
    if not listed.channels:
        return _("Add at least {count}.", count=MIN_CHANNELS)
    if rest:
        shown = _("{names} and {count} more", names=shown, count=rest)
    if not listed.own:
        return _("Add yours. Until then, I use the default list: {channels}.", channels=shown)
    if len(listed.channels) < MIN_CHANNELS:
        return _("{channels}. Add at least one more.", channels=shown)
    return f"{shown}."


def _where(setup: SetUp) -> str:
    rows = [answered_where(setup.watched, only_asked=setup.only_asked)]
    rows += [f"⚠️ {lacking(channel, permissions)}" for channel, permissions in list(setup.missing.items())[:5]]
    return "\n".join(rows)


def _training(setup: SetUp) -> str:
    if setup.model is None:
        return _("*Train Now* downloads their thumbnails and trains me on them. That takes a few minutes.")
    accuracy, n = percentage(setup.model.metrics.accuracy), setup.model.metrics.n
    when = discord.utils.format_dt(setup.model.trained_at, "R")
    if setup.is_trained:
        return _("Trained {when}. Accuracy: {accuracy} on {n} test thumbnails.", when=when, accuracy=accuracy, n=n)
    return _("The list has changed since I was trained {when}. Use *Train Now* to train me on it.", when=when)


def too_many(most: int) -> str:
    """Why a channel was not added: the form takes `most`."""
    return _("I add up to {limit} channels at a time.", limit=most)


def not_added(rows: Sequence[tuple[str, str]]) -> Reply:
    """The channels that could not be added, each with the reason."""
    lines = [f"- {plain(name)}: {reason}" for name, reason in rows]
    return Reply(clip("\n".join([_("I couldn't add these:"), *lines]), MESSAGE_LENGTH))
