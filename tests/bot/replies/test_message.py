"""What is sent."""

from bot.replies.message import Drawing, Reply
from tests.bot.samples import png


def test_alt_text_keeps_discords_limit() -> None:
    (file,) = Reply(drawings=(Drawing("a.png", png(), "x" * 5000),)).files()
    assert len(file.description or "") == 1024
