"""The help page."""

import pytest

from bot.replies.help import help_page
from tests.bot.samples import text_of


def test_help_only_shows_what_works() -> None:
    assert "`!classify https://youtu.be/" in text_of(help_page("!", sees_posts=True))
    assert "mention me" in text_of(help_page("@Thumbprint ", sees_posts=False))


@pytest.mark.parametrize("prefix", ["!", "@" + "x" * 33 + " "])
def test_help_fits_an_embed(prefix: str) -> None:
    (embed,) = help_page(prefix, sees_posts=True).embeds
    assert len(embed) <= 6000
    assert all(len(field.value or "") <= 1024 for field in embed.fields)
