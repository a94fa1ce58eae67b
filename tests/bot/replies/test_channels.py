"""The list of channels, also with hostile names."""

import pytest

from bot.replies.channels import added, already_listed, channels_page, compared, dropped, named, removed
from classifier.values import Channel
from tests.bot.samples import HOSTILE, NERDOLOGIA, PEIXE, text_of


def test_channels_are_the_same_by_id_or_handle_or_label() -> None:
    renamed = Channel("other", "Other", NERDOLOGIA.id)
    by_handle = Channel("x", "x", handle="@NERDOLOGIA")
    by_label = Channel("peixe", "Peixe of late")
    for channel, other in ((renamed, NERDOLOGIA), (by_handle, NERDOLOGIA), (by_label, PEIXE)):
        listed = compared([channel], [other], own=True)
        assert listed.known == {channel}
        assert listed.leaving == ()
    twin = Channel("nerdologia", "Nerdologia", "UC" + "x" * 22, "@nerdologia")
    listed = compared([twin], [NERDOLOGIA], own=True)
    assert not listed.known, "another id is another channel, whatever its name"
    assert listed.leaving == (NERDOLOGIA,)


def test_a_page_shows_known_new_and_leaving_channels() -> None:
    listed = compared([NERDOLOGIA, Channel("n", "New", "UC" + "m" * 22)], [NERDOLOGIA, PEIXE], own=True)
    text = text_of(channels_page(listed, page=1, size=10))
    assert "(@nerdologia) · known" in text
    assert "· **new**" in text
    assert "I still recognise Peixe Babel until the next training run." in text
    assert "Use `/retrain` to train me on them." in text


def test_without_changes_there_is_no_hint_to_retrain() -> None:
    listed = compared([NERDOLOGIA, PEIXE], [PEIXE, NERDOLOGIA], own=False)
    text = text_of(channels_page(listed, page=1, size=10))
    assert "The default list" in text
    assert "retrain" not in text


@pytest.mark.parametrize("count", [10, 50])
def test_the_longest_hostile_names_fit_and_are_harmless(count: int) -> None:
    title, handle = "*[`@everyone" * 30, "@" + "·_" * 50
    channels = [Channel(f"c{n}", title, f"UC{n:022}", handle) for n in range(count)]
    models = [Channel(f"m{n}", title, f"UCm{n:021}") for n in range(count)]
    for page in (1, count // 10):
        (embed,) = channels_page(compared(channels, models, own=True), page=page, size=10).embeds
        assert len(embed) <= 6000
        assert len(embed.description or "") <= 4096
        assert "@everyone" not in (embed.description or "")


def test_replies_to_changes_say_what_to_do_next() -> None:
    assert "1 channel on the list. I need at least 2 channels: add 1 more with `/channel add`." in text_of(
        added(HOSTILE, 1, copied=0)
    )
    assert "2 channels on the list. Use `/retrain` to train me on them." in text_of(added(HOSTILE, 2, copied=0))
    assert "the 2 default channels and this one" in text_of(added(HOSTILE, 3, copied=2))
    assert "the default list without that channel" in text_of(removed(HOSTILE, 2, copied=2))
    assert "the default list applies here again" in text_of(removed(HOSTILE, 0, copied=0))
    assert "This server now has its own list: the default channel and this one." in text_of(added(HOSTILE, 2, copied=1))
    assert "I left out Nerdologia, which YouTube no longer has." in text_of(
        added(HOSTILE, 3, copied=2, gone=(NERDOLOGIA,))
    )
    assert "own list" not in text_of(dropped(HOSTILE, copied=0))
    for reply in (
        added(HOSTILE, 2, copied=0),
        dropped(HOSTILE, copied=3),
        removed(HOSTILE, 2, copied=0),
        already_listed(HOSTILE),
    ):
        assert r"\*\*Boom\*\*" in (reply.embeds[0].description or "")
        assert "@everyone" not in (reply.embeds[0].description or "")


def test_a_channel_goes_by_its_title_and_handle_never_by_its_id() -> None:
    number = "UC" + "x" * 22
    assert named(Channel("x", "X", number, "@x")) == f"[**X**](https://www.youtube.com/channel/{number}) (@x)"
    assert named(Channel("x", "@x", None, "@x")) == "**@x**"
    assert named(Channel(number, number, number)).startswith("[a channel without a known name](https://")
