"""Why: the explanation of an answer."""

from bot.limits import ALT_TEXT_LENGTH
from bot.replies.why import why
from bot.sources import PLOTS
from classifier.values import Channel, KnownVideo, Nearest, Why
from tests.bot.samples import HOSTILE, NERDOLOGIA, PEIXE, png


def nearest(channel: Channel, *titles: str) -> Nearest:
    videos = tuple(KnownVideo(f"video{number:06}", title, channel) for number, title in enumerate(titles))
    return Nearest(channel, videos, png())


SHOWN = Why(
    NERDOLOGIA, png(), png(), png(), (nearest(NERDOLOGIA, "One", "", "*Three*"), nearest(PEIXE, "Four", "Five", "Six"))
)


def test_the_most_similar_thumbnails_are_named_and_linked() -> None:
    reply = why(SHOWN)
    assert [embed.title for embed in reply.embeds[1:3]] == [
        "Most similar thumbnails: Nerdologia",
        "Next best match: Peixe Babel",
    ]
    assert (reply.embeds[1].description or "").splitlines() == [
        "1. [One](https://youtu.be/video000000)",
        "2. [youtu.be/video000001](https://youtu.be/video000001)",
        r"3. [\*Three\*](https://youtu.be/video000002)",
    ]
    assert reply.drawings[1].alt.endswith("the ones most like the picture. 1: One; 2: video000001; 3: *Three*.")
    assert [embed.image.url for embed in reply.embeds] == [drawing.url for drawing in reply.drawings]


def test_without_similar_thumbnails_the_rest_is_shown() -> None:
    reply = why(Why(NERDOLOGIA, png(), png(), png()))
    assert [drawing.name for drawing in reply.drawings] == ["heatmap.png", "planes.png", "histograms.png"]


def test_everything_stays_within_discords_limits_and_is_known_as_ours() -> None:
    foreign = nearest(HOSTILE, *["😀 @everyone [x](https://evil.example) " * 9] * 3)
    reply = why(Why(HOSTILE, png(), png(), png(), (foreign, foreign)))
    assert len(reply.embeds) <= 10
    assert all(len(drawing.alt) <= ALT_TEXT_LENGTH for drawing in reply.drawings)
    assert {drawing.name for drawing in reply.drawings} <= PLOTS
    for embed in reply.embeds:
        assert "@everyone" not in f"{embed.title} {embed.description}"
        assert "[x](https://" not in (embed.description or "")
    assert sum(len(embed) for embed in reply.embeds) <= 6000


def test_behind_a_spoiler_no_embed_shows_a_picture() -> None:
    reply = why(SHOWN, spoiler=True)
    assert all(drawing.spoiler for drawing in reply.drawings)
    assert not any(embed.image.url for embed in reply.embeds)
