import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake import Source
from bot.replies import Answer, Drawing, Reply, answers, certainty, clip, describe, help_page, plain, progress, report
from classifier.values import Guess, Prediction, Progress
from tests.bot.samples import HOSTILE, comparison, model, png, prediction, training_report

SOURCE = Source("dog.png", "https://cdn.discordapp.com/dog.png")


def text_of(reply: Reply) -> str:
    return "\n".join(str(embed.to_dict()) for embed in reply.embeds)


def test_an_answer_names_channel_confidence_and_plot() -> None:
    reply = answers([Answer(SOURCE, prediction(0.973, 0.027), png())])
    (embed,), (drawing,) = reply.embeds, reply.drawings
    assert embed.title == "Nerdologia"
    assert embed.description is not None
    assert "**Almost certain**: 97%" in embed.description
    assert embed.image.url == "attachment://confidence.png" == drawing.url
    assert drawing.alt == "Bar chart of the confidence in each channel: Nerdologia 97%, Peixe Babel 3%."
    (file,) = reply.files()
    assert (file.filename, file.description, file.fp.read()) == ("confidence.png", drawing.alt, png())


def test_an_unknown_picture_is_no_channels() -> None:
    reply = answers([Answer(SOURCE, prediction(0.6, 0.4, unknown=True), png())])
    assert reply.embeds[0].title == "None of the channels I know"
    assert "nearest is **Nerdologia** (60%)" in (reply.embeds[0].description or "")
    assert "looks like none of these" in reply.drawings[0].alt


def test_a_video_is_linked() -> None:
    source = Source("youtu.be/jNQXAC9IVRw", "https://i.ytimg.com/x", video_id="jNQXAC9IVRw")
    reply = answers([Answer(source, prediction(1.0), png())])
    assert "(https://youtu.be/jNQXAC9IVRw)" in (reply.embeds[0].description or "")


def test_several_pictures_are_told_apart() -> None:
    cat = Source("cat.png", "https://cdn.discordapp.com/cat.png")
    reply = answers([Answer(SOURCE, prediction(1.0), png()), Answer(cat, prediction(1.0), png())], ["One more."])
    assert [embed.author.name for embed in reply.embeds] == ["dog.png", "cat.png"]
    assert [embed.image.url for embed in reply.embeds] == [drawing.url for drawing in reply.drawings]
    assert len({drawing.name for drawing in reply.drawings}) == 2
    assert reply.text == "One more."


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (1.0, "Almost certain"),
        (0.95, "Almost certain"),
        (0.94, "Likely"),
        (0.6, "More likely than not"),
        (0.49, "Unsure"),
        (0.0, "Unsure"),
    ],
)
def test_confidence_in_words(confidence: float, words: str) -> None:
    assert certainty(confidence) == words


def test_alt_text_counts_what_it_leaves_out() -> None:
    assert describe(prediction(0.5, 0.2, 0.15, 0.1, 0.05)).endswith("Channel 0 15%, and 2 more.")


def test_hostile_titles_stay_text() -> None:
    reply = answers([Answer(SOURCE, Prediction((Guess(HOSTILE, 1.0),), unknown=False), png())])
    title = reply.embeds[0].title or ""
    assert "\n" not in title
    assert "@everyone" not in title
    assert r"\*\*Boom\*\* \[free\](https\://evil.example) \<@" in title


@given(st.text())
def test_plain_text_has_no_live_markup(text: str) -> None:
    shown = plain(text)
    assert shown
    assert shown.isprintable() or "\u200b" in shown
    bare = shown.replace("\\\\", "")
    assert not any(f"{mark}" in bare.replace(f"\\{mark}", "") for mark in "*_`~|<>[]")


@given(st.text(), st.integers(1, 50))
def test_clip_keeps_the_limit(text: str, limit: int) -> None:
    assert len(clip(text, limit)) <= limit


def test_alt_text_keeps_discords_limit() -> None:
    (file,) = Reply(drawings=(Drawing("a.png", png(), "x" * 5000),)).files()
    assert len(file.description or "") == 1024


def test_progress_has_a_bar_for_every_stage() -> None:
    steps = {
        "crawl": Progress("crawl", 800, 800),
        "train": Progress("train", 3, 12, note="loss 0.4 *bold*"),
    }
    crawling, reading, training, measuring = progress(steps).splitlines()[1:5]
    assert "████████████   800/800" in crawling
    assert "░░░░░░░░░░░░" in reading
    assert "███░░░░░░░░░" in training
    assert "3/12" in training
    assert "Measuring" in measuring
    assert r"loss 0.4 \*bold\*" in progress(steps)
    assert progress(steps, last_word="Over.").startswith("Over.")


def test_progress_tells_of_waiting_only_who_waits() -> None:
    assert "Waiting" not in progress({})
    waiting = progress({"wait": Progress("wait", 1, 3, "2 trainings go first")})
    assert "████░░░░░░░░       1/3" in waiting.splitlines()[1]
    assert "2 trainings go first" in waiting


@given(
    st.dictionaries(
        st.sampled_from(["wait", "crawl", "read", "train", "measure"]), st.tuples(st.integers(0), st.integers(0))
    )
)
def test_progress_fits_a_message(steps: dict[str, tuple[int, int]]) -> None:
    text = progress({stage: Progress("crawl", done, total, "n" * 500) for stage, (done, total) in steps.items()})
    assert len(text) <= 2000


def test_report_tells_numbers_before_and_after() -> None:
    reply = report(training_report(skipped=("bad.jpg", "worse.jpg")))
    (embed,) = reply.embeds
    values = {field.name: field.value for field in embed.fields}
    assert embed.title == "The new model answers from now on"
    assert values["Accuracy"] == "96.0%"
    assert values["Precision"] == "95.0%"
    assert values["Recall"] == "94.0%"
    assert values["F1"] == "94.5%"
    assert values["Calibration error"] == "2.0%"
    assert values["Unreadable pictures skipped: 2"] == "bad.jpg, worse.jpg"
    description = embed.description or ""
    assert "**90.0% → 96.0%** on the same pictures: better than before" in description
    assert "50 thumbnails that it never saw" in description
    assert "800" in description
    assert reply.drawings[0].alt == (
        "Confusion matrix of 50 thumbnails. Right: Nerdologia 24 of 25, Peixe Babel 24 of 25."
    )
    assert embed.image.url == "attachment://confusion.png"


@pytest.mark.parametrize(
    ("compared", "words"),
    [(None, "none before it"), (comparison(0.99), "may be chance"), (comparison(0.96), "as good as before")],
)
def test_report_compares_honestly(compared: object, words: str) -> None:
    assert words in text_of(report(training_report(comparison=compared)))


def test_report_says_that_the_old_model_stays() -> None:
    reply = report(training_report(swapped=False, comparison=comparison(0.99, worse=True)))
    assert reply.embeds[0].title == "The old model stays"
    assert "worse than before, beyond chance" in text_of(reply)


def test_report_tells_of_unknown_channels_where_measured() -> None:
    assert "Unknown channels" not in text_of(report(training_report()))
    measured = model(auroc_unknown=0.9, unknown_rejected=0.6, known_rejected=0.05)
    assert "60.0% recognised, and 5.0% of known ones" in text_of(report(training_report(model=measured)))


def test_report_keeps_discords_limits() -> None:
    long = training_report(skipped=tuple("n" * 300 for _ in range(500)))
    embed = report(long).embeds[0]
    assert len(embed) <= 6000
    assert all(len(field.value or "") <= 1024 for field in embed.fields)


def test_help_shows_the_doors_that_work() -> None:
    assert "`!classify https://youtu.be/" in text_of(help_page("!", sees_posts=True))
    assert "mention me" in text_of(help_page("@Thumbprint ", sees_posts=False))
    assert isinstance(help_page("!", sees_posts=True).embeds[0], discord.Embed)
