"""The page of doors."""

import discord

from bot.replies.help import help_page
from tests.bot.samples import text_of


def test_help_shows_the_doors_that_work() -> None:
    assert "`!classify https://youtu.be/" in text_of(help_page("!", sees_posts=True))
    assert "mention me" in text_of(help_page("@Thumbprint ", sees_posts=False))
    assert isinstance(help_page("!", sees_posts=True).embeds[0], discord.Embed)
