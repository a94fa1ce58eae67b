"""The help page."""

import pytest

from bot.replies.commands import CommandMentions
from bot.replies.help import guests_help_page, help_page
from tests.bot.samples import text_of

NAMES = (
    *("channel add", "channel remove", "channels", "classify", "compare", "daily off", "daily on", "feedback"),
    *("forget me", "guess", "leaderboard", "log", "model", "privacy", "retrain", "rollback", "setup", "stats"),
    *("privacy export", "threshold", "unknown", "unwatch", "watch", "wipe"),
)


def test_help_only_shows_what_works() -> None:
    assert "`!classify` is the same as `/classify`" in text_of(help_page("!", sees_posts=True))
    assert "mention me" in text_of(help_page("@Thumbprint ", sees_posts=False))
    guests = text_of(guests_help_page())
    assert "`/classify https://youtu.be/" in guests
    assert "admins" not in guests
    assert "Post a picture" not in guests


@pytest.mark.parametrize("prefix", ["!", "@" + "x" * 33 + " "])
def test_help_fits_an_embed(prefix: str) -> None:
    mentions = CommandMentions()
    mentions.update({name: f"</{name}:{10**18}>" for name in NAMES})
    (embed,) = mentions.reply(help_page(prefix, sees_posts=True)).embeds
    assert "`/" not in str(embed.to_dict()), "every command can be clicked"
    assert len(embed) <= 6000
    assert all(len(field.value or "") <= 1024 for field in embed.fields)
