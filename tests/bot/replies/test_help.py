"""The page of doors."""

import pytest

from bot.replies.help import help_page
from tests.bot.samples import text_of


def test_help_shows_the_doors_that_work() -> None:
    assert "`!classify https://youtu.be/" in text_of(help_page("!", sees_posts=True))
    assert "mention me" in text_of(help_page("@Thumbprint ", sees_posts=False))


@pytest.mark.parametrize("prefix", ["!", "@" + "x" * 33 + " "])
def test_help_fits(prefix: str) -> None:
    (embed,) = help_page(prefix, sees_posts=True).embeds
    assert len(embed) <= 6000
    assert all(len(field.value or "") <= 1024 for field in embed.fields)
