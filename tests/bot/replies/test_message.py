"""One message to send."""

from bot.limits import ALT_TEXT_LENGTH
from bot.replies.message import Drawing, Reply
from tests.bot.samples import png


def test_alt_text_is_clipped_to_discords_limit() -> None:
    (file,) = Reply(drawings=(Drawing("a.png", png(), "x" * 5000),)).files()
    assert len(file.description or "") == ALT_TEXT_LENGTH
